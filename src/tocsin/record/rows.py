"""Rows of another system's alert history, in the form in which they are kept and hashed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

import msgspec

from tocsin.record.days import Gap
from tocsin.record.events import Quirk

FIRST_ROWS = 5
"""So many rows of a quirk are named."""

Progress = Callable[[int], None]
"""Told now and then how many more rows have been read."""


class Row(msgspec.Struct, frozen=True, array_like=True):
    """One alert of one region.

    Attributes:
        number: the line of the file, the header being line 1.
        region: stable key, :func:`slug` of the name.
        name: the region as the file names it.
        place: the narrower place in it, widest part first, joined by " / "; "" when the region itself is meant.
        start, end: seconds since 1970 in UTC; equal where the file knows instants only.
        flags: what is odd about it, sorted: ``invented_end``, ``instant`` …
    """

    number: int
    region: str
    name: str
    place: str
    start: int
    end: int
    flags: tuple[str, ...] = ()


class KnownGap(msgspec.Struct, frozen=True, kw_only=True):
    """A time of which a data set says nothing about a region, known from its description."""

    region: str
    gap: Gap


@dataclass(slots=True)
class Notes:
    """Collects quirks while a file is read."""

    rows: dict[str, list[int]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    done: dict[str, str] = field(default_factory=dict)

    def note(self, name: str, row: int, done: str, *, count: int = 1) -> None:
        """Something odd in a row, and what was done about it. Row 0: the file as a whole."""
        self.counts[name] = self.counts.get(name, 0) + count
        self.done.setdefault(name, done)
        first = self.rows.setdefault(name, [])
        if row and len(first) < FIRST_ROWS:
            first.append(row)

    def quirks(self) -> tuple[Quirk, ...]:
        """All of them, by name."""
        return tuple(
            Quirk(name=name, count=self.counts[name], rows=tuple(self.rows[name]), done=self.done[name])
            for name in sorted(self.counts)
        )


class HistoryRead(msgspec.Struct, frozen=True, kw_only=True):
    """A file of alerts as it was read. ``read``: rows that came; ``rows``: those that count."""

    form: str
    dataset: str
    zone: str
    licence: str
    source: str
    sha256: str
    rows_sha256: str
    read: int
    rows: tuple[Row, ...]
    first: date | None
    last: date | None
    quirks: tuple[Quirk, ...]
    gaps: tuple[KnownGap, ...] = ()


class HistoryStore(Protocol):
    """Keeps rows beside the ledger, under the digest that the ledger names."""

    def keep(self, digest: str, rows: Sequence[Row]) -> None:
        """Keep the rows; nothing happens when that digest is kept already."""
        ...

    def rows(self, digest: str) -> Sequence[Row]:
        """The rows of a digest in their order; none when they are not kept."""
        ...


class MemoryHistory:
    """A :class:`HistoryStore` that lives as long as its process."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[Row, ...]] = {}

    def keep(self, digest: str, rows: Sequence[Row]) -> None:
        """Keep the rows."""
        self._rows.setdefault(digest, tuple(rows))

    def rows(self, digest: str) -> Sequence[Row]:
        """The rows of a digest."""
        return self._rows.get(digest, ())


def slug(name: str) -> str:
    """A region's key: its name folded, everything but letters and digits turned into single hyphens."""
    folded = "".join(c if c.isalnum() else "-" for c in name.casefold())
    return "-".join(part for part in folded.split("-") if part)


def digest(rows: Iterable[Row]) -> str:
    """SHA-256 in hex over the rows, each as one line of JSON in the order of its fields."""
    encode, made = msgspec.json.Encoder().encode, hashlib.sha256()
    for row in rows:
        made.update(encode(row))
        made.update(b"\n")
    return made.hexdigest()
