"""The real alert histories, where they stand beside the checkout: read whole, with the quirks that were measured."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tocsin.app.memory_vault import MemoryVault
from tocsin.app.record import RecordDesk
from tocsin.app.report import ReportDesk
from tocsin.record.history import read_history
from tocsin.record.rows import HistoryRead
from warn.rig import ADMIN, AREAS, Rig

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
UKRAINE = [DATA / "ukraine" / f"{name}_data_en.csv" for name in ("official", "volunteer")]
ISRAEL = DATA / "israel" / "israel-alerts-part.csv"

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not ISRAEL.exists(), reason="the corpus is not beside the checkout"),
]


@pytest.fixture(scope="module")
def ukraine() -> list[HistoryRead]:
    return [read_history(path.read_bytes()) for path in UKRAINE]


@pytest.fixture(scope="module")
def desk(ukraine: list[HistoryRead]) -> RecordDesk:
    rig = Rig(areas=AREAS)
    made = RecordDesk(rig.desk, ReportDesk(rig.desk, MemoryVault()))
    for read in ukraine:
        assert made.take_history(read, ADMIN).entries
        assert made.take_history(read, ADMIN).entries == ()
    return made


def quirks(read: HistoryRead) -> dict[str, int]:
    return {one.name: one.count for one in read.quirks}


def test_both_ukrainian_files_are_read_whole(ukraine: list[HistoryRead]) -> None:
    assert [read.read for read in ukraine] == [43_031, 54_514]
    assert [len(read.rows) for read in ukraine] == [43_031, 54_514]
    assert (ukraine[0].first, ukraine[0].last) == (date(2022, 3, 15), date(2024, 4, 23))
    assert (ukraine[1].first, ukraine[1].last) == (date(2022, 2, 25), date(2024, 10, 10))


def test_every_measured_quirk_is_counted(ukraine: list[HistoryRead]) -> None:
    official, volunteer = map(quirks, ukraine)
    assert official["lasts_exactly_an_hour"] == 29
    assert official["oblast_and_raion_swapped"] == 1
    assert next(one for one in ukraine[0].quirks if one.name == "oblast_and_raion_swapped").rows == (18,)
    assert official["shorter_than_a_minute"] == 116
    assert volunteer["shorter_than_a_minute"] == 103
    assert volunteer["end_invented_by_the_source"] == 2395
    assert volunteer["other_day_than_in_utc"] == 6209
    assert volunteer["over_a_clock_change"] == 5
    assert volunteer["not_in_order"] > 0


def test_permanent_and_occupied_regions_show_no_quiet_streak(desk: RecordDesk) -> None:
    luhansk = desk.streaks("ukraine-official/luhanska-oblast").counters[0]
    assert luhansk.quiet.grey
    assert luhansk.quiet.grey_why == ("permanent_alert",)
    assert luhansk.longest_quiet.days < 14
    kherson = desk.streaks("ukraine-official/khersonska-oblast").counters[0]
    assert kherson.longest_quiet.days < 100


def test_hours_of_days_add_up_to_those_of_hours(desk: RecordDesk) -> None:
    where, first, last = "ukraine-volunteer/kharkivska-oblast", date(2023, 3, 20), date(2023, 4, 2)
    days = desk.alert_hours(where, first, last)
    hours = desk.nights_by_hour(where, first, last)
    assert sum(one.seconds for one in days) > 3600
    for day, night in zip(days, hours, strict=True):
        assert sum(night.hours) == pytest.approx(day.seconds)
        assert day.seconds <= (23 if day.day == date(2023, 3, 26) else 24) * 3600


def test_the_israeli_file_is_read_with_its_drills_left_out() -> None:
    read = read_history(ISRAEL.read_bytes())
    found = quirks(read)
    assert read.read == 23_101
    assert (found["drill"], found["named_a_test"], found["duplicate_row"]) == (10, 9, 159)
    assert not {"בחר הכל", "באזורים מסוימים"} & {row.name for row in read.rows}
    assert (read.first, read.last) == (date(2014, 7, 24), date(2023, 11, 10))
