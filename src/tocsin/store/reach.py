"""How many subscriptions a warning would concern: an index beside the address book, fresh enough to say "about".

An officer who is about to confirm must not wait for a database to count a million rows. So the web process keeps a
:class:`~tocsin.warn.inside.CellIndex`: new subscriptions are added within seconds, and the whole is made anew from the
book every ten minutes, for those that changed or left. Both happen on a thread of their own; asking never waits.
"""

from __future__ import annotations

import copy
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import h3.api.basic_int as h3int
import numpy as np
from django.db import connections

from tocsin.core.errors import TocsinError
from tocsin.core.ports import AddressBook
from tocsin.store.index_file import load, save
from tocsin.warn.inside import CellIndex

log = logging.getLogger(__name__)

TOP_UP_S = 5.0
"""After so long what is asked for next is preceded by a look for new subscriptions."""

REBUILD_S = 600.0
"""After so long the whole index is made anew."""

_BATCH = 200_000


class Reach:
    """Counts subscriptions by area. Safe between threads.

    Args:
        book: the address book.
        path: of the file in which the index survives the process; its folder must exist.
        monotonic: seconds, for tests.
    """

    def __init__(self, book: AddressBook, path: Path, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._book, self._path, self._monotonic = book, path, monotonic
        self._index: CellIndex | None = None
        self._last = 0
        self._looked = self._rebuilt = -REBUILD_S
        self._working = threading.Lock()

    def count(self, cover: Iterable[str]) -> int | None:
        """How many active subscriptions have a cell that is covered, or None as long as nobody has counted.

        Args:
            cover: H3 cells of resolution 7 and coarser.
        """
        if self._monotonic() - self._looked > TOP_UP_S and not self._working.locked():
            threading.Thread(target=self._behind, name="reach", daemon=True).start()
        index = self._index  # replaced as a whole, never changed
        return None if index is None else len(index.inside(cover))

    def freshen(self) -> None:
        """Bring the index up to the book now; what another thread is doing already is not done twice."""
        if not self._working.acquire(blocking=False):
            return
        try:
            self._freshen()
        finally:
            self._working.release()

    def _behind(self) -> None:
        try:
            self.freshen()
        except (TocsinError, OSError) as fault:
            # The count of a moment ago stands; the book's own trouble is told where it is needed.
            log.warning("subscriptions could not be counted: %s", type(fault).__name__)
        finally:
            connections.close_all()

    def _freshen(self) -> None:
        now = self._looked = self._monotonic()
        if self._index is None and (kept := load(CellIndex, self._path)) is not None and kept[1].isdecimal():
            self._index, self._last = kept[0], int(kept[1])
        whole = now - self._rebuilt >= REBUILD_S
        if self._index is not None:
            self._index, self._last = self._added(self._index, self._last)
        if whole:
            self._index, self._last = self._added(CellIndex(), 0)
            self._rebuilt = now
            save(self._index, self._path, str(self._last))

    def _added(self, index: CellIndex, last: int) -> tuple[CellIndex, int]:
        """A new index with the subscriptions after ``last``, and the highest number that it has seen."""
        found, top = copy.copy(index), last
        for channel in self._book.counts():
            for ids, cells in _batches(self._book.cells(channel, last)):
                found.add(ids, cells)
                top = max(top, int(ids[-1]))
        return found, top


def _batches(rows: Iterable[tuple[int, tuple[str, ...]]]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    ids: list[int] = []
    numbers: list[int] = []
    for one, cells in rows:
        ids += [one] * len(cells)
        numbers += map(h3int.str_to_int, cells)
        if len(ids) >= _BATCH:
            yield np.array(ids, np.int64), np.array(numbers, np.uint64)
            ids, numbers = [], []
    if ids:
        yield np.array(ids, np.int64), np.array(numbers, np.uint64)
