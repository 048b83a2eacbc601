"""One look at the record in one language: what is public as of an instant, gathered once and shared by every page.

Everything about incidents, claims and evidence comes from the publication policy's answer (``web.published``). A look
is kept while the ledger and the policy's clock stand still, so that a page costs no more than its own lines.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import cached_property
from typing import TypeVar
from zoneinfo import ZoneInfo

from tocsin.app.public_report import PublicClaim, PublicIncident, PublicReport
from tocsin.core.text import fold, pick
from tocsin.core.time import zone as zone_of
from tocsin.record.state import Page, RecordState
from tocsin.web.desk import desk, record, reports
from tocsin.web.published import published
from tocsin.web.record import history
from tocsin.web.record import scene as sc
from tocsin.web.record.clock import clock, day_said, days_of, hours_said
from tocsin.web.record.history import History
from tocsin.web.record.tallied import Ledgered, only_public
from tocsin.web.record.trail import Trail, trail
from tocsin.web.record.warned import Warned, days, seconds_on, warned
from tocsin.web.words import counted, words

HURT = frozenset({"killed", "injured", "wounded", "hospitalised", "dead", "missing"})
NO_DAMAGE = HURT | {"interceptions", "streak_days", "statement", "distance_km"}
BROKEN = frozenset({"strike", "debris", "fire", "damage"})
MOST_DAYS = 8
"""An incident that is dated no better than that stands on its first days only."""

KEPT_S = 10
"""Seconds of the desk's clock for which a look is kept: what the policy holds back appears that much later at most."""

MOST_LOOKS = 8
T = TypeVar("T")


