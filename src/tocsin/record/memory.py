"""The ledger in plain Python: for one process that keeps nothing, and the measure of every other adapter."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence

from tocsin.core import points
from tocsin.core.errors import Refused
from tocsin.core.event import GENESIS, Entry, Event
from tocsin.core.ports import Checkpoint, Reader
from tocsin.record.chain import link


def taken(event_id: str) -> Refused:
    """The refusal of an event id that is recorded already."""
    return Refused(
        "TOC-7005",
        f"The event {event_id!r} is recorded already.",
        field="id",
        remedy="Nothing was written. Read the entry that is there, or send a new event with an id of its own.",
    )


def nested() -> Refused:
    """The refusal to write from inside a transaction that is still open."""
    return Refused(
        "TOC-7005",
        "The ledger cannot be written inside another transaction of the same thread.",
        remedy="Return the events from `decide`, or close the transaction first: an entry must not be undone later.",
    )


class MemoryLedger:
    """A :class:`tocsin.core.ports.Ledger` that lives as long as its process. Safe between threads.

    Args:
        wake: called with the new head after each commit.
    """

    def __init__(self, wake: Callable[[int], None] | None = None) -> None:
        self._entries: list[Entry] = []
        self._ids: set[str] = set()
        self._checkpoints: list[Checkpoint] = []
        self._lock = threading.Lock()
        self._writer: int | None = None
        self._wake = wake

    def head(self) -> tuple[int, str]:
        """``(seq, hash)`` of the last entry; ``(0, GENESIS)`` of an empty ledger."""
        entries = self._entries
        return (entries[-1].seq, entries[-1].hash) if entries else (0, GENESIS)

    def read(self, after: int = 0, limit: int | None = None) -> Iterator[Entry]:
        """Entries with ``seq > after`` in order."""
        place = max(after, 0)
        end = None if limit is None else place + limit
        while (end is None or place < end) and place < len(self._entries):
            yield self._entries[place]
            place += 1

    def transact(self, decide: Callable[[Reader], Sequence[Event]], *, first: bool = True) -> list[Entry]:  # noqa: ARG002
        """Run ``decide`` under the write lock and keep the events that it returns, all or none.

        Raises:
            Refused: an event id is recorded already, or the call is nested in another (TOC-7005).
            Invalid: an event is not fit to be recorded (TOC-7005).
        """
        if self._writer == threading.get_ident():
            raise nested()
        with self._lock:
            self._writer = threading.get_ident()
            try:
                entries = self._keep(decide(self))
            finally:
                self._writer = None
        if entries:
            points.reach("ledger.after_commit")
            if self._wake is not None:
                # As in every adapter: the entries are kept, whatever becomes of the call to look at them.
                with contextlib.suppress(Exception):
                    self._wake(entries[-1].seq)
        return entries

    def _keep(self, events: Sequence[Event]) -> list[Entry]:
        entries = link(*self.head(), events)
        fresh: set[str] = set()
        for entry in entries:
            if entry.event.id in self._ids or entry.event.id in fresh:
                raise taken(entry.event.id)
            fresh.add(entry.event.id)
        if entries:
            points.reach("ledger.before_commit")
            self._ids |= fresh
            self._entries.extend(entries)
        return entries

    def append(self, events: Sequence[Event], *, first: bool = True) -> list[Entry]:
        """:meth:`transact` with a decision already taken."""
        return self.transact(lambda _reader: events, first=first)

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep a signed head."""
        with self._lock:
            self._checkpoints.append(checkpoint)

    def checkpoints(self) -> list[Checkpoint]:
        """Every kept checkpoint, oldest first."""
        return list(self._checkpoints)
