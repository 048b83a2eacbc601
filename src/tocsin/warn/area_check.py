"""The data check of an area file (rules R11 and R12): what would make a warning go astray is found before import.

Every check adds to a list of findings; none stops at the first. Nothing is mended in silence.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from tocsin.core.area import Box
from tocsin.core.finding import Findings
from tocsin.core.text import fold

FAR_DEG = 0.05
"""A child farther than this from its parent (about 5 km north to south) is taken for a mistake."""

OUTSIDE_SHARE = 0.1
"""A child with more than this share of its surface outside its parent is worth a look."""

STRAY_DEG = 10.0
"""An area farther than this from the middle of all others, that is near it with its axes swapped, was swapped."""

_PSEUDO_NAMES = frozenset(
    fold(name)
    for name in (
        "all",
        "select all",
        "everywhere",
        "nationwide",
        "whole country",
        "the whole country",
        "entire country",
        "all areas",
        "all regions",
        "unknown",
        "выбрать все",
        "вся страна",
        "по всей стране",
        "все регионы",
        "вся країна",
        "вся україна",
        "по всій країні",
        "усі регіони",
        "ganzes land",
        "bundesweit",
        "alle gebiete",
        "בחר הכל",
        "ברחבי הארץ",
        "اختر الكل",
    )
)
_PSEUDO_PARTS = re.compile(
    r"(some )?parts? of (the )?(country|region|state|province|nation)"
    r"|(in )?(certain|some|several) (areas|regions)( of .*)?"
    r"|(часть|части) (страны|региона|области)|в (некоторых|отдельных|нескольких) районах.*"
    r"|(частина|частини) (країни|регіону|області)|у (деяких|окремих|кількох) районах.*"
    r"|teile? des (landes|gebiets)|in (einigen|mehreren|bestimmten) gebieten.*"
    r"|בחלק מהאזורים.*|في بعض .*"
)


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """One area of the file as the checks see it."""

    id: str
    parent: str | None
    names: dict[str, str]
    field: str
    geometry: dict[str, Any] | None

    @property
    def label(self) -> str:
        """A name for people."""
        return next(iter(self.names.values()), self.id)


def is_pseudo(area_id: str, names: Iterable[str]) -> bool:
    """Whether an entry stands for "everything" or "somewhere" instead of a place (R11)."""
    folded = [fold(name) for name in (area_id, *names)]
    return any(name in _PSEUDO_NAMES or _PSEUDO_PARTS.fullmatch(name.rstrip(" .")) is not None for name in folded)


def at_null_island(geometry: dict[str, Any]) -> bool:
    """Whether the outline lies around latitude 0, longitude 0, where places without a position end up (R11)."""
    west, south, east, north = shape(geometry).bounds
    middle = (float(west + east) / 2, float(south + north) / 2)
    return abs(middle[0]) < 0.5 and abs(middle[1]) < 0.5


def check_geometry(geometry: Any, field: str, name: str, found: Findings) -> dict[str, Any] | None:
    """The outline as plain two-dimensional GeoJSON, or None when it cannot be used; the findings say why."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon") or not isinstance(coordinates, list) or not coordinates:
        remedy = "Give a Polygon or MultiPolygon with coordinates, or allow the area as one that cannot be drawn."
        message = f"The geometry is a {kind}, not an outline." if isinstance(kind, str) else "The area has no geometry."
        if kind in ("Polygon", "MultiPolygon"):
            message = f"The {kind} has no coordinates."
        found.add("TOC-2002", f"{field}.geometry", name, message, remedy)
        return None
    path = f"{field}.geometry.coordinates"
    parts = [coordinates] if kind == "Polygon" else coordinates
    clean: list[list[list[list[float]]]] = []
    before = len(found.all)
    for number, part in enumerate(parts):
        here = path if kind == "Polygon" else f"{path}[{number}]"
        clean.append(_check_part(part, here, name, found))
    if any(one.severity == "error" for one in found.all[before:]):
        return None
    out = {"type": kind, "coordinates": clean[0] if kind == "Polygon" else clean}
    if not shape(out).is_valid:
        why = explain_validity(shape(out))
        remedy = "Redraw the outline there: rings may touch neither themselves nor one another along a line."
        found.add("TOC-2002", path, name, f"The outline crosses itself: {why} (longitude latitude).", remedy)
        return None
    return out


