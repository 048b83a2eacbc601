"""Rules 30 to 36: where it is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy
from shapely import Polygon, box
from shapely.errors import GEOSException

from tocsin.core.errors import Invalid
from tocsin.warn.alert import Circle
from tocsin.warn.cap_read import split_circle, split_places
from tocsin.warn.cap_rules.base import Finding, Subject, every, rule, value
from tocsin.warn.cap_rules.geometry import MAX_VERTICES, Ring, unwrapped
from tocsin.warn.cap_xml import Element, path_of, text_of


def _ring(m: Subject, element: Element) -> Ring | Invalid:
    text = text_of(element)
    if text not in m.seen:
        try:
            m.seen[text] = split_places(text, field="polygon")
        except Invalid as fault:
            m.seen[text] = fault
    return m.seen[text]  # type: ignore[return-value]


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
            fault, shape = _shape(m, element)
            if shape is None:
                yield m.error(31, element, fault)
            else:
                shapes.append((element, shape))
        if len(shapes) < 25:  # the comparison is quadratic; nobody draws a hole among so many shapes
            for element, shape in shapes:
                if any(other is not shape and other.contains_properly(shape) for _, other in shapes):
                    yield judge(31, element, "It lies inside another polygon of its area; CAP has no holes.")


def _shape(m: Subject, element: Element) -> tuple[str, Polygon | None]:
    """What is wrong with the polygon and None, or "" and its shape."""
    ring = _ring(m, element)
    if isinstance(ring, Invalid):
        return ring.message, None
    key = ("shape", text_of(element))
    if key not in m.seen:
        m.seen[key] = _judge_ring(ring)
    return m.seen[key]  # type: ignore[return-value]


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
    found = [(element, spots) for area in m.areas for element, spots in _spots(m, area)]
    for index, (element, spots) in enumerate(found):
        if m.bbox is not None:
            near, severity = m.bbox, m.error
        else:
            others = [spot for i, (_, theirs) in enumerate(found) if i != index for spot in theirs]
            if not others or len(found) > 200:
                return
            near, severity = _around(others), m.warning
        if not _touches(spots, near) and _touches([(lon, lat) for lat, lon in spots], near):
            yield severity(32, element, "Latitude and longitude look swapped; CAP writes lat,lon.")


def _spots(m: Subject, area: Element) -> Iterator[tuple[Element, list[tuple[float, float]]]]:
    for element in every(area, "polygon"):
        ring = _ring(m, element)
        if not isinstance(ring, Invalid) and ring:
            yield element, list(ring)
    for element in every(area, "circle"):
        circle = _circle(element)
        if not isinstance(circle, Invalid):
            yield element, [(circle.lat, circle.lon)]


def _around(spots: list[tuple[float, float]]) -> tuple[float, float, float, float]:
    lats, lons = [lat for lat, _ in spots], [lon for _, lon in spots]
    return min(lats) - 5, min(lons) - 5, max(lats) + 5, max(lons) + 5


def _touches(spots: list[tuple[float, float]], near: tuple[float, float, float, float]) -> bool:
    south, west, north, east = near
    lats, lons = [lat for lat, _ in spots], [lon for _, lon in spots]
    return bool(box(min(lons), min(lats), max(lons), max(lats)).intersects(box(west, south, east, north)))


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
            ring = _ring(m, element)
            if isinstance(ring, Invalid) or not ring:
                continue
            if len(ring) > MAX_VERTICES + 1:
                yield m.warning(36, element, f"{len(ring)} pairs; simplify outward to {MAX_VERTICES}.")
            lons = [lon for _, lon in ring]
            if max(lons) - min(lons) > 180 or max(abs(lat) for lat, _ in ring) == 90:
                yield m.warning(36, element, "It crosses the antimeridian or meets a pole; many readers draw it wrong.")
