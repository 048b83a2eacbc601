"""A zip of CSV files, one a table, UTF-8, and ``record.json`` with the rest; it can be read back.

No cell can be taken for a formula by a spreadsheet: text that begins like one has an apostrophe before it, which is
taken off again on reading.
"""

from __future__ import annotations

import csv
import io
import zipfile
from typing import Any

import msgspec

from tocsin.core.event import canonical
from tocsin.record.bundle import TABLES, Bundle, Kind, Row, unreadable, zipped

NAME = "csv"
MIME = "application/zip"
ENDING = "csv.zip"

GUARDED = tuple("=+-@\t\r'")
REST = "record.json"


def write(bundle: Bundle) -> bytes:
    """The zip."""
    files = [(f"{name}.csv", sheet(name, bundle.tables[name])) for name in TABLES]
    rest = msgspec.structs.replace(bundle, tables={})
    return zipped([*files, (REST, canonical(rest))])


def sheet(name: str, rows: tuple[Row, ...], second: dict[str, str] | None = None) -> bytes:
    """One table. ``second``: a row below the header, by column."""
    out, columns = io.StringIO(), TABLES[name]
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    if second is not None:
        writer.writerow([second.get(column, "") for column in columns])
    for row in rows:
        writer.writerow([cell(row[column], kind) for column, kind in columns.items()])
    return out.getvalue().encode()


def cell(value: Any, kind: Kind) -> str:
    """A value as text."""
    if value is None:
        return ""
    if kind in ("text", "time"):
        text = str(value)
        return f"'{text}" if text.startswith(GUARDED) else text
    return canonical(value).decode()


def value(text: str, kind: Kind) -> Any:
    """The value of a cell."""
    if kind == "text":
        return text[1:] if text.startswith("'") else text
    if not text:
        return None
    return text if kind == "time" else msgspec.json.decode(text)


def read(data: bytes) -> Bundle:
    """The bundle of a zip.

    Raises:
        Invalid: it is none (TOC-12003).
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            rest = msgspec.json.decode(packed.read(REST), type=Bundle)
            tables = {name: _rows(name, packed.read(f"{name}.csv")) for name in TABLES}
    except (zipfile.BadZipFile, KeyError, msgspec.MsgspecError, UnicodeError, csv.Error) as fault:
        raise unreadable(str(fault)) from fault
    return msgspec.structs.replace(rest, tables=tables)


def _rows(name: str, data: bytes) -> tuple[Row, ...]:
    columns = TABLES[name]
    reader = csv.DictReader(io.StringIO(data.decode(), newline=""), strict=True)
    return tuple({column: value(row[column], kind) for column, kind in columns.items()} for row in reader)
