"""Streaks against a slow, obvious reference: every quarter of an hour asked for its date, one day after the other."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.core.errors import Invalid
from tocsin.record.calendar import calendar, day_begins
from tocsin.record.days import GREY, MARKED, QUIET, Gap, Mark, Streak, beside, day_book, longest, streak
from tocsin.record.hours import hours_of, seconds_per_day, union

QUARTER = timedelta(minutes=15)
ZONES = (
    "Europe/Kyiv",
    "Europe/Moscow",
    "Asia/Jerusalem",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "UTC",
)
MONTHS = [(y, m) for y in (2018, 2022, 2023) for m in (2, 3, 10, 11, 4)]


@st.composite
def histories(draw: st.DrawFn) -> tuple[str, datetime, list[Mark], list[Gap]]:
    name = draw(st.sampled_from(ZONES))
    year, month = draw(st.sampled_from(MONTHS))
    base = datetime(year, month, 20, tzinfo=UTC)
    quarter = st.integers(0, 96 * 18)

    def spans(most: int) -> list[tuple[datetime, datetime | None]]:
        made = []
        for _ in range(draw(st.integers(0, most))):
            start = base + draw(quarter) * QUARTER
            length = draw(st.one_of(st.integers(0, 12), st.integers(0, 300)))
            is_open = draw(st.integers(0, 9)) == 0
            made.append((start, None if is_open else start + length * QUARTER))
        return made

    marks = [Mark(start=a, end=b, certain=draw(st.integers(0, 9)) > 0) for a, b in spans(12)]
    gaps = [Gap(start=a, end=b, why="no_coverage") for a, b in spans(2)]
    now = base + draw(st.integers(96 * 2, 96 * 18)) * QUARTER
    return name, now, marks, gaps


def dates_of(start: datetime, end: datetime | None, now: datetime, tz: ZoneInfo) -> set[date]:
    """Every quarter from start to end asked for its date."""
    if start > now:
        return set()
    found = {start.astimezone(tz).date()}
    at = start
    while (end is None and at <= now) or (end is not None and at < end and at <= now):
        found.add(at.astimezone(tz).date())
        at += QUARTER
    return found


def reference(zone: str, now: datetime, marks: list[Mark], gaps: list[Gap], first: date) -> dict[date, int]:
    tz = ZoneInfo(zone)
    certain: set[date] = set()
    grey: set[date] = set()
    for mark in marks:
        is_open = mark.end is None or mark.end > now
        first_day = dates_of(mark.start, mark.start, now, tz)
        whole = dates_of(mark.start, mark.end, now, tz)
        if mark.certain:
            certain |= first_day if is_open else whole
        if is_open or not mark.certain:
            grey |= whole
    for gap in gaps:
        if gap.end is None or gap.end > gap.start:
            grey |= dates_of(gap.start, gap.end, now, tz)
    today = now.astimezone(tz).date()
    days = {}
    day = first
    while day <= today:
        days[day] = MARKED if day in certain else GREY if day in grey else QUIET
        day += timedelta(days=1)
    return days


def slow_streak(days: dict[date, int], runs: int) -> tuple[int, bool, int, bool]:
    """(length, so far, at most, grey), walking back a day at a time."""
    stop = QUIET if runs == MARKED else MARKED
    order = sorted(days, reverse=True)
    so_far = days[order[0]] == QUIET
    if so_far:
        order = order[1:]
    at_most, length, counting, over, grey = 0, 0, False, False, False
    stopped = False
    for day in order:
        if days[day] == stop:
            stopped = True
            break
        at_most += 1
        if days[day] == GREY:
            grey = True
            over = over or counting
        elif not over:
            counting = True
            length += 1
    return length, so_far, at_most, grey or (not stopped and at_most > 0)


@settings(max_examples=150, deadline=None)
@given(histories())
def test_streaks_equal_the_slow_reference(history: tuple[str, datetime, list[Mark], list[Gap]]) -> None:
    zone, now, marks, gaps = history
    first = (now - timedelta(days=20)).astimezone(ZoneInfo(zone)).date()
    book = day_book(marks, zone=zone, first=first, now=now, gaps=gaps)
    days = reference(zone, now, marks, gaps, first)
    assert {day: book.code(day) for day in days} == days
    for quiet, runs in ((False, MARKED), (True, QUIET)):
        said = streak(book, quiet=quiet)
        assert (said.length, said.so_far, said.at_most, said.grey) == slow_streak(days, runs)
        if said.length:
            assert said.since is not None
            assert said.through is not None
            assert (said.through - said.since).days + 1 == said.length


@settings(max_examples=60, deadline=None)
@given(histories(), st.randoms(use_true_random=False))
def test_the_order_of_what_happened_is_of_no_account(
    history: tuple[str, datetime, list[Mark], list[Gap]], random: object
) -> None:
    zone, now, marks, gaps = history
    first = (now - timedelta(days=20)).date()
    other = list(marks)
    random.shuffle(other)  # type: ignore[attr-defined]
    one, two = (streak(day_book(m, zone=zone, first=first, now=now, gaps=gaps)) for m in (marks, other))
    assert one == two


@settings(max_examples=60, deadline=None)
@given(histories())
def test_hours_equal_the_slow_reference(history: tuple[str, datetime, list[Mark], list[Gap]]) -> None:
    zone, now, marks, _ = history
    tz = ZoneInfo(zone)
    closed = [(m.start, m.end) for m in marks if m.end is not None]
    first = (now - timedelta(days=25)).astimezone(tz).date()
    days = calendar(zone, first, first + timedelta(days=50))
    low = np.array([int(a.timestamp()) for a, _ in closed], np.int64)
    high = np.array([int(b.timestamp()) for _, b in closed], np.int64)
    quarters = {a + n * QUARTER for a, b in closed for n in range(int((b - a) / QUARTER))}
    grid = np.zeros((len(days), 24))
    for at in quarters:
        local = at.astimezone(tz)
        if 0 <= days.index(local.date()) < len(days):
            for five in range(3):  # a quarter may straddle the hour where a zone's offset is odd
                inside = (at + five * timedelta(minutes=5)).astimezone(tz)
                grid[days.index(inside.date()), inside.hour] += 300
    covered = union(low, high)
    assert np.allclose(hours_of(covered, days), grid)
    assert np.allclose(seconds_per_day(covered, days), grid.sum(axis=1))


def marks_on(*days: int) -> list[Mark]:
    """An hour at noon, Moscow, on days of January 2024; 0 and below are of December."""
    base = datetime(2023, 12, 31, 9, tzinfo=UTC)
    return [Mark(start=base + timedelta(days=d), end=base + timedelta(days=d, hours=1)) for d in days]


def book(*days: int, now: datetime | None = None, gaps: tuple[Gap, ...] = (), ended: bool = False) -> Streak:
    at = now or datetime(2024, 1, 5, 18, tzinfo=UTC)
    made = day_book(marks_on(*days), zone="Europe/Moscow", first=date(2023, 12, 1), now=at, gaps=gaps, ended=ended)
    return streak(made)


def test_an_unfinished_day_without_anything_shows_the_streak_to_yesterday_so_far() -> None:
    said = book(2, 3, 4)
    assert (said.length, said.so_far, said.through) == (3, True, date(2024, 1, 4))
    assert book(2, 3, 4, ended=True).length == 0


def test_a_span_over_midnight_marks_each_date_it_lies_on() -> None:
    mark = Mark(start=datetime(2024, 1, 4, 20, 50, tzinfo=UTC), end=datetime(2024, 1, 4, 21, 30, tzinfo=UTC))
    made = day_book([mark], zone="Europe/Moscow", first=date(2024, 1, 1), now=datetime(2024, 1, 6, 9, tzinfo=UTC))
    assert made.marked() == [date(2024, 1, 4), date(2024, 1, 5)]


def test_what_ends_at_midnight_does_not_lie_on_the_next_day() -> None:
    mark = Mark(start=datetime(2024, 1, 4, 20, 50, tzinfo=UTC), end=datetime(2024, 1, 4, 21, 0, tzinfo=UTC))
    made = day_book([mark], zone="Europe/Moscow", first=date(2024, 1, 1), now=datetime(2024, 1, 6, 9, tzinfo=UTC))
    assert made.marked() == [date(2024, 1, 4)]


def test_a_day_without_coverage_greys_the_streak_and_neither_extends_nor_ends_it() -> None:
    lost = Gap(start=datetime(2024, 1, 2, 21, tzinfo=UTC), end=datetime(2024, 1, 3, 21, tzinfo=UTC), why="no_coverage")
    said = book(1, 2, 4, 5, gaps=(lost,))
    assert (said.length, said.at_most, said.grey, said.grey_days) == (2, 5, True, (date(2024, 1, 3),))
    assert said.grey_why == ("no_coverage",)


def test_a_permanent_alert_is_no_quiet_streak() -> None:
    gap = Gap(start=datetime(2022, 4, 4, tzinfo=UTC), why="permanent_alert")
    now = datetime(2024, 4, 23, 12, tzinfo=UTC)
    made = day_book([], zone="Europe/Kyiv", first=date(2022, 3, 15), now=now, gaps=[gap])
    said, run = streak(made, quiet=True), longest(made, quiet=True)
    assert (said.length, said.grey) == (20, True)
    assert (run.days, run.grey) == (20, True)
    bare = day_book([], zone="Europe/Kyiv", first=date(2022, 3, 15), now=now)
    assert longest(bare, quiet=True).days == 770


def test_a_retraction_recomputes_it() -> None:
    assert book(30 - 31, 0, 1, 2, 3, 4, 5).length == 7
    assert book(0, 1, 2, 4, 5).length == 2


def test_a_claimed_streak_stands_beside_the_recorded_one_with_the_missing_days() -> None:
    made = day_book(
        marks_on(-1, 0, 2, 4, 5),
        zone="Europe/Moscow",
        first=date(2023, 12, 1),
        now=datetime(2024, 1, 5, 18, tzinfo=UTC),
    )
    said = beside(made, 7, date(2024, 1, 5))
    assert (said.begins, said.recorded, said.agrees) == (date(2023, 12, 30), 2, False)
    assert said.missing == (date(2024, 1, 1), date(2024, 1, 3))
    assert beside(made, 2, date(2024, 1, 5)).agrees


def test_a_claim_shorter_than_the_record_does_not_agree() -> None:
    made = day_book(
        marks_on(2, 3, 4, 5), zone="Europe/Moscow", first=date(2023, 12, 1), now=datetime(2024, 1, 5, 18, tzinfo=UTC)
    )
    said = beside(made, 2, date(2024, 1, 5))
    assert (said.recorded, said.agrees) == (4, False)


def test_an_open_alert_marks_its_first_day_and_greys_the_rest() -> None:
    mark = Mark(start=datetime(2024, 1, 2, 9, tzinfo=UTC))
    made = day_book([mark], zone="Europe/Moscow", first=date(2024, 1, 1), now=datetime(2024, 1, 5, 9, tzinfo=UTC))
    assert [made.code(date(2024, 1, d)) for d in range(1, 6)] == [QUIET, MARKED, GREY, GREY, GREY]
    assert (streak(made).length, streak(made).at_most, streak(made).grey_why) == (1, 4, ("open",))


def test_a_day_that_a_zone_left_out_breaks_nothing() -> None:
    days = calendar("Pacific/Apia", date(2011, 12, 28), date(2012, 1, 1))
    assert list(days.lengths()) == [86400, 86400, 0, 86400, 86400]


def test_a_midnight_that_was_skipped_begins_the_day_at_the_change() -> None:
    tz = ZoneInfo("America/Sao_Paulo")
    at = datetime.fromtimestamp(day_begins(date(2018, 11, 4), tz), tz)
    assert (at.date(), at.hour) == (date(2018, 11, 4), 1)


def test_a_span_of_days_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(Invalid) as caught:
        calendar("UTC", date(2024, 1, 2), date(2024, 1, 1))
    assert caught.value.code == "TOC-12004"


def test_a_hundred_thousand_spans_fill_their_days() -> None:
    base = datetime(2022, 2, 24, tzinfo=UTC)
    marks = [
        Mark(start=base + timedelta(minutes=12 * n), end=base + timedelta(minutes=12 * n + 9)) for n in range(100_000)
    ]
    made = day_book(marks, zone="Europe/Kyiv", first=date(2022, 2, 24), now=base + timedelta(days=833))
    assert len(made.marked()) == len(made.calendar) == streak(made).length == longest(made).days
    assert int(made.starts.sum()) == sum(one.start <= base + timedelta(days=833) for one in marks)
