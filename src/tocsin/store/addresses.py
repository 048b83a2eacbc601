"""The address book in a database, beside the ledger: never exported with it, and erased as its people wish."""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any

import h3.api.basic_int as h3int
import msgspec
from django.db import IntegrityError, connections, transaction
from django.db.models import Count

from tocsin.app import memory_addresses as checks
from tocsin.core.subscription import Subscription, Wanted, Wish
from tocsin.store.erase import overwriting
from tocsin.store.models.addresses import SubscriptionCell, SubscriptionRow
from tocsin.store.trouble import trouble
from tocsin.store.turns import turn

_BATCH = 500
"""Rows that one statement names: below what every SQLite takes."""

_COLUMNS = "id, channel, address, cells, language, level, created, state, token, reason"


class DjangoAddressBook:
    """A :class:`tocsin.core.ports.AddressBook` in the database ``using``. Safe between threads and processes.

    Every method raises ``Unavailable`` (TOC-8002) when the database does not do its part.

    Args:
        using: Django's alias of the database.
    """

    def __init__(self, using: str = "default") -> None:
        self._using = using
        self._rows = SubscriptionRow.objects.using(using)
        self._cells = SubscriptionCell.objects.using(using)

    def add(self, wish: Wish, at: datetime, *, confirm: bool = False) -> Subscription:
        """Keep a wish durably; the same channel and address again is the same subscription, with the new wish.

        Raises:
            Invalid: it is malformed (TOC-13001).
        """
        wish = checks.checked(wish)
        text = checks.address_text(wish.address)
        digest = checks.address_digest(wish.channel, text)
        with self._writing():
            row = self._rows.select_for_update().filter(digest=digest).first()
            if row is None:
                try:
                    with transaction.atomic(using=self._using):
                        row = SubscriptionRow(**_fields(wish, text, digest, at, "pending" if confirm else "active"))
                        self._keep(row)
                    return _read(row)
                except IntegrityError:  # somebody has just added it
                    row = self._rows.select_for_update().get(digest=digest)
            if not (confirm and row.state == "active"):
                row.cells, row.language, row.level = " ".join(wish.cells), wish.language, wish.level
                if confirm:
                    row.token = checks.new_token()
                row.state = "pending" if confirm else "active"
                self._keep(row)
            return _read(row)

    def add_many(self, wishes: Iterable[Wish], at: datetime) -> int:
        """Keep many at once, active, in one transaction a thousand; how many were new.

        Raises:
            Invalid: one of them is malformed (TOC-13001); those of the batches before are kept.
        """
        new = 0
        for part in _batches(wishes, 2 * _BATCH):
            new += self._add_batch([checks.checked(wish) for wish in part], at)
        return new

    def _add_batch(self, wishes: Sequence[Wish], at: datetime) -> int:
        texts: dict[str, tuple[Wish, str]] = {}
        for wish in wishes:
            text = checks.address_text(wish.address)
            texts.setdefault(checks.address_digest(wish.channel, text), (wish, text))
        with self._writing():
            known = {
                digest
                for part in _batches(texts, _BATCH)
                for digest in self._rows.filter(digest__in=part).values_list("digest", flat=True)
            }
            made = [
                SubscriptionRow(**_fields(wish, text, digest, at, "active"))
                for digest, (wish, text) in texts.items()
                if digest not in known
            ]
            self._rows.bulk_create(made)
            self._cells.bulk_create(one for row in made for one in _cell_rows(row))
        return len(made)

    def confirm(self, token: str) -> Subscription | None:
        """Make it active; None when nobody has that token."""
        with self._writing():
            row = self._rows.select_for_update().filter(token=token).first() if _usable(token) else None
            if row is not None and row.state == "pending":
                row.state = "active"
                self._keep(row)
            return None if row is None else _read(row)

    def get(self, subscription_id: int) -> Subscription | None:
        """The subscription, or None."""
        with self._reading():
            row = self._rows.filter(pk=subscription_id).first()
        return None if row is None else _read(row)

    def find(self, channel: str, address: Mapping[str, object]) -> Subscription | None:
        """The subscription of that address, or None."""
        digest = checks.address_digest(channel, checks.address_text(address))
        with self._reading():
            row = self._rows.filter(digest=digest).first()
        return None if row is None else _read(row)

    def by_token(self, token: str) -> Subscription | None:
        """The subscription whose holder was told that token, or None."""
        with self._reading():
            row = self._rows.filter(token=token).first() if _usable(token) else None
        return None if row is None else _read(row)

    def change(
        self,
        subscription_id: int,
        *,
        cells: Sequence[str] | None = None,
        language: str | None = None,
        level: Wanted | None = None,
    ) -> Subscription | None:
        """Change what is given; None when there is no such subscription, or it is gone.

        Raises:
            Invalid: a part is malformed (TOC-13001).
        """
        new_cells = None if cells is None else " ".join(checks.checked_cells(cells))
        new_language = None if language is None else checks.checked_language(language)
        new_level = None if level is None else checks.checked_level(level)
        with self._writing():
            row = self._rows.select_for_update().filter(pk=subscription_id).exclude(state="gone").first()
            if row is None:
                return None
            row.cells = new_cells or row.cells
            row.language = new_language or row.language
            row.level = new_level or row.level
            self._keep(row)
            return _read(row)

    def remove(self, subscription_id: int) -> None:
        """Forget it altogether; see :func:`tocsin.store.erase.overwriting` for what is left of it."""
        with overwriting(self._using), self._writing():
            self._displace([subscription_id])
            self._rows.filter(pk=subscription_id).delete()

    def prune(self, subscription_ids: Iterable[int], reason: str) -> None:
        """Erase address, cells and token of those that no longer answer."""
        for part in _batches(subscription_ids, _BATCH):
            with overwriting(self._using), self._writing():
                self._displace(part)
                self._rows.filter(pk__in=part).exclude(state="gone").update(
                    digest=None, address="{}", cells="", language="", token=None, state="gone", reason=reason
                )

    def forget_pending(self, before: datetime) -> int:
        """Forget what was asked for before then and never confirmed; how many."""
        with overwriting(self._using), self._writing():
            return self._rows.filter(state="pending", created__lt=before).delete()[0]

    def by_cells(
        self,
        channel: str,
        cells: Iterable[str],
        after: int = 0,
        limit: int | None = None,
        *,
        upto: int | None = None,
        level: Wanted = "alert",
    ) -> Iterator[Subscription]:
        """The active ones that a warning of that level in those cells concerns, once each, by increasing id.

        Their ids are found at once, 8 bytes each; the rest is read as it is asked for.

        Raises:
            Invalid: a cell is malformed (TOC-13001).
        """
        last = 2**63 - 1 if upto is None else upto
        return self.by_ids(self._ids(channel, checks.spans(cells), after, last=last, limit=limit, level=level))

    def ids_by_cells(
        self, channel: str, cells: Iterable[str], after: int = 0, *, level: Wanted = "alert"
    ) -> Sequence[int]:
        """The ids alone of those whom :meth:`by_cells` gives, 8 bytes each.

        Raises:
            Invalid: a cell is malformed (TOC-13001).
        """
        return self._ids(channel, checks.spans(cells), after, last=2**63 - 1, limit=None, level=level)

    def _ids(
        self, channel: str, ranges: list[tuple[int, int]], after: int, *, last: int, limit: int | None, level: Wanted
    ) -> array[int]:
        source, given = self._source(ranges)
        wanted = "" if level == "alert" else " JOIN tocsin_subscription s ON s.id = c.subscription AND s.level = %s"
        # CROSS JOIN: the ranges lead, each one walk along the index.
        sql = (
            f"SELECT DISTINCT c.subscription FROM {source} CROSS JOIN tocsin_subscription_cell c{wanted}"  # noqa: S608 - fixed texts only
            " WHERE c.channel = %s AND c.cell BETWEEN r.low AND r.high AND c.subscription > %s AND c.subscription <= %s"
            " ORDER BY 1" + ("" if limit is None else f" LIMIT {limit:d}")
        )
        ids = array("q")
        with self._reading(), connections[self._using].cursor() as cursor:
            cursor.execute(sql, [*given, *([] if level == "alert" else [level]), channel, after, last])
            while rows := cursor.fetchmany(10_000):
                ids.extend(row[0] for row in rows)
        return ids

    def _source(self, ranges: list[tuple[int, int]]) -> tuple[str, list[Any]]:
        """Ranges of numbers as a table ``r(low, high)``, and the values that it takes."""
        if connections[self._using].vendor == "postgresql":
            sides = [[low for low, _ in ranges], [high for _, high in ranges]]
            return "unnest(%s::bigint[], %s::bigint[]) AS r(low, high)", sides
        pair = "json_extract(value, '$[0]') AS low, json_extract(value, '$[1]') AS high"
        return f"(SELECT {pair} FROM json_each(%s)) AS r", [msgspec.json.encode(ranges).decode()]  # noqa: S608 - fixed texts only

    def by_ids(self, subscription_ids: Iterable[int]) -> Iterator[Subscription]:
        """The active ones among these, in the order given."""
        for part in _batches(subscription_ids, _BATCH):
            marks = ",".join(["%s"] * len(part))
            with self._reading(), connections[self._using].cursor() as cursor:
                cursor.execute(
                    f"SELECT {_COLUMNS} FROM tocsin_subscription WHERE state = 'active' AND id IN ({marks})",  # noqa: S608 - marks only
                    part,
                )
                found = {row[0]: row for row in cursor.fetchall()}
            for one in part:
                if one in found:
                    yield _subscription(found[one])

    def cells(self, channel: str, after: int = 0, *, level: Wanted = "alert") -> Iterator[tuple[int, tuple[str, ...]]]:
        """``(id, cells)`` of every active one with ``id > after`` whom that level concerns, by increasing id."""
        wanted = {} if level == "alert" else {"level": level}
        while True:
            with self._reading():
                rows = self._rows.filter(channel=channel, state="active", pk__gt=after, **wanted).order_by("pk")
                page = list(rows.values_list("pk", "cells")[:10_000])
            for one, cells in page:
                yield one, tuple(cells.split())
            if len(page) < 10_000:
                return
            after = page[-1][0]

    def count_by_cell(self, channel: str) -> Mapping[str, int]:
        """How many active ones name each cell."""
        with self._reading():
            rows = self._cells.filter(channel=channel).values_list("cell").annotate(n=Count("pk")).order_by()
            return {h3int.int_to_str(cell): n for cell, n in rows}

    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """How many there are by channel and state."""
        found: dict[str, dict[str, int]] = {}
        with self._reading():
            for channel, state, n in self._rows.values_list("channel", "state").annotate(n=Count("pk")).order_by():
                found.setdefault(channel, {})[state] = n
        return found

    def _keep(self, row: SubscriptionRow) -> None:
        """Write the row, and the cells under which it is found; only an active one is found."""
        if row.pk is not None:
            self._displace([row.pk])
        row.save(using=self._using)
        if row.state == "active":
            self._cells.bulk_create(_cell_rows(row))

    def _displace(self, ids: Sequence[int]) -> None:
        for one, channel, cells in self._rows.filter(pk__in=ids).values_list("pk", "channel", "cells"):
            numbers = [h3int.str_to_int(cell) for cell in cells.split()]
            self._cells.filter(channel=channel, cell__in=numbers, subscription=one).delete()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with (
            trouble(self._using, "TOC-8002", "the address book could not be written"),
            turn(self._using, first=True),
            transaction.atomic(using=self._using),
        ):
            yield

    def _reading(self) -> AbstractContextManager[None]:
        return trouble(self._using, "TOC-8002", "the address book could not be read")


