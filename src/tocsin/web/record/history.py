"""Alerts that were taken over from other systems, reckoned once for the data sets that are there: by day, hour, region.

Two data sets of the same alerts are not added: of each day the larger one counts.
"""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta

import msgspec
import numpy as np

from tocsin.app.record import RecordDesk
from tocsin.app.series import Series
from tocsin.record.calendar import calendar
from tocsin.record.days import MARKED, instant
from tocsin.record.hours import hours_of, seconds_per_day

MOST_LISTED = 300
"""Alerts of one day that are listed."""

_HOUR_S = 3600


class DayOf(msgspec.Struct, frozen=True, kw_only=True):
    """One day. ``count``: alerts that began; ``seconds``: under alert somewhere, each once; ``regions``: where."""

    count: int
    seconds: int
    regions: tuple[str, ...] = ()


class RegionOf(msgspec.Struct, frozen=True, kw_only=True):
    """One region: how many alerts, how many seconds together, on how many days."""

    id: str
    alerts: int
    seconds: int
    days: int


class History(msgspec.Struct, frozen=True, kw_only=True):
    """What the histories say.

    Attributes:
        hours: days on which something was on in each hour of the local clock, 24 of them.
        names: region → its name, with its data set where there are several; ``plain``: without.
    """

    key: tuple[tuple[str, str], ...] = ()
    days: dict[date, DayOf] = {}
    hours: tuple[int, ...] = (0,) * 24
    regions: tuple[RegionOf, ...] = ()
    names: dict[str, str] = {}
    plain: dict[str, str] = {}
    series: tuple[Series, ...] = ()

    def alerts(self, day: date) -> list[tuple[str, datetime, datetime]]:
        """``(region, start, end)`` of what lies on a day in the data set that knows most of it, by start."""
        sets: dict[str, list[tuple[str, datetime, datetime]]] = {}
        for one in self.series:
            low, high = (int(at) for at in calendar(one.zone, day, day).begins)
            lies = np.flatnonzero((one.starts < high) & (np.maximum(one.ends, one.starts + 1) > low))
            told = sets.setdefault(one.where.partition("/")[0], [])
            told += [(one.where, instant(int(one.starts[i])), instant(int(one.ends[i]))) for i in lies]
        found = max(sets.values(), key=len, default=[])
        return sorted(found, key=lambda row: (row[1], row[0]))[:MOST_LISTED]


_kept = History()
_lock = threading.Lock()


def known(desk: RecordDesk, now: datetime) -> History:
    """The histories of now; reckoned again only when a data set was taken over or replaced."""
    global _kept  # noqa: PLW0603 - the state of this process, as the desks are
    datasets = desk.state().datasets
    key = tuple(sorted((name, one.history.rows_sha256) for name, one in datasets.items()))
    with _lock:
        if _kept.key != key:
            _kept = _reckon(desk, key, now)
        return _kept


def _reckon(desk: RecordDesk, key: tuple[tuple[str, str], ...], now: datetime) -> History:
    names: dict[str, str] = {}
    plain: dict[str, str] = {}
    regions: list[RegionOf] = []
    series: list[Series] = []
    parts: list[dict[date, DayOf]] = []
    hours = np.zeros(24, np.int64)
    wanted = {name for name, _ in key}
    for place in desk.places() if key else ():
        name = place.where.partition("/")[0]
        if name not in wanted:
            continue
        one = desk.series(place.where)
        if place.kind == "dataset":
            days, grid = _whole(one, now)
            parts.append(days)
            hours = np.maximum(hours, grid)
        elif place.kind == "region":
            plain[place.where] = place.names["en"]
            names[place.where] = place.names["en"] + (f" ({name})" if len(key) > 1 else "")
            series.append(one)
            regions.append(_region(one, parts[-1], now))
    return History(
        key=key,
        days=_larger(parts),
        hours=tuple(int(n) for n in hours),
        regions=tuple(regions),
        names=names,
        plain=plain,
        series=tuple(series),
    )


def _whole(one: Series, now: datetime) -> tuple[dict[date, DayOf], np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """``(day → what lay on it, days by the hour)`` of a whole data set."""
    book = one.book(now)
    took = seconds_per_day(one.covered, book.calendar)
    days = {
        day: DayOf(count=int(book.starts[i]), seconds=round(float(took[i])))
        for i, day in enumerate(book.calendar)
        if book.codes[i] == MARKED
    }
    grid = hours_of(one.covered, book.calendar)
    return days, np.count_nonzero(grid > 0, axis=0)


def _region(one: Series, days: dict[date, DayOf], now: datetime) -> RegionOf:
    """A region's numbers; its days are noted where they belong."""
    marked = one.book(now).marked()
    for day in marked:
        if day in days:
            before = days[day]
            days[day] = msgspec.structs.replace(before, regions=(*before.regions, one.where))
    covered = one.covered.covered
    seconds = round(float(covered[-1])) if len(covered) else 0
    return RegionOf(id=one.where, alerts=len(one.starts), seconds=seconds, days=len(marked))


def _larger(parts: list[dict[date, DayOf]]) -> dict[date, DayOf]:
    found: dict[date, DayOf] = {}
    for part in parts:
        for day, one in part.items():
            before = found.get(day)
            if before is None:
                found[day] = one
                continue
            larger = max(before, one, key=lambda of: (of.count, of.seconds))
            found[day] = msgspec.structs.replace(larger, regions=(*before.regions, *one.regions))
    return found


def recent(history: History, last: date, days: int) -> list[tuple[date, float]]:
    """``(day, hours under alert)`` of the days up to ``last``, oldest first."""
    wanted = [last - timedelta(days=n) for n in reversed(range(days))]
    return [(day, history.days[day].seconds / _HOUR_S if day in history.days else 0.0) for day in wanted]
