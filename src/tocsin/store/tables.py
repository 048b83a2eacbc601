"""Rows of read tables, held together for one batch: each is read once, changed in memory, and written once.

Reading and changing needs no transaction. Only what is written does, and that is ready by then, because on one machine
nobody else writes meanwhile, not even a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

from django.db import connections, models

from tocsin.store.models.projections import Projection

R = TypeVar("R", bound=Projection)

Statement = tuple[str, list[list[Any]]]
"""SQL, and the values of each row that it is for."""


class Tables:
    """The rows that one batch of entries touches, in the database ``using``."""

    def __init__(self, using: str) -> None:
        self._using = using
        self._rows: dict[type[Projection], dict[str, Projection | None]] = {}

    def row(self, model: type[R], key: str, seq: int) -> R:
        """The row with that key, made when there is none, and marked as touched by entry ``seq``."""
        found = self.find(model, key)
        if found is None:
            found = model(pk=clean(key))
            self._rows[model][clean(key)] = found
        found.seq = seq
        return found

    def find(self, model: type[R], key: str) -> R | None:
        """The row with that key, or None."""
        held = self._rows.setdefault(model, {})
        key = clean(key)
        if key not in held:
            held[key] = _shape(model, self._using).read(key)  # also that there is none: it need not be asked again
        return held[key]  # type: ignore[return-value]  # kept by its own type just above

    def statements(self) -> list[Statement]:
        """What writes every row that was looked at, one statement for each table."""
        made = []
        for model, rows in self._rows.items():
            shape = _shape(model, self._using)
            made.append((shape.upsert, [shape.values(row) for row in rows.values() if row is not None]))
        return [(sql, values) for sql, values in made if values]


def write(statements: Sequence[Statement], using: str) -> None:
    """Write the rows, inside the caller's transaction."""
    with connections[using].cursor() as cursor:
        for sql, values in statements:
            cursor.executemany(sql, values)


class _Shape:
    """How the rows of one table are read and written by key: worked out once, where the ORM would for every row."""

    def __init__(self, model: type[Projection], using: str) -> None:
        self._model = model
        self._using = using
        self._fields = model._meta.concrete_fields
        self._names = [field.attname for field in self._fields]
        own = connections[using]
        table, key = own.ops.quote_name(model._meta.db_table), own.ops.quote_name(str(model._meta.pk.column))
        names = [own.ops.quote_name(str(field.column)) for field in self._fields]
        others = ", ".join(f"{name} = excluded.{name}" for name in names if name != key)
        marks = ", ".join(["%s"] * len(names))
        listed = ", ".join(names)
        self._select = f"SELECT {listed} FROM {table} WHERE {key} = %s"  # noqa: S608 - names of the model's own columns
        self.upsert = f"INSERT INTO {table} ({listed}) VALUES ({marks}) ON CONFLICT ({key}) DO UPDATE SET {others}"  # noqa: S608 - as above
        self._readers = [_reader(field, own) for field in self._fields]

    def read(self, key: str) -> Projection | None:
        """The row with that key, or None."""
        own = connections[self._using]
        with own.cursor() as cursor:
            cursor.execute(self._select, (key,))
            found = cursor.fetchone()
        if found is None:
            return None
        values = [value if read is None else read(value, own) for value, read in zip(found, self._readers, strict=True)]
        return self._model.from_db(self._using, self._names, values)

    def values(self, row: Projection) -> list[Any]:
        """What is written of a row, in a form that every database holds, so that no fact can stop the worker."""
        own = connections[self._using]
        return [field.get_db_prep_save(_fit(field, getattr(row, field.attname)), own) for field in self._fields]


_shape = cache(_Shape)


def _reader(field: Any, connection: Any) -> Callable[[Any, Any], Any] | None:
    """How a value of the database becomes the field's; None where it is that already."""
    column = field.get_col(field.model._meta.db_table)
    steps = [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]
    if not steps:
        return None

    def read(value: Any, own: Any) -> Any:
        for step in steps:
            value = step(value, column, own)
        return value

    return read


def _fit(field: Any, value: Any) -> Any:
    if isinstance(field, models.DateTimeField) and value is not None:
        return utc(value)
    return clean(value) if isinstance(value, str | list | tuple | dict) else value


def utc(at: datetime) -> datetime:
    """The instant in UTC; one that a fact left without offset is read as UTC, one off the calendar loses its offset."""
    try:
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError:
        return at.replace(tzinfo=UTC)


def clean(value: Any) -> Any:
    """The same plain value without NUL, which PostgreSQL can hold in no text; lists for tuples."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd") if "\0" in value else value
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    if isinstance(value, dict):
        return {clean(key): clean(item) for key, item in value.items()}
    return value
