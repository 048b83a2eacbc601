"""How far it is to a shelter on foot, and which are nearest. Plain numbers, no map of streets.

The way is reckoned as the great circle on a sphere of the mean radius of WGS 84, made longer by a detour factor, at one
walking speed. ``frontend/src/lib/near.ts`` reckons alike; ``tests/golden/near.json`` holds both to the same answers.

Where the numbers come from:

- Speed, 1.2 m/s. Knoblauch, Pietrucha and Nitzburg (Transportation Research Record 1538, 1996) saw people of 65 and
  over cross streets at 1.25 m/s on average, and 85 in 100 of the younger ones at 1.25 m/s or more. Slower: 15 in 100 of
  the old (below 0.97 m/s), children, stairs, smoke, the dark.
- Detour, 1.3. Way over great circle is about 1.2 in a grid of streets and 1.6 and more where streets end blindly
  (Hess, Places 11(2), 1997; Randall and Baetz, Journal of Urban Planning and Development 127(1), 2001).

Both are estimates for somebody of ordinary pace in an ordinary street. They are never shown as a promise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

EARTH_M = 6_371_008.8
"""Mean radius of the earth, metres (IUGG R1)."""

DETOUR = 1.3
SPEED_M_S = 1.2

T = TypeVar("T")
Position = tuple[float, float]
"""Longitude, latitude in degrees of WGS 84."""


def metres(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """The great circle between two points in degrees."""
    a, b = math.radians(lat1), math.radians(lat2)
    half = math.sin((b - a) / 2) ** 2
    half += math.cos(a) * math.cos(b) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_M * math.asin(math.sqrt(min(1.0, half)))


def walk_seconds(straight_m: float) -> float:
    """How long the walk takes, from the length of the great circle in metres."""
    return straight_m * DETOUR / SPEED_M_S


def nearest(things: Iterable[T], at: Position, place: Callable[[T], Position], limit: int) -> list[tuple[float, T]]:
    """The ``limit`` things nearest to a point, with the great circle in metres; of equal ones the earlier first."""
    lon, lat = at
    found = [(metres(lat, lon, place(one)[1], place(one)[0]), number, one) for number, one in enumerate(things)]
    return [(far, one) for far, _, one in sorted(found, key=lambda each: each[:2])[:limit]]


def metres_to(geometry: dict[str, Any], at: Position) -> float:
    """How far a point is from a GeoJSON outline, 0 inside it (rule R11: to the edge, not to the middle).

    The plane touches the earth at the point, so the figure is good to a part in a thousand within some 50 km.
    """
    import shapely
    from shapely.geometry import Point, shape

    lon, lat = at
    narrow = math.cos(math.radians(lat))
    flat = shapely.transform(shape(geometry), lambda ring: (ring - (lon, lat)) * (narrow, 1.0))
    return math.radians(flat.distance(Point(0, 0))) * EARTH_M
