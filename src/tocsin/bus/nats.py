"""The hub of many machines: the leading worker publishes, edges and workers listen through a NATS cluster.

An update reaches listeners at the speed of NATS and is kept by JetStream under the event's id, so that durable
consumers get it whatever dies. The ledger stays the record: what JetStream has not acknowledged is published again, and
a hub that takes over stores what its predecessor did not.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import time
from collections import OrderedDict, deque

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error
from nats.js.errors import NotFoundError

from tocsin.bus.backlog import Backlog
from tocsin.bus.frames import MAX_FROM_HUB, BadFrame, pack, unpack
from tocsin.bus.nats_letters import Consumer, taken_over
from tocsin.bus.nats_link import (
    ANSWER_S,
    PART_BYTES,
    ROOM_FOR_ENVELOPE,
    Address,
    Part,
    cancelled,
    close,
    connect,
    ensure_streams,
    packed,
    write_envelope,
)
from tocsin.bus.nats_subscription import NatsSubscription
from tocsin.bus.subjects import RETAINED, Frame, OnDead, OnFrame, StateProvider

__all__ = ["Address", "NatsHub", "NatsSubscription"]

_AGAIN_S = 2.0
log = logging.getLogger(__name__)


class _Out(msgspec.Struct):
    """A message on its way. ``id``: the event's, of one that is to be stored."""

    subject: str
    data: bytes
    id: str = ""
    n: int = 0
    sent: float = 0.0


