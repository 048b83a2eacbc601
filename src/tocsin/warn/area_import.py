"""Areas from a GeoJSON FeatureCollection: all of them, or none and every reason why (rules R9, R11, R12).

Properties of a feature:

=============== ============ ======================================================================================
property        needed       meaning
=============== ============ ======================================================================================
``id``          yes          ``[a-z0-9-]+``, stable for ever; the feature's own ``id`` counts too
``names``       yes          ``{language: name}``; or ``name`` (language unknown), ``name_xx``, ``name:xx``
``parent``      no           id of the area above, in this file or known already
``kind``        no           country, oblast, raion, hromada, city, district, zone (default)
``aliases``     no           list of other names and spellings
``valid_from``  no           first day, ``YYYY-MM-DD``
``valid_to``    no           first day on which the area no longer exists
``population``  no           people who live there, 0 or more
``lead_time_s`` no           seconds from warning to impact, 0 to 180
``zone``        no           IANA time zone; otherwise the one given for the city
``demo``        no           true when the outline is invented
``note``        no           for people who read the file; not imported
=============== ============ ======================================================================================
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import Any

import msgspec

from tocsin.core.area import Area, AreaTree, Box
from tocsin.core.errors import Invalid
from tocsin.core.finding import Finding, Findings
from tocsin.core.names import printable, read_names
from tocsin.core.time import zone as zone_of
from tocsin.warn.area_check import (
    Placed,
    at_null_island,
    check_geometry,
    check_inside,
    check_places,
    check_tree,
    is_pseudo,
)

SIZE_LIMIT = 64 * 1024 * 1024
"""Bytes of a file that is read (R37)."""

KINDS = ("country", "oblast", "raion", "hromada", "city", "district", "zone")
LEAD_LIMIT_S = 180
PEOPLE_LIMIT = 10_000_000_000

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_KNOWN = frozenset(
    "id parent kind name names aliases valid_from valid_to population lead_time_s zone demo note lat lng lon".split()  # noqa: SIM905 - a row of words reads best
)

Cover = Callable[[dict[str, Any]], Sequence[str]]


class ImportResult(msgspec.Struct, frozen=True, kw_only=True):
    """``areas``, parents before children, is empty when any finding is an error."""

    areas: tuple[Area, ...]
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing stands against the import."""
        return not any(finding.severity == "error" for finding in self.findings)


def read_areas(
    data: bytes,
    cover: Cover | None = None,
    *,
    allow: Collection[str] = (),
    known: AreaTree | None = None,
    zone: str = "UTC",
    within: Box | None = None,
) -> ImportResult:
    """Read and check a file of areas. Nothing is mended and nothing is imported in part.

    Args:
        data: GeoJSON in UTF-8.
        cover: gives the H3 cells of an outline, e.g. ``warn.target.cover``; None leaves ``cells`` empty.
        allow: ids of entries that may come without an outline. They are never drawn and never geocoded.
        known: areas that exist already, for parents that are not in the file.
        zone: IANA zone of areas that state none.
        within: the box in which every area must lie; with it, a file whose axes are all swapped is found too.
    """
    found = Findings()
    features = _features(data, found)
    read: list[tuple[Area, Placed]] = []
    for number, feature in enumerate(features):
        one = _read_feature(feature, f"features[{number}]", zone, allow, found)
        if one is not None:
            read.append(one)
    _check_all(read, allow, known or AreaTree(), within, found)
    areas = () if found.failed else _covered(read, cover, found)
    return ImportResult(areas=() if found.failed else _parents_first(areas), findings=tuple(found.all))


def _check_all(
    read: list[tuple[Area, Placed]], allow: Collection[str], known: AreaTree, within: Box | None, found: Findings
) -> None:
    """The checks that need more than one area."""
    placed = [place for _, place in read]
    outlines = {place.id: place.geometry for place in placed}

    def outline(area_id: str) -> dict[str, Any] | None:
        if area_id in outlines:
            return outlines[area_id]
        older = known.get(area_id)
        return older.geometry if older else None

    check_places(placed, within, found)
    check_tree(placed, {area.id: area.parent for area in known}, found)
    check_inside(placed, outline, found)
    for area_id in sorted(set(allow) - set(outlines)):
        message = f"{area_id!r} is allowed to come without an outline, and is not in the file."
        found.add("TOC-2005", "allow", area_id, message, "Check the id.", severity="warning")


