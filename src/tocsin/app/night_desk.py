"""What the record desk says of one local day, and of all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from tocsin.app.night_record import MOST_ENTRIES, Mapper
from tocsin.app.public_report import PublicReport
from tocsin.core.time import local_day
from tocsin.core.time import zone as zone_of
from tocsin.record.bulletin import NightRecord
from tocsin.record.days import Claimed, Streak, beside, streak
from tocsin.record.days import Counter as CounterName
from tocsin.record.distance import Distance, area_to_line, joined
from tocsin.record.timeline import timeline, window

if TYPE_CHECKING:
    from tocsin.app.record import RecordDesk

COUNTERS: tuple[CounterName, ...] = ("warnings", "impacts", "casualties")


DayOf = Callable[[datetime], date]


class ArchiveRow(msgspec.Struct, frozen=True, kw_only=True):
    """One local day of the archive.

    Attributes:
        warnings: that went out on it; ``seconds`` under alert, overlaps once.
        incidents, claims: public ones of that day.
        title, tags: an editor's, if any.
        bulletin: its newest revision, 0 for none.
        withdrawn: the reason, or "".
    """

    day: date
    warnings: int
    seconds: float
    incidents: int
    claims: int
    title: dict[str, str] = {}
    tags: tuple[str, ...] = ()
    bulletin: int = 0
    withdrawn: str = ""


def night_of(desk: RecordDesk, day: date) -> NightRecord:
    """The record of a local day as everybody may know it."""
    report, state = desk.public(), desk.reports.state()
    areas, city = desk.desk.state().areas, desk.desk.sender.names
    names = {source.id: dict(source.names) for source in state.sources.values()}
    mapper = Mapper(report, desk.index(), areas, city, names)
    start, end = window(day, desk.zone)
    seen = timeline(mapper.happenings(min(end, desk.desk.clock.now())), start, end)
    said = {one.data["id"] for one in seen if one.what == "claim"}
    claims = [claim for claim in report.claims.values() if claim.id in said]
    here = frozenset(one.data["id"] for one in seen if one.what == "incident")
    about = here | {claim.incident for claim in claims}
    streaks, entries = _streaks(desk, day)
    tz = zone_of(desk.zone)
    compare = _Compare(desk)
    standing = [claim for claim in claims if not claim.retracted]
    return NightRecord(
        day=day,
        zone=desk.zone,
        city=dict(city),
        as_of=report.seq,
        timeline=seen,
        tallies=tuple(mapper.tallies(about)),
        conflicts=tuple(mapper.conflicts(about)),
        claimed_streaks=tuple(mapper.streak_claims(standing, compare, lambda at: local_day(at, tz))),
        claimed_distances=tuple(mapper.distance_claims(standing, desk.distance)),
        streaks=streaks,
        streak_entries=entries,
        incidents=tuple(sorted(about & set(report.incidents))),
        evidence=tuple(sorted(one.data["id"] for one in seen if one.what == "evidence")),
    )


class _Compare:
    """Sets a claimed streak of attacks beside the recorded days with confirmed impacts."""

    def __init__(self, desk: RecordDesk) -> None:
        self._desk = desk

    def __call__(self, area: str, claimed: int, day: date) -> Claimed:
        known = area if area in self._desk.desk.state().areas else ""
        return beside(self._desk.book(known, "impacts"), claimed, day)


def _streaks(desk: RecordDesk, day: date) -> tuple[dict[str, Streak], tuple[int, ...]]:
    """The counters up to a day and the entries behind them, the newest of many."""
    made: dict[str, Streak] = {}
    entries: set[int] = set()
    for counter in COUNTERS:
        series = desk.series("", counter)
        found = streak(series.book(desk.desk.clock.now(), day))
        made[counter] = found
        if found.since is not None and found.through is not None:
            for back in range(min(found.length, MOST_ENTRIES)):
                entries |= set(series.entries_on(found.through - timedelta(days=back)))
    return made, tuple(sorted(entries))[-MOST_ENTRIES:]


def border_distance(desk: RecordDesk, area: str) -> Distance | None:
    """From an area, or all of them, to the border line; None where either is not drawn."""
    line, tree = desk.border(), desk.desk.state().areas
    if line is None:
        return None
    ids: Iterable[str] = tree.descendants(area) if area in tree else (one.id for one in tree)
    own = tree.get(area) if area in tree else None
    if own is not None and own.geometry is not None:
        return area_to_line(own.geometry, line)
    found = (tree.get(one) for one in ids)
    shapes = [one.geometry for one in found if one is not None and one.geometry is not None]
    return area_to_line(joined(shapes), line) if shapes else None


def archive_of(desk: RecordDesk) -> tuple[ArchiveRow, ...]:
    """Every local day of which something is on record, the newest first."""
    state, report, tz = desk.state(), desk.public(), zone_of(desk.zone)
    hours = {one.day: one for one in desk.alert_hours("")}
    incidents, claims = _counts(report, lambda at: local_day(at, tz))
    marked = {day for day, one in hours.items() if one.code == "marked"}
    pages = {date.fromisoformat(page): known for page, known in state.pages.items()}
    rows = []
    for day in sorted(marked | set(incidents) | set(claims) | set(pages), reverse=True):
        page = pages.get(day)
        words = page.words if page is not None else None
        own = hours.get(day)
        rows.append(
            ArchiveRow(
                day=day,
                warnings=own.alerts if own is not None else 0,
                seconds=own.seconds if own is not None else 0.0,
                incidents=incidents[day],
                claims=claims[day],
                title=words.title if words is not None else {},
                tags=words.tags if words is not None else (),
                bulletin=page.bulletins[-1].bulletin.revision if page is not None and page.bulletins else 0,
                withdrawn=page.withdrawn if page is not None else "",
            )
        )
    return tuple(rows)


def _counts(report: PublicReport, day_of: DayOf) -> tuple[Counter[date], Counter[date]]:
    incidents = Counter(
        day_of(one.happened_from)
        for one in report.incidents.values()
        if one.happened_from is not None and not one.withdrawn
    )
    claims = Counter(day_of(one.said_at or one.learned_at) for one in report.claims.values() if not one.superseded_by)
    return incidents, claims
