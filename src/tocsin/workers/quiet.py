"""When each siren makes its daily quiet test (rule R28): once a day, in turn, by the city's own clock. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from tocsin.core.time import local_day

GAP_S = 20.0
"""Seconds between two sirens, so that a fault in one is heard as that one's."""

SPREAD_S = 3000.0
"""Longest that the round may last; in a city of more sirens they come closer together."""


def due(sirens: Iterable[str], *, hour: int, zone: ZoneInfo, after: datetime, now: datetime) -> list[str]:
    """The sirens whose moment lies after ``after`` and not after ``now``, in order.

    Nothing is remembered between two looks but ``after``, so a worker that starts anew repeats nothing; a siren whose
    moment passed while no worker ran is tested the next day.
    """
    days = sorted({local_day(after, zone), local_day(now, zone)})
    starts = [datetime.combine(day, time(hour), tzinfo=zone).astimezone(now.tzinfo) for day in days]
    round_s = timedelta(seconds=SPREAD_S)
    starts = [start for start in starts if start <= now and after < start + round_s]
    if not starts:  # asked twice a second, of thousands of sirens
        return []
    names = sorted(sirens)
    gap = timedelta(seconds=min(GAP_S, SPREAD_S / max(1, len(names))))
    return [name for start in starts for at, name in enumerate(names) if after < start + at * gap <= now]
