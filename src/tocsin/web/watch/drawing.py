"""The city as a drawing: each area's outline as an SVG path, and a point inside it for its siren and its name."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from shapely.geometry import shape

from tocsin.core.area import Area, AreaTree

WIDE = 1000.0
"""Units that the drawing is wide."""

EDGE = 12.0

BELOW, ABOVE, LINE, LETTER = 36.0, -22.0, 26.0, 15.0
"""Where a name may stand from its mark, how high a line of it is, and how wide a letter about."""


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """One area. ``path``: as in SVG's ``d``; ``x``, ``y``: a point inside it; ``depth``: how many areas hold it."""

    id: str
    path: str
    x: float
    y: float
    depth: int


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """Every area that has an outline, larger ones first, in units of the drawing."""

    width: float
    height: float
    areas: tuple[Drawn, ...]


def draw(tree: AreaTree) -> Drawing:
    """Draw the areas with straight parallels and meridians, right for the middle of the city."""
    return _drawn(tuple(area for area in tree if area.geometry is not None), tree)


def place_labels(named: Iterable[tuple[Drawn, str]]) -> dict[str, float]:
    """Area → height at which its name stands: below its mark, or above it where another name is in the way."""
    taken: list[tuple[float, float, float]] = []
    found = {}
    for area, name in sorted(named, key=lambda item: (item[0].y, item[0].x)):
        half = len(name) * LETTER / 2

        def free(y: float, x: float = area.x, half: float = half) -> bool:
            return all(abs(y - other_y) >= LINE or abs(x - other_x) >= half + wide for other_x, other_y, wide in taken)

        y = next((y for y in (area.y + BELOW, area.y + ABOVE) if free(y)), area.y + BELOW)
        taken.append((area.x, y, half))
        found[area.id] = y
    return found


@lru_cache(maxsize=4)
def _of(areas: tuple[tuple[str, bytes, int], ...]) -> Drawing:
    shapes = [(name, shape(msgspec.json.decode(data)), depth) for name, data, depth in areas]
    deepest = max(depth for _, _, depth in shapes)
    # What holds everything is ground to stand on: it may run out of the picture, so that its parts can be read.
    bounds = [one.bounds for _, one, depth in shapes if depth > 0 or deepest == 0]
    west, south = min(b[0] for b in bounds), min(b[1] for b in bounds)
    east, north = max(b[2] for b in bounds), max(b[3] for b in bounds)
    squeeze = math.cos(math.radians((south + north) / 2))
    unit = (WIDE - 2 * EDGE) / ((east - west) * squeeze)

    def place(lon: float, lat: float) -> tuple[float, float]:
        return round(EDGE + (lon - west) * squeeze * unit, 1), round(EDGE + (north - lat) * unit, 1)

    drawn = []
    for name, one, depth in sorted(shapes, key=lambda item: (item[2], item[0])):
        inside = one.representative_point()
        x, y = place(inside.x, inside.y)
        drawn.append(Drawn(id=name, path=_path(one, place), x=x, y=y, depth=depth))
    return Drawing(width=WIDE, height=round(2 * EDGE + (north - south) * unit, 1), areas=tuple(drawn))


def _drawn(areas: Sequence[Area], tree: AreaTree) -> Drawing:
    if not areas:
        return Drawing(width=WIDE, height=WIDE, areas=())
    return _of(
        tuple((area.id, msgspec.json.encode(area.geometry), len(list(tree.ancestors(area.id)))) for area in areas)
    )


def _path(one: Any, place: Any) -> str:
    parts = one.geoms if one.geom_type == "MultiPolygon" else (one,)
    return " ".join(_ring(ring.coords, place) for part in parts for ring in (part.exterior, *part.interiors))


def _ring(points: Iterable[tuple[float, ...]], place: Any) -> str:
    placed = [place(point[0], point[1]) for point in points]
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in placed[:-1]) + "Z"
