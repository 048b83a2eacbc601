"""The read tables, kept up to date from the ledger. Law: rebuilt tables are equal to live ones."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connections, transaction

from tocsin.core.errors import Broken
from tocsin.core.event import Entry
from tocsin.core.ports import Reader
from tocsin.store.models.ledger import Cursor
from tocsin.store.tables import Tables, write
from tocsin.store.trouble import trouble
from tocsin.store.turns import at_ease, turn
from tocsin.store.warn_tables import MODELS, project

_MARK = f"SELECT * FROM {Cursor._meta.db_table} WHERE name = %s"  # noqa: S608 - a table of ours


class Projector:
    """Applies entries to the read tables. Safe to run in several processes: they take turns.

    Args:
        ledger: what :meth:`catch_up` and :meth:`rebuild` read.
        using: Django's alias of the database of the tables.
    """

    name = "projections"

    def __init__(self, ledger: Reader, *, using: str = "default") -> None:
        self._ledger = ledger
        self._using = using

    def cursor(self) -> int:
        """The last entry that the tables know of."""
        with self._trouble("read"):
            found = next(iter(Cursor.objects.using(self._using).raw(_MARK, [self.name])), None)
            return 0 if found is None else int(found.seq)

    def apply(self, entries: Iterable[Entry]) -> int:
        """Apply entries and move the cursor, in one transaction. What was applied before is passed over.

        Returns:
            The cursor after it.

        Raises:
            Broken: an entry is missing between the cursor and these (TOC-7002), or a body is unreadable (TOC-7001).
            Unavailable: the database does not answer (TOC-8002); nothing was applied.
        """
        ahead = list(entries)
        while (done := self._applied(ahead)) is None:
            pass  # another process went on meanwhile: what was read before is of the past
        return done

    def _applied(self, entries: Sequence[Entry]) -> int | None:
        """Work out what the entries change, then write it; None when the tables have moved between the two."""
        with self._trouble("read"):
            before = at = self.cursor()
            tables = Tables(self._using)
            for entry in entries:
                if entry.seq <= at:
                    continue
                if entry.seq != at + 1:
                    raise _gap(at, entry.seq)
                project(tables, entry)
                at = entry.seq
            statements = tables.statements()
        if at == before:
            return at
        with (
            self._trouble("written"),
            at_ease(self._using),
            turn(self._using, first=False),
            transaction.atomic(using=self._using),
        ):
            mark = self._own_cursor()
            if mark.seq != before:
                return None
            write(statements, self._using)
            mark.seq = at
            mark.save(using=self._using, update_fields=["seq"])
            return at

    def catch_up(self, batch: int = 500, *, pause_s: float = 0.0) -> int:
        """Apply everything that the ledger holds and the tables do not; returns how many entries that were.

        Tables that are ahead of their ledger, as after a restore from a backup, are rebuilt.

        Args:
            batch: entries of one transaction. On SQLite nobody else writes meanwhile, not even a warning.
            pause_s: seconds between two transactions, in which others get to write.
        """
        start = self.cursor()
        if start > self._ledger.head()[0]:
            self.clear()
            start = 0
        cursor = start
        while entries := list(self._ledger.read(cursor, batch)):
            cursor = self.apply(entries)
            if pause_s and len(entries) == batch:
                time.sleep(pause_s)
        return cursor - start

    def close(self) -> None:
        """Nothing is held between two calls."""

    def rebuild(self, batch: int = 500) -> int:
        """Empty the tables and replay the ledger; returns how many entries were applied.

        Each batch is a transaction of its own, so that warnings can be issued meanwhile; until it is done the tables
        show the past.
        """
        self.clear()
        return self.catch_up(batch)

    def clear(self) -> None:
        """Empty the tables."""
        with self._trouble("written"), transaction.atomic(using=self._using):
            mark = self._own_cursor()
            for model in MODELS:
                model._default_manager.using(self._using).all().delete()
            mark.seq = 0
            mark.save(using=self._using, update_fields=["seq"])

    def dump(self) -> dict[str, list[dict[str, Any]]]:
        """Every row of every table, by key: two dumps are equal when the tables are."""
        with self._trouble("read"):
            return {
                model._meta.db_table: list(model._default_manager.using(self._using).order_by("pk").values())
                for model in MODELS
            }

    def _own_cursor(self) -> Cursor:
        """Our cursor, held until the transaction ends."""
        marks = Cursor.objects.using(self._using)
        held = " FOR UPDATE" if connections[self._using].features.has_select_for_update else ""
        found = next(iter(marks.raw(_MARK + held, [self.name])), None)
        if found is not None:
            return found
        marks.get_or_create(name=self.name)
        return self._own_cursor()

    def _trouble(self, what: str) -> contextlib.AbstractContextManager[None]:
        return trouble(self._using, "TOC-8002", f"the read tables could not be {what}")


def _gap(have: int, got: int) -> Broken:
    return Broken(
        "TOC-7002",
        f"The read tables know the ledger up to entry {have}; entry {got} does not follow.",
        field=str(have + 1),
        remedy="Read the ledger from the cursor on; run `tocsin ledger verify` if the entry is not there.",
    )
