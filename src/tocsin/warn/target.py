"""Who is inside: polygons as H3 cells (resolution 7, about 5 km² each).

A device sends cells, never a position, and an alert is matched cell by cell; the device then tests the exact polygon
itself. So a cover may hold a cell too many and never one too few.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Sequence
from functools import lru_cache
from typing import Any

import h3
import h3.api.basic_int as h3int
import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon, shape

from tocsin.core.errors import Invalid

RESOLUTION = 7
"""The resolution of the cells that devices send."""

_EARTH_KM = 6371.0
_STRIP_DEG = 60.0
_FINE_DEG = 0.05
_CORNERS = 500
_REMEDY = "Send H3 cells of resolution 7 in hex, separated by commas, e.g. ?cells=872830828ffffff."


def cover(geometry: dict[str, Any], resolution: int = RESOLUTION) -> tuple[str, ...]:
    """The cells that a GeoJSON Polygon or MultiPolygon touches, compacted and sorted, in hex.

    Every cell of ``resolution`` that the geometry touches, even with a corner or a sliver, is in the result or has an
    ancestor there. Edges are straight in longitude and latitude (RFC 7946); an edge that jumps more than 180° and
    less than 360° of longitude crosses the antimeridian. A geometry that intersects itself is covered whole.

    Args:
        geometry: positions ``[lon, lat]`` in WGS 84 degrees.
        resolution: of the cells before compaction, 0 to 15.

    Raises:
        Invalid: the geometry cannot be used (TOC-2002).
    """
    area = read(geometry)
    found: set[int] = set()
    for part in _pieces(area.buffer(_margin_deg(resolution, area), quad_segs=2)):
        rings = [_lat_lng(ring) for ring in (part.exterior, *part.interiors)]
        outline = h3int.LatLngPoly(rings[0], *rings[1:])
        found.update(h3int.h3shape_to_cells_experimental(outline, resolution, contain="overlap"))
    return tuple(sorted(h3int.int_to_str(cell) for cell in h3int.compact_cells(found)))


def contains(cells: Container[str], cell: str) -> bool:
    """Whether ``cell`` or one of its ancestors is among the (compacted) ``cells``; a set answers fastest."""
    return any(one in cells for one in ancestors(cell))


@lru_cache(maxsize=65_536)
def ancestors(cell: str) -> tuple[str, ...]:
    """The cell and every cell above it, from its own resolution down to 0: eight of them for resolution 7."""
    return tuple(h3.cell_to_parent(cell, level) for level in range(h3.get_resolution(cell), -1, -1))


def parse_cells(text: str, limit: int = 64) -> tuple[str, ...]:
    """Read the ``cells`` parameter: distinct cells in the order given, in lower case.

    Raises:
        Invalid: none, too many, not an H3 cell, or not of resolution 7 (TOC-5001).
    """
    if len(text) > 32 * limit:
        raise _bad_cells("The list of cells is too long.")
    cells = dict.fromkeys(word.strip().lower() for word in text.split(",") if word.strip())
    if not cells:
        raise _bad_cells("No cell is given.")
    if len(cells) > limit:
        raise _bad_cells(f"{len(cells)} cells are given, {limit} are allowed.")
    for cell in cells:
        if len(cell) != 15 or not cell.isascii() or not cell.isalnum() or not h3.is_valid_cell(cell):
            raise _bad_cells(f"{cell[:32]!r} is not an H3 cell.")
        if h3.get_resolution(cell) != RESOLUTION:
            raise _bad_cells(f"{cell} has resolution {h3.get_resolution(cell)}, not {RESOLUTION}.")
    return tuple(cells)


def _bad_cells(message: str) -> Invalid:
    return Invalid("TOC-5001", message, field="cells", remedy=_REMEDY)


def _unusable(why: str) -> Invalid:
    return Invalid(
        "TOC-2002",
        f"The geometry cannot be used: {why}.",
        field="geometry",
        remedy="Give a GeoJSON Polygon or MultiPolygon with positions [lon, lat] in degrees.",
    )


def read(geometry: dict[str, Any]) -> Any:
    """The valid shapely geometry, edges over the antimeridian unrolled to longitudes beyond ±180°.

    A sound outline keeps every corner as it is given; one that intersects itself is taken whole.

    Raises:
        Invalid: the geometry cannot be used (TOC-2002).
    """
    if geometry.get("type") not in ("Polygon", "MultiPolygon"):
        raise _unusable("it is neither a Polygon nor a MultiPolygon")
    try:
        with np.errstate(invalid="ignore"):
            given = shape(geometry)
        if not np.isfinite(shapely.get_coordinates(given)).all():
            raise _unusable("a position is not a number")
        parts = given.geoms if isinstance(given, MultiPolygon) else [given]
        area = _sound([_unrolled(part) for part in parts if not part.is_empty])
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, shapely.errors.ShapelyError) as fault:
        raise _unusable(str(fault) or type(fault).__name__) from fault
    if area.is_empty:
        raise _unusable("it is empty")
    west, south, east, north = area.bounds
    if south < -90 or north > 90 or west < -540 or east > 540:
        raise _unusable("a position lies off the Earth")
    return area


def _sound(parts: list[Polygon]) -> Any:
    area = parts[0] if len(parts) == 1 else MultiPolygon(parts)
    return area if shapely.is_valid(area) else shapely.union_all([shapely.make_valid(part) for part in parts])


def _unrolled(part: Polygon) -> Polygon:
    outer, *inner = (_unroll(ring.coords) for ring in (part.exterior, *part.interiors))
    middle = _middle(outer)
    holes = []
    for hole in inner:
        turns = round((middle - _middle(hole)) / 360) * 360.0
        holes.append([(lon + turns, lat) for lon, lat in hole])
    return Polygon(outer, holes)


def _middle(ring: Sequence[tuple[float, float]]) -> float:
    lons = [lon for lon, _ in ring]
    return (min(lons) + max(lons)) / 2


def _unroll(ring: Any) -> list[tuple[float, float]]:
    """The ring with every antimeridian jump removed; a ring that then does not close (it rounds a pole) as given."""
    out: list[tuple[float, float]] = []
    turn = last = 0.0
    for position in ring:
        lon, lat = float(position[0]), float(position[1])
        if out and 180 < abs(lon - last) < 360:
            turn += math.copysign(360.0, last - lon)
        last = lon
        out.append((lon + turn, lat))
    return out if turn == 0 else [(float(p[0]), float(p[1])) for p in ring]


def _margin_deg(resolution: int, area: Any) -> float:
    """How far a cell's true edge (a great circle) can bulge over the straight line between its corners, in degrees.

    The bulge of an arc of length L over its chord in longitude and latitude is ``L² tan(lat) / 8R²`` radians. Two
    lengths of reserve, and never under 1e-5° (about a metre).
    """
    length = 2 * h3.average_hexagon_edge_length(resolution, unit="km")
    highest = min(max(abs(area.bounds[1]), abs(area.bounds[3])), 89.9)
    return max(1e-5, math.degrees(length**2 * math.tan(math.radians(highest)) / (8 * _EARTH_KM**2)))


def _pieces(area: Any) -> Iterator[Polygon]:
    """The polygons cut into pieces that H3 handles fast, brought back to longitudes between ±180°.

    H3 tests every cell against every edge, so a long outline is halved until each piece has few corners.
    """
    west, south, east, north = area.bounds
    for number in range(math.floor((west + 180) / 360), math.floor((east + 180) / 360) + 1):
        turn = number * 360.0
        stack = [shapely.box(turn - 180, south, turn, north), shapely.box(turn, south, turn + 180, north)]
        todo = [(area, half) for half in stack]
        while todo:
            whole, window = todo.pop()
            for part in shapely.get_parts(shapely.intersection(whole, window)):
                halves = _halves(part)
                todo.extend((part, half) for half in halves)
                if not halves and isinstance(part, Polygon) and not part.is_empty:
                    yield shapely.transform(part, lambda xy, turn=turn: xy - [turn, 0.0]) if turn else part


def _halves(part: Any) -> list[Any]:
    """Two windows that split the part across its longer side, or none when it is narrow and simple enough."""
    west, south, east, north = part.bounds
    wide, high = east - west, north - south
    if max(wide, high) < _FINE_DEG or (wide <= _STRIP_DEG and shapely.get_num_coordinates(part) <= _CORNERS):
        return []
    if wide > _STRIP_DEG or wide >= high:
        middle = (west + east) / 2
        return [shapely.box(west, south, middle, north), shapely.box(middle, south, east, north)]
    middle = (south + north) / 2
    return [shapely.box(west, south, east, middle), shapely.box(west, middle, east, north)]


def _lat_lng(ring: Any) -> list[tuple[float, float]]:
    return [(lat, lon) for lon, lat in ring.coords]
