"""The desk of the record room: pages, coverage and histories, and what the record says of days.

The rooms do not know each other; here what one holds becomes the plain values on which another reckons.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Literal

import msgspec
import numpy as np

from tocsin.app.actor import Actor, Role
from tocsin.app.desk import Desk
from tocsin.app.kept import Kept
from tocsin.app.publication import Publication
from tocsin.app.report import ReportDesk
from tocsin.app.series import (
    Series,
    casualty_marks,
    first_day,
    gaps_of,
    impact_marks,
    of_marks,
    of_rows,
    warning_marks,
)
from tocsin.core.errors import Denied, Unknown
from tocsin.core.event import Entry, Event, Fact
from tocsin.core.ports import Reader
from tocsin.core.time import local_day
from tocsin.core.time import zone as zone_of
from tocsin.record import commands as cmd
from tocsin.record.calendar import calendar
from tocsin.record.days import GREY, MARKED, Counter, DayBook, Run, Streak, longest, streak
from tocsin.record.decide import decide
from tocsin.record.events import CoverageDeclared, HistoryImported
from tocsin.record.hours import hours_of, seconds_per_day
from tocsin.record.rows import HistoryRead, HistoryStore, MemoryHistory, Row
from tocsin.record.state import Dataset, RecordState, fold, fold_all

NEEDS: dict[type[cmd.Command], tuple[Role, ...]] = {
    cmd.PublishBulletin: ("records",),
    cmd.RevisePage: ("records",),
    cmd.WithdrawPage: ("records",),
    cmd.RestorePage: ("records",),
    cmd.PublishCorrection: ("records",),
    cmd.DeclareCoverage: ("records", "admin"),
    cmd.TakeHistory: ("records", "admin"),
}
"""Which roles may give a command. Pages are of the whole city, so the role must be held there."""

Code = Literal["quiet", "grey", "marked"]
CODES: tuple[Code, ...] = ("quiet", "grey", "marked")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Somewhere that days are counted. ``where`` is its key; ``alerts``: how many it has."""

    where: str
    names: dict[str, str]
    kind: Literal["city", "area", "dataset", "region"]
    zone: str
    alerts: int


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """One counter of a place: the streak that runs, the quiet one, and the longest of each. ``days``: marked in all."""

    counter: Counter
    streak: Streak
    quiet: Streak
    longest: Run
    longest_quiet: Run
    days: int


class Streaks(msgspec.Struct, frozen=True, kw_only=True):
    """The counters of a place as of a day; an imported history knows warnings only."""

    where: str
    names: dict[str, str]
    zone: str
    as_of: date
    first: date
    counters: tuple[Counted, ...]


class DayHours(msgspec.Struct, frozen=True, kw_only=True):
    """One civil day: seconds under alert (overlaps once), alerts that began, and whether it is marked or grey."""

    day: date
    seconds: float
    alerts: int
    code: Code


