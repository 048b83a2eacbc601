"""A replay's clock: what it says of the time, and what timers count when hours are leapt over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tocsin.core.errors import Invalid
from tocsin.wiring.clock import ReplayClock

NIGHT = datetime(2024, 1, 4, 21, tzinfo=UTC)


@pytest.fixture
def clock(tmp_path: Path) -> ReplayClock:
    made = ReplayClock(tmp_path / "clock.json")
    made.set(NIGHT, rate=0.0)
    return made


def test_it_stands_where_it_was_set(clock: ReplayClock) -> None:
    assert clock.now() == NIGHT
    assert clock.timers() == NIGHT.timestamp()


def test_hours_that_are_leapt_over_run_no_timer_out(clock: ReplayClock) -> None:
    before = clock.timers()
    clock.leap(NIGHT + timedelta(hours=3))
    assert clock.now() == NIGHT + timedelta(hours=3)
    assert clock.timers() == before
    clock.leap(NIGHT + timedelta(hours=4))
    clock.set(NIGHT + timedelta(hours=4, minutes=1), rate=0.0)
    assert clock.timers() == pytest.approx(before + 60)


def test_it_never_goes_back(clock: ReplayClock) -> None:
    clock.leap(NIGHT - timedelta(hours=1))
    assert clock.now() == NIGHT
    with pytest.raises(Invalid) as caught:
        clock.set(NIGHT - timedelta(seconds=1))
    assert caught.value.code == "TOC-8004"


def test_every_reader_of_the_file_sees_the_same(clock: ReplayClock, tmp_path: Path) -> None:
    clock.leap(NIGHT + timedelta(hours=2))
    other = ReplayClock(tmp_path / "clock.json")
    assert (other.now(), other.timers(), other.rate()) == (clock.now(), clock.timers(), 0.0)
