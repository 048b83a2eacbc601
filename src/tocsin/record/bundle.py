"""The whole public record as plain tables: what every export is made of."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from tocsin.core.errors import Invalid

Kind = Literal["text", "int", "number", "bool", "time", "json"]
"""Of a column. ``time``: RFC 3339 in UTC or None; ``json``: a list or mapping."""

Row = dict[str, Any]

TABLES: dict[str, dict[str, Kind]] = {
    "incidents": {
        "id": "text",
        "names": "json",
        "kind": "text",
        "area": "text",
        "happened_from": "time",
        "happened_to": "time",
        "precision": "int",
        "tags": "json",
        "warning": "text",
        "withdrawn": "text",
        "relations": "json",
        "entry": "int",
        "revision": "int",
    },
    "claims": {
        "id": "text",
        "incident": "text",
        "subject": "text",
        "category": "text",
        "scope": "text",
        "op": "text",
        "n": "int",
        "n2": "int",
        "unit": "text",
        "wording": "text",
        "language": "text",
        "source": "text",
        "source_kind": "text",
        "source_names": "json",
        "attribution": "text",
        "grade": "int",
        "mark": "text",
        "said_at": "time",
        "said_at_printed": "text",
        "learned_at": "time",
        "happened_from": "time",
        "happened_to": "time",
        "precision": "int",
        "area": "text",
        "echo_of": "text",
        "supersedes": "text",
        "superseded_by": "text",
        "reason": "text",
        "retracted": "text",
        "retracted_at": "time",
        "out_of_area": "bool",
        "evidence": "json",
        "entry": "int",
    },
    "tallies": {
        "incident": "text",
        "subject": "text",
        "category": "text",
        "low": "int",
        "best": "int",
        "high": "int",
        "reported_max": "int",
        "status": "text",
        "rule": "int",
        "claim_ids": "json",
        "as_of": "time",
    },
    "evidence": {
        "id": "text",
        "kind": "text",
        "mime": "text",
        "sha256": "text",
        "alt": "json",
        "incident": "text",
        "licence": "text",
        "sensitive": "bool",
        "entry": "int",
    },
    "warnings": {
        "id": "text",
        "areas": "json",
        "issued_at": "time",
        "ended_at": "time",
        "end": "text",
        "entry": "int",
    },
    "days": {
        "day": "text",
        "warnings": "int",
        "seconds": "number",
        "incidents": "int",
        "claims": "int",
        "title": "json",
        "tags": "json",
        "bulletin": "int",
        "withdrawn": "text",
    },
}
"""Table → column → kind."""


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """The public record.

    Attributes:
        city: names; ``as_of``: the last entry that it rests on; ``at``: when it was made, RFC 3339.
        tables: as in :data:`TABLES`.
        shapes: area id → GeoJSON geometry, of the areas that incidents name.
        messages: (identifier, XML) of every CAP message that went out, oldest first.
    """

    city: dict[str, str]
    as_of: int
    at: str
    tables: dict[str, tuple[Row, ...]]
    shapes: dict[str, dict[str, Any]] = {}
    messages: tuple[tuple[str, str], ...] = ()


def table(name: str, rows: Iterable[Mapping[str, Any]]) -> tuple[Row, ...]:
    """Rows with exactly the columns of a table, as JSON holds them."""
    columns = TABLES[name]
    plain = [{column: row[column] for column in columns} for row in rows]
    return tuple(msgspec.json.decode(msgspec.json.encode(plain), type=list[Row]))


def zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip that is the same for the same files: no clock goes in."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files:
            packed.writestr(zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0)), data)
    return out.getvalue()


def unreadable(why: str) -> Invalid:
    """The refusal of an export that cannot be read back."""
    return Invalid("TOC-12003", f"The export cannot be read: {why}.", field="file", remedy="Export it again.")