def _check_part(part: Any, path: str, name: str, found: Findings) -> list[list[list[float]]]:
    """The rings of one polygon."""
    if not isinstance(part, list) or not part:
        found.add("TOC-2002", path, name, "A polygon has no ring.", "Remove it or give it an outer ring.")
        return []
    if len(part) > 1:
        message = "The outline has a hole, and a CAP polygon cannot have one."
        remedy = "Check that a warning may cover the hole too, or cut the area into parts without holes."
        found.add("TOC-2002", f"{path}[1]", name, message, remedy, severity="warning")
    return [_check_ring(ring, f"{path}[{number}]", name, found) for number, ring in enumerate(part)]


def _check_ring(ring: Any, path: str, name: str, found: Findings) -> list[list[float]]:
    """The positions of one ring. At most one finding per kind of fault, at the first place."""
    if not isinstance(ring, list) or len(ring) < 4:
        count = len(ring) if isinstance(ring, list) else 0
        message = f"A ring has {count} positions; it needs at least 4, the last equal to the first."
        found.add("TOC-2002", path, name, message, "Draw the ring with at least three corners and close it.")
        return []
    for number, position in enumerate(ring):
        fault = _position_fault(position)
        if fault:
            found.add("TOC-2002", f"{path}[{number}]", name, *fault)
            return []
    out = [[float(position[0]), float(position[1])] for position in ring]
    if out[0] != out[-1]:
        message = f"The ring is open: it starts at {out[0]} and ends at {out[-1]}."
        found.add("TOC-2002", path, name, message, "Repeat the first position at the end, if no corner is missing.")
    return out


def _position_fault(position: Any) -> tuple[str, str] | None:
    """What is wrong with one position, and the remedy."""
    numbers = isinstance(position, list) and len(position) >= 2
    if not numbers or any(isinstance(x, bool) or not isinstance(x, int | float) for x in position[:2]):
        return "A position is not a pair of numbers.", "Write each position as [longitude, latitude]."
    lon, lat = position[0], position[1]
    if any(isinstance(x, float) and not math.isfinite(x) for x in (lon, lat)):
        return f"A position is not finite: [{lon}, {lat}].", "Replace it by the right numbers."
    if abs(lon) <= 180 and abs(lat) <= 90:
        return None
    if abs(lat) <= 180 and abs(lon) <= 90:
        return (
            f"[{lon}, {lat}] is outside the world, and inside it when read as latitude, longitude.",
            "Swap the order: GeoJSON positions are [longitude, latitude].",
        )
    return (
        f"[{lon}, {lat}] is outside the world.",
        "Longitude is -180 to 180, latitude -90 to 90, in degrees of WGS 84.",
    )


def check_places(areas: Sequence[Placed], within: Box | None, found: Findings) -> None:
    """Areas that lie where they cannot: outside the stated box, or with latitude and longitude swapped."""
    boxes = {area.field: shape(area.geometry).bounds for area in areas if area.geometry is not None}
    centres = {field: ((b[0] + b[2]) / 2, (b[1] + b[3]) / 2) for field, b in boxes.items()}
    middle = _middle(list(centres.values())) if len(centres) >= 3 else None
    for area in areas:
        if area.field not in centres:
            continue
        lon, lat = centres[area.field]
        path = f"{area.field}.geometry"
        remedy = "Swap the order: GeoJSON positions are [longitude, latitude]."
        if within and not _inside((lon, lat), within):
            swapped = _inside((lat, lon), within)
            why = "its latitude and longitude look swapped" if swapped else "it lies outside the box given for the city"
            cure = remedy if swapped else "Correct the outline, or the box."
            found.add("TOC-2002", path, area.label, f"The area is at [{lon:.4f}, {lat:.4f}]: {why}.", cure)
        elif middle and _apart((lon, lat), middle) > STRAY_DEG > _apart((lat, lon), middle) * 4:
            message = f"The area is at [{lon:.4f}, {lat:.4f}], far from all others; its axes look swapped."
            found.add("TOC-2002", path, area.label, message, remedy)


