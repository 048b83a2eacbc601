"""Civil days of a zone on the line of instants: where each begins in UTC, daylight saving time included.

A civil day runs from its first instant to the first instant of the next. Days of 23 and 25 hours come out right, and so
do days whose midnight was skipped. A day that a zone left out altogether has no length and lies on no list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from tocsin.core.errors import Invalid
from tocsin.core.time import zone as zone_of

Ints = npt.NDArray[np.int64]

MOST_DAYS = 40_000
"""A calendar holds no more days than that, about 110 years."""

_SECOND = timedelta(seconds=1)
_WIDEST = 26 * 3600


def day_begins(day: date, tz: ZoneInfo) -> int:
    """The first instant of a civil day, in whole seconds since 1970 in UTC."""
    guess = datetime.combine(day, time.min, tz).astimezone(UTC)
    if (guess - _SECOND).astimezone(tz).date() < day:
        return int(guess.timestamp())
    low, high = int(guess.timestamp()) - _WIDEST, int(guess.timestamp())  # a clock put forward across midnight
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, tz).date() >= day:
            high = middle
        else:
            low = middle
    return high


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """The days ``first`` to ``last`` of a zone.

    Attributes:
        begins: the first instant of each day and of the day after the last, seconds since 1970 in UTC.
    """

    zone: str
    first: date
    last: date
    begins: Ints

    def __len__(self) -> int:
        return len(self.begins) - 1

    def day(self, index: int) -> date:
        """The day at a place of the list."""
        return self.first + timedelta(days=index)

    def index(self, day: date) -> int:
        """The place of a day in the list; it may lie outside."""
        return (day - self.first).days

    def index_at(self, seconds: npt.ArrayLike) -> Ints:
        """The places of the days on which instants lie; −1 before the first day, ``len`` and more after the last."""
        found: Ints = np.searchsorted(self.begins, np.asarray(seconds, np.int64), side="right") - 1
        return found

    def lengths(self) -> Ints:
        """Seconds of each day; 0 where the zone left the day out."""
        return np.diff(self.begins)

    def __iter__(self) -> Iterator[date]:
        return (self.day(index) for index in range(len(self)))


@lru_cache(maxsize=64)
def calendar(zone: str, first: date, last: date) -> Calendar:
    """The calendar of a zone's days from ``first`` to ``last``, both included.

    Raises:
        Invalid: no such zone (TOC-8001), or a span that is empty or too long (TOC-12004).
    """
    count = (last - first).days + 1
    if not 1 <= count <= MOST_DAYS:
        raise Invalid(
            "TOC-12004",
            f"{first} to {last} is no span of 1 to {MOST_DAYS} days.",
            field="days",
            remedy="Give the first day and a last day that is not before it.",
        )
    tz = zone_of(zone)
    begins = np.fromiter((day_begins(first + timedelta(days=n), tz) for n in range(count + 1)), np.int64, count + 1)
    begins.setflags(write=False)
    return Calendar(zone=zone, first=first, last=last, begins=begins)
