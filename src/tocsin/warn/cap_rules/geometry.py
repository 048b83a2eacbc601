"""Shapes on the globe: outward simplification (rule 36) and geodesic circles (rule 33)."""

from __future__ import annotations

import math
from itertools import pairwise

from shapely import MultiPoint, Polygon, box
from shapely.errors import GEOSException

from tocsin.warn.alert import Circle

Ring = tuple[tuple[float, float], ...]
"""``(lat, lon)`` in degrees, first point repeated at the end."""

MAX_VERTICES = 100
_A = 6378137.0
"""WGS 84 equatorial radius in metres."""
_F = 1 / 298.257223563
"""WGS 84 flattening."""


def unwrapped(ring: Ring) -> Ring:
    """The ring with longitudes made continuous when it crosses the antimeridian: they may then exceed 180.

    A step of more than half the globe is read as the short way round; one of exactly 360 runs along the map's edge.
    """
    if not any(180 < abs(after[1] - before[1]) < 360 for before, after in pairwise(ring)):
        return ring
    return tuple((lat, lon + 360 if lon < 0 else lon) for lat, lon in ring)


def _wrapped(lon: float) -> float:
    return lon if -180 <= lon <= 180 else (lon + 180) % 360 - 180


def simplify_outward(polygon: Ring, max_vertices: int = MAX_VERTICES) -> Ring:
    """A polygon of at most ``max_vertices`` corners that holds all of the given one; never a smaller area.

    Args:
        polygon: ``(lat, lon)`` in degrees, ring closed. One that is small enough and sound is returned as it is.
        max_vertices: corners wanted at most, at least 4.

    Returns:
        The ring, closed, rounded outward to about 0.1 m. Corner count does not include the repeated first point.
    """
    points = [(lon, lat) for lat, lon in unwrapped(polygon)]
    shape = Polygon(points)
    if shape.is_valid:
        if len(polygon) - 1 <= max_vertices:
            return polygon
    else:  # what crosses itself has no certain inside; its hull holds every reading of it
        shape = MultiPoint(points).convex_hull
        if not isinstance(shape, Polygon):
            shape = shape.buffer(1e-6)  # all on one line: about 0.1 m to either side
    west, _, east, _ = shape.bounds
    world = box(-180, -90, 180, 90) if max(abs(west), abs(east)) <= 180 else box(0, -90, 360, 90)
    found = _simplified(shape, world, max_vertices)
    return tuple((lat, _wrapped(lon)) for lon, lat in found.exterior.coords)


def _simplified(shape: Polygon, world: Polygon, max_vertices: int) -> Polygon:
    """Grow by a little, then straighten by less than was grown; try ever larger steps until few corners are left."""
    outline = Polygon(shape.exterior)
    span = max(outline.bounds[2] - outline.bounds[0], outline.bounds[3] - outline.bounds[1], 1e-5)
    step = span / 20_000
    while step < span:
        try:
            grown = outline.buffer(step, join_style="mitre", mitre_limit=2.0).simplify(0.9 * step).intersection(world)
            if isinstance(grown, Polygon):
                rounded = Polygon([(round(x, 6), round(y, 6)) for x, y in grown.exterior.coords])
                if len(rounded.exterior.coords) - 1 <= max_vertices and rounded.is_valid and rounded.covers(outline):
                    return rounded
        except (GEOSException, ValueError):
            pass
        step *= 1.5
    west, south, east, north = outline.bounds
    return box(west, south, east, north)


def circle_polygon(circle: Circle, n: int = 64, *, outside: bool = False) -> Ring:
    """The circle as a polygon of ``n`` corners at its geodesic radius on WGS 84, counter-clockwise, closed.

    Args:
        circle: centre in degrees, radius in kilometres.
        n: corners, at least 4.
        outside: move the corners out so that the polygon covers the circle instead of lying in it.
    """
    radius = circle.radius_km * 1000
    if outside:
        # Tangent corners, and a little for sides that are straight on a map but not on the globe.
        bulge = radius * math.tan(math.pi / n) ** 2 * math.tan(math.radians(min(abs(circle.lat), 85.0))) / (2 * _A)
        radius *= (1.0001 + bulge) / math.cos(math.pi / n)
    ring = [destination(circle.lat, circle.lon, -360.0 * i / n, radius) for i in range(n)]
    return (*ring, ring[0])


def destination(lat: float, lon: float, bearing: float, distance_m: float) -> tuple[float, float]:
    """The point at a bearing (degrees from north, clockwise) and distance (metres) along the WGS 84 geodesic.

    T. Vincenty, "Direct and inverse solutions of geodesics on the ellipsoid", Survey Review 23 (1975): the direct
    solution, good to a tenth of a millimetre.
    """
    b = _A * (1 - _F)
    alpha = math.radians(bearing)
    tan_u = (1 - _F) * math.tan(math.radians(max(-90.0, min(90.0, lat))))
    cos_u = 1 / math.hypot(1, tan_u)
    sin_u = tan_u * cos_u
    sigma1 = math.atan2(tan_u, math.cos(alpha))
    sin_alpha = cos_u * math.sin(alpha)
    u2 = (1 - sin_alpha**2) * (_A**2 - b**2) / b**2
    big_a = 1 + u2 / 16384 * (4096 + u2 * (-768 + u2 * (320 - 175 * u2)))
    big_b = u2 / 1024 * (256 + u2 * (-128 + u2 * (74 - 47 * u2)))
    sigma = distance_m / (b * big_a)
    for _ in range(50):  # contracts by the flattening each time: a handful of rounds is enough anywhere
        cos_2m = math.cos(2 * sigma1 + sigma)
        cubic = cos_2m * (-3 + 4 * math.sin(sigma) ** 2) * (-3 + 4 * cos_2m**2)
        delta = math.cos(sigma) * (-1 + 2 * cos_2m**2) - big_b / 6 * cubic
        delta = big_b * math.sin(sigma) * (cos_2m + big_b / 4 * delta)
        previous, sigma = sigma, distance_m / (b * big_a) + delta
        if abs(sigma - previous) < 1e-15:
            break
    cos_2m = math.cos(2 * sigma1 + sigma)
    sin_s, cos_s = math.sin(sigma), math.cos(sigma)
    across = sin_u * sin_s - cos_u * cos_s * math.cos(alpha)
    lat2 = math.atan2(sin_u * cos_s + cos_u * sin_s * math.cos(alpha), (1 - _F) * math.hypot(sin_alpha, across))
    lam = math.atan2(sin_s * math.sin(alpha), cos_u * cos_s - sin_u * sin_s * math.cos(alpha))
    c = _F / 16 * (1 - sin_alpha**2) * (4 + _F * (4 - 3 * (1 - sin_alpha**2)))
    arc = sigma + c * sin_s * (cos_2m + c * cos_s * (-1 + 2 * cos_2m**2))
    return math.degrees(lat2), _wrapped(lon + math.degrees(lam - (1 - c) * _F * sin_alpha * arc))
