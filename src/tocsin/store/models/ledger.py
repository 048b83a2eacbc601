"""The tables that are the book itself. Nothing else is a source of truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    BigInteger = models.BigIntegerField[int, int]
else:
    BigInteger = models.BigIntegerField


class RowNumber(BigInteger):
    """A 64-bit primary key that we number ourselves."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        """``integer`` on SQLite: only that spelling makes the key the row's own number, without a second tree."""
        return "integer" if connection.vendor == "sqlite" else super().db_type(connection)


class LedgerEntry(models.Model):
    """One entry. ``event`` is the canonical JSON text that was hashed, so that what is stored is what was sealed."""

    seq = RowNumber(primary_key=True)
    event_id = models.TextField()
    kind = models.TextField()
    subject = models.TextField()
    event = models.TextField()
    prev = models.TextField()
    hash = models.TextField()

    class Meta:
        app_label = "store"
        db_table = "ledger_entry"
        # Named here rather than at the fields: there, PostgreSQL gets a second index for LIKE that nobody asks.
        constraints: ClassVar[list[Any]] = [models.UniqueConstraint(fields=["event_id"], name="ledger_entry_event_id")]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["subject", "seq"], name="ledger_entry_subject")]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind} {self.subject}"


class LedgerCheckpoint(models.Model):
    """One signed head, as canonical JSON text with its signature."""

    id = models.BigAutoField(primary_key=True)
    seq = models.BigIntegerField(db_index=True)
    text = models.TextField()

    class Meta:
        app_label = "store"
        db_table = "ledger_checkpoint"

    def __str__(self) -> str:
        return f"checkpoint at {self.seq}"


class Cursor(models.Model):
    """How far a named reader of the ledger has come."""

    name = models.TextField(primary_key=True)
    seq = models.BigIntegerField(default=0)

    class Meta:
        app_label = "store"
        db_table = "ledger_cursor"

    def __str__(self) -> str:
        return f"{self.name} at {self.seq}"
