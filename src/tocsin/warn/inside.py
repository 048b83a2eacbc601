"""Who is inside: positions, or H3 cells, sorted so that an area is a few thousand slices of them.

One rule for both: **what an area touches is inside**. A position on an outline, also on that of a hole, is inside;
a cell is inside as soon as the area touches it (see :func:`tocsin.warn.target.cover`). Positions are compared in double
precision with the outline as it is given: what an index finds is what looking at every position would find.

An index is a large sorted part that never changes but for its removals, and a small part for what was added since; the
two are merged when the small one has grown. It holds 32 bytes a position, 16 a cell. Not safe between threads that
change it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Self

import h3.api.basic_int as h3int
import numpy as np
import numpy.typing as npt
import shapely

from tocsin.core.errors import Invalid
from tocsin.warn import zorder
from tocsin.warn.target import RESOLUTION

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Keys = npt.NDArray[np.uint64]

_GONE = -1
"""Stands where the id of a removed entry stood."""

_LEAST = 65_536
"""So many entries may be added or removed before the parts are merged, whatever the size."""


class Part(NamedTuple):
    """Columns of one length, sorted by key; the last two are empty in an index of cells."""

    keys: Keys
    ids: Ids
    lons: Floats
    lats: Floats

    @classmethod
    def of(cls, keys: Keys, ids: Ids, lons: Floats, lats: Floats) -> Part:
        """The part that these columns make, sorted."""
        order = np.argsort(keys, kind="stable")
        return cls(keys[order], ids[order], *(c[order] if len(c) else c for c in (lons, lats)))

    def where(self, kept: npt.NDArray[np.bool_]) -> Part:
        """The entries that the mask names."""
        return Part(self.keys[kept], self.ids[kept], *(c[kept] if len(c) else c for c in (self.lons, self.lats)))

    def with_part(self, other: Part) -> Part:
        """Both, merged, without what was removed."""
        mine, yours = self.where(self.ids != _GONE), other.where(other.ids != _GONE)
        return Part.of(*(np.concatenate(pair) for pair in zip(mine, yours, strict=True)))


_NONE: Floats = np.empty(0, np.float64)
_EMPTY = Part(np.empty(0, np.uint64), np.empty(0, np.int64), _NONE, _NONE)


class _Index:
    """What the two kinds of index have in common: the large part, how many of it are gone, and the small part."""

    __slots__ = ("_base", "_fresh", "_gone")

    def __init__(self, base: Part = _EMPTY) -> None:
        """Take sorted columns as they are; their ``ids`` must be writable, since removals are marked there."""
        self._base, self._fresh, self._gone = base, _EMPTY, 0

    def __len__(self) -> int:
        return len(self._base.ids) + len(self._fresh.ids) - self._gone

    def part(self) -> Part:
        """Everything as one sorted part, for keeping in a file."""
        self._merge()
        return self._base

    def _add(self, ids: Ids, keys: Keys, lons: Floats = _NONE, lats: Floats = _NONE) -> Self:
        if not len(ids) == len(keys) or (len(ids) and int(ids.min()) < 0):
            raise Invalid(
                "TOC-2002",
                "Each position or cell needs one id, 0 or above.",
                field="ids",
                remedy="Give as many ids as there are positions.",
            )
        self._fresh = self._fresh.with_part(Part.of(keys, ids, lons, lats))
        self._settle()
        return self

    def _remove(self, ids: Ids, keys: Keys) -> int:
        """Take out the entries with that key and that id; how many there were."""
        marked = _mark(self._base, ids, keys)
        fresh = _mark(self._fresh, ids, keys)
        if fresh:
            self._fresh = self._fresh.where(self._fresh.ids != _GONE)
        self._gone += marked
        self._settle()
        return marked + fresh

    def _settle(self) -> None:
        if len(self._fresh.ids) + self._gone > max(_LEAST, len(self._base.ids) // 16):
            self._merge()

    def _merge(self) -> None:
        if len(self._fresh.ids) or self._gone:
            self._base, self._fresh, self._gone = self._base.with_part(self._fresh), _EMPTY, 0

    def _left(self, ids: Ids) -> Ids:
        """The ids without those that were removed."""
        return ids[ids != _GONE] if self._gone else ids


def _mark(part: Part, ids: Ids, keys: Keys) -> int:
    """Mark the entries with that key and that id as gone; how many."""
    found = 0
    starts, ends = np.searchsorted(part.keys, keys, "left"), np.searchsorted(part.keys, keys, "right")
    for one, start, end in zip(ids.tolist(), starts.tolist(), ends.tolist(), strict=True):
        here = part.ids[start:end]
        same = here == one
        found += int(np.count_nonzero(same))
        here[same] = _GONE
    return found


class PositionIndex(_Index):
    """Positions by id. An id may have several; it is then found once for each that is inside."""

    __slots__ = ()

    def add(self, ids: Ids, lons: Floats, lats: Floats) -> Self:
        """Take in positions in WGS 84 degrees; 180° of longitude is -180°.

        Raises:
            Invalid: a position is off the Earth, or an id is below 0 or missing (TOC-2002).
        """
        lons, lats = _east(lons), np.asarray(lats, np.float64)
        return self._add(np.asarray(ids, np.int64), zorder.keys(lons, lats), lons, lats)

    def remove(self, ids: Ids, lons: Floats, lats: Floats) -> int:
        """Take out entries, each given by its id and where it is; how many there were.

        Raises:
            Invalid: a position is off the Earth (TOC-2002).
        """
        return self._remove(np.asarray(ids, np.int64), zorder.keys(_east(lons), np.asarray(lats, np.float64)))

    def inside(self, area: Any) -> Ids:
        """The ids of the positions that the area touches, in no order that means anything.

        Args:
            area: a valid shapely Polygon or MultiPolygon, as :func:`tocsin.warn.zone.zone` gives it.
        """
        parts = () if area.is_empty else (self._base, self._fresh)
        found = [piece for part in parts if len(part.ids) for piece in _pieces(part, area)]
        return self._left(np.concatenate(found)) if found else np.empty(0, np.int64)


def _east(lons: Floats) -> Floats:
    lons = np.asarray(lons, np.float64)
    return np.where(lons == 180, -180.0, lons)


def _pieces(part: Part, area: Any) -> Iterator[Ids]:
    """Slices of ids that are inside, and the ids near the outline that were found inside one by one."""
    found = zorder.ranges(area, _side(len(part.ids)))
    starts, ends = np.searchsorted(part.keys, found.low, "left"), np.searchsorted(part.keys, found.high, "right")
    some = starts < ends
    starts, ends, turn, whole = starts[some], ends[some], found.turn[some], found.whole[some]
    near, edge = _rows(starts[~whole], ends[~whole])
    near = near[_touched(part, area, near, turn[~whole][edge])]
    if found.twice:
        yield part.ids[np.unique(np.concatenate((near, _rows(starts[whole], ends[whole])[0])))]
        return
    for start, end in zip(starts[whole].tolist(), ends[whole].tolist(), strict=True):
        yield part.ids[start:end]
    yield part.ids[near]


def _side(count: int) -> int:
    """Squares along the longer side of an area: the more positions, the more it pays to cut finely."""
    return int(min(max((count / 40) ** 0.5, 16), 512))


def _rows(starts: Ids, ends: Ids) -> tuple[Ids, Ids]:
    """Every row of the slices, and beside each the number of its slice."""
    piece, step = zorder.each(ends - starts)
    return starts[piece] + step, piece


def _touched(part: Part, area: Any, rows: Ids, turns: Ids) -> npt.NDArray[np.bool_]:
    """Which of the positions are inside, each looked at for itself."""
    shapely.prepare(area)
    lons = part.lons[rows]
    lons = np.where(turns == 0, lons, lons + 360.0 * turns)
    touched: npt.NDArray[np.bool_] = shapely.intersects_xy(area, lons, part.lats[rows])
    return touched


class CellIndex(_Index):
    """H3 cells of resolution 7 by id, as subscriptions carry them; an id may have many."""

    __slots__ = ()

    def add(self, ids: Ids, cells: Keys) -> Self:
        """Take in cells, as numbers.

        Raises:
            Invalid: a number is no cell of resolution 7, or an id is below 0 or missing (TOC-2002).
        """
        return self._add(np.asarray(ids, np.int64), _cells(cells))

    def remove(self, ids: Ids, cells: Keys) -> int:
        """Take out entries, each given by its id and its cell; how many there were."""
        return self._remove(np.asarray(ids, np.int64), _cells(cells))

    def inside(self, cover: Iterable[str]) -> Ids:
        """The ids with a cell that an area touches, once each, sorted.

        Args:
            cover: the (compacted) cells that the area touches, as an area keeps them.
        """
        low, high = spans(cover)
        found = [np.empty(0, np.int64)]
        for part in (self._base, self._fresh):
            starts, ends = np.searchsorted(part.keys, low, "left"), np.searchsorted(part.keys, high, "right")
            some = starts < ends
            found += [part.ids[a:b] for a, b in zip(starts[some].tolist(), ends[some].tolist(), strict=True)]
        return _distinct(self._left(np.concatenate(found)))


def spans(cover: Iterable[str]) -> tuple[Keys, Keys]:
    """First and last number of the cells of resolution 7 below each cell: an H3 number counts along the tree."""
    low, high = [], []
    for number in sorted(h3int.str_to_int(cell) for cell in set(cover)):
        free = 3 * (RESOLUTION - h3int.get_resolution(number))
        below = 3 * (15 - RESOLUTION)
        first = (number & ~(15 << 52) & ~(((1 << free) - 1) << below)) | RESOLUTION << 52
        low.append(first)
        high.append(first | ((1 << free) - 1) << below)
    return np.array(low, np.uint64), np.array(high, np.uint64)


def _cells(cells: Keys) -> Keys:
    cells = np.asarray(cells, np.uint64)
    # Mode 1 (a cell) and the resolution stand in the top 12 bits; whether the cell exists is for who read its text.
    if len(cells) and not ((cells >> np.uint64(52)) == (1 << 7 | RESOLUTION)).all():
        raise Invalid(
            "TOC-2002",
            f"A number is not an H3 cell of resolution {RESOLUTION}.",
            field="cells",
            remedy=f"Give the cells of resolution {RESOLUTION} as H3 writes them, as numbers.",
        )
    return cells


def _distinct(ids: Ids) -> Ids:
    """Sorted, once each. Ids that lie close together, as a database hands them out, are ticked off in a table."""
    if not len(ids):
        return ids
    low, high = int(ids.min()), int(ids.max())
    if high - low > 64 * len(ids):
        return np.unique(ids)
    seen = np.zeros(high - low + 1, np.bool_)
    seen[ids - low] = True
    return np.flatnonzero(seen) + low
