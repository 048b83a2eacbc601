"""What the forms share: reading times, noting what every form may meet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tocsin.core.time import zone as zone_of
from tocsin.record.rows import Notes, Row

SHORT_S = 60
LONG_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is to be read. ``zone``: of local times and civil days."""

    zone: str


@dataclass(slots=True)
class Watch:
    """Notes what may be odd in the rows of any form, as they come."""

    notes: Notes
    zone: str
    tz: ZoneInfo = field(init=False)
    _last: int = 0
    _seen: dict[tuple[str, str, int, int], int] = field(default_factory=dict)
    _parents: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self) -> None:
        self.tz = zone_of(self.zone)

    def times(self, row: int, start: datetime, end: datetime, *, known_end: bool = True) -> bool:
        """Note what is odd about a span; false when it cannot be one. Without a known end its length says nothing."""
        if end < start:
            self.notes.note("end_before_start", row, "left out: it cannot be told which of the two is wrong")
            return False
        if start.timestamp() < self._last:
            self.notes.note("not_in_order", row, "order is of no account here; days are counted from sorted times")
        self._last = max(self._last, int(start.timestamp()))
        length = (end - start).total_seconds()
        if known_end and length < SHORT_S:
            self.notes.note("shorter_than_a_minute", row, "kept as it is; it marks its day")
        if length > LONG_S:
            self.notes.note("longer_than_a_day", row, "kept as it is; it marks every date on which it lies")
        local, until = start.astimezone(self.tz), end.astimezone(self.tz)
        if local.date() != start.astimezone(UTC).date():
            self.notes.note("other_day_than_in_utc", row, f"counted on its civil day in {self.zone}")
        if local.utcoffset() != until.utcoffset():
            self.notes.note("over_a_clock_change", row, "length counted in elapsed time, days by the local clock")
        return True

    def twice(self, row: Row) -> bool:
        """Whether the same alert came before; it is noted and must not count again."""
        key = (row.region, row.place, row.start, row.end)
        if key in self._seen:
            self.notes.note("duplicate", row.number, "counted once")
            return True
        self._seen[key] = row.number
        return False

    def inside(self, name: str, parent: str) -> None:
        """Remember under which wider place a name came."""
        if name:
            self._parents[name].add(parent)

    def names_done(self) -> None:
        """Note names that stand under several wider places."""
        many = [name for name, parents in self._parents.items() if len(parents) > 1]
        if many:
            listed = ", ".join(sorted(many)[:3])
            self.notes.note("same_name_elsewhere", 0, f"told apart by the wider place, e.g. {listed}", count=len(many))


def aware(text: str) -> datetime | None:
    """An instant that states its offset, in UTC; None when it is none."""
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def local(naive: datetime, tz: ZoneInfo, row: int, notes: Notes) -> datetime:
    """A local time without offset, in UTC. An hour that came twice is the first, one that was skipped moves on."""
    at = naive.replace(tzinfo=tz, fold=0)
    back = at.astimezone(UTC).astimezone(tz).replace(tzinfo=None)
    if back != naive:
        notes.note("local_time_skipped", row, "read as if the clock had not been put forward")
    elif at.utcoffset() != at.replace(fold=1).utcoffset():
        notes.note("local_time_twice", row, "read as the first of the two")
    return at.astimezone(UTC)


def regions_of(rows: Iterable[Row]) -> dict[str, str]:
    """Region keys → names, as they came."""
    return {row.region: row.name for row in rows}
