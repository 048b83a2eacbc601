"""A room's state, kept caught up with the ledger."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from typing import Any, Generic, Protocol, TypeVar

from tocsin.core.event import Entry
from tocsin.core.ports import Reader


class Folded(Protocol):
    """A state that knows up to which entry it was folded."""

    @property
    def seq(self) -> int:
        """The last entry that it knows of."""
        ...


S = TypeVar("S", bound=Folded)

PIECE = 500
"""Entries that are read at once where all are wanted."""


class Kept(Generic[S]):
    """Holds the state of one room; safe to use from several threads.

    Args:
        empty: the state before the first entry.
        fold_all: the room's fold over many entries.
    """

    def __init__(self, empty: S, fold_all: Callable[[S, Iterable[Entry]], S]) -> None:
        self._state = empty
        self._fold_all = fold_all
        self._lock = threading.Lock()
        self._first = threading.Lock()

    def caught_up(self, reader: Reader) -> S:
        """The state as of the reader's head. The whole ledger is read once, however many ask for it at first."""
        # Reading waits for nobody who writes, so neither does whoever waits for the first who reads.
        with nullcontext() if self._state.seq else self._first:
            # Never hold our own lock meanwhile: the reader may hold the ledger's, and another thread wait for it here.
            after = self._state.seq
            return self.takes(list(reader.read(after=after)), after)

    @property
    def seq(self) -> int:
        """The last entry that the state knows of."""
        return self._state.seq

    def takes(self, entries: Sequence[Entry], after: int) -> S:
        """Entries that somebody else has read, all that there are behind ``after`` up to the last of them: those that
        are new here follow on the state, which it gives; they are left where some before them are not known yet.
        """
        with self._lock:
            if after <= self._state.seq:
                self._state = self._fold_all(self._state, (e for e in entries if e.seq > self._state.seq))
            return self._state

    def knows(self, state: S) -> None:
        """A state that was folded elsewhere from this ledger: it need not be read again."""
        with self._lock:
            if state.seq > self._state.seq:
                self._state = state


def bring_up(reader: Reader, rooms: Sequence[Kept[Any]], *, bite: int | None = None) -> None:
    """Bring the states of several rooms up to the reader's head, or so many entries nearer, reading each entry once."""
    size = bite or PIECE
    while rooms:
        after = min(room.seq for room in rooms)
        entries = list(reader.read(after=after, limit=size))
        for room in rooms:
            room.takes(entries, after)
        if bite or len(entries) < size:
            return
