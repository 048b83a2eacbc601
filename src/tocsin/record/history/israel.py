"""Alerts of Israel's Home Front Command: local times without offset, one or many areas a row, starts only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from tocsin.record.history._read import Options, Watch, local
from tocsin.record.rows import KnownGap, Notes, Row, slug

NAME = "israel"
ZONE = "Asia/Jerusalem"
LICENCE = "Apache-2.0"
SOURCE = "Home Front Command, collected by its readers"
HEADER = ("data", "date", "time", "alertDate", "category", "category_desc")

DRILL = "תרגיל"
TEST_WORDS = ("בדיקה", "test")
PSEUDO = frozenset(("בחר הכל", "באזורים מסוימים", "Select All", "In certain areas"))
"""Names of the list of areas that are no areas."""

WARNING_ONLY = frozenset(("4",))
"""A category of general notices, not of alerts."""


def gaps(_rows: Sequence[Row]) -> tuple[KnownGap, ...]:
    """None is known."""
    return ()


def read(rows: Iterator[Mapping[str, str]], notes: Notes, options: Options) -> Iterator[Row]:
    """The alerts of the file, one for each area of a row."""
    watch = Watch(notes, options.zone)
    whole: set[tuple[str, str, str, str]] = set()
    for number, row in enumerate(rows, 2):
        text = (row.get("data") or "").strip()
        key = (text, row.get("date") or "", row.get("time") or "", row.get("category") or "")
        if key in whole:
            notes.note("duplicate_row", number, "counted once")
            continue
        whole.add(key)
        if not text or _does_not_count(number, row, notes):
            continue
        at = _time(number, row, notes, watch)
        if at is None or not watch.times(number, at, at, known_end=False):
            continue
        yield from _areas(number, text, int(at.timestamp()), notes, watch)


def _does_not_count(number: int, row: Mapping[str, str], notes: Notes) -> bool:
    if (row.get("category_desc") or "").startswith(DRILL):
        notes.note("drill", number, "left out: an exercise is no alert")
        return True
    if any(word in (row.get("data") or "").casefold() for word in TEST_WORDS):
        notes.note("named_a_test", number, "left out: a test is no alert")
        return True
    if (row.get("category") or "") in WARNING_ONLY:
        notes.note("notice_of_no_danger_named", number, "left out: a notice of category 4 names no danger")
        return True
    return False


def _time(number: int, row: Mapping[str, str], notes: Notes, watch: Watch) -> datetime | None:
    """The instant of ``date`` and ``time``, which has seconds where ``alertDate`` is rounded."""
    try:
        naive = datetime.strptime(f"{row.get('date')} {row.get('time')}", "%d.%m.%Y %H:%M:%S")  # noqa: DTZ007 - local
    except ValueError:
        notes.note("unreadable", number, "left out: no date and time")
        return None
    if (row.get("alertDate") or "") != naive.isoformat():
        notes.note("rounded_time_beside_exact", number, "the exact time is used")
    return local(naive, watch.tz, number, notes)


def _areas(number: int, text: str, at: int, notes: Notes, watch: Watch) -> Iterator[Row]:
    names = [name.strip() for name in text.split(", ") if name.strip()]
    if len(names) > 1:
        notes.note("many_areas_in_a_row", number, 'split at ", "')
    for name in names:
        if "," in name:
            notes.note("comma_in_a_name", number, "kept: only a comma with a space after it separates")
        if name in PSEUDO:
            notes.note("pseudo_area", number, "left out: it is no place and must not be drawn")
            continue
        made = Row(number=number, region=slug(name), name=name, place="", start=at, end=at, flags=("instant",))
        if watch.twice(made):
            continue
        notes.note("no_end_in_the_file", 0, "kept as an instant: it marks its day and has no length")
        yield made
