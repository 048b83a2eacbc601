"""Rules 30 to 36: where it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TypeVar

import numpy
from shapely import Polygon
from shapely.errors import GEOSException

from tocsin.core.errors import Invalid
from tocsin.warn.alert import Circle
from tocsin.warn.cap_rules.base import Finding, Subject, every, rule, value
from tocsin.warn.cap_rules.geometry import MAX_VERTICES, Ring, unwrapped
from tocsin.warn.cap_values import split_circle, split_places
from tocsin.warn.cap_xml import Element, path_of, text_of

_SHORT, _KEPT = 8192, 512
"""Outlines of so many characters are kept from message to message, and so many of them."""

Extent = tuple[float, float, float, float]
"""South, west, north, east in degrees."""


T = TypeVar("T")


def _ask(m: Subject, what: Callable[[str], T], text: str) -> T:
    """What is known of an outline. Translations repeat it, so it is worked out once a message; and the outlines of a
    city come again in every message, so short ones are kept beyond it.
    """
    if len(text) <= _SHORT:
        return what(text)
    key = (what, text)
    if key not in m.seen:
        m.seen[key] = what.__wrapped__(text)  # type: ignore[attr-defined]  # functools.lru_cache
    return m.seen[key]  # type: ignore[return-value]


@lru_cache(maxsize=_KEPT)
def _ring(text: str) -> Ring | Invalid:
    try:
        return split_places(text, field="polygon")
    except Invalid as fault:
        return fault


def _circle(element: Element) -> Circle | Invalid:
    try:
        return split_circle(text_of(element), field="circle")
    except Invalid as fault:
        return fault


@rule(30)
def rule_30(m: Subject) -> Iterator[Finding]:
    """Every area has a name; a shape or code is needed to find the people in it."""
    for area in m.areas:
        if not value(area, "areaDesc"):
            yield m.error(30, f"{path_of(area)}/areaDesc", "areaDesc must have a value.")
        if not any(next(every(area, name), None) is not None for name in ("polygon", "circle", "geocode")):
            yield m.warning(30, area, "The area has a name only; nobody can be found in it by machine.")


@rule(31)
def rule_31(m: Subject) -> Iterator[Finding]:
    """Polygons are closed rings of at least four lat,lon pairs that do not cross themselves and have no holes."""
    # From others it may be meant as a hole. We mean the union, and an outline grown outward may swallow an islet.
    judge = m.warning if m.strict else m.error
    for area in m.areas:
        shapes: list[tuple[Element, Polygon]] = []
        for element in every(area, "polygon"):
            fault, shape = _ask(m, _shape, text_of(element))
            if shape is None:
                yield m.error(31, element, fault)
            else:
                shapes.append((element, shape))
        if len(shapes) < 25:  # the comparison is quadratic; nobody draws a hole among so many shapes
            for element, shape in shapes:
                if any(other is not shape and other.contains_properly(shape) for _, other in shapes):
                    yield judge(31, element, "It lies inside another polygon of its area; CAP has no holes.")


@lru_cache(maxsize=_KEPT)
def _shape(text: str) -> tuple[str, Polygon | None]:
    """What is wrong with the polygon and None, or "" and its shape."""
    ring = _ring(text)
    return (ring.message, None) if isinstance(ring, Invalid) else _judge_ring(ring)


def _judge_ring(ring: Ring) -> tuple[str, Polygon | None]:
    if len(ring) < 4:
        return f"{len(ring)} pairs; a polygon has at least 4, the last like the first.", None
    if ring[0] != ring[-1]:
        return "The last pair is not the first: the polygon is open.", None
    for lat, lon in ring:
        if abs(lat) > 90 or abs(lon) > 180:
            return f"{lat},{lon} is nowhere: latitude goes to 90, longitude to 180.", None
    try:
        shape = Polygon(numpy.array(unwrapped(ring))[:, ::-1])
        sound = shape.is_valid and shape.area > 0
    except (ValueError, GEOSException):
        sound = False
    return ("", shape) if sound else ("The polygon crosses or touches itself.", None)


@rule(32)
def rule_32(m: Subject) -> Iterator[Finding]:
    """Latitude and longitude are not swapped: seen against the city, or else against the message's other areas."""
    found = [one for area in m.areas for one in _extents(m, area)]
    if m.bbox is None and len(found) > 200:
        return
    for index, (element, own) in enumerate(found):
        if m.bbox is not None:
            near, severity = m.bbox, m.error
        else:
            others = [theirs for i, (_, theirs) in enumerate(found) if i != index]
            if not others:
                return
            near, severity = _around(others), m.warning
        south, west, north, east = own
        if not _meet(own, near) and _meet((west, south, east, north), near):
            yield severity(32, element, "Latitude and longitude look swapped; CAP writes lat,lon.")