def _batches(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    rest = iter(items)
    while part := list(itertools.islice(rest, size)):
        yield part


def _usable(token: str) -> bool:
    return bool(token) and "\x00" not in token  # PostgreSQL takes no such text, and no token of ours is one


def _fields(wish: Wish, text: str, digest: str, at: datetime, state: str) -> dict[str, Any]:
    return {
        "channel": wish.channel,
        "digest": digest,
        "address": text,
        "cells": " ".join(wish.cells),
        "language": wish.language,
        "level": wish.level,
        "created": at,
        "state": state,
        "token": checks.new_token(),
    }


def _cell_rows(row: SubscriptionRow) -> Iterator[SubscriptionCell]:
    for cell in row.cells.split():
        yield SubscriptionCell(channel=row.channel, cell=h3int.str_to_int(cell), subscription=row.pk)


def _read(row: SubscriptionRow) -> Subscription:
    return _subscription(tuple(getattr(row, name) for name in _COLUMNS.split(", ")))


def _subscription(row: tuple[Any, ...]) -> Subscription:
    """The row of :data:`_COLUMNS`, as the model or the database gives it."""
    number, channel, address, cells, language, level, created, state, token, reason = row
    at = created if isinstance(created, datetime) else datetime.fromisoformat(created)  # SQLite keeps a text
    return Subscription(
        id=number,
        channel=channel,
        address=msgspec.json.decode(address),
        cells=tuple(cells.split()),
        language=language,
        level=level,
        created=at if at.tzinfo is not None else at.replace(tzinfo=UTC),
        state=state,
        token=token or "",
        reason=reason,
    )
