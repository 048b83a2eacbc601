"""Days and streaks: on which civil dates something lies, and for how many in a row. Pure, and fast for 10⁵ spans.

A day is *marked* when something lies on it, *grey* when nobody can say, *quiet* otherwise. A grey day neither extends
nor ends a streak: it is named. A streak of marked days and one of quiet days follow the same rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt

from tocsin.core.time import local_day
from tocsin.core.time import zone as zone_of
from tocsin.record.calendar import Calendar, Ints, calendar

Counter = Literal["warnings", "impacts", "casualties"]
Why = Literal["open", "no_coverage", "occupied", "permanent_alert", "unknown", "date_uncertain", "before_record"]

QUIET, GREY, MARKED = 0, 1, 2
FEW_DAYS = 31
"""So many grey days are named one by one; ``grey_count`` counts all."""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Something that lies on days: ``[start, end)`` in UTC; ``end`` None is open. ``certain`` false: about then.

    ``entry`` is the ledger's entry behind it, 0 where there is none.
    """

    start: datetime
    end: datetime | None = None
    certain: bool = True
    entry: int = 0


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A time of which an area's record says nothing, and why. ``end`` None: still so."""

    start: datetime
    end: datetime | None = None
    why: Why = "unknown"
    reason: str = ""
    entry: int = 0


class Streak(msgspec.Struct, frozen=True, kw_only=True):
    """Days in a row, as of a day.

    Attributes:
        length: days that certainly follow one another, from ``since`` to ``through``.
        so_far: the day is not over and nothing lies on it yet: the streak is that to the day before.
        grey: days beside or behind it are unknown, so it may be longer, or over.
        at_most: its length if every grey day counted.
        grey_days: the newest of them, at most :data:`FEW_DAYS`; ``grey_count`` counts all.
        grey_why: for which causes.
    """

    as_of: date
    length: int
    since: date | None = None
    through: date | None = None
    so_far: bool = False
    grey: bool = False
    at_most: int = 0
    grey_days: tuple[date, ...] = ()
    grey_count: int = 0
    grey_why: tuple[Why, ...] = ()


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A longest run of days. ``grey``: the day before or after it is unknown, so that it may have been longer."""

    days: int
    first: date | None = None
    last: date | None = None
    grey: bool = False


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A streak that somebody claimed, beside what the record says of the same days.

    ``missing`` are its days on which nothing is recorded, ``unknown`` those of which nobody can say.
    """

    claimed: int
    as_of: date
    begins: date
    recorded: int
    found: tuple[date, ...]
    missing: tuple[date, ...]
    unknown: tuple[date, ...]
    agrees: bool


@dataclass(frozen=True, slots=True, eq=False)
class DayBook:
    """One counter's days. ``codes``: QUIET, GREY or MARKED for each day; ``why``: an index into :data:`WHYS`."""

    calendar: Calendar
    codes: npt.NDArray[np.uint8]
    why: npt.NDArray[np.uint8]
    starts: Ints
    unfinished: bool

    def marked(self) -> list[date]:
        """The days on which something lies."""
        return [self.calendar.day(int(i)) for i in np.flatnonzero(self.codes == MARKED)]

    def code(self, day: date) -> int:
        """QUIET, GREY or MARKED; a day outside the record is GREY."""
        index = self.calendar.index(day)
        return int(self.codes[index]) if 0 <= index < len(self.codes) else GREY


WHYS: tuple[Why, ...] = (
    "unknown",
    "open",
    "no_coverage",
    "occupied",
    "permanent_alert",
    "date_uncertain",
    "before_record",
)