class Look:
    """What is public now. Times by the city's clocks."""

    def __init__(self, language: str) -> None:
        self.desk = here = desk()
        self.language, self.w = language, words(language)
        self.state, self.now = here.state(), here.clock.now()
        self.zone: ZoneInfo = zone_of(here.sender.zone)
        self.zone_name = here.sender.zone
        self.sender = pick(here.sender.names, language)
        self.today = self.now.astimezone(self.zone).date()
        self.public: PublicReport = published()
        self.record: RecordState = record().state()
        self.trail: Trail = trail(here.ledger)
        self.warned = warned(self.state)
        self.history: History = history.known(record(), self.now)
        self.seq = self.state.seq

    # Names

    def area(self, area_id: str) -> str:
        """An area's name; regions of other systems by the name that their data set gives."""
        known = self.state.areas.get(area_id)
        return pick(known.names, self.language) if known else self.history.plain.get(area_id, area_id)

    @cached_property
    def names(self) -> dict[str, str]:
        """Area → name, of our own areas."""
        return {area.id: pick(area.names, self.language) for area in self.state.areas}

    def below(self, area_id: str) -> frozenset[str]:
        """The area and everything in it."""
        return frozenset({area_id, *self.state.areas.descendants(area_id)})

    # What lies on which day

    @cached_property
    def told(self) -> Ledgered:
        """The public claims with what a tally needs."""
        return only_public(self.public, reports().state())

    @cached_property
    def held(self) -> frozenset[int]:
        """Entries of the report room of which the policy lets nothing out, or nothing yet."""
        every, public = reports().state(), self.public
        claims = {one.entry for key, one in every.claims.items() if key not in public.claims}
        incidents = {one.entry for key, one in every.incidents.items() if key not in public.incidents}
        evidence = {one.entry for key, one in every.evidence.items() if key not in public.evidence}
        return frozenset(claims | incidents | evidence)

    @cached_property
    def by_incident(self) -> dict[str, list[PublicClaim]]:
        """Incident → its public claims; "" holds those of a day or of the whole city."""
        found: dict[str, list[PublicClaim]] = {}
        for claim in self.public.claims.values():
            found.setdefault(claim.incident, []).append(claim)
        return found

    def days_of_incident(self, incident: PublicIncident) -> list[date]:
        """The civil days on which it lies; without times those of its warning, else of the first thing said of it."""
        if incident.happened_from is not None:
            return days_of(incident.happened_from, incident.happened_to, self.zone)[:MOST_DAYS]
        for one in self.warned:
            if one.id == incident.warning:
                return days_of(*one.span(self.now), self.zone)[:MOST_DAYS]
        said = [self._said_on(claim) for claim in self.by_incident.get(incident.id, ())]
        return [min(said)] if said else []

    def _said_on(self, claim: PublicClaim) -> date:
        at = claim.happened_from or claim.said_at or claim.learned_at
        return at.astimezone(self.zone).date()

    @cached_property
    def incidents(self) -> dict[date, list[PublicIncident]]:
        """Day → the incidents on it, withdrawn ones left out."""
        return self._by_day(
            (day, one)
            for one in self.public.incidents.values()
            if not one.withdrawn
            for day in self.days_of_incident(one)
        )

    @cached_property
    def statements(self) -> dict[date, list[PublicClaim]]:
        """Day → what was said of it, or of the whole city."""
        return self._by_day((self._said_on(one), one) for one in self.by_incident.get("", ()))

    @staticmethod
    def _by_day(pairs: Iterable[tuple[date, T]]) -> dict[date, list[T]]:
        found: dict[date, list[T]] = {}
        for day, one in pairs:
            found.setdefault(day, []).append(one)
        return found

    @cached_property
    def warnings(self) -> dict[date, list[Warned]]:
        """Day → the warnings on it."""
        return days(self.warned, self.zone, self.now)

    def page(self, day: date) -> Page:
        """What was published of a day's page; an empty one when nothing was."""
        return self.record.pages.get(day.isoformat()) or Page(page=day.isoformat())

    @cached_property
    def all_days(self) -> list[date]:
        """Every day that has a page, newest first."""
        own = {day for day in (_day(one) for one in self.record.pages) if day is not None}
        found = own | set(self.warnings) | set(self.incidents) | set(self.statements) | set(self.history.days)
        return sorted((day for day in found if day <= self.today), reverse=True)

    def happened(self, day: date) -> tuple[str, ...]:
        """What happened on a day, of ``scene.HAPPENED``, in its order."""
        found = set()
        if any(not one.mistaken for one in self.warnings.get(day, ())):
            found.add(sc.WARNING)
        if day in self.history.days:
            found.add(sc.ALERTS)
        for incident in self.incidents.get(day, ()):
            found |= self._of_incident(incident)
        return tuple(kind for kind in sc.HAPPENED if kind in found)

    def _of_incident(self, incident: PublicIncident) -> set[str]:
        claims = [
            one
            for one in self.by_incident.get(incident.id, ())
            if not one.retracted and not one.superseded_by and one.grade < 5 and not one.out_of_area
        ]
        subjects = {one.subject for one in claims if one.op != "said"}
        found = set()
        if incident.kind == "interception" or "interceptions" in subjects:
            found.add(sc.INTERCEPTION)
        if incident.kind == "casualties" or subjects & HURT:
            found.add(sc.CASUALTIES)
        if incident.kind in BROKEN or subjects - NO_DAMAGE:
            found.add(sc.DAMAGE)
        return found

    # The archive

    @cached_property
    def rows(self) -> list[sc.Row]:
        """Every day that has a page, newest first."""
        return [self._row(day) for day in self.all_days]

    def by_day(self) -> dict[date, tuple[str, ...]]:
        """Day → what happened, for the calendar; withdrawn pages say nothing."""
        return {row.day: row.happened for row in self.rows if not row.withdrawn}

    def _row(self, day: date) -> sc.Row:
        page, words_of = self.page(day), self.page(day).words
        title = self.title(day)
        if page.withdrawn:
            return sc.Row(day=day, title=day_said(day, self.language), withdrawn=page.withdrawn, find=fold(title))
        mine, alerts = self.warnings.get(day, []), self.history.days.get(day)
        areas = {area: self.area(area) for one in mine for area in one.areas}
        areas |= {one.area: self.area(one.area) for one in self.incidents.get(day, ()) if one.area}
        areas |= {region: self.area(region) for region in (alerts.regions if alerts else ())}
        spans = [one.span(self.now) for one in mine if one.alert]
        tags = tuple(
            sorted(
                {
                    *(words_of.tags if words_of else ()),
                    *(tag for one in self.incidents.get(day, ()) for tag in one.tags),
                }
            )
        )
        return sc.Row(
            day=day,
            title=title,
            areas=areas,
            happened=self.happened(day),
            tags=tags,
            alert_s=max(seconds_on(spans, day, self.zone), alerts.seconds if alerts else 0),
            alerts=(alerts.count if alerts else 0) + len(mine),
            incidents=len(self.incidents.get(day, ())),
            find=self._find(day, title, (*areas.values(), *tags), page),
        )

    def title(self, day: date) -> str:
        """What an editor called the day, else the day itself."""
        own = self.page(day).words
        return (pick(own.title, self.language) if own else "") or day_said(day, self.language)

    def _find(self, day: date, title: str, more: Iterable[str], page: Page) -> str:
        told = page.bulletins[-1].bulletin.sentences if page.bulletins else {}
        lines = told.get(self.language) or next(iter(told.values()), ())
        names = (pick(one.names, self.language) for one in self.incidents.get(day, ()))
        note = pick(page.words.note, self.language) if page.words else ""
        return fold(" ".join((title, day.isoformat(), *more, *names, note, *(one.text for one in lines))))

    def alerts(self, day: date) -> tuple[tuple[str, str, str], ...]:
        """``(region, start, end)`` of the alerts of a day that were taken over."""
        if day not in self.history.days:
            return ()
        return tuple(
            (self.area(region), clock(start, self.zone, day), clock(end, self.zone, day))
            for region, start, end in self.history.alerts(day)
        )

    def ranking(self) -> tuple[sc.Rank, ...]:
        """Areas by the time that they were under alert, the most first; those without any are left out."""
        found: dict[str, tuple[int, int, int]] = {
            one.id: (one.seconds, one.alerts, one.days) for one in self.history.regions
        }
        for area in self.state.areas:
            mine = [one for one in self.warned if one.alert and not one.mistaken and self._concerns(one, area.id)]
            if mine:
                spans = [one.span(self.now) for one in mine]
                lies = {day for a, b in spans for day in days_of(a, b, self.zone)}
                found[area.id] = sum(seconds_on(spans, day, self.zone) for day in lies), len(mine), len(lies)
        ranked = sorted(found.items(), key=lambda one: (-one[1][0], one[0]))
        top = ranked[0][1][0] if ranked else 1
        return tuple(
            sc.Rank(
                place=place,
                area=area,
                name=self.history.names.get(area) or self.area(area),
                nights=nights,
                alerts=alerts,
                hours=hours_said(seconds, self.language),
                share=seconds / max(1, top),
            )
            for place, (area, (seconds, alerts, nights)) in enumerate(ranked, 1)
        )

    def _concerns(self, one: Warned, area_id: str) -> bool:
        return area_id in one.areas or any(above in one.areas for above in self.state.areas.ancestors(area_id))

    def headline(self, row: sc.Row) -> str:
        """``2 warnings · under alert 1 h 10 min · 3 incidents``."""
        mine, alerts = len(self.warnings.get(row.day, ())), self.history.days.get(row.day)
        parts = [counted(self.language, "rec_n_warnings", mine)] if mine else []
        parts += [counted(self.language, "rec_n_alerts", alerts.count)] if alerts else []
        parts += [self.w["rec_alert_time"].format(time=hours_said(row.alert_s, self.language))] if row.alert_s else []
        parts += [counted(self.language, "rec_n_incidents", row.incidents)] if row.incidents else []
        return " · ".join(parts)


def _day(permalink: str) -> date | None:
    try:
        return date.fromisoformat(permalink)
    except ValueError:
        return None


_kept: dict[tuple[str, int, int], Look] = {}
_lock = threading.Lock()


def look(language: str, make: Callable[[str], Look] = Look) -> Look:
    """The look of now; the same one while nothing changed."""
    here = desk()
    key = (language, here.state().seq, int(datetime.timestamp(here.clock.now())) // KEPT_S)
    with _lock:
        found = _kept.get(key)
    if found is None or found.desk is not here:
        found = make(language)
        with _lock:
            while len(_kept) >= MOST_LOOKS:
                _kept.pop(next(iter(_kept)))
            _kept[key] = found
    return found
