"""Areas from a file, outlines covered with cells, lists of cells, circles and polygons of CAP."""

from __future__ import annotations

import math

import msgspec

from tocsin.core.errors import TocsinError
from tocsin.warn.alert import Circle
from tocsin.warn.area_import import read_areas
from tocsin.warn.cap_rules import circle_polygon, simplify_outward
from tocsin.warn.cap_values import split_circle, split_places
from tocsin.warn.target import cover, parse_cells

SEEDS = [
    b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":"a","names":{"en":"A"}},"geometry":{"type":"Polygon","coordinates":[[[36.5,50.6],[36.52,50.6],[36.52,50.62],[36.5,50.62],[36.5,50.6]]]}}]}',
    b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":"b","parent":"a","names":{"en":"B"}},"geometry":{"type":"MultiPolygon","coordinates":[[[[179.99,1],[-179.99,1],[-179.99,1.02],[179.99,1]]]]}}]}',
    b'{"type":"Polygon","coordinates":[[[0,89.99],[90,89.99],[180,89.99],[-90,89.99],[0,89.99]]]}',
    b"50.1,36.2 50.1,36.4 50.0,36.4 50.0,36.2 50.1,36.2",
    b"50.1,36.2 15",
    b"872d9180cffffff,872d91804ffffff",
]
WORDS = [
    b"1e308",
    b"-1e-308",
    b"NaN",
    b"180",
    b"-180",
    b"90",
    b"-90",
    b"[[",
    b"]]",
    b"MultiPolygon",
    b"0.0000001",
    b"null",
]
WORDS += [b"872d9180cffffff", b"8f2d9180cffffff", b"GeometryCollection", b"0,0 0,0 0,0 0,0", b"1e5,1e5"]
SIDE_DEG = 0.5
"""Only outlines up to this wide are covered here: a country takes its seconds, once, when it is imported."""


def take(data: bytes) -> None:
    """As a file of areas, as an outline, as texts."""
    text = data.decode("utf-8", "replace")
    for door in (lambda: read_areas(data), lambda: parse_cells(text), lambda: _shapes(text), lambda: _outline(data)):
        try:
            door()
        except TocsinError as refusal:
            assert refusal.remedy


def _shapes(text: str) -> None:
    try:
        ring = split_places(text, field="polygon")
        sound = len(ring) >= 4 and all(abs(lat) <= 90 and abs(lon) <= 180 for lat, lon in ring)
        if sound and len(ring) <= 200 and ring[0] == ring[-1]:
            assert len(simplify_outward(ring)) <= max(len(ring), 102)
    except TocsinError:
        circle = split_circle(text, field="circle")
        if abs(circle.lat) <= 90 and abs(circle.lon) <= 180 and 0 <= circle.radius_km <= 20_038:
            drawn = circle_polygon(Circle(lat=circle.lat, lon=circle.lon, radius_km=circle.radius_km))
            assert all(math.isfinite(lat) and abs(lat) <= 90 and abs(lon) <= 180 for lat, lon in drawn)


def _outline(data: bytes) -> None:
    try:
        geometry = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    if isinstance(geometry, dict) and geometry.get("type") in ("Polygon", "MultiPolygon") and _small(geometry):
        cells = cover(geometry)
        assert len(set(cells)) == len(cells)


def _small(geometry: dict[str, object]) -> bool:
    spots, todo = [], [geometry.get("coordinates")]
    while todo:
        here = todo.pop()
        if isinstance(here, list) and len(here) >= 2 and all(isinstance(one, int | float) for one in here):
            spots.append((float(here[0]), float(here[1])))
        elif isinstance(here, list):
            todo.extend(here)
    wide = [max(axis) - min(axis) for axis in zip(*spots, strict=True)]
    return bool(wide) and max(wide) <= SIDE_DEG