def check_tree(areas: Sequence[Placed], known: Mapping[str, str | None], found: Findings) -> None:
    """Identifiers, parents, loops, names among siblings. ``known``: areas that exist already, with their parents."""
    first: dict[str, Placed] = {}
    for area in areas:
        if area.id in first:
            message = f"The id {area.id!r} is used already by {first[area.id].field}."
            found.add("TOC-2005", f"{area.field}.properties.id", area.label, message, "Give each area its own id.")
        first.setdefault(area.id, area)
    parents = {**known, **{area.id: area.parent for area in areas}}
    for area in areas:
        path = f"{area.field}.properties.parent"
        if area.parent is not None and area.parent not in parents:
            message = f"The parent {area.parent!r} is neither in this file nor known already."
            found.add("TOC-2004", path, area.label, message, "Add the parent, correct its id, or import it first.")
        elif _loops(area.id, parents):
            message = "The area is its own ancestor."
            found.add("TOC-2004", path, area.label, message, "Break the loop: one of its areas has a wrong parent.")
    _check_siblings(areas, found)


def _loops(area_id: str, parents: Mapping[str, str | None]) -> bool:
    """Whether the way up from an area comes back to it."""
    seen: set[str] = set()
    here = parents.get(area_id)
    while here is not None and here not in seen:
        if here == area_id:
            return True
        seen.add(here)
        here = parents.get(here)
    return False


def _check_siblings(areas: Sequence[Placed], found: Findings) -> None:
    """Two areas under one parent with one name cannot be told apart by whoever confirms a warning by name.

    The same name in every language that both have is an error; in one language only it may be a transliteration.
    """
    taken: dict[tuple[str | None, str, str], Placed] = {}
    for area in areas:
        for language, name in area.names.items():
            other = taken.setdefault((area.parent, language, fold(name)), area)
            if other.id == area.id:
                continue
            shared = set(area.names) & set(other.names)
            same = all(fold(area.names[tag]) == fold(other.names[tag]) for tag in shared)
            message = f"{name!r} is also the name of its sibling {other.id!r} ({other.field})."
            path = f"{area.field}.properties.names.{language}"
            remedy = "Give one of them a name that tells them apart."
            found.add("TOC-2005", path, area.label, message, remedy, severity="error" if same else "warning")


def check_inside(areas: Sequence[Placed], outline: Callable[[str], dict[str, Any] | None], found: Findings) -> None:
    """Children that lie outside their parents. ``outline`` gives the geometry of an area by id."""
    shapes: dict[str, BaseGeometry] = {}
    for area in areas:
        above = outline(area.parent) if area.parent is not None else None
        if area.geometry is None or above is None or area.parent is None:
            continue
        if area.parent not in shapes:
            shapes[area.parent] = shape(above)
            shapely.prepare(shapes[area.parent])
        child, parent = shape(area.geometry), shapes[area.parent]
        if parent.covers(child):
            continue
        path = f"{area.field}.properties.parent"
        remedy = "Check the outline and the parent: one of them is wrong."
        if child.distance(parent) > FAR_DEG:
            message = f"The area lies {child.distance(parent):.2f} degrees outside its parent {area.parent!r}."
            found.add("TOC-2004", path, area.label, message, remedy)
        elif (share := child.difference(parent).area / child.area) > OUTSIDE_SHARE:
            message = f"{share:.0%} of the area lies outside its parent {area.parent!r}."
            found.add("TOC-2004", path, area.label, message, remedy, severity="warning")


def _middle(points: list[tuple[float, float]]) -> tuple[float, float]:
    lons, lats = sorted(p[0] for p in points), sorted(p[1] for p in points)
    return lons[len(lons) // 2], lats[len(lats) // 2]


def _apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    east = abs(one[0] - other[0]) % 360
    return math.hypot(min(east, 360 - east), one[1] - other[1])


def _inside(point: tuple[float, float], box: Box) -> bool:
    west, south, east, north = box
    lon, lat = point
    across = west <= lon <= east if west <= east else lon >= west or lon <= east
    return across and south <= lat <= north
