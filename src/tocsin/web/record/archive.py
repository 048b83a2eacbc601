"""Looking through the archive: what a reader asked for, which nights match, and one page of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from urllib.parse import urlencode

import msgspec

from tocsin.core.text import fold
from tocsin.web.record import scene as sc

A_PAGE = 30
MOST_TEXT = 100


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader asked for. ``bad``: days that are none, as they were typed, by field."""

    q: str = ""
    area: str = ""
    tag: str = ""
    happened: str = ""
    first: date | None = None
    last: date | None = None
    page: int = 1
    bad: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def any(self) -> bool:
        """Whether anything was asked for."""
        return bool(self.q or self.area or self.tag or self.happened or self.first or self.last)

    def query(self, **changes: object) -> str:
        """The same question as a query string, with changes; ``page`` 1 and empty fields are left out."""
        values: dict[str, object] = {
            "q": self.q,
            "area": self.area,
            "tag": self.tag,
            "happened": self.happened,
            "from": self.first.isoformat() if self.first else "",
            "to": self.last.isoformat() if self.last else "",
            "page": self.page if self.page > 1 else "",
        } | changes
        kept = {key: value for key, value in values.items() if value not in ("", None, 1)}
        return f"?{urlencode(kept)}" if kept else ""


def read(given: Mapping[str, str]) -> Asked:
    """What a query string asks for. Nothing in it is an error: what cannot be read is said and left out."""
    bad: dict[str, str] = {}

    def day(name: str) -> date | None:
        text = given.get(name, "").strip()[:MOST_TEXT]
        if not text:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            bad[name] = text
            return None

    page = given.get("page", "")
    happened = given.get("happened", "")
    return Asked(
        q=given.get("q", "").strip()[:MOST_TEXT],
        area=given.get("area", "")[:MOST_TEXT],
        tag=given.get("tag", "").strip()[:MOST_TEXT],
        happened=happened if happened in sc.HAPPENED else "",
        first=day("from"),
        last=day("to"),
        page=int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 6 and int(page) > 0 else 1,
        bad=bad,
    )


def find(rows: Sequence[sc.Row], asked: Asked, below: frozenset[str] = frozenset()) -> list[sc.Row]:
    """The rows that match, in their order. ``below``: the area that was asked for and everything in it."""
    wanted = fold(asked.q).split()
    tag = fold(asked.tag)
    return [
        row
        for row in rows
        if (asked.first is None or row.day >= asked.first)
        and (asked.last is None or row.day <= asked.last)
        and (not asked.happened or asked.happened in row.happened)
        and (not asked.area or not below.isdisjoint(row.areas))
        and (not tag or any(fold(one) == tag for one in row.tags))
        and all(word in row.find for word in wanted)
    ]


def paged(rows: Sequence[sc.Row], page: int) -> tuple[Sequence[sc.Row], int, int]:
    """``(rows of the page, page, pages)``; a page past the end is the last one."""
    pages = max(1, -(-len(rows) // A_PAGE))
    page = min(page, pages)
    return rows[(page - 1) * A_PAGE : page * A_PAGE], page, pages


def tags(rows: Sequence[sc.Row]) -> tuple[sc.Tag, ...]:
    """Every tag, the most used first."""
    counts = Counter(tag for row in rows if not row.withdrawn for tag in row.tags)
    return tuple(sc.Tag(name=name, count=n) for name, n in sorted(counts.items(), key=lambda one: (-one[1], one[0])))
