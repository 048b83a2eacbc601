"""The outline of an area as CAP polygons: no holes, at most 100 points, never smaller than the area."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec
from shapely.geometry import LineString, MultiPolygon, Polygon, shape
from shapely.ops import split

from tocsin.core.area import Area
from tocsin.warn.alert import AreaBlock, Value
from tocsin.warn.cap_rules import simplify_outward

Ring = tuple[tuple[float, float], ...]

GEOCODE = "TOCSIN-AREA"
"""``valueName`` under which an area's id stands in a message."""


class Outline:
    """An area as a cache key: by identity, since areas are immutable and shared."""

    __slots__ = ("area",)

    def __init__(self, area: Area) -> None:
        self.area = area

    def __hash__(self) -> int:
        return id(self.area)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Outline) and other.area is self.area


def area_block(outline: Outline, name: str) -> AreaBlock:
    """The CAP ``area`` under that name; the costly part is kept per area."""
    return msgspec.structs.replace(_block(outline), desc=name)


@lru_cache(maxsize=8192)
def _block(outline: Outline) -> AreaBlock:
    area = outline.area
    return AreaBlock(
        desc="",
        polygons=tuple(simplify_outward(ring) for ring in rings(area.geometry)) if area.geometry else (),
        geocodes=(Value(name=GEOCODE, value=area.id),),
    )


def rings(geometry: dict[str, Any]) -> list[Ring]:
    """Closed rings of ``(lat, lon)`` whose union is the geometry. A hole is opened by cutting through it, because
    CAP cannot say a hole and dropping it would warn people who are not in danger (CAP 1.2, 3.2.4; rule 31).
    """
    whole = shape(geometry)
    parts = list(whole.geoms) if isinstance(whole, MultiPolygon) else [whole]
    return [_latlon(piece) for part in parts for piece in _without_holes(part)]


def _without_holes(polygon: Polygon) -> list[Polygon]:
    if not polygon.interiors:
        return [polygon]
    low, high = polygon.bounds[1] - 1, polygon.bounds[3] + 1
    x = Polygon(polygon.interiors[0]).representative_point().x
    pieces = split(polygon, LineString([(x, low), (x, high)])).geoms
    return [done for piece in pieces for done in _without_holes(piece)]


def _latlon(polygon: Polygon) -> Ring:
    points = [(round(y, 6), round(x, 6)) for x, y in polygon.exterior.coords]
    return (*points[:-1], points[0])
