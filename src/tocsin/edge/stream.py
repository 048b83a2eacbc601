"""One kind of event stream: who listens, what was said lately. Live and drills have one each and share nothing."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from tocsin.bus.subjects import Frame
from tocsin.edge.index import Index
from tocsin.edge.sse import event
from tocsin.warn.target import ancestors

PING_S = 15
"""Every client hears something at least this often; one slot of the wheel is pinged each second."""


class Client(Protocol):
    """What a stream asks of a connection; ``key`` is the descriptor to write to, or below zero."""

    cells: tuple[str, ...]
    key: int
    slot: int

    def write(self, data: bytes) -> bool:
        """Send bytes; False when the client has too many unsent, and is dropped."""
        ...

    def drop(self) -> None:
        """Close at once; the client resumes by its last event id."""
        ...


class Stream:
    """Listeners and the last updates of one subject.

    Attributes:
        apart: keys of the clients that cannot be written to past their connection: it keeps unsent bytes, or encrypts.
        held: keys of the clients that get no update before the state that is on its way to them.
        last: sequence of the newest update taken in.
        floor: every update above it, up to ``last``, is in the backlog.
    """

    __slots__ = (
        "_backlog",
        "_bytes",
        "_limits",
        "_seen",
        "_turn",
        "_written",
        "apart",
        "clients",
        "floor",
        "held",
        "index",
        "last",
        "name",
        "slow",
        "wheel",
    )

    def __init__(self, name: str, backlog: int = 1000, backlog_bytes: int = 16 * 1024 * 1024) -> None:
        self.name = name
        self.index: Index[Any] = Index()
        self.clients: dict[int, Any] = {}
        self.wheel: tuple[dict[int, Any], ...] = tuple({} for _ in range(PING_S))
        self.apart: set[int] = set()
        self.held: set[int] = set()
        self._backlog: deque[tuple[int, str, frozenset[str], bytes]] = deque()
        self._seen: set[str] = set()
        self._bytes = 0
        self._limits = (backlog, backlog_bytes)
        self.last = 0
        self.floor = 0
        self.slow = 0
        self._turn = 0
        self._written = 0

    def join(self, client: Client) -> None:
        """From now on the client is written every matching update; it has, or is given, those up to ``last``."""
        key = client.key
        self.clients[key] = client
        client.slot = self._turn = (self._turn + 1) % PING_S
        self.wheel[client.slot][key] = client
        self.index.add(client, client.cells)
        if key < 0:
            self.apart.add(key)

    def leave(self, client: Client) -> None:
        """Forget a client."""
        key = client.key
        if self.clients.pop(key, None) is not None:
            self.wheel[client.slot].pop(key, None)
            self.index.remove(client, client.cells)
            self.apart.discard(key)
            self.held.discard(key)

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
        missed = []
        for seq, _, where, data in reversed(self._backlog):
            if seq <= last:
                break
            if not where.isdisjoint(line):
                missed.append(data)
        missed.reverse()
        return missed

    def spread(self, seq: int, cells: Iterable[str], data: bytes, first: Iterable[str] = ()) -> int:
        """Write an update to every matching client, once: those in the cells ``first`` before the others; how many were
        written.
        """
        if seq <= self._written:
            return 0
        self._written = seq
        urgent, found = self.index.match(first), self.index.match(cells)
        if urgent:
            found = {key: client for key, client in found.items() if key not in urgent}
        return self.write(urgent, data) + self.write(found, data)

    def write(self, clients: Mapping[int, Any], data: bytes, *, also_held: bool = False) -> int:
        """Write bytes to these clients, with ``also_held`` also to who is held; how many were written."""
        held = set() if also_held else clients.keys() & self.held
        left, size, send = [], len(data), os.write
        straight: Iterable[int] = clients
        if self.apart or held:
            left = [(key, 0) for key in clients if key in self.apart and key not in held]
            straight = [key for key in clients if key not in self.apart and key not in held]
        written = len(clients) - len(held)
        # Thousands stand in line, and each microsecond counts: nothing but the system call for whoever takes all.
        for key in straight:
            try:
                if (sent := send(key, data)) != size:
                    left.append((key, sent))
            except OSError:
                left.append((key, 0))  # the connection finds out what is wrong
        for key, sent in left:
            if not clients[key].write(data[sent:] if sent else data):
                written -= 1
                self.slow += 1
        return written

    def ping(self, slot: int, data: bytes) -> None:
        """Write bytes of no importance to the clients of one slot of the wheel, also to those who are held."""
        self.write(dict(self.wheel[slot]), data, also_held=True)

    def restart(self, floor: int) -> None:
        """The ledger was replaced: forget every update."""
        self._backlog.clear()
        self._seen.clear()
        self._bytes = self.last = self._written = 0
        self.floor = floor

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
