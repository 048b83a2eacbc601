"""How long alerts lasted: seconds of each civil day, and of each hour of the local clock. Overlaps count once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from tocsin.core.time import zone as zone_of
from tocsin.record.calendar import Calendar, Ints

Floats = npt.NDArray[np.float64]
QUARTER_S = 900


@dataclass(frozen=True, slots=True, eq=False)
class Covered:
    """The union of spans as a rising line: at ``edges`` (seconds since 1970) so many seconds were ``covered``."""

    edges: Floats
    covered: Floats

    def until(self, at: npt.ArrayLike) -> Floats:
        """Seconds under alert up to these instants."""
        if not len(self.edges):
            return np.zeros(np.shape(at))
        found: Floats = np.interp(np.asarray(at, np.float64), self.edges, self.covered)
        return found


def union(starts: Ints, ends: Ints) -> Covered:
    """The union of closed spans in any order. Spans of no length, or with their end first, cover nothing."""
    real = ends > starts
    starts, ends = starts[real], ends[real]
    order = np.argsort(starts, kind="stable")
    starts, ends = starts[order], np.maximum.accumulate(ends[order])
    if not len(starts):
        return Covered(edges=np.zeros(0), covered=np.zeros(0))
    fresh = np.concatenate(([True], starts[1:] > ends[:-1]))
    lows = starts[fresh]
    highs = ends[np.concatenate((fresh[1:], [True]))]
    edges = np.stack([lows, highs], axis=1).ravel().astype(np.float64)
    total = np.cumsum((highs - lows).astype(np.float64))
    covered = np.stack([np.concatenate(([0.0], total[:-1])), total], axis=1).ravel()
    return Covered(edges=edges, covered=covered)


def seconds_per_day(spans: Covered, days: Calendar) -> Floats:
    """Seconds under alert on each day of the calendar."""
    return np.diff(spans.until(days.begins))


def hours_of(spans: Covered, days: Calendar) -> Floats:
    """Seconds under alert by day (rows) and hour of the local clock (24 columns).

    An hour that was skipped holds 0, one that came twice up to 7200.
    """
    tz = zone_of(days.zone)
    grid = np.zeros((len(days), 24))
    plain = days.lengths() == 86_400
    at = np.arange(25) * 3600
    rows = np.flatnonzero(plain)
    grid[rows] = np.diff(spans.until(days.begins[rows][:, None] + at[None, :]), axis=1)
    for row in np.flatnonzero(~plain):
        _long_or_short(grid[row], spans, int(days.begins[row]), int(days.begins[row + 1]), tz)
    return grid


def _long_or_short(row: Floats, spans: Covered, begins: int, ends: int, tz: ZoneInfo) -> None:
    """A day on which the clock was changed: by quarters of an hour, each under the hour that the clock showed."""
    edges = np.append(np.arange(begins, ends, QUARTER_S), ends)
    for low, took in zip(edges[:-1], np.diff(spans.until(edges)), strict=True):
        row[datetime.fromtimestamp(int(low), tz).hour] += took
