"""Ledger → bus: every new entry is folded and, where the public is concerned, published. Keeps nothing of its own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from tocsin.app.desk import Desk
from tocsin.bus.subjects import LIVE_BEAT, Hub
from tocsin.core.event import Entry
from tocsin.core.points import reach
from tocsin.core.time import rfc3339
from tocsin.warn import live
from tocsin.warn.state import WarnState, fold
from tocsin.workers import pace
from tocsin.workers.database import DatabaseThread

POLL_S = 0.05
BEAT_S = 1.0
BACKLOG = 500
PIECE = 100
"""Entries read at once; the first of them waits for no more than that to be read."""
AT_ONCE = 8
"""Entries between two turns of the loop: commands go out, and the broker is heard, while a flood is taken in."""

log = structlog.get_logger("relay")

LEAD_S = 0.003
"""Longest that the pages wait for the first siren command to go before them."""

Taken = tuple[Entry, dict[str, Any] | None]


async def _at_once(_most_s: float) -> None:
    """Nobody goes first."""


class Relay:
    """Follows the ledger's head: woken after each append, and looking by itself every 50 ms.

    ``state`` is the newest. What a subscriber is greeted with, and what a beat claims, is the state that was published:
    between the two lies the moment in which the first siren command goes out.

    It publishes once it leads; before, it only keeps its state and backlog, so that it can lead at any moment.

    Args:
        desk: whose ledger, clock and sender are used.
        db: the worker's database thread.
        wake_path: unix datagram socket at which writers of this machine say that there is something new; None where
            somebody else calls :meth:`wake`.
        follow_from: entries after this one are also handed to ``taken`` while the relay starts.
        taken: called on the loop with each new entry and its frame, in order.
        led: waits until what was taken has begun to sound, or so many seconds; then pages are told.
        tail: looks at the ledger's end without waiting, on the loop; None from it, or in its place, asks ``db``.
    """

    def __init__(
        self,
        desk: Desk,
        db: DatabaseThread,
        *,
        wake_path: Path | None,
        follow_from: int,
        taken: Callable[[Taken], None],
        led: Callable[[float], Awaitable[None]] = _at_once,
        tail: Callable[[int], list[Entry] | None] | None = None,
    ) -> None:
        self._tail = tail
        self._desk = desk
        self._db = db
        self._wake_path = wake_path
        self._follow_from = follow_from
        self._taken = taken
        self._led = led
        self._kept = timedelta(seconds=desk.policy.cancel_expiry_s)
        self.state = self._said = WarnState()
        self.as_of: datetime = desk.clock.now()
        self._backlog: deque[dict[str, Any]] = deque(maxlen=BACKLOG)
        self._backlog_after = 0
        self._hub: Hub | None = None
        self._woken = asyncio.Event()
        self._levels: list[asyncio.Future[None]] = []

    async def load(self) -> None:
        """Fold the whole ledger once; recent public entries become the backlog for edges that come back."""
        before = self.as_of = self._desk.clock.now()
        entries = await self._db(lambda: list(self._desk.ledger.read()))
        recent = max(0, len(entries) - BACKLOG)
        valid = timedelta(seconds=self._desk.policy.command_expiry_s)
        for at, entry in enumerate(entries):
            self.state = fold(self.state, entry)
            # commands younger than their expiry are planned again: a siren that was away must still get them
            again = entry.seq > self._follow_from or entry.event.at > before - valid
            frame = live.frame(self.state, entry, self._desk.sender) if at >= recent or again else None
            if frame is not None and at >= recent:
                self._backlog.append(frame)
            if again:
                self._taken((entry, frame))
        self._backlog_after = entries[recent - 1].seq if recent else 0
        self._said = self.state
        self.as_of = before

    def greeting(self) -> dict[str, Any]:
        """The ``live.state`` of now, for a subscriber that arrives."""
        state = live.snapshot(self._said, self._desk.clock.now(), self._desk.sender, kept=self._kept)
        return {
            **state,
            "as_of": rfc3339(self.as_of),
            "backlog": list(self._backlog),
            "backlog_after": self._backlog_after,
        }

    def lead(self, hub: Hub) -> None:
        """Publish from now on."""
        self._hub = hub

    def wake(self) -> None:
        """Say that there is something new; called on the loop."""
        self._woken.set()

    async def level(self) -> None:
        """Wait until everything is taken that is in the ledger by now. Who takes over from another is this first: edges
        must not be greeted with less than they know, which means to them that the ledger itself was replaced.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._levels.append(done)
        self._woken.set()
        await done

    async def run(self) -> None:
        """Follow until cancelled."""
        with self._datagrams():
            async with asyncio.TaskGroup() as group:
                group.create_task(self._beat())
                group.create_task(self._follow())

    async def _follow(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await self._woken.wait()
            self._woken.clear()
            await self._step()

    @contextlib.contextmanager
    def _datagrams(self) -> Iterator[None]:
        if self._wake_path is None:
            yield
            return
        loop, sock = asyncio.get_running_loop(), _listen(self._wake_path)
        loop.add_reader(sock, _drain, sock, self._woken)
        try:
            yield
        finally:
            loop.remove_reader(sock)
            sock.close()
            self._wake_path.unlink(missing_ok=True)

    async def _step(self) -> None:
        before, asked = self._desk.clock.now(), len(self._levels)
        try:
            entries = await self._news()
        except Exception as fault:  # the truth is unknown while the ledger cannot be read: as_of stands still
            log.error("the ledger cannot be read", error=type(fault).__name__)
            await asyncio.sleep(1.0)
            return
        for start in range(0, len(entries), AT_ONCE):
            await self._pass_on(entries[start : start + AT_ONCE])
        self._desk.knows(self.state)  # receipts are noted on it, and need not fold the same again
        if len(entries) >= PIECE:  # there may be more: what is known is as of the last of these
            self._woken.set()
            before = min(before, entries[-1].event.at)
        else:
            self._level(asked)
        self.as_of = before

    async def _pass_on(self, entries: Sequence[Entry]) -> None:
        """Hand all of them to the sirens, then tell the pages in order: no siren waits for the pages of another."""
        told: list[tuple[WarnState, dict[str, Any] | None]] = []
        for entry in entries:
            self.state = fold(self.state, entry)
            frame = live.frame(self.state, entry, self._desk.sender)
            self._taken((entry, frame))
            told.append((self.state, frame))
            if _sounds(frame):
                await asyncio.sleep(0)  # its commands begin
        if self._hub is not None and any(_sounds(frame) for _, frame in told):
            await self._led(LEAD_S)
        for state, frame in told:
            if frame is not None:
                self._publish(frame)
            self._said = state
        await asyncio.sleep(0)

    def _publish(self, frame: dict[str, Any]) -> None:
        if self._hub is not None:
            reach("relay.before_publish")
            self._hub.publish(frame)
        if len(self._backlog) == BACKLOG:
            self._backlog_after = self._backlog[0]["seq"]
        self._backlog.append(frame)
        if self._hub is not None:
            reach("relay.after_publish")

    def _level(self, asked: int) -> None:
        """A look that found the end: so many of those who wait had asked before it began."""
        told, self._levels = self._levels[:asked], self._levels[asked:]
        for one in told:
            if not one.done():
                one.set_result(None)

    async def _news(self) -> list[Entry]:
        found = None if self._tail is None else self._tail(self.state.seq)
        if found is None:
            found = await self._db(lambda: list(self._desk.ledger.read(after=self.state.seq, limit=PIECE)))
        return found[:PIECE]

    async def _beat(self) -> None:
        while True:
            if self._hub is not None:
                self._hub.publish({"subject": LIVE_BEAT, "seq": self._said.seq, "as_of": rfc3339(self.as_of)})
            await pace.sleep(self._desk.clock, BEAT_S)


def _sounds(frame: dict[str, Any] | None) -> bool:
    return frame is not None and frame["data"].get("sound") is not None


def _listen(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.bind(str(path))
    path.chmod(0o600)
    return sock


def _drain(sock: socket.socket, woken: asyncio.Event) -> None:
    with contextlib.suppress(BlockingIOError):
        while sock.recv(64):
            pass
    woken.set()
