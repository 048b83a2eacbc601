"""Our own warnings as the record shows them: on which days they lie, how long, and hour by hour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec

from tocsin.core.text import pick
from tocsin.warn import threats
from tocsin.warn import words as agreed
from tocsin.warn.state import Thread, WarnState
from tocsin.web.record import scene as sc
from tocsin.web.record.clock import clock, days_of, end_of, start_of, touches
from tocsin.web.record.trail import Step, Trail
from tocsin.web.words import words

Span = tuple[datetime, datetime]


class Warned(msgspec.Struct, frozen=True, kw_only=True):
    """A warning that went out. ``end`` None: it is in force."""

    id: str
    start: datetime
    end: datetime | None
    areas: tuple[str, ...]
    title: dict[str, str]
    alert: bool
    mistaken: bool

    def span(self, now: datetime) -> Span:
        """From its issue to its end, or to now."""
        return self.start, self.end or max(now, self.start)


def warned(state: WarnState) -> list[Warned]:
    """Every warning that went out, oldest first. One that was withdrawn as an error is marked so."""
    found = [
        Warned(
            id=one.id,
            start=one.issued_at,
            end=one.ended_at,
            areas=(*one.content.areas, *one.cleared),
            title=dict(agreed.title(threats.threat(one.content.threat), one.content.level)),
            alert=one.content.level == "alert",
            mistaken=one.end == "cancelled",
        )
        for one in state.threads.values()
        if _went_out(one) and one.issued_at is not None
    ]
    return sorted(found, key=lambda one: (one.start, one.id))


def _went_out(thread: Thread) -> bool:
    return bool(thread.messages) and thread.issued_at is not None


def on_day(all_of_them: Iterable[Warned], day: date, zone: ZoneInfo, now: datetime) -> list[Warned]:
    """Those that lie on a civil day. One that lies over midnight lies on both."""
    return [one for one in all_of_them if touches(*one.span(now), day, zone)]


def days(all_of_them: Iterable[Warned], zone: ZoneInfo, now: datetime) -> dict[date, list[Warned]]:
    """Day → the warnings on it."""
    found: dict[date, list[Warned]] = {}
    for one in all_of_them:
        for day in days_of(*one.span(now), zone):
            found.setdefault(day, []).append(one)
    return found


def seconds_on(spans: Iterable[Span], day: date, zone: ZoneInfo) -> int:
    """Seconds of a civil day that lie in at least one of the spans."""
    first, last = start_of(day, zone), end_of(day, zone)
    cut = sorted((max(a, first), min(b, last)) for a, b in spans if a < last and b > first)
    total, until = 0.0, first
    for a, b in cut:
        total += max(0.0, (b - max(a, until)).total_seconds())
        until = max(until, b)
    return round(total)


def hours_under(spans: Iterable[Span], zone: ZoneInfo) -> set[tuple[date, int]]:
    """Each local day and hour that has something of a span in it."""
    found: set[tuple[date, int]] = set()
    for a, b in spans:
        for day in days_of(a, b, zone):
            low, high = max(a, start_of(day, zone)).astimezone(zone), min(b, end_of(day, zone)).astimezone(zone)
            last = high.hour if high.date() == day else 23
            if high.date() == day and high > low and (high.minute, high.second, high.microsecond) == (0, 0, 0):
                last -= 1
            found |= {(day, hour) for hour in range(low.hour, last + 1)}
    return found


def moments(
    mine: Sequence[Warned],
    trail: Trail,
    names: dict[str, str],
    *,
    language: str,
    zone: ZoneInfo,
    day: date,
    until: datetime,
) -> list[sc.Moment]:
    """What the ledger says of these warnings, oldest first, up to an instant."""
    w = words(language)

    def said(step: Step, one: Warned) -> str:
        areas = ", ".join(names.get(area, area) for area in step.areas)
        key = f"rec_step_{step.kind}_{step.detail}" if step.kind == "ended" else f"rec_step_{step.kind}"
        return w[key].format(areas=areas, danger=pick(one.title, language))

    return [
        sc.Moment(
            at=step.at,
            clock=clock(step.at, zone, day),
            kind=step.kind,
            text=said(step, one),
            entries=(step.seq,),
        )
        for one in mine
        for step in trail.steps.get(one.id, ())
        if step.at <= until
    ]
