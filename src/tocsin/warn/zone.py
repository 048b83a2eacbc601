"""The zone of a warning as one outline: polygons as they are given, circles drawn geodesically around them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import shapely
from geographiclib.geodesic import Geodesic
from shapely.geometry import Polygon

from tocsin.core.errors import Invalid
from tocsin.warn.alert import Circle
from tocsin.warn.target import read

CORNERS = 256
"""Corners of a drawn circle."""

WIDEST_KM = 9_000.0
"""A wider circle is drawn as the whole Earth."""

_EARTH_KM = 6371.0
_WORLD = shapely.box(-180, -90, 180, 90)


def zone(geometries: Iterable[dict[str, Any]] = (), circles: Iterable[Circle] = ()) -> Any:
    """The union as a valid shapely Polygon or MultiPolygon; longitudes may pass ±180° where it crosses that line.

    Args:
        geometries: GeoJSON Polygons and MultiPolygons, positions ``[lon, lat]`` in WGS 84 degrees.
        circles: centres in degrees, radii in kilometres.

    Raises:
        Invalid: one cannot be used (TOC-2002).
    """
    parts = [read(one) for one in geometries] + [drawn(one) for one in circles]
    # One outline keeps its corners bit by bit; a union of several may move a crossing by the last bit.
    return parts[0] if len(parts) == 1 else shapely.union_all(parts)


def drawn(circle: Circle) -> Any:
    """The circle on the WGS 84 ellipsoid as a polygon that holds all of it, and hardly more.

    Corners lie a little outside, so that the straight edges between them do not cut in. A circle that comes close to
    a pole is drawn over it.

    Raises:
        Invalid: the centre lies off the Earth, or the radius is below 0 (TOC-2002).
    """
    if not (abs(circle.lat) <= 90 and abs(circle.lon) <= 180 and circle.radius_km >= 0):
        raise Invalid(
            "TOC-2002",
            "A circle lies off the Earth.",
            field="circle",
            remedy="Give a latitude up to 90°, a longitude up to 180° and a radius of 0 km or more.",
        )
    pole = math.copysign(90.0, circle.lat)
    to_pole = Geodesic.WGS84.Inverse(circle.lat, circle.lon, pole, circle.lon)["s12"] / 1000
    radius = max(circle.radius_km, 0.001)
    if radius > WIDEST_KM:
        return _WORLD
    over = to_pole < 1.1 * radius
    if over:
        radius = max(radius, 1.001 * to_pole)
    ring = _ring(circle, radius * (1 + _reserve(circle.lat, radius)))
    return Polygon([*ring, (ring[-1][0], pole), (ring[0][0], pole)] if over else ring[:-1])


def _reserve(lat: float, radius: float) -> float:
    """By what share an edge between two corners may lie further in than the circle.

    A chord of ``n`` cuts in by ``(π / n)² / 2``; an edge that is straight in longitude and latitude leaves the great
    circle by ``L² tan(lat) / 8R²`` radians. Both with a reserve of a half.
    """
    chord = (math.pi / CORNERS) ** 2 / 2
    highest = math.radians(min(abs(lat) + math.degrees(radius / _EARTH_KM), 89.0))
    bulge = (2 * math.pi / CORNERS) ** 2 * radius * math.tan(highest) / (8 * _EARTH_KM)
    return 1.5 * (chord + bulge)


def _ring(circle: Circle, radius: float) -> list[tuple[float, float]]:
    """Corners clockwise from the north, the first repeated; longitudes go on without a jump."""
    out: list[tuple[float, float]] = []
    for corner in range(CORNERS + 1):
        told = Geodesic.WGS84.Direct(circle.lat, circle.lon, 360 * corner / CORNERS, radius * 1000)
        lon, lat = told["lon2"], told["lat2"]
        if out:
            lon += 360 * round((out[-1][0] - lon) / 360)
        out.append((lon, lat))
    return out
