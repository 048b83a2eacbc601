"""The kinds of file that shelters come in, read into rows of one form.

Our own GeoJSON and CSV hold the properties that ``docs/reference/shelters.md`` lists. The list of public shelters of
the Norwegian directorate for civil protection (DSB) is known by its properties ``romtype`` and ``plasser``; it says how
many people a shelter holds, and nothing of who opens it or whether a wheelchair gets in.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import Counter
from typing import Any

import msgspec

from tocsin.core.finding import Findings
from tocsin.core.text import fold

SIZE_LIMIT = 16 * 1024 * 1024
"""Bytes of a file that is read."""

_REMEDY = "Give a GeoJSON FeatureCollection of points, or a CSV with the columns id, name, lon and lat."
_PLAIN = frozenset({"kind", "capacity", "accessible", "floors_below", "opened_by", "hidden_from_public", "demo"})
"""Columns of a CSV whose cells may be a number, yes, no, or unknown. All others are text, whatever they look like."""

_UNFINISHED = "Ikke ferdigstilt"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One shelter of the file, before it is checked. ``field``: its place in the file."""

    field: str
    values: dict[str, Any]
    lon: Any
    lat: Any


def read_rows(data: bytes, found: Findings) -> list[Row]:
    """The shelters of any kind of file; what makes it unreadable becomes a finding TOC-9001."""
    if len(data) > SIZE_LIMIT:
        _bad(found, "", f"The file has more than {SIZE_LIMIT} bytes.", "Split it.")
        return []
    try:
        text = data.decode("utf-8-sig")
        rows = _from_geojson(json.loads(text), found) if text.lstrip()[:1] == "{" else _from_csv(text, found)
    except (ValueError, csv.Error, RecursionError) as fault:  # not UTF-8, not JSON, too long a number, too deep
        _bad(found, "", f"The file cannot be read: {fault}.", _REMEDY)
        return []
    if rows and all("romtype" in row.values and "plasser" in row.values for row in rows):
        rows = _from_dsb(rows, found)
    if not rows and not found.failed:
        _bad(found, "", "The file holds no shelter.", _REMEDY)
    return rows


def _bad(found: Findings, field: str, message: str, remedy: str) -> None:
    found.add("TOC-9001", field, "", message, remedy)


def _from_csv(text: str, found: Findings) -> list[Row]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    missing = [name for name in ("id", "lon", "lat") if name not in (reader.fieldnames or ())]
    if missing:
        _bad(found, "line 1", f"The columns {', '.join(missing)} are missing.", _REMEDY)
        return []
    out = []
    for values in reader:
        field = f"line {reader.line_num}"
        if None in values or None in values.values():
            _bad(found, field, "The line has another number of columns than the first.", "Correct the line.")
            continue
        row: dict[str, Any] = {key: value.strip() for key, value in values.items() if key and value.strip()}
        row |= {key: _plain(row[key]) for key in _PLAIN & row.keys()}
        out.append(Row(field=field, values=row, lon=_number(row.pop("lon", "")), lat=_number(row.pop("lat", ""))))
    return out


def _plain(text: str) -> Any:
    """A cell of a CSV as JSON would say it."""
    low = text.lower()
    if low in ("true", "yes", "false", "no"):
        return low in ("true", "yes")
    if low in ("unknown", "null"):
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _from_geojson(tree: Any, found: Findings) -> list[Row]:
    features = tree.get("features") if isinstance(tree, dict) else None
    if not isinstance(features, list):
        _bad(found, "type", "The file is not a FeatureCollection.", _REMEDY)
        return []
    out = []
    for number, feature in enumerate(features):
        field = f"features[{number}]"
        geometry = feature.get("geometry") if isinstance(feature, dict) else None
        point = geometry.get("coordinates") if isinstance(geometry, dict) and geometry.get("type") == "Point" else None
        if not isinstance(point, list) or len(point) < 2 or not isinstance(feature.get("properties"), dict):
            _bad(found, field, "This is not a point with properties.", _REMEDY)
            continue
        own = {"id": feature["id"]} if feature.get("id") is not None else {}
        values = own | feature["properties"]
        out.append(Row(field=f"{field}.properties", values=values, lon=point[0], lat=point[1]))
    return out


def _from_dsb(rows: list[Row], found: Findings) -> list[Row]:
    """The Norwegian list in our words. It has no identifiers, so they are made of what does not change: the plot."""
    plots = Counter(_plot(row.values) for row in rows)
    seen: dict[str, str] = {}
    out = []
    for row in rows:
        told = row.values
        exact = json.dumps([told, row.lon, row.lat], sort_keys=True, default=str)
        if exact in seen:
            _note(found, row, f"The same as {seen[exact]}, word for word; taken once.", "Ask DSB whether it is two.")
            continue
        seen[exact] = row.field
        if told.get("romtype") != "Offentlig" or told.get("kategori") == _UNFINISHED:
            _note(found, row, "Not open to the public, or not finished; left out.", "Nothing to do.")
            continue
        shelter_id = _plot(told)
        if plots[shelter_id] > 1:
            apart = [fold(str(told.get("adresse"))), told.get("areal"), told.get("byggear"), told.get("plasser")]
            shelter_id += f"-{hashlib.sha256(json.dumps(apart).encode()).hexdigest()[:6]}"
        places = told.get("plasser")
        if places == 0:
            _note(found, row, "It holds 0 people, says the file; taken as unknown.", "Nothing to do.")
        address = " ".join(str(told.get("adresse", "")).split())
        values = {"id": shelter_id, "names": {"no": address}, "kind": "public", "capacity": places or None}
        out.append(msgspec.structs.replace(row, values=values))
    return out


def _plot(told: dict[str, Any]) -> str:
    return "-".join(["no", *(str(told.get(key, 0)) for key in ("kommunenr", "gnr", "bnr"))])


def _note(found: Findings, row: Row, message: str, remedy: str) -> None:
    found.add("TOC-9002", row.field, str(row.values.get("adresse", "")), message, remedy, severity="warning")
