"""A zip of Parquet files, one a table, for data frames. It needs ``tocsin[parquet]``."""

from __future__ import annotations

import io
from typing import Any

from tocsin.core.errors import Refused
from tocsin.core.event import canonical
from tocsin.record.bundle import TABLES, Bundle, Kind, Row, zipped

NAME = "parquet"
MIME = "application/zip"
ENDING = "parquet.zip"


def write(bundle: Bundle) -> bytes:
    """The zip. Lists and mappings are JSON text, times are timestamps in UTC.

    Raises:
        Refused: pyarrow is not installed (TOC-12003).
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as fault:
        raise Refused(
            "TOC-12003",
            "Parquet needs pyarrow, which is not installed.",
            field="form",
            remedy="Install tocsin[parquet], or take the form csv.",
        ) from fault
    types = {
        "text": pa.string(),
        "json": pa.string(),
        "int": pa.int64(),
        "number": pa.float64(),
        "bool": pa.bool_(),
        "time": pa.timestamp("us", tz="UTC"),
    }
    files = []
    for name, columns in TABLES.items():
        schema = pa.schema([(column, types[kind]) for column, kind in columns.items()])
        rows = [_row(row, columns) for row in bundle.tables[name]]
        out = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), out)
        files.append((f"{name}.parquet", out.getvalue()))
    return zipped(files)


def _row(row: Row, columns: dict[str, Kind]) -> Row:
    return {column: _value(row[column], kind) for column, kind in columns.items()}


def _value(value: Any, kind: Kind) -> Any:
    if value is None:
        return None
    if kind == "json":
        return canonical(value).decode()
    if kind == "time":
        from datetime import datetime

        return datetime.fromisoformat(value)
    return value