def _extents(m: Subject, area: Element) -> Iterator[tuple[Element, Extent]]:
    for element in every(area, "polygon"):
        extent = _ask(m, _extent, text_of(element))
        if extent is not None:
            yield element, extent
    for element in every(area, "circle"):
        circle = _circle(element)
        if not isinstance(circle, Invalid):
            yield element, (circle.lat, circle.lon, circle.lat, circle.lon)


@lru_cache(maxsize=_KEPT)
def _extent(text: str) -> Extent | None:
    ring = _ring(text)
    if isinstance(ring, Invalid) or not ring:
        return None
    lats, lons = [lat for lat, _ in ring], [lon for _, lon in ring]
    return min(lats), min(lons), max(lats), max(lons)


def _around(extents: list[Extent]) -> Extent:
    south, west, north, east = zip(*extents, strict=True)
    return min(south) - 5, min(west) - 5, max(north) + 5, max(east) + 5


def _meet(one: Extent, other: Extent) -> bool:
    return one[0] <= other[2] and one[2] >= other[0] and one[1] <= other[3] and one[3] >= other[1]


@rule(33)
def rule_33(m: Subject) -> Iterator[Finding]:
    """Circles are "lat,lon radius", the radius in kilometres, not negative, and ours more than nothing."""
    for area in m.areas:
        for element in every(area, "circle"):
            circle = _circle(element)
            if isinstance(circle, Invalid):
                yield m.error(33, element, circle.message)
            elif abs(circle.lat) > 90 or abs(circle.lon) > 180:
                yield m.error(33, element, f"{circle.lat},{circle.lon} is nowhere.")
            elif circle.radius_km < 0 or circle.radius_km > 20_038:
                yield m.error(33, element, f"A radius of {circle.radius_km} km is impossible.")
            elif circle.radius_km == 0 and m.strict:
                yield m.error(33, element, "A circle of radius 0 warns nobody.")


@rule(34)
def rule_34(m: Subject) -> Iterator[Finding]:
    """Geocodes are whole; an area given by codes alone can be drawn only by those who know the codes."""
    for area in m.areas:
        codes = list(every(area, "geocode"))
        for element in codes:
            if not value(element, "valueName") or not value(element, "value"):
                yield m.error(34, element, "A geocode needs a valueName and a value.")
        drawn = next(every(area, "polygon"), None) is not None or next(every(area, "circle"), None) is not None
        if codes and not drawn:
            names = sorted({value(element, "valueName") for element in codes})
            yield m.warning(34, area, f"Given by codes alone ({', '.join(names)[:80]}); draw it from a table of them.")


@rule(35)
def rule_35(m: Subject) -> Iterator[Finding]:
    """Ceiling comes with a lower altitude; both are numbers of feet."""
    for area in m.areas:
        heights: dict[str, float] = {}
        for name in ("altitude", "ceiling"):
            text = value(area, name)
            try:
                if text:
                    heights[name] = float(text)
            except ValueError:
                yield m.error(35, f"{path_of(area)}/{name}", f"{text[:40]!r} is not a number of feet.")
        if "ceiling" in heights and not value(area, "altitude"):
            yield m.error(35, f"{path_of(area)}/ceiling", "A ceiling needs an altitude below it.")
        elif len(heights) == 2 and heights["ceiling"] <= heights["altitude"]:
            yield m.error(35, f"{path_of(area)}/ceiling", "The ceiling is not above the altitude.")


@rule(36)
def rule_36(m: Subject) -> Iterator[Finding]:
    """Polygons stay small enough for every reader; those over the antimeridian or a pole need a careful one."""
    for area in m.areas:
        for element in every(area, "polygon"):
            ring, extent = _ask(m, _ring, text_of(element)), _ask(m, _extent, text_of(element))
            if isinstance(ring, Invalid) or extent is None:
                continue
            if len(ring) > MAX_VERTICES + 1:
                yield m.warning(36, element, f"{len(ring)} pairs; simplify outward to {MAX_VERTICES}.")
            south, west, north, east = extent
            if east - west > 180 or max(-south, north) == 90:
                yield m.warning(36, element, "It crosses the antimeridian or meets a pole; many readers draw it wrong.")
