"""The edge: takes frames from the bus and gives every client what concerns its cells.

One event loop, no locks. A client is registered before its state is built, with no await between the two, so there
is no gap and no duplicate. Each update is serialised once and its bytes are shared by all clients.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from email.utils import format_datetime

import msgspec

from tocsin.bus.subjects import DRILL_UPDATE, LIVE_BEAT, LIVE_STATE, LIVE_UPDATE, LIVE_WRITTEN, Frame, Subscription
from tocsin.core import points
from tocsin.core.ports import Clock
from tocsin.core.time import rfc3339
from tocsin.edge.sse import dumps, event, retry
from tocsin.edge.stream import PING_S, Client, Stream
from tocsin.edge.truth import Truth, stale_update

_BATCH = 200
_BODY_S = 10.0
_MAX_BODIES = 10_000
_MOMENT = timedelta(seconds=0.2)
_SHARED_BYTES, _MAX_SHARED = 64 * 1024, 1000


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The bounds of an edge.

    Attributes:
        connections: more are answered 429.
        buffer_bytes: a client with more unsent than this is closed at the next write; it resumes.
        replay_bytes: a resume that would take more gets a fresh state instead.
        head_bytes: of a request line with its headers.
        request_s: seconds to complete a request; idle_s: seconds between requests of one connection.
        drain_s: seconds that clients have to take their last bytes when the edge stops.
    """

    connections: int = 50_000
    buffer_bytes: int = 256 * 1024
    replay_bytes: int = 1024 * 1024
    head_bytes: int = 8192
    request_s: float = 10.0
    idle_s: float = 30.0
    drain_s: float = 5.0


