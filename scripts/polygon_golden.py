"""Write ``tests/golden/polygon.json``: outlines and points, and what shapely says of each.

``tests/warn/test_polygon_golden.py`` compares the file with this; ``frontend/tests/polygon.test.ts`` compares the
page's code with the file.
"""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

from shapely import affinity
from shapely.geometry import MultiPolygon, Point, Polygon, box, mapping
from shapely.geometry.base import BaseGeometry

PATH = Path(__file__).parents[1] / "tests" / "golden" / "polygon.json"


def star(rng: random.Random, x: float, y: float, size: float, corners: int) -> Polygon:
    """A ragged outline around a point, without self-crossing."""
    turns = sorted(rng.uniform(0, 2 * math.pi) for _ in range(corners))
    far = [size * rng.uniform(0.2, 1) for _ in turns]
    ring = [(round(x + f * math.cos(t), 6), round(y + f * math.sin(t), 6)) for t, f in zip(turns, far, strict=True)]
    return Polygon(ring)


def outlines() -> list[tuple[str, BaseGeometry]]:
    """Named shapes in degrees; those over the antimeridian run on beyond 180 here."""
    rng = random.Random(12)  # noqa: S311 - shapes for a test, the same every time
    found: list[tuple[str, BaseGeometry]] = [("square", box(36, 50, 37, 51))]
    holed = Polygon(
        box(0, 0, 10, 10).exterior.coords, [box(2, 2, 4, 4).exterior.coords, box(5, 5, 9, 8).exterior.coords]
    )
    found.append(("two holes", holed))
    found.append(("island in a hole", MultiPolygon([holed, box(6, 6, 7, 7)])))
    found.append(("two touching", MultiPolygon([box(0, 0, 1, 1), box(1, 1, 2, 2)])))
    found.append(("horizontal sides", Polygon([(0, 0), (4, 0), (4, 2), (3, 2), (3, 1), (1, 1), (1, 2), (0, 2)])))
    found.append(("over the antimeridian", box(178, -18, 182, -16)))
    found.extend((f"ragged {n}", star(rng, rng.uniform(-150, 150), rng.uniform(-60, 60), 1, 24)) for n in range(12))
    found.append(("ragged over the antimeridian", star(rng, 180.1, -17, 1, 40)))
    return [(name, shape) for name, shape in found if shape.is_valid]


def points(shape: BaseGeometry, rng: random.Random) -> list[tuple[float, float]]:
    """Corners, middles of sides where they are exact, and points all over the shape's frame and a little beyond."""
    parts = list(getattr(shape, "geoms", [shape]))
    rings = [ring for part in parts for ring in (part.exterior, *part.interiors)]
    corners = [(x, y) for ring in rings for x, y in ring.coords[:-1]][:24]
    left, low, right, high = shape.bounds
    wide, tall = right - left, high - low
    spread = [
        (
            round(rng.uniform(left - wide / 4, right + wide / 4), 6),
            round(rng.uniform(low - tall / 4, high + tall / 4), 6),
        )
        for _ in range(60)
    ]
    # On the height of a corner, where a careless ray counts twice.
    level = [(round(rng.uniform(left, right), 6), y) for _, y in corners[:8]]
    return [*corners, *spread, *level]


def _wrapped(x: float) -> float:
    return round((x + 180) % 360 - 180, 6)


def _ways(shape: BaseGeometry) -> list[dict[str, Any]]:
    """The same outline as GeoJSON: as it is, and over the antimeridian also with a jump, and cut in two."""
    said = json.loads(json.dumps(mapping(shape)))
    if shape.bounds[2] <= 180:
        return [said]
    jump = {"type": "Polygon", "coordinates": [[[_wrapped(x), y] for x, y in ring] for ring in said["coordinates"]]}
    east = shape.intersection(box(0, -90, 180, 90))
    west = affinity.translate(shape.intersection(box(180, -90, 360, 90)), xoff=-360)
    halves = [part for half in (east, west) for part in getattr(half, "geoms", [half])]
    return [said, jump, json.loads(json.dumps(mapping(MultiPolygon(halves))))]


def vectors() -> list[dict[str, Any]]:
    """What the file holds: a name, the outline in one or more ways, and ``[lon, lat, inside]`` of each point."""
    rng = random.Random(34)  # noqa: S311 - shapes for a test, the same every time
    made = []
    for name, shape in outlines():
        asked = [(x, y) for x, y in points(shape, rng) if _clear(shape, x, y)]
        answers = [[_wrapped(x), y, bool(shape.covers(Point(x, y)))] for x, y in asked]
        made.append({"name": name, "outlines": _ways(shape), "points": answers})
    return made


def _clear(shape: BaseGeometry, x: float, y: float) -> bool:
    """Not so near to a side that rounding decides; corners, which are exact, stay."""
    far = shape.boundary.distance(Point(x, y))
    return far == 0 or far > 1e-6


def main() -> None:
    """Write the file, one outline a line."""
    lines = ",\n  ".join(json.dumps(one, separators=(",", ":")) for one in vectors())
    PATH.write_text(f"[\n  {lines}\n]\n", "utf-8")


if __name__ == "__main__":
    main()
