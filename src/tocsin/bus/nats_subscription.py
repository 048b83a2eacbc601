"""The subscriber's end of the NATS bus: a plain subscription, which asks the hub for its state whenever it must."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from typing import Literal

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error

from tocsin.bus.frames import MAX_FROM_HUB, MAX_TO_HUB, BadFrame, pack, unpack
from tocsin.bus.nats_link import ANSWER_S, Address, Part, cancelled, close, connect, packed, read_envelope
from tocsin.bus.subjects import Frame, receipt_id

SILENCE_S = 3.0
"""A hub says something each second. After so long without a word it is asked whether anything was missed."""
_PAUSE_S = 0.2
_MOST_UNSENT = 1000
_TRIES = 5


class NatsSubscription:
    """A subscription over NATS.

    Args:
        to: the servers.
        name: whose receipts these are.
        queue_frames: when more frames than this wait for the user they are dropped, and the state is asked for anew;
            queue_bytes: the same for their bytes.
    """

    def __init__(
        self, to: Address, name: str, *, queue_frames: int = 2000, queue_bytes: int = 64 * 1024 * 1024
    ) -> None:
        self._to = to
        self._name = name
        self._limits = (queue_frames, queue_bytes)
        self._client: Client | None = None
        self._closed = asyncio.Event()
        self._fresh = asyncio.Event()
        self._queue: deque[bytes] = deque()
        self.unread_bytes = 0
        self._asks = True
        self._at = (0, 0)
        self._newest = 0
        self._unsent: asyncio.Queue[Frame] = asyncio.Queue(_MOST_UNSENT)
        self.cut_off = 0
        self.lost = 0

    async def __aiter__(self) -> AsyncIterator[Frame]:
        """Frames in order; a ``live.state`` first and whenever something was missed; ends with :meth:`close`."""
        sender = asyncio.create_task(self._send_receipts())
        try:
            await self._connect()
            while not self._closed.is_set():
                frame = await self._next()
                if frame is not None:
                    yield frame
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
            await close(self._client)
            self._client = None

    async def _connect(self) -> None:
        """Wait for a server, unless the subscription is closed before there is one."""
        made = asyncio.create_task(connect(self._to, self._name, reconnected_cb=self._reconnected))
        ended = asyncio.create_task(self._closed.wait())
        await asyncio.wait((made, ended), return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        if self._closed.is_set():
            made.cancel()
            with contextlib.suppress(asyncio.CancelledError, Error, OSError):
                await close(await made)
            return
        client = await made
        await client.subscribe(self._to.frames(), cb=self._take)
        self._client = client

    async def _reconnected(self) -> None:
        self._asks = True
        self._fresh.set()

    async def _take(self, message: Msg) -> None:
        most, most_bytes = self._limits
        if len(self._queue) >= most or self.unread_bytes + len(message.data) > most_bytes:
            self._cut()
        else:
            self._queue.append(message.data)
            self.unread_bytes += len(message.data)
        self._fresh.set()

    def _cut(self) -> None:
        """Drop what is unread; the next greeting makes up for it."""
        self._queue.clear()
        self.unread_bytes = 0
        self._asks = True
        self.cut_off += 1

    async def _next(self) -> Frame | None:
        """The next frame, or None when there is nothing to give yet."""
        if self._asks:
            answer = await self._ask()
            if answer is None:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_PAUSE_S):
                        await self._closed.wait()
                return None
            self._asks = False
            return None if answer == "same" else answer
        if not self._queue:
            self._fresh.clear()
            try:
                async with asyncio.timeout(SILENCE_S):
                    await self._fresh.wait()
            except TimeoutError:
                self._asks = True
            return None
        data = self._queue.popleft()
        self.unread_bytes -= len(data)
        return self._judge(data)

    def _judge(self, data: bytes) -> Frame | None:
        """The frame, if it is the next one of the newest hub."""
        try:
            envelope = read_envelope(data)
        except BadFrame:
            self._asks = True
            return None
        frame, (term, n) = envelope.frame, self._at
        if envelope.term < self._newest or (envelope.term == term and envelope.n <= n):
            return None
        if envelope.term == term and envelope.n == n + 1 and frame is not None:
            self._at = (term, n + 1)
            return frame
        self._newest = envelope.term
        self._asks = True
        if frame is not None:  # kept for after the greeting, which may be older than it
            self._queue.appendleft(data)
            self.unread_bytes += len(data)
        return None

    async def _ask(self) -> Frame | Literal["same"] | None:
        """The state of now; "same" when nothing was missed; None when no hub answers."""
        client = self._client
        if client is None or not client.is_connected:
            return None
        parts: asyncio.Queue[bytes | None] = asyncio.Queue()

        async def came(message: Msg) -> None:
            parts.put_nowait(None if message.headers else message.data)  # a header says that nobody listens

        inbox = client.new_inbox()
        try:
            listening = await client.subscribe(inbox, cb=came, pending_bytes_limit=2 * MAX_FROM_HUB)
            try:
                term, n = self._at
                asked = {"hello": 1, "name": self._name, "term": term, "n": n}
                await client.publish(self._to.greet, packed(asked), reply=inbox)
                return await self._greeting(parts)
            finally:
                await listening.unsubscribe()
        except (Error, OSError, TimeoutError, BadFrame, msgspec.MsgspecError):
            return None

    async def _greeting(self, parts: asyncio.Queue[bytes | None]) -> Frame | Literal["same"] | None:
        found: dict[tuple[int, int], dict[int, bytes]] = {}
        while True:
            async with asyncio.timeout(ANSWER_S):
                data = await parts.get()
            if data is None:
                return None
            line, _, chunk = data.partition(b"\n")
            head = msgspec.json.decode(line, type=Part)
            if head.term < self._newest:
                continue  # from a hub that does not know yet that it was replaced
            if head.parts == 0:
                return "same"
            mine = found.setdefault((head.term, head.n), {})
            mine[head.part] = chunk
            if len(mine) == head.parts:
                frame = unpack(b"".join(mine[at] for at in range(head.parts)))
                self._at, self._newest = (head.term, head.n), head.term
                return frame

    def send(self, frame: Frame) -> bool:
        """Hand a frame to the hub; False when there is no connection or no room."""
        if self._client is None or not self._client.is_connected or self._unsent.full():
            return False
        pack(frame, MAX_TO_HUB)
        self._unsent.put_nowait(frame)
        return True

    async def _send_receipts(self) -> None:
        """Store receipts one after another; one that no server acknowledges is given up, and counted."""
        while not cancelled():
            frame = await self._unsent.get()
            for _ in range(_TRIES):
                if await self._stored(frame):
                    break
                await asyncio.sleep(_PAUSE_S)
            else:
                self.lost += 1

    async def _stored(self, frame: Frame) -> bool:
        client = self._client
        if client is None:
            return False
        name = receipt_id(self._name, frame)
        try:
            await client.jetstream().publish(
                self._to.written(self._name), packed(frame), timeout=ANSWER_S, headers={"Nats-Msg-Id": name}
            )
        except (Error, OSError, TimeoutError):
            return False
        return True

    async def close(self) -> None:
        """End the iteration and leave the hub."""
        self._closed.set()
        self._fresh.set()
        await asyncio.sleep(0)
