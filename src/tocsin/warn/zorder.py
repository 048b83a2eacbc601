"""A polygon as ranges along the Z-order curve: squares wholly inside, and squares that its edges meet.

The Earth is a square of 2³² by 2³² squares, longitude across and latitude up; a square's number has the bits of both,
one in turn (Morton 1966). Squares that share a corner of the map then share the front of their numbers, so that a
polygon is a few thousand ranges of numbers. An edge is drawn with a margin that is far wider than the rounding of
double precision: a square may be called met by an edge in vain, and is never called inside in vain.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from tocsin.core.errors import Invalid

Floats = npt.NDArray[np.float64]
Keys = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

BITS = 32
"""Bits of each axis in a key."""

_DEEPEST = 26
"""Finest squares of a drawing: up to here rounding is under a hundredth of :data:`_MARGIN`."""

_MARGIN = 1e-6
"""How much wider than a line an edge is drawn, in sides of a square."""

_MOST = 4_000_000
"""Squares that the edges of one drawing may meet; an outline with more is drawn in coarser squares."""

_STEPS = (
    (16, 0x0000FFFF0000FFFF),
    (8, 0x00FF00FF00FF00FF),
    (4, 0x0F0F0F0F0F0F0F0F),
    (2, 0x3333333333333333),
    (1, 0x5555555555555555),
)


class Ranges(NamedTuple):
    """Keys ``low`` to ``high``, both included, sorted. ``turn``: add so many times 360° to a longitude found there
    before it is compared with the polygon. ``whole``: all of it is inside; else each position must be looked at.
    ``twice``: the polygon goes round the Earth, so that a key may lie in two ranges.
    """

    low: Keys
    high: Keys
    turn: Ints
    whole: npt.NDArray[np.bool_]
    twice: bool


def spread(numbers: Keys) -> Keys:
    """The 32 low bits of each number, a zero before each of them."""
    out = numbers
    for shift, mask in _STEPS:
        out = (out | (out << np.uint64(shift))) & np.uint64(mask)
    return out


def keys(lons: Floats, lats: Floats) -> Keys:
    """The keys of positions in WGS 84 degrees, longitude from -180 up to but not 180.

    Raises:
        Invalid: a position lies off the Earth or is no number (TOC-2002).
    """
    if not ((lons >= -180) & (lons < 180) & (lats >= -90) & (lats <= 90)).all():
        raise Invalid(
            "TOC-2002",
            "A position lies off the Earth.",
            field="positions",
            remedy="Give longitudes from -180 to 180 and latitudes from -90 to 90, in degrees.",
        )
    top = 2.0**BITS - 1
    across = np.minimum((lons + 180) / 360 * 2.0**BITS, top).astype(np.uint64)
    up = np.minimum((lats + 90) / 180 * 2.0**BITS, top).astype(np.uint64)
    return spread(across) | (spread(up) << np.uint64(1))


def ranges(area: Any, side: int) -> Ranges:
    """Where the positions inside a polygon are.

    Args:
        area: a valid shapely Polygon or MultiPolygon, longitudes from -540 to 540 degrees.
        side: about how many squares its longer side is cut into.
    """
    west, south, east, north = area.bounds
    share = max((east - west) / 360, (north - south) / 180, 2.0**-_DEEPEST)
    level = min(max(int(math.log2(side / share)), 1), _DEEPEST)
    starts, ends = _edges(area)
    drawn = None
    while drawn is None:
        drawn = _draw(starts, ends, level)
        level -= 1
    return _runs(drawn, level + 1)


def _edges(area: Any) -> tuple[Floats, Floats]:
    """Both ends of every edge, the southern one first, as shares of the way round and of the way up."""
    rings = shapely.get_rings(shapely.get_parts(area))
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    places = (corners + np.array([180.0, 90.0])) / np.array([360.0, 180.0])
    joined = ring[1:] == ring[:-1]
    first, last = places[:-1][joined].T, places[1:][joined].T
    up = first[1] <= last[1]
    return np.where(up, first, last), np.where(up, last, first)


class _Drawing(NamedTuple):
    """Squares by row and column from ``(left, low)``: 0 outside, 1 met by an edge, 3 inside."""

    left: int
    low: int
    squares: npt.NDArray[np.int8]


def _draw(starts: Floats, ends: Floats, level: int) -> _Drawing | None:
    """The squares of that level, or None when the edges meet too many of them."""
    last = 2**level - 1
    (xa, ya), (xb, yb) = starts * 2.0**level, ends * 2.0**level
    left = math.floor(min(xa.min(), xb.min()) - _MARGIN)
    wide = math.floor(max(xa.max(), xb.max()) + _MARGIN) - left + 1
    low = min(max(math.floor(ya.min() - _MARGIN), 0), last)
    high = min(max(math.floor(yb.max() + _MARGIN), 0), last) - low + 1
    first = np.clip(np.floor(ya - _MARGIN).astype(np.int64) - low, 0, high - 1)
    rows = np.clip(np.floor(yb + _MARGIN).astype(np.int64) - low, 0, high - 1) - first + 1
    if level > 1 and rows.sum() > _MOST:
        return None
    edge, step = each(rows)
    row = first[edge] + step
    xa, ya, xb, yb = xa[edge] - left, ya[edge] - low, xb[edge] - left, yb[edge] - low
    slope = np.divide(xb - xa, yb - ya, out=np.zeros_like(xa), where=yb > ya)
    flat = yb <= ya
    one = np.where(flat, xa, xa + (np.maximum(ya, row - _MARGIN) - ya) * slope)
    other = np.where(flat, xb, xb - (yb - np.minimum(yb, row + 1 + _MARGIN)) * slope)
    begin = np.clip(np.floor(np.minimum(one, other) - _MARGIN).astype(np.int64), 0, wide - 1)
    columns = np.clip(np.floor(np.maximum(one, other) + _MARGIN).astype(np.int64), 0, wide - 1) - begin + 1
    if level > 1 and columns.sum() > _MOST:
        return None
    pair, step = each(columns)
    squares = _filled(row, (xa, ya, yb, slope), (high, wide))
    squares.ravel()[row[pair] * wide + begin[pair] + step] = 1
    return _Drawing(left, low, squares)


def _filled(row: Ints, edges: tuple[Floats, ...], shape: tuple[int, int]) -> Any:
    """3 where an odd number of edges lies to the left of a square on the line through its centre."""
    (xa, ya, yb, slope), (high, wide) = edges, shape
    middle = row + 0.5
    crosses = (ya <= middle) & (middle < yb)
    across = xa[crosses] + (middle[crosses] - ya[crosses]) * slope[crosses]
    at = row[crosses] * wide + np.clip(across.astype(np.int64), 0, wide - 1)
    odd = np.bincount(at, minlength=high * wide).astype(np.int8) & 1
    return np.bitwise_xor.accumulate(odd.reshape(high, wide), axis=1) * np.int8(3)


def each(counts: Ints) -> tuple[Ints, Ints]:
    """For each count its place, so often, and a number from 0 up beside it."""
    place = np.repeat(np.arange(len(counts)), counts)
    begin = np.cumsum(counts) - counts
    return place, np.arange(len(place)) - begin[place]


def _runs(drawn: _Drawing, level: int) -> Ranges:
    """Squares that follow each other on the curve and are of one kind, as one range."""
    high, wide = drawn.squares.shape
    row, column = np.nonzero(drawn.squares)
    kind = drawn.squares[row, column].astype(np.uint64) >> np.uint64(1)
    columns = np.arange(drawn.left, drawn.left + wide)
    rows = np.arange(drawn.low, drawn.low + high).astype(np.uint64)
    # One sort of one number each: the square, the turn (-2 to 2) and the kind.
    across = spread((columns & (2**level - 1)).astype(np.uint64)) << np.uint64(4)
    across |= ((columns >> level) + 2).astype(np.uint64) << np.uint64(1)
    packed = np.sort(across[column] | (spread(rows) << np.uint64(5))[row] | kind)
    begin = np.flatnonzero(np.concatenate(([True], np.diff(packed) != 16)))
    end = np.concatenate((begin[1:], [len(packed)])) - 1
    shift = np.uint64(2 * (BITS - level))
    first, last = packed[begin], packed[end]
    return Ranges(
        low=first >> np.uint64(4) << shift,
        high=(last >> np.uint64(4) << shift) | ((np.uint64(1) << shift) - np.uint64(1)),
        turn=(first >> np.uint64(1) & np.uint64(7)).astype(np.int64) - 2,
        whole=(first & np.uint64(1)).astype(bool),
        twice=wide > 2**level,
    )
