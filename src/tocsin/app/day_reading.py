"""What the record says of days: streaks, hours and lists of places, from the ledger and from imported histories."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

import msgspec
import numpy as np

from tocsin.app.desk import Desk
from tocsin.app.entry_index import EntryIndex, index_all
from tocsin.app.kept import Kept
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
from tocsin.core.errors import Unknown
from tocsin.core.time import local_day
from tocsin.core.time import zone as zone_of
from tocsin.record.calendar import calendar
from tocsin.record.days import GREY, MARKED, Counter, DayBook, Run, Streak, longest, streak
from tocsin.record.hours import hours_of, seconds_per_day
from tocsin.record.rows import HistoryStore, MemoryHistory, Row
from tocsin.record.state import Dataset, RecordState, fold_all

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


class DayReading:
    """Reads days. Safe to use from several threads.

    Args:
        desk: the warning desk, whose warnings and areas count here, too.
        reports: the desk of the report room.
        history: where rows of imported histories are kept.
    """

    def __init__(self, desk: Desk, reports: ReportDesk, history: HistoryStore | None) -> None:
        self.desk = desk
        self.reports = reports
        self.history = history or MemoryHistory()
        self.zone = desk.sender.zone
        self.kept = Kept(RecordState(), fold_all)
        self.indexed = Kept(EntryIndex(), index_all)
        self._loaded: dict[str, dict[str, tuple[Row, ...]]] = {}
        self._lock = threading.Lock()
        self._imported = lru_cache(maxsize=512)(self._imported_series)

    def state(self) -> RecordState:
        """The state as of the ledger's head."""
        return self.kept.caught_up(self.desk.ledger)

    def index(self) -> EntryIndex:
        """Which entries stand behind warnings, sirens, weather and repairs."""
        return self.indexed.caught_up(self.desk.ledger)

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
            marks = warning_marks(warn, within, self.index().issued())
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