def _features(data: bytes, found: Findings) -> list[Any]:
    """The features, or nothing and a finding that says why the file is not GeoJSON."""
    remedy = "Export a GeoJSON FeatureCollection in UTF-8 with WGS 84 coordinates (EPSG:4326)."
    if len(data) > SIZE_LIMIT:
        found.add(
            "TOC-2001", "", "", f"The file has more than {SIZE_LIMIT} bytes.", "Simplify the outlines or split it."
        )
        return []
    try:
        # The standard parser, because it lets NaN through to the check, which can say where it is.
        tree = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as fault:  # not UTF-8, not JSON, a number of thousands of digits, too deep
        found.add("TOC-2001", "", "", f"The file cannot be read: {fault}.", remedy)
        return []
    if (
        not isinstance(tree, dict)
        or tree.get("type") != "FeatureCollection"
        or not isinstance(tree.get("features"), list)
    ):
        found.add("TOC-2001", "type", "", "The file is not a FeatureCollection.", remedy)
        return []
    crs = json.dumps(tree.get("crs", ""))
    if tree.get("crs") and "CRS84" not in crs and "4326" not in crs:
        found.add("TOC-2001", "crs", "", f"The coordinates are not WGS 84: {crs[:80]}.", remedy)
    if not tree["features"]:
        found.add("TOC-2001", "features", "", "The file holds no area.", remedy)
    features: list[Any] = tree["features"]
    return features


def _read_feature(
    feature: Any, field: str, zone: str, allow: Collection[str], found: Findings
) -> tuple[Area, Placed] | None:
    """One feature as an area without cells, and as the checks see it; None when it cannot even be named."""
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(feature, dict) or feature.get("type") != "Feature" or not isinstance(properties, dict):
        remedy = 'Give it "type": "Feature" and properties with at least id and names; or remove it.'
        found.add("TOC-2005", field, "", "This is a shape without an area, or not a feature at all.", remedy)
        return None
    names = read_names(properties, f"{field}.properties", found)
    area_id = _id(properties.get("id", feature.get("id")), field, next(iter(names.values()), ""), found)
    if area_id is None:
        return None
    label = next(iter(names.values()), area_id)
    values = _values(properties, f"{field}.properties", label, zone, found)
    geometry = _geometry(feature, area_id, names, field, allow=allow, found=found)
    area = Area(id=area_id, names=names, geometry=geometry, **values)
    return area, Placed(id=area_id, parent=area.parent, names=names, field=field, geometry=geometry)


def _id(raw: Any, field: str, label: str, found: Findings) -> str | None:
    """A usable identifier. A whole number counts as its digits, as many files number their areas."""
    text = str(raw) if isinstance(raw, int) and not isinstance(raw, bool) else raw
    if isinstance(text, str) and _ID.fullmatch(text) and len(text) <= 64:
        return text
    what = "The area has no id." if raw is None else f"The id {raw!r} is not usable."
    remedy = "Give it an id of at most 64 lower-case letters a-z, digits and single hyphens that will never change."
    found.add("TOC-2005", f"{field}.properties.id", label, what, remedy)
    return None


def _values(properties: dict[str, Any], path: str, label: str, zone: str, found: Findings) -> dict[str, Any]:
    """The remaining fields of :class:`Area`; what is out of range becomes a finding and its default."""

    def bad(key: str, message: str, remedy: str, code: str = "TOC-2006") -> None:
        found.add(code, f"{path}.{key}", label, message, remedy)

    out: dict[str, Any] = {"parent": properties.get("parent"), "kind": properties.get("kind", "zone")}
    if out["parent"] is not None and not isinstance(out["parent"], str):
        bad("parent", f"The parent {out['parent']!r} is not an id.", "Write the id of the area above.", "TOC-2004")
        out["parent"] = None
    if out["kind"] not in KINDS:
        bad("kind", f"{out['kind']!r} is not a kind of area.", f"Use one of {', '.join(KINDS)}.")
        out["kind"] = "zone"
    aliases = properties.get("aliases") or []
    if not isinstance(aliases, list) or not all(isinstance(a, str) and printable(a) for a in aliases):
        bad("aliases", "The aliases are not a list of names.", 'Write ["…", "…"].', "TOC-2005")
        aliases = []
    out["aliases"] = tuple(aliases)
    out |= _numbers(properties, bad) | _dates(properties, bad)
    out["zone"] = _zone(properties.get("zone") or zone, bad)
    out["demo"] = properties.get("demo", False)
    if not isinstance(out["demo"], bool):
        bad("demo", f"demo is {out['demo']!r}.", "Write true or false.")
        out["demo"] = False
    unknown = sorted(str(k) for k in properties if k not in _KNOWN and k[:5] not in ("name_", "name:"))
    if unknown:
        message = f"Not understood and left out: {', '.join(unknown)}."
        remedy = "Check the spelling against the list of properties, or ignore this."
        found.add("TOC-2005", path, label, message, remedy, severity="warning")
    return out


