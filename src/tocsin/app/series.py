"""Where days are counted: a city, one of its areas, or a region of an imported history, each as plain columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import get_args

import numpy as np
import numpy.typing as npt

from tocsin.core.area import AreaTree
from tocsin.core.time import local_day
from tocsin.core.time import zone as zone_of
from tocsin.record.calendar import Ints, calendar
from tocsin.record.days import Counter, DayBook, Gap, Mark, Why, book_of, instant, seconds
from tocsin.record.events import HistoryImported
from tocsin.record.hours import Covered, union
from tocsin.record.rows import Row
from tocsin.record.state import RecordState
from tocsin.report.events import IncidentKind
from tocsin.report.state import KnownClaim, KnownIncident, ReportState
from tocsin.warn.state import Thread, WarnState

OPEN = int(np.iinfo(np.int64).max)
COUNTERS: tuple[Counter, ...] = get_args(Counter)
IMPACTS: frozenset[IncidentKind] = frozenset(("attack", "strike", "debris", "fire", "casualties", "damage"))
HARMED = frozenset(("killed", "injured", "wounded"))
CREDIBLE = 3
"""Claims of grades 1 to 3 confirm."""


@dataclass(frozen=True, eq=False)
class Series:
    """What lies on the days of one place.

    Attributes:
        where: its key: "" the city, an area id, or ``dataset/region``.
        first: the first day of which it speaks.
        last: the last day that it knows whole; None: it goes on.
        starts, ends: seconds since 1970; an end of :data:`OPEN` has not come. ``sure`` false: about then.
        entries: the ledger's entries behind the columns, 0 where there are none.
    """

    where: str
    zone: str
    first: date
    starts: Ints
    ends: Ints
    sure: npt.NDArray[np.bool_]
    entries: Ints
    gaps: tuple[Gap, ...] = ()
    last: date | None = None
    names: dict[str, str] = field(default_factory=dict)

    def book(self, now: datetime, as_of: date | None = None) -> DayBook:
        """The days up to ``as_of`` as they are known at ``now``; up to today, or the last that is known, without it."""
        tz = zone_of(self.zone)
        today = local_day(now, tz)
        wanted = min(today, self.last or today, as_of or today)
        first = min(self.first, wanted)
        over = wanted < today or self.last is not None
        if wanted < today:
            now = instant(int(calendar(self.zone, wanted, wanted).begins[-1]) - 1)
        return book_of(
            self.starts, self.ends, self.sure, zone=self.zone, first=first, now=now, gaps=self.gaps, ended=over
        )

    def entries_on(self, day: date) -> tuple[int, ...]:
        """The entries behind what lies on a day."""
        low, high = calendar(self.zone, day, day).begins
        lies = (self.starts < high) & (np.maximum(self.ends, self.starts + 1) > low) & (self.entries > 0)
        return tuple(sorted({int(one) for one in self.entries[lies]}))

    @cached_property
    def covered(self) -> Covered:
        """The union of what is closed."""
        closed = self.ends < OPEN
        return union(self.starts[closed], self.ends[closed])

    def until(self, now: datetime) -> Series:
        """The same with what is still open cut off at ``now``, for adding hours up."""
        return replace(self, ends=np.where(self.ends == OPEN, max(seconds(now), 0), self.ends))


def of_marks(
    where: str,
    zone: str,
    marks: Sequence[Mark],
    *,
    first: date,
    gaps: Iterable[Gap] = (),
    names: dict[str, str] | None = None,
) -> Series:
    """A series of things in the ledger."""
    return Series(
        where=where,
        zone=zone,
        first=first,
        starts=np.array([seconds(one.start) for one in marks], np.int64),
        ends=np.array([OPEN if one.end is None else -int(-one.end.timestamp() // 1) for one in marks], np.int64),
        sure=np.array([one.certain for one in marks], np.bool_),
        entries=np.array([one.entry for one in marks], np.int64),
        gaps=tuple(gaps),
        names=names or {},
    )


def of_rows(rows: Sequence[Row], history: HistoryImported, where: str, gaps: Iterable[Gap] = ()) -> Series:
    """A series of rows of an imported history; an instant has no length."""
    count = len(rows)
    first = history.first or date(1970, 1, 1)
    ended = max((row.end for row in rows), default=0)
    last = max(history.last or first, local_day(instant(ended - 1), zone_of(history.zone)) if ended else first)
    return Series(
        where=where,
        zone=history.zone,
        first=first,
        last=last,
        starts=np.fromiter((row.start for row in rows), np.int64, count),
        ends=np.fromiter((row.end for row in rows), np.int64, count),
        sure=np.ones(count, np.bool_),
        entries=np.zeros(count, np.int64),
        gaps=tuple(gaps),
        names={"en": rows[0].name} if rows and "/" in where else {"en": history.dataset},
    )


def gaps_of(state: RecordState, area: str) -> tuple[Gap, ...]:
    """What was declared of an area or region; ``covered`` is no gap."""
    found = []
    for known in state.coverage.get(area, ()):
        one = known.coverage
        if one.coverage != "covered":
            why: Why = one.coverage
            found.append(Gap(start=one.start, end=one.end, why=why, reason=one.reason, entry=known.entry))
    return tuple(found)


def warning_marks(state: WarnState, within: frozenset[str], entries: dict[str, int]) -> list[Mark]:
    """Warnings that went out for any of these areas. ``entries``: warning → the entry that issued it."""
    return [
        Mark(start=thread.issued_at, end=thread.ended_at, entry=entries.get(thread.id, 0))
        for thread in state.threads.values()
        if thread.issued_at is not None and touches(thread, within, state.areas)
    ]


def touches(thread: Thread, within: frozenset[str], areas: AreaTree) -> bool:
    """Whether a warning was for one of the areas, or for one above or below them."""
    named = {*thread.content.areas, *thread.cleared, *thread.parted}
    return bool(named & within) or not within.isdisjoint(areas.closure(named))


def impact_marks(state: ReportState, within: frozenset[str]) -> list[Mark]:
    """Confirmed impacts: incidents that stand, in these areas, with a credible claim that stands."""
    return [mark for known in _here(state, within) if _confirming(state, known) for mark in _when(state, known)]


def casualty_marks(state: ReportState, within: frozenset[str]) -> list[Mark]:
    """Incidents of which a credible claim names at least one person killed or hurt."""
    found = []
    for known in _here(state, within):
        if any(one.claim.subject in HARMED and _least(one) >= 1 for one in _confirming(state, known)):
            found += _when(state, known)
    return found


def _here(state: ReportState, within: frozenset[str]) -> Iterable[KnownIncident]:
    for known in state.incidents.values():
        if not known.withdrawn and known.incident.area in within and known.incident.kind in IMPACTS:
            yield known


def _confirming(state: ReportState, known: KnownIncident) -> list[KnownClaim]:
    return [
        one
        for one in state.claims_of(known.incident.id)
        if one.live and one.grade <= CREDIBLE and not one.claim.out_of_area and one.mark != "unverifiable"
    ]


def _least(one: KnownClaim) -> int:
    claim = one.claim
    if claim.n is None or claim.op in ("le", "lt"):
        return 0
    return claim.n + 1 if claim.op == "gt" else claim.n


def _when(state: ReportState, known: KnownIncident) -> list[Mark]:
    """When it happened, or what its claims say of that; nothing when nobody says. A week is no certain date."""
    incident = known.incident
    if incident.happened_from is not None:
        end = incident.happened_to or incident.happened_from
        return [Mark(start=incident.happened_from, end=end, certain=incident.precision < 3, entry=known.entry)]
    told = [one for one in state.claims_of(incident.id) if one.live and one.claim.happened_from is not None]
    return [
        Mark(
            start=one.claim.happened_from or datetime(1970, 1, 1, tzinfo=UTC),
            end=one.claim.happened_to or one.claim.happened_from,
            certain=one.claim.precision < 3,
            entry=one.entry,
        )
        for one in told[:1]
    ]


def first_day(marks: Sequence[Mark], began: datetime | None, zone: str, now: datetime) -> date:
    """The first day of which the ledger speaks: its own first, or that of the earliest thing in it."""
    at = min([one.start for one in marks] + ([began] if began else []), default=now)
    return max(local_day(at, zone_of(zone)), local_day(now, zone_of(zone)) - timedelta(days=36_500))
