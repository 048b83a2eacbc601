"""Geodesic distances on the WGS 84 ellipsoid: from an area to a border line given as GeoJSON, and ranks by it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import msgspec
from geographiclib.geodesic import Geodesic

from tocsin.core.errors import Invalid

Position = tuple[float, float]
"""Longitude, latitude in degrees."""

_WGS84 = Geodesic.WGS84
NEAR_M = 0.5
"""How closely the nearest point of a segment is sought."""

MOST_STEPS = 64


class Distance(msgspec.Struct, frozen=True, kw_only=True):
    """From an area to a line. ``nearest_m``: from its edge, 0 where they touch; ``centre_m``: from its middle."""

    nearest_m: float
    centre_m: float
    method: str = "geodesic, WGS 84"


def _bad(message: str) -> Invalid:
    return Invalid("TOC-2001", message, field="geometry", remedy="Give GeoJSON with positions [longitude, latitude].")


def read_line(data: bytes) -> dict[str, Any]:
    """The geometry of a GeoJSON document: LineString or MultiLineString; many features are joined.

    Raises:
        Invalid: it holds no line (TOC-2001).
    """
    try:
        document = msgspec.json.decode(data, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeError) as fault:
        raise _bad(f"The border is not JSON: {fault}.") from fault
    return {"type": "MultiLineString", "coordinates": [list(line) for line in lines(document)]}


def lines(shape: Mapping[str, Any]) -> list[list[Position]]:
    """The lines of a GeoJSON object; a polygon gives its rings.

    Raises:
        Invalid: it holds none, or a position is none (TOC-2001).
    """
    kind = shape.get("type")
    try:
        if kind == "FeatureCollection":
            return [line for one in shape["features"] for line in lines(one)]
        if kind == "Feature":
            return lines(shape["geometry"])
        if kind == "GeometryCollection":
            return [line for one in shape["geometries"] for line in lines(one)]
        depth = {"LineString": 0, "MultiLineString": 1, "Polygon": 1, "MultiPolygon": 2}[str(kind)]
        found = shape["coordinates"]
        parts = [found] if depth == 0 else found if depth == 1 else [ring for part in found for ring in part]
        made = [[_position(one) for one in part] for part in parts]
    except (KeyError, TypeError, ValueError) as fault:
        raise _bad(f"{kind!r} holds no line.") from fault
    if not made or any(len(line) < 2 for line in made):
        raise _bad("A line has fewer than two positions.")
    return made


def _position(given: Any) -> Position:
    lon, lat = float(given[0]), float(given[1])
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError("out of range")
    return lon, lat


def between(one: Position, other: Position) -> float:
    """Metres between two positions along the geodesic."""
    found = _WGS84.Inverse(one[1], one[0], other[1], other[0], Geodesic.DISTANCE)
    return float(found["s12"])


def to_line(point: Position, line: Iterable[list[Position]]) -> float:
    """Metres from a point to the nearest point of lines, whose segments are geodesics."""
    best = math.inf
    for part in line:
        reach = [between(point, corner) for corner in part]
        for number, (start, end) in enumerate(pairwise(part)):
            near = min(reach[number], reach[number + 1])
            best = min(best, near)
            if near - between(start, end) < best:  # a point of the segment may be nearer than both its ends
                best = min(best, _to_segment(point, start, end))
    return best


def _to_segment(point: Position, start: Position, end: Position) -> float:
    """The least distance to a geodesic segment, by golden section: along it the distance falls, then rises."""
    whole = _WGS84.InverseLine(start[1], start[0], end[1], end[0])

    def at(along: float) -> float:
        found = whole.Position(along, Geodesic.LATITUDE | Geodesic.LONGITUDE)
        return between(point, (found["lon2"], found["lat2"]))

    ratio = (math.sqrt(5) - 1) / 2
    low, high = 0.0, float(whole.s13)
    left, right = high - ratio * (high - low), low + ratio * (high - low)
    left_m, right_m = at(left), at(right)
    for _ in range(MOST_STEPS):
        if high - low <= NEAR_M:
            break
        if left_m < right_m:
            high, right, right_m = right, left, left_m
            left = high - ratio * (high - low)
            left_m = at(left)
        else:
            low, left, left_m = left, right, right_m
            right = low + ratio * (high - low)
            right_m = at(right)
    return min(left_m, right_m)


def area_to_line(area: Mapping[str, Any], border: Mapping[str, Any]) -> Distance:
    """From an area (GeoJSON polygons) to a border line.

    Raises:
        Invalid: one of them holds no line (TOC-2001).
    """
    from shapely.geometry import shape

    outline, line = shape(dict(area)), lines(border)
    middle = outline.centroid if outline.contains(outline.centroid) else outline.representative_point()
    centre = to_line((middle.x, middle.y), line)
    drawn = shape({"type": "MultiLineString", "coordinates": line})
    if outline.intersects(drawn):
        return Distance(nearest_m=0.0, centre_m=round(centre, 1))
    rings = lines(area)
    outward = (to_line(corner, line) for ring in rings for corner in ring)
    inward = (to_line(corner, rings) for part in line for corner in part)
    nearest = min((*outward, *inward))
    return Distance(nearest_m=round(nearest, 1), centre_m=round(centre, 1))


def joined(areas: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Several areas as one GeoJSON geometry."""
    from shapely.geometry import mapping, shape
    from shapely.ops import unary_union

    made: dict[str, Any] = msgspec.json.decode(
        msgspec.json.encode(mapping(unary_union([shape(dict(one)) for one in areas])))
    )
    return made


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """A claimed distance beside the computed one. ``differs_by``: share of the computed, from the nearer of its two."""

    claimed_km: float
    nearest_km: float
    centre_km: float
    differs_by: float
    agrees: bool


ABOUT = 0.25
"""A round "about" agrees with what lies within a quarter of it."""


def beside(claimed_km: float, computed: Distance) -> Compared:
    """A claimed "about" distance beside the computed ones; both are shown, whatever they say."""
    nearest, centre = computed.nearest_m / 1000, computed.centre_m / 1000
    inside = nearest <= claimed_km <= centre
    off = 0.0 if inside else min(abs(claimed_km - nearest), abs(claimed_km - centre))
    share = off / max(claimed_km, 0.001)
    return Compared(
        claimed_km=claimed_km,
        nearest_km=round(nearest, 1),
        centre_km=round(centre, 1),
        differs_by=round(share, 3),
        agrees=share <= ABOUT,
    )


class Ranked(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a ranking; equals share a rank."""

    rank: int
    key: str
    value: float


def ranking(values: Mapping[str, float], *, least_first: bool = False) -> tuple[Ranked, ...]:
    """Places by their value, the greatest first; equal ones share a rank and stand by key."""
    order = sorted(values.items(), key=lambda one: (one[1] if least_first else -one[1], one[0]))
    made: list[Ranked] = []
    for number, (key, value) in enumerate(order, 1):
        rank = made[-1].rank if made and made[-1].value == value else number
        made.append(Ranked(rank=rank, key=key, value=value))
    return tuple(made)