Bad = Callable[[str, str, str], None]


def _zone(raw: Any, bad: Bad) -> str:
    """A zone that exists, or UTC and a finding."""
    try:
        return zone_of(raw if isinstance(raw, str) else "").key
    except Invalid as fault:
        bad("zone", f"{raw!r} is not a time zone.", fault.remedy)
        return "UTC"


def _numbers(properties: dict[str, Any], bad: Bad) -> dict[str, Any]:
    """Population and lead time."""
    people, lead = properties.get("population"), properties.get("lead_time_s", 0)
    if people is not None and (
        isinstance(people, bool) or not isinstance(people, int) or not 0 <= people <= PEOPLE_LIMIT
    ):
        bad("population", f"The population {people!r} is not a whole number of people.", "Correct it or leave it out.")
        people = None
    if isinstance(lead, bool) or not isinstance(lead, int) or not 0 <= lead <= LEAD_LIMIT_S:
        bad(
            "lead_time_s",
            f"The lead time {lead!r} is not 0 to {LEAD_LIMIT_S} whole seconds.",
            "Correct it; 0 means none.",
        )
        lead = 0
    return {"population": people, "lead_time_s": lead}


def _dates(properties: dict[str, Any], bad: Bad) -> dict[str, date | None]:
    """The days from and to which the area exists."""
    out: dict[str, date | None] = {"valid_from": None, "valid_to": None}
    for key in out:
        raw = properties.get(key)
        if raw is None:
            continue
        try:
            out[key] = date.fromisoformat(raw)
        except (TypeError, ValueError):
            bad(key, f"{raw!r} is not a day.", "Write it like 2024-01-05.")
    start, end = out["valid_from"], out["valid_to"]
    if start and end and start >= end:
        bad("valid_to", f"The area ends on {end}, not after it began on {start}.", "Correct one of the two days.")
    return out


def _geometry(
    feature: dict[str, Any], area_id: str, names: dict[str, str], field: str, *, allow: Collection[str], found: Findings
) -> dict[str, Any] | None:
    """The outline. An allowed entry never has one, is flagged, and so is never drawn or geocoded (R11)."""
    label = next(iter(names.values()), area_id)
    raw, properties = feature.get("geometry"), feature["properties"]
    zero = properties.get("lat") == 0 and properties.get("lng", properties.get("lon")) == 0
    pseudo = zero or is_pseudo(area_id, names.values())
    if area_id in allow:
        message = "Taken without an outline, as allowed: never drawn and never found by position."
        remedy = "Nothing to do. Warnings for it reach only those who chose it or an area above it."
        found.add("TOC-2003" if pseudo else "TOC-2002", field, label, message, remedy, severity="warning")
        return None
    geometry = None if pseudo else check_geometry(raw, field, label, found)
    if pseudo or (geometry is not None and at_null_island(geometry)):
        message = "This is not a place: it stands for everything or for nowhere."
        remedy = f"Remove it, or allow {area_id!r} as an entry that cannot be drawn."
        found.add("TOC-2003", field, label, message, remedy)
        return None
    return geometry


def _covered(read: list[tuple[Area, Placed]], cover: Cover | None, found: Findings) -> tuple[Area, ...]:
    """The areas with their cells."""
    out = []
    for area, place in read:
        cells: Sequence[str] = ()
        if cover is not None and area.geometry is not None:
            try:
                cells = cover(area.geometry)
            except Invalid as fault:
                found.add(fault.code, f"{place.field}.geometry", place.label, fault.message, fault.remedy)
        out.append(msgspec.structs.replace(area, cells=tuple(cells)))
    return tuple(out)


def _parents_first(areas: tuple[Area, ...]) -> tuple[Area, ...]:
    """The same areas, each after its parent, otherwise in the order of the file."""
    parents = {area.id: area.parent for area in areas}

    def depth(area_id: str | None) -> int:
        steps = 0
        while area_id in parents:
            area_id, steps = parents[area_id], steps + 1
        return steps

    return tuple(sorted(areas, key=lambda area: depth(area.id)))
