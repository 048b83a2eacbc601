"""Rows of read tables, held together for one batch: each is read once, changed in memory, and written once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db import models

from tocsin.store.models.projections import Projection

R = TypeVar("R", bound=Projection)

_ROWS_AT_ONCE = 200


class Tables:
    """The rows that one batch of entries touches, in the database ``using``, inside the caller's transaction."""

    def __init__(self, using: str) -> None:
        self._using = using
        self._rows: dict[type[Projection], dict[str, Projection]] = {}

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
            found = model._default_manager.using(self._using).filter(pk=key).first()
            if found is None:
                return None
            held[key] = found
        return held[key]  # type: ignore[return-value]  # kept by its own type just above

    def flush(self) -> None:
        """Write every row that was looked at, one statement for each table and 200 rows."""
        for model, rows in self._rows.items():
            fields = model._meta.concrete_fields
            for row in rows.values():
                _fit(row, fields)
            key, others = model._meta.pk, [field.name for field in fields if not field.primary_key]
            model._default_manager.using(self._using).bulk_create(
                rows.values(),
                batch_size=_ROWS_AT_ONCE,
                update_conflicts=True,
                unique_fields=[key.name],
                update_fields=others,
            )
        self._rows = {}


def _fit(row: Projection, fields: Any) -> None:
    """Bring values into the form that every database holds, so that no fact can stop the worker that reads it."""
    for field in fields:
        value = getattr(row, field.attname)
        if isinstance(field, models.DateTimeField) and value is not None:
            setattr(row, field.attname, utc(value))
        elif isinstance(value, str | list | tuple | dict):
            setattr(row, field.attname, clean(value))


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