class NightHours(msgspec.Struct, frozen=True, kw_only=True):
    """One civil day by the hour of the local clock: seconds under alert, 24 of them."""

    day: date
    hours: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act led to: the entries that were appended, none when it said nothing new, and their facts."""

    entries: tuple[Entry, ...]
    facts: tuple[Fact, ...]
    state: RecordState


class RecordDesk:
    """Load, decide, append, and read, for the record. Safe to use from several threads and processes at once.

    Args:
        desk: the warning desk, whose warnings and areas count here, too.
        reports: the desk of the report room.
        repairs: that of the repair room, or None.
        history: where rows of imported histories are kept.
        border: gives the border line as GeoJSON, or None where none is known.
        publication: the one policy; whatever is written for everybody passes through it.
    """

    def __init__(
        self,
        desk: Desk,
        reports: ReportDesk,
        repairs: Any = None,
        *,
        history: HistoryStore | None = None,
        border: Callable[[], dict[str, Any] | None] = lambda: None,
        publication: Publication | None = None,
    ) -> None:
        self.desk = desk
        self.reports = reports
        self.repairs = repairs
        self.history = history or MemoryHistory()
        self.border = border
        self.publication = publication or Publication()
        self.zone = desk.sender.zone
        self._kept = Kept(RecordState(), fold_all)
        self._loaded: dict[str, dict[str, tuple[Row, ...]]] = {}
        self._lock = threading.Lock()
        self._imported = lru_cache(maxsize=512)(self._imported_series)

    def state(self) -> RecordState:
        """The state as of the ledger's head."""
        return self._kept.caught_up(self.desk.ledger)

    def do(self, command: cmd.Command, actor: Actor) -> Outcome:
        """Carry out a command for an actor.

        Raises:
            Denied: the actor's roles do not reach so far (TOC-6002).
            Invalid, Refused, Unknown: the rules of the record room.
            Unavailable: the ledger cannot be written; nothing has happened then (TOC-7005).
        """
        facts: list[Fact] = []
        seen: list[RecordState] = []

        def decision(reader: Reader) -> Sequence[Event]:
            state = self._kept.caught_up(reader)
            seen[:] = [state]
            allow(actor, command)
            facts[:] = decide(state, command, self.desk.clock.now())
            return self.desk.events(facts, actor)

        entries = self.desk.ledger.transact(decision)
        state = seen[0]
        for entry in entries:
            state = fold(state, entry)
        if entries:
            self.desk.wake(entries[-1].seq)
        return Outcome(entries=tuple(entries), facts=tuple(facts), state=state)

    def take_history(self, read: HistoryRead, actor: Actor) -> Outcome:
        """Keep the rows of a file that was read, then record that it was imported, with every quirk and known gap.

        The rows go first: an entry never names rows that are not there.
        """
        fact = HistoryImported(
            dataset=read.dataset,
            form=read.form,
            zone=read.zone,
            sha256=read.sha256,
            rows_sha256=read.rows_sha256,
            rows=read.read,
            kept=len(read.rows),
            first=read.first,
            last=read.last,
            licence=read.licence,
            source=read.source,
            quirks=read.quirks,
        )
        gaps = tuple(
            CoverageDeclared(
                area=f"{read.dataset}-{one.region}",
                start=one.gap.start,
                end=one.gap.end,
                coverage=one.gap.why,  # type: ignore[arg-type]  # forms know of declared causes only
                reason=one.gap.reason,
            )
            for one in read.gaps
        )
        command = cmd.TakeHistory(history=fact, coverage=gaps)
        allow(actor, command)
        self.history.keep(read.rows_sha256, read.rows)
        return self.do(command, actor)

    def places(self) -> tuple[Place, ...]:
        """Everywhere that days are counted: the city, its areas, then each imported history with its regions."""
        warn, state = self.desk.state(), self.state()
        issued = sum(1 for one in warn.threads.values() if one.issued_at is not None)
        found = [Place(where="", names=self.desk.sender.names, kind="city", zone=self.zone, alerts=issued)]
        for area in warn.areas:
            series = self.series(area.id)
            found.append(Place(where=area.id, names=area.names, kind="area", zone=self.zone, alerts=len(series.starts)))
        for name, dataset in sorted(state.datasets.items()):
            history = dataset.history
            names = {"en": name}
            found.append(Place(where=name, names=names, kind="dataset", zone=history.zone, alerts=history.kept))
            for region, rows in sorted(self._regions(dataset).items()):
                key, names = f"{name}/{region}", {"en": rows[0].name}
                found.append(Place(where=key, names=names, kind="region", zone=history.zone, alerts=len(rows)))
        return tuple(found)

    def series(self, where: str = "", counter: Counter = "warnings") -> Series:
        """What lies on the days of a place.

        Raises:
            Unknown: there is no such place (TOC-6004).
        """
        state = self.state()
        name, _, region = where.partition("/")
        if where and name in state.datasets:
            dataset = state.datasets[name]
            return self._imported(name, dataset.history.rows_sha256, region, state.coverage.get(f"{name}-{region}", ()))
        return self._own(where, counter, state)

    def _own(self, where: str, counter: Counter, state: RecordState) -> Series:
        warn = self.desk.state()
        if where and where not in warn.areas:
            raise Unknown(
                "TOC-6004",
                f"There is no place {where[:80]!r}.",
                field="where",
                remedy="Use an area, or dataset/region.",
            )
        within = warn.areas.closure((where,)) if where else frozenset(area.id for area in warn.areas)
        if counter == "warnings":
            marks = warning_marks(warn, within, {})
        else:
            marks = (impact_marks if counter == "impacts" else casualty_marks)(self.reports.state(), within)
        area = warn.areas.get(where) if where else None
        now = self.desk.clock.now()
        first = first_day(marks, state.began, self.zone, now)
        names = dict(area.names) if area else dict(self.desk.sender.names)
        gaps = gaps_of(state, where) if where else ()
        return of_marks(where, self.zone, marks, first=first, gaps=gaps, names=names)

    def _imported_series(self, name: str, _digest: str, region: str, _coverage: object) -> Series:
        state = self.state()
        dataset = state.datasets[name]
        regions = self._regions(dataset)
        if region and region not in regions:
            raise Unknown(
                "TOC-6004",
                f"{name} has no region {region[:80]!r}.",
                field="where",
                remedy="List them with /record/days.",
            )
        rows = regions[region] if region else [row for part in regions.values() for row in part]
        where = f"{name}/{region}" if region else name
        return of_rows(rows, dataset.history, where, gaps_of(state, f"{name}-{region}"))

    def _regions(self, dataset: Dataset) -> dict[str, tuple[Row, ...]]:
        """The rows of a data set by region, read once in a process."""
        digest = dataset.history.rows_sha256
        with self._lock:
            if digest not in self._loaded:
                parted: dict[str, list[Row]] = {}
                for row in self.history.rows(digest):
                    parted.setdefault(row.region, []).append(row)
                self._loaded[digest] = {region: tuple(rows) for region, rows in parted.items()}
            return self._loaded[digest]

    def book(self, where: str = "", counter: Counter = "warnings", as_of: date | None = None) -> DayBook:
        """The days of a place, for one counter."""
        return self.series(where, counter).book(self.desk.clock.now(), as_of)

    def streaks(self, where: str = "", as_of: date | None = None) -> Streaks:
        """The three counters of a place as of a day, today without one."""
        name = where.partition("/")[0]
        kinds: tuple[Counter, ...] = ("warnings", "impacts", "casualties")
        if where and name in self.state().datasets:
            kinds = ("warnings",)
        made, first, names, zone = [], date.max, {}, self.zone
        for kind in kinds:
            series = self.series(where, kind)
            book = series.book(self.desk.clock.now(), as_of)
            first, names, zone = min(first, book.calendar.first), series.names, series.zone
            made.append(_counted(kind, book))
        return Streaks(
            where=where, names=names, zone=zone, as_of=made[0].streak.as_of, first=first, counters=tuple(made)
        )

    def alert_hours(self, where: str = "", first: date | None = None, last: date | None = None) -> tuple[DayHours, ...]:
        """Alert hours of each civil day of a span; all known days without one.

        Raises:
            Invalid: the span is empty or too long (TOC-12004).
        """
        now = self.desk.clock.now()
        series = self.series(where)
        book = series.book(now)
        days = calendar(series.zone, first or book.calendar.first, last or book.calendar.last)
        took = seconds_per_day(series.until(now).covered, days)
        rows = []
        for index, day in enumerate(days):
            place = book.calendar.index(day)
            inside = 0 <= place < len(book.codes)
            rows.append(
                DayHours(
                    day=day,
                    seconds=float(took[index]),
                    alerts=int(book.starts[place]) if inside else 0,
                    code=CODES[int(book.codes[place])] if inside else CODES[GREY],
                )
            )
        return tuple(rows)

    def nights_by_hour(
        self, where: str = "", first: date | None = None, last: date | None = None
    ) -> tuple[NightHours, ...]:
        """Alert seconds of each civil day by the hour of the local clock; the last 31 known days without a span."""
        now = self.desk.clock.now()
        series = self.series(where)
        ends = last or series.book(now).calendar.last
        days = calendar(series.zone, first or ends - timedelta(days=30), ends)
        grid = hours_of(series.until(now).covered, days)
        return tuple(
            NightHours(day=day, hours=tuple(float(one) for one in grid[index])) for index, day in enumerate(days)
        )

    def today(self) -> date:
        """The local civil day."""
        return local_day(self.desk.clock.now(), zone_of(self.zone))


def _counted(kind: Counter, book: DayBook) -> Counted:
    return Counted(
        counter=kind,
        streak=streak(book),
        quiet=streak(book, quiet=True),
        longest=longest(book),
        longest_quiet=longest(book, quiet=True),
        days=int(np.count_nonzero(book.codes == MARKED)),
    )


def allow(actor: Actor, command: cmd.Command) -> None:
    """Raise ``Denied`` TOC-6002 unless the actor holds one of the command's roles everywhere."""
    roles = NEEDS[type(command)]
    if any(grant.role in roles and grant.area == "*" for grant in actor.grants):
        return
    raise Denied(
        "TOC-6002",
        f"This needs the role {' or '.join(roles)} in the whole city.",
        field="actor",
        remedy="Ask an administrator for the role, or an officer who holds it to act.",
    )
