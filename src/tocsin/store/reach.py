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
from typing import NamedTuple

import h3.api.basic_int as h3int
import numpy as np
from django.db import connections

from tocsin.core.errors import TocsinError
from tocsin.core.ports import AddressBook
from tocsin.core.subscription import Wanted
from tocsin.store.index_file import load, save
from tocsin.warn.inside import CellIndex

log = logging.getLogger(__name__)

TOP_UP_S = 5.0
"""After so long what is asked for next is preceded by a look for new subscriptions."""

REBUILD_S = 600.0
"""After so long the whole index is made anew."""

_BATCH = 200_000


class _Seen(NamedTuple):
    """An index for each level, replaced as a whole, and the highest number that they hold or passed over."""

    every: CellIndex
    early: CellIndex
    last: int


class Reach:
    """Counts subscriptions by area. Safe between threads.

    Args:
        book: the address book.
        path: of the file in which the index survives the process, and of one beside it for those who want to hear of
            a pre-alert, too; its folder must exist.
        monotonic: seconds, for tests.
    """

    def __init__(self, book: AddressBook, path: Path, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._book, self._path, self._monotonic = book, path, monotonic
        self._early = path.with_name(f"{path.name}.early")
        self._seen: _Seen | None = None
        self._looked = self._rebuilt = -REBUILD_S
        self._working = threading.Lock()

    def count(self, cover: Iterable[str], level: Wanted = "alert") -> int | None:
        """How many active subscriptions have a cell that is covered, or None as long as nobody has counted.

        Args:
            cover: H3 cells of resolution 7 and coarser.
            level: of the warning; of a pre-alert hear only those who asked for it.
        """
        if self._monotonic() - self._looked > TOP_UP_S and not self._working.locked():
            threading.Thread(target=self._behind, name="reach", daemon=True).start()
        seen = self._seen
        return None if seen is None else len((seen.every if level == "alert" else seen.early).inside(cover))

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
        seen = self._seen or self._kept()
        if seen is not None:
            seen = self._seen = self._added(seen)
        if now - self._rebuilt >= REBUILD_S:
            seen = self._seen = self._added(_Seen(CellIndex(), CellIndex(), 0))
            self._rebuilt = now
            save(seen.early, self._early, str(seen.last))
            save(seen.every, self._path, str(seen.last))

    def _kept(self) -> _Seen | None:
        """What the files hold, when both are of one moment."""
        every, early = load(CellIndex, self._path), load(CellIndex, self._early)
        if every is None or early is None or every[1] != early[1] or not every[1].isdecimal():
            return None
        return _Seen(every[0], early[0], int(every[1]))

    def _added(self, seen: _Seen) -> _Seen:
        """With the subscriptions after its last."""
        every, early, top = copy.copy(seen.every), copy.copy(seen.early), seen.last
        for channel in self._book.counts():
            for ids, cells in _batches(self._book.cells(channel, seen.last)):
                every.add(ids, cells)
                top = max(top, int(ids[-1]))
            for ids, cells in _batches(self._book.cells(channel, seen.last, level="pre_alert")):
                early.add(ids, cells)
        return _Seen(every, early, top)


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