class NatsHub:
    """The one publisher of a cluster.

    Args:
        to: the servers.
        state_provider: gives the ``live.state`` of this instant; called on the loop whenever a subscriber asks.
        on_client_frame: called with ``(name, frame)`` for what subscribers send; see :data:`OnFrame`.
        on_dead: called with each dead letter, until it is kept; JetStream keeps them besides.
        term: higher than that of any hub before; subscribers listen to the highest.
        backlog: how many updates are kept for subscribers that come back; backlog_bytes: and how many bytes of them.
        queue_frames: frames that may wait for the connection, and updates that may wait to be stored.
    """

    def __init__(
        self,
        to: Address,
        state_provider: StateProvider,
        on_client_frame: OnFrame | None = None,
        *,
        on_dead: OnDead | None = None,
        term: int,
        backlog: int = 1000,
        backlog_bytes: int = 16 * 1024 * 1024,
        queue_frames: int = 2000,
    ) -> None:
        self._to = to
        self._on_frame = on_client_frame
        self._backlog = Backlog(state_provider, backlog, backlog_bytes)
        self._term = term
        self._n = 0
        self._most = queue_frames
        self._out: deque[_Out] = deque()
        self._wake = asyncio.Event()
        self._unstored: OrderedDict[int, _Out] = OrderedDict()
        self._client: Client | None = None
        self._acks = ""
        self._work: asyncio.Task[None] | None = None
        self._receipts = Consumer(to, "written", "receipts", self._heard)
        self._consumers = [self._receipts]
        if on_dead is not None:  # while the box is out of reach a letter is given again, and never becomes another one
            self._consumers.append(Consumer(to, "dead", "letters", taken_over(on_dead), tries=sys.maxsize))
        self.cut_off = 0
        self.stored = 0

    async def start(self) -> None:
        """Begin to publish as soon as there is a server; returns at once, so that no siren waits for NATS."""
        self._backlog.floor()
        self._work = asyncio.create_task(self._run())

    def publish(self, frame: Frame) -> None:
        """Give a frame to every subscriber; updates are also kept, here and by JetStream. Never blocks.

        Raises:
            BadFrame: the frame is over 64 MiB.
        """
        body = pack(frame)[4:]
        self._n += 1
        kept = frame["subject"] in RETAINED
        if kept:
            self._backlog.keep(frame, body)
        if len(self._out) >= self._most:
            self.cut_off += 1  # the number that is missing tells every subscriber to ask for the state
            return
        fits = len(body) + ROOM_FOR_ENVELOPE <= self._most_bytes()
        data = write_envelope(self._term, self._n, body if fits else None)
        out = _Out(self._to.frames(frame["subject"]), data, n=self._n)
        if not fits:
            log.error("an update of %d bytes is over the servers' max_payload; it goes with the state", len(body))
        if kept:
            out.id = str(frame.get("id") or frame["seq"])
            self._keep(out)
        self._out.append(out)
        self._wake.set()

    def listen(self, name: str) -> NatsSubscription:
        """A subscription of this process; it goes through the servers like any other."""
        return NatsSubscription(self._to, name, queue_frames=self._most)

    async def close(self) -> None:
        """Send what waits, for a moment, and stop."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_S):
                while self._client is not None and self._client.is_connected and (self._out or self._unstored):
                    await asyncio.sleep(0.01)
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)
            self._work = None

    def stats(self) -> dict[str, int]:
        """The numbers of every buffer: kept updates and their bytes, frames unsent, updates unstored, dead letters."""
        return {
            "backlog": len(self._backlog),
            "backlog_bytes": self._backlog.bytes,
            "unsent": len(self._out),
            "unstored": len(self._unstored),
            "stored": self.stored,
            "dead": self._receipts.dead,
            "cut_off": self.cut_off,
        }

    def _most_bytes(self) -> int:
        return MAX_FROM_HUB if self._client is None else min(self._client.max_payload, MAX_FROM_HUB)

    def _keep(self, out: _Out) -> None:
        """Remember it until it is stored; when too many wait the oldest is left to the ledger alone."""
        self._unstored[out.n] = out
        if len(self._unstored) > self._most:
            self._unstored.popitem(last=False)
            log.error("JetStream stores nothing; the ledger has it all the same")

    async def _run(self) -> None:
        while True:
            try:
                await self._serve()
            except* (Error, OSError) as faults:  # a wrong password, say; sirens and the ledger need no NATS
                log.error("the bus does not run: %s", type(faults.exceptions[0]).__name__)
            if cancelled():
                return
            await asyncio.sleep(_AGAIN_S)

    async def _serve(self) -> None:
        client = self._client = await connect(self._to, f"hub-{self._term}")
        try:
            self._acks = client.new_inbox()
            await client.subscribe(f"{self._acks}.*", cb=self._acked)
            await client.subscribe(self._to.greet, cb=self._greet)
            self._announce()
            if cancelled():
                return
            async with asyncio.TaskGroup() as group:
                group.create_task(self._send(client))
                group.create_task(self._again())
                group.create_task(self._store(client))
        finally:
            self._client = None
            await close(client)

    def _announce(self) -> None:
        """Say that there is a hub, so that nobody waits for its first frame to ask it for the state."""
        self._n += 1
        self._out.append(_Out(self._to.frames("hub"), write_envelope(self._term, self._n, None), n=self._n))
        self._wake.set()

    async def _send(self, client: Client) -> None:
        while True:
            self._wake.clear()
            while self._out:
                out = self._out.popleft()
                out.sent = time.monotonic()
                with contextlib.suppress(Error, OSError):  # an update is sent again until it is stored
                    if out.id:
                        headers = {"Nats-Msg-Id": out.id}
                        await client.publish(out.subject, out.data, reply=f"{self._acks}.{out.n}", headers=headers)
                    elif client.is_connected:  # a beat that waited would tell of an old truth
                        await client.publish(out.subject, out.data)
            await self._wake.wait()

    async def _acked(self, message: Msg) -> None:
        if message.headers:
            return  # no stream takes it yet
        answer = unpack(message.data)
        n = int(message.subject.rpartition(".")[2])
        if "error" not in answer and n in self._unstored:
            del self._unstored[n]
            self.stored += 1

    async def _again(self) -> None:
        """Publish again what was not acknowledged; JetStream keeps it once, and listeners know its number."""
        while True:
            await asyncio.sleep(_AGAIN_S / 2)
            self._send_again(time.monotonic() - _AGAIN_S)

    def _send_again(self, before: float) -> None:
        overdue = [out for out in self._unstored.values() if 0 < out.sent < before]
        if overdue and self._client is not None and self._client.is_connected and not self._out:
            self._out.extend(overdue)
            self._wake.set()

    async def _store(self, client: Client) -> None:
        """Have the streams, store what the hub before did not, then take in what edges wrote."""
        said = False
        while True:
            try:
                await ensure_streams(self._to, client, client.jetstream(timeout=ANSWER_S))
                self._send_again(time.monotonic())
                await self._make_up(client)
                break
            except (Error, OSError, TimeoutError) as fault:
                if cancelled():
                    return
                if not said:
                    log.warning("JetStream is not ready: %s", type(fault).__name__)
                said = True
                await asyncio.sleep(1.0)
        if cancelled():  # the client may lose a cancellation that comes with an answer
            return
        async with asyncio.TaskGroup() as group:
            for one in self._consumers:
                group.create_task(one.run(client))

    async def _make_up(self, client: Client) -> None:
        """Updates that are newer than the newest stored one, on a subject that no listener follows."""
        js, newest = client.jetstream(timeout=ANSWER_S), 0
        for subject in [*(self._to.frames(one) for one in RETAINED), *(self._to.late(one) for one in RETAINED)]:
            with contextlib.suppress(NotFoundError, BadFrame):
                found = await js.get_last_msg(self._to.stream("updates"), subject)
                newest = max(newest, int(unpack(found.data or b"")["frame"]["seq"]))
        waiting = {out.id for out in self._unstored.values()}
        for frame in self._backlog.greeting()["backlog"]:
            name = str(frame.get("id") or frame["seq"])
            if newest < int(frame["seq"]) and name not in waiting:
                data = write_envelope(self._term, 0, packed(frame))
                headers = {"Nats-Msg-Id": name}
                await js.publish(self._to.late(frame["subject"]), data, timeout=ANSWER_S, headers=headers)

    async def _greet(self, message: Msg) -> None:
        """Answer with the state of this instant, in parts; or that nothing is new."""
        client = self._client
        if client is None or not message.reply:
            return
        try:
            asked = unpack(message.data)
        except BadFrame:
            return
        n = self._n
        if (asked.get("term"), asked.get("n")) == (self._term, n):
            chunks: list[bytes] = []
        else:
            body = msgspec.json.encode(self._backlog.packed_greeting())
            size = min(PART_BYTES, self._most_bytes() - ROOM_FOR_ENVELOPE)
            chunks = [body[at : at + size] for at in range(0, len(body), size)]
        with contextlib.suppress(Error, OSError):
            for at, chunk in enumerate(chunks or [b""]):
                head = Part(self._term, n, at, len(chunks))
                await client.publish(message.reply, msgspec.json.encode(head) + b"\n" + chunk)

    def _heard(self, subject: str, frame: Frame) -> asyncio.Future[None] | None:
        """Pass on what a subscriber sent; its name is the subject's, which the servers let nobody else use."""
        return None if self._on_frame is None else self._on_frame(subject.rpartition(".")[2], frame)