class Edge:
    """The live side of Tocsin for as many clients as one process holds."""

    def __init__(self, bus: Subscription, name: str, *, clock: Clock, limits: Limits | None = None) -> None:
        self.bus = bus
        self.name = name
        self.clock = clock
        self.limits = limits or Limits()
        self.truth = Truth()
        self.live = Stream("update")
        self.drill = Stream("drill")
        self._stale = True
        self._met = False
        self._ticks = 0
        self._pending: list[Client] = []
        self._resuming: dict[int, int] = {}  # key of a client from before the first state → the event that it had
        self._drills: deque[tuple[list[tuple[int, Client]], bytes]] = deque()
        self._bodies: dict[str, tuple[int, bool, datetime, bytes, str]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._opened: dict[tuple[tuple[str, ...], int | None], bytes] = {}
        self._opened_key: tuple[object, ...] = ()
        self._opened_at = clock.now()
        self.bad_frames = 0

    # From the bus.

    async def follow(self) -> None:
        """Take frames until the subscription is closed. A frame that cannot be read is counted and passed over."""
        async for frame in self.bus:
            try:
                self.take(frame)
            except (KeyError, TypeError, ValueError, AttributeError):
                self.bad_frames += 1

    def take(self, frame: Frame) -> None:
        """Take one frame in."""
        subject = frame["subject"]
        if subject == LIVE_UPDATE:
            self._update(frame)
        elif subject == LIVE_BEAT:
            self.truth.beat(frame)
        elif subject == LIVE_STATE:
            self._state(frame)
        elif subject == DRILL_UPDATE and self.drill.is_new(frame):
            data, clients = self.drill.keep(frame), list(self.drill.index.match(frame["cells"]).items())
            self._drills.append((clients, data))
            if len(self._drills) == 1:
                self._spread_drill()

    def _spread_drill(self) -> None:
        """A batch in every turn of the loop, one exercise after the other: none ever holds up a warning."""
        clients, data = self._drills[0]
        batch, clients[:_BATCH] = clients[:_BATCH], []
        # The number of who has left may be another's by now.
        there = self.drill.clients
        self.drill.write({key: client for key, client in batch if there.get(key) is client}, data)
        if not clients:
            self._drills.popleft()
        if self._drills:
            asyncio.get_running_loop().call_soon(self._spread_drill)

    def _update(self, frame: Frame) -> None:
        if not self.live.is_new(frame):
            return
        data = self.live.keep(frame)
        try:
            self.truth.update(frame)
        except (KeyError, TypeError, ValueError):
            # A warning goes out even if this edge cannot add it to its own picture; the next state mends that.
            self.bad_frames += 1
        if self._check_stale():
            data = event("update", stale_update(frame["data"]), int(frame["seq"]))
        danger = self.truth.danger(frame["data"])
        points.reach("edge.before_write")
        first = self.clock.now()
        clients = self.live.spread(int(frame["seq"]), frame["cells"], data, danger)
        # What a transport took over was written before the loop runs this, so the last time is not too early.
        asyncio.get_running_loop().call_soon(self._receipt, int(frame["seq"]), clients, first)

    def _receipt(self, seq: int, clients: int, first: datetime) -> None:
        self.bus.send(
            {
                "subject": LIVE_WRITTEN,
                "seq": seq,
                "clients": clients,
                "first_at": rfc3339(first) if clients else None,
                "last_at": rfc3339(self.clock.now()) if clients else None,
                "edge": self.name,
            }
        )

    def _state(self, frame: Frame) -> None:
        """A greeting of the hub, or a state published in the running stream (then without ``backlog_after``)."""
        backlog: list[Frame] = frame.get("backlog", [])
        after = frame.get("backlog_after")
        known = max(self.live.head(), self.truth.seq)
        anew = not self._met or int(frame["seq"]) < self.live.last
        if anew:
            # The first state ever, or the ledger was replaced by a shorter one: nothing of before counts.
            self._met = True
            for stream in (self.live, self.drill):
                stream.restart(int(after if after is not None else frame["seq"]))
            for one in sorted(backlog, key=_seq):
                stream = self._stream_of(one)
                if stream.is_new(one):
                    stream.keep(one)
        elif after is not None and int(after) > known:
            self.live.jump(int(after))
            self.drill.jump(int(after))
            anew = True
        if anew:
            self._refresh_all(hold=True)
        for one in sorted(backlog, key=_seq):
            self.take(one)
        if self.truth.replace(frame) or anew:
            self._refresh_all(hold=anew)
        self._check_stale()

    def _stream_of(self, frame: Frame) -> Stream:
        return self.drill if frame["subject"] == DRILL_UPDATE else self.live

    # Time.

    def tick(self) -> None:
        """Once a second: see whether the knowledge went stale or came back, ping a fifteenth of the clients."""
        self._ticks += 1
        now = self.clock.now()
        if self._ticks % 60 == 0:
            self.truth.prune(now)
        self._check_stale()
        data = event("ping", {"server_time": rfc3339(now), "data_age_s": self.truth.age_s(now), "seq": self.truth.seq})
        for stream in (self.live, self.drill):
            stream.ping(self._ticks % PING_S, data)

    def _check_stale(self) -> bool:
        stale = self.truth.stale(self.clock.now())
        if stale != self._stale:
            self._stale = stale
            self._refresh_all(hold=False)
        return stale

    def _refresh_all(self, *, hold: bool) -> None:
        """Give every live client a fresh state, a batch at a time; with ``hold`` no update goes before it."""
        if hold:
            self.live.held.update(self.live.clients)
        idle = not self._pending
        self._pending = list(self.live.clients.values())
        if idle and self._pending:
            asyncio.get_running_loop().call_soon(self._refresh_some)

    def _refresh_some(self) -> None:
        batch, self._pending = self._pending[:_BATCH], self._pending[_BATCH:]
        for client in batch:
            if self.live.clients.get(client.key) is not client:
                continue
            self.live.held.discard(client.key)
            missed = self._missed(client.cells, self._resuming.pop(client.key, None))
            if not client.write(b"".join((*missed, self._state_event(client.cells)))):
                self.live.slow += 1
        if self._pending:
            asyncio.get_running_loop().call_soon(self._refresh_some)
        elif self._met:
            self._resuming.clear()

    # To clients.

    def open_live(self, client: Client, last: int | None) -> bytes:
        """Register a live client and give its first bytes: hello, what it missed, the state of now."""
        self.live.join(client)
        self._resuming.pop(client.key, None)
        if last is not None and not self._met:
            self._resuming[client.key] = last  # what it missed is not known yet, and goes before the first state
        return retry() + self._opening(client.cells, last)

    def open_drill(self, client: Client, last: int | None) -> bytes:
        """Register a client of the drill stream and give its first bytes."""
        self.drill.join(client)
        missed = None if last is None else self.drill.since(client.cells, last)
        return b"".join((retry(), self._hello(client.cells), *(missed or [])))

    def _opening(self, cells: tuple[str, ...], last: int | None) -> bytes:
        """Hello, what was missed, and state: the same bytes for who comes for the same cells from the same event in the
        same moment, as after a crash thousands do. The state says itself when it was made.
        """
        now = self.clock.now()
        key = (self.truth.version, self.live.head(), self._stale)
        if key != self._opened_key or not self._opened_at <= now < self._opened_at + _MOMENT:
            self._opened_key, self._opened_at = key, now
            self._opened.clear()
        kept = self._opened.get((cells, last))
        if kept is None:
            kept = b"".join((self._hello(cells), *self._missed(cells, last), self._state_event(cells)))
            if len(kept) <= _SHARED_BYTES and len(self._opened) < _MAX_SHARED:
                self._opened[cells, last] = kept
        return kept

    def _missed(self, cells: Iterable[str], last: int | None) -> list[bytes]:
        """The updates after that event; none where they cannot be told whole, or would be too much: a state does."""
        missed = None if last is None else self.live.since(cells, last)
        return [] if missed is None or sum(map(len, missed)) > self.limits.replay_bytes else missed

    def _hello(self, cells: Iterable[str]) -> bytes:
        now = self.clock.now()
        data = {
            "protocol": 1,
            "server_time": rfc3339(now),
            "generated_at": rfc3339(now),
            "seq": self.truth.seq,
            "cells": cells,
            "ping_s": PING_S,
            "source_age_s": self.truth.age_s(now),
            "next_poll_s": 5,
        }
        return event("hello", data)

    def _state_event(self, cells: Iterable[str]) -> bytes:
        # Before the first state it has no id: who came back resumes from the event that it had.
        return event("state", self.truth.view(cells, self.clock.now()), self.live.head() if self._met else None)

    def now_body(self, cell: str) -> tuple[bytes, str]:
        """The state of one cell for pollers and its strong ETag; the same bytes for 10 s while nothing changes."""
        now, stale = self.clock.now(), self._check_stale()
        kept = self._bodies.get(cell)
        if kept is not None and kept[:2] == (self.truth.version, stale) and (now - kept[2]).total_seconds() < _BODY_S:
            return kept[3], kept[4]
        view = self.truth.view((cell,), now)
        calm = not stale and all(area["phase"] in ("ok", "ended") for area in view["areas"])
        body = dumps({**view, "next_poll_s": 5 if calm else 2})
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        if len(self._bodies) >= _MAX_BODIES:
            self._bodies.clear()
        self._bodies[cell] = (self.truth.version, stale, now, body, tag)
        return body, tag

    def known(self) -> bool:
        """Whether any state was received yet."""
        return self._met

    def date(self) -> str:
        """The present instant for a ``Date`` header."""
        return format_datetime(self.clock.now(), usegmt=True)

    def health(self) -> Frame:
        """The numbers of this edge."""
        now = self.clock.now()
        return {
            "edge": self.name,
            "ok": not self.truth.stale(now),
            "seq": self.truth.seq,
            "source_age_s": self.truth.age_s(now),
            "bad_frames": self.bad_frames,
            "live": self.live.stats(),
            "drill": self.drill.stats(),
        }


def _seq(frame: Frame) -> int:
    return int(frame["seq"])
