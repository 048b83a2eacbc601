"""The ordered happenings of one local day and the night before it, as plain values. Each rests on ledger entries."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

import msgspec

from tocsin.core.time import zone as zone_of

What = Literal[
    "warning_issued",
    "warning_updated",
    "warning_partly_cleared",
    "warning_ended",
    "sirens_sounded",
    "incident",
    "claim",
    "evidence",
    "weather",
    "repair",
]
Room = Literal["warn", "shelter", "report", "repair", "record"]
Precision = Literal[1, 2, 3]

EVENING = time(18)
"""The page of a day begins with the evening before, so that a night stands on one page whole."""


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened, or was said.

    Attributes:
        at: UTC; of a claim, when it was said or, where nobody knows, learned.
        precision: of the time: 1 exact, 2 the day, 3 the week.
        entries: numbers in the ledger, never none.
        sources: ids of who said so; empty when the system itself measured it.
        data: what its sentence needs; a value that is a mapping of language tags is a text.
    """

    what: What
    room: Room
    at: datetime
    until: datetime | None = None
    precision: Precision = 1
    entries: tuple[int, ...]
    sources: tuple[str, ...] = ()
    data: dict[str, Any] = msgspec.field(default_factory=dict)


def window(day: date, zone: str) -> tuple[datetime, datetime]:
    """From when to when, in UTC, the page of a local day reaches: from the evening before to its own end."""
    tz = zone_of(zone)
    start = datetime.combine(day - timedelta(days=1), EVENING, tz)
    end = datetime.combine(day + timedelta(days=1), time.min, tz)
    return start.astimezone(UTC), end.astimezone(UTC)


def timeline(happenings: Iterable[Happening], start: datetime, end: datetime) -> tuple[Happening, ...]:
    """Those that lie in ``[start, end)``, in order of time, then of the ledger."""
    inside = [one for one in happenings if one.at < end and (one.until or one.at) >= start and one.entries]
    return tuple(sorted(inside, key=lambda one: (one.at, one.entries, one.what)))
