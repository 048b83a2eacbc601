"""One kind of event stream: who listens, what was said lately. Live and drills have one each and share nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from socket import SocketType
from typing import Any, Protocol

from tocsin.bus.subjects import Frame
from tocsin.edge.index import Index
from tocsin.edge.sse import event
from tocsin.warn.target import ancestors

PING_S = 15
"""Every client hears something at least this often; one slot of the wheel is pinged each second."""


class Client(Protocol):
    """What a stream asks of a connection."""

    cells: tuple[str, ...]
    last: int
    slot: int
    pending: bool
    direct: SocketType | None

    def write(self, data: bytes) -> bool:
        """Send bytes; False when the client has too many unsent, and is dropped."""
        ...

    def drop(self) -> None:
        """Close at once; the client resumes by its last event id."""
        ...


class Stream:
    """Listeners and the last updates of one subject.

    Attributes:
        last: sequence of the newest update taken in.
        floor: every update above it, up to ``last``, is in the backlog.
    """

    __slots__ = (
        "_backlog",
        "_bytes",
        "_limits",
        "_seen",
        "_turn",
        "clients",
        "floor",
        "index",
        "last",
        "name",
        "slow",
        "wheel",
    )

    def __init__(self, name: str, backlog: int = 1000, backlog_bytes: int = 16 * 1024 * 1024) -> None:
        self.name = name
        self.index: Index[Any] = Index()
        self.clients: set[Any] = set()
        self.wheel: tuple[set[Any], ...] = tuple(set() for _ in range(PING_S))
        self._backlog: deque[tuple[int, str, frozenset[str], bytes]] = deque()
        self._seen: set[str] = set()
        self._bytes = 0
        self._limits = (backlog, backlog_bytes)
        self.last = 0
        self.floor = 0
        self.slow = 0
        self._turn = 0

    def join(self, client: Client) -> None:
        """From now on the client is written every matching update above its ``last``."""
        self.clients.add(client)
        client.slot = self._turn = (self._turn + 1) % PING_S
        self.wheel[client.slot].add(client)
        self.index.add(client, client.cells)
        client.last = self.last

    def leave(self, client: Client) -> None:
        """Forget a client."""
        self.clients.discard(client)
        self.wheel[client.slot].discard(client)
        self.index.remove(client, client.cells)

    def head(self) -> int:
        """The event id of a state of now: what comes later is above it."""
        return max(self.last, self.floor)

    def is_new(self, frame: Frame) -> bool:
        """Whether this update was not taken in before, by sequence and by event id."""
        return int(frame["seq"]) > self.last and frame["id"] not in self._seen

    def keep(self, frame: Frame) -> bytes:
        """Take an update in; its one serialisation, shared by all who are written it."""
        seq, cells = int(frame["seq"]), frozenset(frame["cells"])
        data = event(self.name, frame["data"], seq)
        self._backlog.append((seq, frame["id"], cells, data))
        self._seen.add(frame["id"])
        self._bytes += len(data)
        self.last = seq
        most, most_bytes = self._limits
        while len(self._backlog) > most or self._bytes > most_bytes:
            gone = self._backlog.popleft()
            self._seen.discard(gone[1])
            self._bytes -= len(gone[3])
            self.floor = max(self.floor, gone[0])
        return data

    def since(self, cells: Iterable[str], last: int) -> list[bytes] | None:
        """Matching updates above ``last`` in order, or None when the backlog cannot tell."""
        if last < self.floor or last > self.head():
            return None
        line = {above for cell in cells for above in ancestors(cell)}
        return [data for seq, _, where, data in self._backlog if seq > last and not where.isdisjoint(line)]

    def spread(self, seq: int, cells: Iterable[str], data: bytes, first: Iterable[str] = ()) -> int:
        """Write an update to every matching client that has not had it, those in the cells ``first`` before the
        others; how many were written.
        """
        written = self.write(seq, self.index.match(first), data)
        return written + self.write(seq, self.index.match(cells), data)

    def write(self, seq: int, clients: Iterable[Any], data: bytes) -> int:
        """Write an update to these clients, except who has had it; how many were written."""
        written, size = 0, len(data)
        for client in clients:
            if seq > client.last and not client.pending:
                client.last = seq
                direct = client.direct
                # The common case without a call between: thousands stand in line, and each microsecond counts.
                try:
                    sent = 0 if direct is None else direct.send(data)
                except OSError:
                    sent = 0  # the connection finds out what is wrong
                if sent == size or client.write(data[sent:] if sent else data):
                    written += 1
                else:
                    self.slow += 1
        return written

    def restart(self, floor: int) -> None:
        """The ledger was replaced: forget every update."""
        self._backlog.clear()
        self._seen.clear()
        self._bytes = self.last = 0
        self.floor = floor
        for client in self.clients:
            client.last = 0

    def jump(self, floor: int) -> None:
        """Updates up to ``floor`` may be missing: older ones are of no use for resuming any more."""
        while self._backlog and self._backlog[0][0] <= floor:
            gone = self._backlog.popleft()
            self._seen.discard(gone[1])
            self._bytes -= len(gone[3])
        self.floor = max(self.floor, floor)

    def stats(self) -> dict[str, int]:
        """The numbers of this stream."""
        return {
            "clients": len(self.clients),
            "cells": len(self.index),
            "backlog": len(self._backlog),
            "backlog_bytes": self._bytes,
            "slow_closed": self.slow,
        }