def seconds(at: datetime) -> int:
    """Whole seconds since 1970, rounded down."""
    return int(at.timestamp() // 1)


def day_book(
    marks: Sequence[Mark], *, zone: str, first: date, now: datetime, gaps: Iterable[Gap] = (), ended: bool = False
) -> DayBook:
    """Where marks and gaps lie on the days from ``first`` to that of ``now``.

    Args:
        marks: in any order.
        zone: the area's IANA zone.
        first: the first day of which the record speaks.
        now: up to when it is known; the day of it is unfinished unless ``ended``.
        gaps: times without coverage.
        ended: the last day is over.

    Raises:
        Invalid: ``first`` lies after ``now`` (TOC-12004), no such zone (TOC-8001).
    """
    starts = np.fromiter((seconds(one.start) for one in marks), np.int64, len(marks))
    ends = np.fromiter((_OPEN if one.end is None else _end(one.end) for one in marks), np.int64, len(marks))
    sure = np.fromiter((one.certain for one in marks), np.bool_, len(marks))
    return book_of(starts, ends, sure, zone=zone, first=first, now=now, gaps=gaps, ended=ended)


_OPEN = np.iinfo(np.int64).max


def _end(at: datetime) -> int:
    """Rounded up, so that a span never loses the day of its last instant."""
    return -int(-at.timestamp() // 1)


def book_of(
    starts: Ints,
    ends: Ints,
    sure: npt.NDArray[np.bool_],
    *,
    zone: str,
    first: date,
    now: datetime,
    gaps: Iterable[Gap] = (),
    ended: bool = False,
) -> DayBook:
    """:func:`day_book` from columns: seconds since 1970; an end of the greatest integer is open."""
    known = calendar(zone, first, local_day(now, zone_of(zone)))
    known_to = seconds(now)
    here = starts <= known_to
    starts, ends, sure = starts[here], ends[here], sure[here]
    is_open = ends > known_to
    lasts = np.where(is_open, starts, np.maximum(ends - 1, starts))
    marked = _lie(known, starts[sure], lasts[sure])
    codes = np.where(marked, MARKED, QUIET).astype(np.uint8)
    why = np.zeros(len(known), np.uint8)
    _grey(codes, why, _lie(known, starts[is_open], np.full(int(is_open.sum()), known_to)), "open")
    _grey(codes, why, _lie(known, starts[~sure], lasts[~sure]), "date_uncertain")
    for gap in gaps:
        begins, over = seconds(gap.start), known_to if gap.end is None else min(_end(gap.end) - 1, known_to)
        if begins <= over:
            _grey(codes, why, _lie(known, np.array([begins]), np.array([over])), gap.why)
    real = known.lengths() > 0
    if not real.all():  # a zone that left a day out: that day is neither quiet nor a break
        codes = np.where(real, codes, GREY).astype(np.uint8)
    begun = np.bincount(np.clip(known.index_at(starts[sure]), -1, len(known)) + 1, minlength=len(known) + 2)
    return DayBook(calendar=known, codes=codes, why=why, starts=begun[1:-1], unfinished=not ended)


def _lie(known: Calendar, starts: Ints, lasts: Ints) -> npt.NDArray[np.bool_]:
    """On which days at least one of the spans lies, by adding and taking away at their ends."""
    edge = np.zeros(len(known) + 1, np.int64)
    low, high = known.index_at(starts), known.index_at(lasts)
    inside = (high >= 0) & (low < len(known))
    np.add.at(edge, np.clip(low[inside], 0, None), 1)
    np.add.at(edge, np.clip(high[inside] + 1, None, len(known)), -1)
    lies: npt.NDArray[np.bool_] = np.cumsum(edge)[:-1] > 0
    return lies


def _grey(codes: npt.NDArray[np.uint8], why: npt.NDArray[np.uint8], days: npt.NDArray[np.bool_], cause: Why) -> None:
    """Grey the days on which nothing certain lies; the first cause stays."""
    here = days & (codes == QUIET)
    codes[here] = GREY
    why[here] = WHYS.index(cause)


def streak(book: DayBook, *, quiet: bool = False) -> Streak:
    """The streak that runs at the end of the book: of marked days, or of quiet ones."""
    codes, stop, runs = book.codes, (MARKED if quiet else QUIET), (QUIET if quiet else MARKED)
    today = book.calendar.last
    so_far = bool(book.unfinished and len(codes) > 0 and codes[-1] == QUIET)
    if so_far:
        codes = codes[:-1]
    broken = np.flatnonzero(codes == stop)
    begin = int(broken[-1]) + 1 if len(broken) else 0
    part = codes[begin:]
    inside = np.flatnonzero(part == runs)
    grey_at = np.flatnonzero(part == GREY)
    causes = {WHYS[int(book.why[begin + i])] for i in grey_at}
    if begin == 0 and len(part):
        causes.add("before_record")
    common = {"as_of": today, "so_far": so_far, "at_most": len(part), "grey_count": len(grey_at)}
    named = tuple(book.calendar.day(begin + int(i)) for i in grey_at[-FEW_DAYS:])
    common |= {"grey": bool(causes), "grey_days": named, "grey_why": tuple(sorted(causes))}
    if not len(inside):
        return Streak(length=0, **common)  # type: ignore[arg-type]  # the names above are its own
    through = int(inside[-1])
    breaks = np.flatnonzero(part[:through] != runs)
    since = int(breaks[-1]) + 1 if len(breaks) else 0
    day = book.calendar.day
    return Streak(length=through - since + 1, since=day(begin + since), through=day(begin + through), **common)  # type: ignore[arg-type]  # as above


def longest(book: DayBook, *, quiet: bool = False) -> Run:
    """The longest run of marked days, or of quiet ones; the earliest of equals. An unfinished quiet day counts not."""
    wanted = QUIET if quiet else MARKED
    codes = book.codes[:-1] if book.unfinished and len(book.codes) and book.codes[-1] == QUIET else book.codes
    inside = np.concatenate(([False], codes == wanted, [False]))
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    if not len(edges):
        return Run(days=0)
    begins, ends = edges[::2], edges[1::2]
    best = int(np.argmax(ends - begins))
    low, high = int(begins[best]), int(ends[best])
    before = low == 0 or codes[low - 1] == GREY
    after = high < len(codes) and codes[high] == GREY
    day = book.calendar.day
    return Run(days=high - low, first=day(low), last=day(high - 1), grey=bool(before or after))


def beside(book: DayBook, claimed: int, as_of: date) -> Claimed:
    """A claimed streak of that many days up to ``as_of``, beside the recorded days."""
    begins = as_of - timedelta(days=claimed - 1)
    days = [begins + timedelta(days=n) for n in range(claimed)]
    found = tuple(day for day in days if book.code(day) == MARKED)
    missing = tuple(day for day in days if book.code(day) == QUIET)
    unknown = tuple(day for day in days if book.code(day) == GREY)
    recorded = 0
    for day in reversed(days):
        if book.code(day) != MARKED:
            break
        recorded += 1
    before = book.code(begins - timedelta(days=1))
    while recorded >= claimed and book.code(as_of - timedelta(days=recorded)) == MARKED:
        recorded += 1
    agrees = not missing and not unknown and before != MARKED
    return Claimed(
        claimed=claimed,
        as_of=as_of,
        begins=begins,
        recorded=recorded,
        found=found,
        missing=missing,
        unknown=unknown,
        agrees=agrees,
    )


def instant(at: int) -> datetime:
    """The instant of seconds since 1970."""
    return datetime.fromtimestamp(at, UTC)
