"""Sirens from GeoJSON points or CSV: what is registered in the ledger, and apart from it where they stand.

Columns or properties: ``id``, ``name`` (or ``names``, ``name_xx``), ``area``, ``tones`` (separated by spaces, or a
list), ``hard_limit_s``, ``key`` (Ed25519 public key in base64), ``demo``; a CSV also has ``lon`` and ``lat``.
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
import json
import re
from collections.abc import Callable, Collection
from typing import Any

import msgspec

from tocsin.core.finding import Finding, Findings
from tocsin.core.names import read_names
from tocsin.warn.events import Siren

SIZE_LIMIT = 16 * 1024 * 1024
TONES = ("wail", "steady", "all_clear", "test_chime")
HARD_LIMIT_S = (1, 3600)
"""Seconds that a siren's own timer may be set to."""

_ID = re.compile(r"[a-z0-9]+([_-][a-z0-9]+)*")
_KEY_BYTES = 32
_REMEDY_FILE = "Give a GeoJSON FeatureCollection of points, or a CSV with the columns id, name, area, lon and lat."


class SirenImport(msgspec.Struct, frozen=True, kw_only=True):
    """``sirens`` and ``positions`` (id → longitude, latitude) are empty when any finding is an error."""

    sirens: tuple[Siren, ...]
    positions: dict[str, tuple[float, float]]
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing stands against the import."""
        return not any(finding.severity == "error" for finding in self.findings)


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    """One siren of the file, before it is checked."""

    field: str
    values: dict[str, Any]
    lon: Any
    lat: Any


def read_sirens(data: bytes, *, areas: Collection[str] | None = None) -> SirenImport:
    """Read and check a file of sirens: all of them, or none and every reason why.

    Args:
        data: GeoJSON or CSV, in UTF-8.
        areas: ids of the areas that exist; a siren elsewhere is refused. None leaves that unchecked.
    """
    found = Findings()
    rows = _rows(data, found)
    sirens: dict[str, Siren] = {}
    positions: dict[str, tuple[float, float]] = {}
    for row in rows:
        siren = _siren(row, areas, found)
        if siren is None:
            continue
        if siren.id in sirens:
            _bad(
                found, f"{row.field}.id", siren.id, f"The id {siren.id!r} is used twice.", "Give each siren its own id."
            )
        sirens[siren.id] = siren
        positions[siren.id] = (float(row.lon), float(row.lat))
    if found.failed:
        sirens, positions = {}, {}
    return SirenImport(sirens=tuple(sirens.values()), positions=positions, findings=tuple(found.all))


def _rows(data: bytes, found: Findings) -> list[_Row]:
    """The sirens of either kind of file."""
    if len(data) > SIZE_LIMIT:
        _bad(found, "", "", f"The file has more than {SIZE_LIMIT} bytes.", "Split it.")
        return []
    try:
        text = data.decode("utf-8-sig")
        rows = _from_geojson(json.loads(text), found) if text.lstrip()[:1] == "{" else _from_csv(text, found)
    except (ValueError, csv.Error, RecursionError) as fault:  # not UTF-8, not JSON, too long a number, too deep
        _bad(found, "", "", f"The file cannot be read: {fault}.", _REMEDY_FILE)
        return []
    if not rows and not found.failed:
        _bad(found, "", "", "The file holds no siren.", _REMEDY_FILE)
    return rows


def _from_csv(text: str, found: Findings) -> list[_Row]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    missing = [name for name in ("id", "area", "lon", "lat") if name not in (reader.fieldnames or ())]
    if missing:
        _bad(found, "line 1", "", f"The columns {', '.join(missing)} are missing.", _REMEDY_FILE)
        return []
    out = []
    for values in reader:
        field = f"line {reader.line_num}"
        if None in values or None in values.values():
            _bad(found, field, "", "The line has another number of columns than the first.", "Correct the line.")
            continue
        row = {key: value.strip() for key, value in values.items() if value.strip()}
        out.append(_Row(field=field, values=row, lon=_number(row.pop("lon", "")), lat=_number(row.pop("lat", ""))))
    return out


def _from_geojson(tree: Any, found: Findings) -> list[_Row]:
    features = tree.get("features") if isinstance(tree, dict) else None
    if not isinstance(features, list):
        _bad(found, "type", "", "The file is not a FeatureCollection.", _REMEDY_FILE)
        return []
    out = []
    for number, feature in enumerate(features):
        field = f"features[{number}]"
        geometry = feature.get("geometry") if isinstance(feature, dict) else None
        point = geometry.get("coordinates") if isinstance(geometry, dict) and geometry.get("type") == "Point" else None
        if not isinstance(point, list) or len(point) < 2 or not isinstance(feature.get("properties"), dict):
            _bad(found, field, "", "This is not a point with properties.", _REMEDY_FILE)
            continue
        values = {"id": feature.get("id")} | feature["properties"]
        out.append(_Row(field=f"{field}.properties", values=values, lon=point[0], lat=point[1]))
    return out


def _siren(row: _Row, areas: Collection[str] | None, found: Findings) -> Siren | None:
    """The siren, or None when it has no usable id or place. Findings may speak against it in either case."""
    values, field = row.values, row.field
    raw = values.get("id")
    if not isinstance(raw, str) or not _ID.fullmatch(raw) or len(raw) > 64:
        _bad(found, f"{field}.id", "", f"The id {raw!r} is not usable.", "Use lower-case a-z, 0-9, - and _, e.g. s014.")
        return None
    names = read_names(values, field, found)

    def bad(key: str, message: str, remedy: str) -> None:
        _bad(found, f"{field}.{key}", next(iter(names.values()), raw), message, remedy)

    area = values.get("area")
    if not isinstance(area, str) or not area or (areas is not None and area not in areas):
        bad("area", f"{area!r} is not an area that is known.", "Import the areas first, or correct the id.")
        area = ""
    fault = _place_fault(row.lon, row.lat)
    if fault:
        bad("lon", *fault)
        return None
    demo = values.get("demo", False)
    return Siren(
        id=raw,
        name=names,
        area=area,
        tones=_tones(values.get("tones"), bad),
        hard_limit_s=_limit(values.get("hard_limit_s"), bad),
        key=_key(values.get("key"), bad),
        demo=demo is True or str(demo).lower() in ("true", "1", "yes"),
    )


def _place_fault(lon: Any, lat: Any) -> tuple[str, str] | None:
    numbers = all(isinstance(x, int | float) and not isinstance(x, bool) for x in (lon, lat))
    # Written so that "not a number", which is neither more nor less than anything, fails too.
    if not (numbers and -180 <= lon <= 180 and -90 <= lat <= 90):
        return f"[{lon}, {lat}] is not a place.", "Write longitude and latitude in degrees of WGS 84, in this order."
    if lon == 0 and lat == 0:
        return "The siren stands at latitude 0, longitude 0.", "Give its real position."
    return None


def _tones(raw: Any, bad: Callable[[str, str, str], None]) -> tuple[str, ...]:
    if raw is None:
        return TONES
    tones = tuple(raw.split()) if isinstance(raw, str) else tuple(raw) if isinstance(raw, list) else ()
    if not tones or any(tone not in TONES for tone in tones):
        bad("tones", f"{raw!r} are not tones that are known.", f"Use some of {', '.join(TONES)}.")
        return TONES
    if "wail" not in tones or "all_clear" not in tones:
        bad("tones", "The siren cannot sound an alert and its all clear.", "It needs at least wail and all_clear.")
    return tones


def _limit(raw: Any, bad: Callable[[str, str, str], None]) -> int:
    if raw is None:
        return 300
    seconds = int(raw) if isinstance(raw, str) and raw.isascii() and raw.isdigit() else raw
    low, high = HARD_LIMIT_S
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not low <= seconds <= high:
        bad("hard_limit_s", f"The hard limit {raw!r} is not {low} to {high} whole seconds.", "Correct it.")
        return 300
    return seconds


def _key(raw: Any, bad: Callable[[str, str, str], None]) -> str:
    if raw is None or raw == "":
        return ""
    try:
        if isinstance(raw, str) and len(base64.b64decode(raw, validate=True)) == _KEY_BYTES:
            return raw
    except (binascii.Error, ValueError):
        pass
    bad("key", "The key is not an Ed25519 public key.", "Write its 32 bytes in base64, or leave it out.")
    return ""


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _bad(found: Findings, field: str, name: str, message: str, remedy: str) -> None:
    found.add("TOC-4004", field, name, message, remedy)
