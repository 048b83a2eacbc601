"""The published sum, the bands, the deadlines, and what the queue makes of them."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from repair.rig import Repairs, opening
from tocsin.core.errors import Invalid
from tocsin.repair import urgency
from tocsin.repair.policy import UrgencyPolicy
from tocsin.repair.urgency import People, band_of, score
from tocsin.wiring.settings import Settings, repair

POLICY = UrgencyPolicy()


def test_the_worked_sum() -> None:
    weight = People(adults=1, elderly=1, small=1).weight(POLICY)
    told = score(24.3, weight, 0.33, 0.5)
    assert weight == 5
    assert round(told.value) == 146
    assert told.said() == "24.3 K·h/h × 5 / 0.83 h = 146"
    assert {part.key for part in told.parts} == {"cost_of_an_hour", "people", "travel", "service"}


@pytest.mark.parametrize(
    ("value", "deadline_h", "changes", "band"),
    [
        (100, None, {}, "P1"),
        (99.9, None, {}, "P2"),
        (5, 3.9, {}, "P1"),
        (5, 4.0, {}, "P3"),
        (30, None, {}, "P2"),
        (29.9, None, {}, "P3"),
        (500, 1.0, {"cracked": True}, "P4"),
        (500, 1.0, {"occupied": False}, "P4"),
    ],
)
def test_bands(value: float, deadline_h: float | None, changes: dict[str, bool], band: str) -> None:
    assert band_of(value, deadline_h, opening(**changes), POLICY) == band


def test_the_policy_is_one_file_that_refuses_what_it_does_not_know() -> None:
    written = msgspec.json.encode(POLICY)
    assert msgspec.json.decode(written, type=UrgencyPolicy) == POLICY
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(json.dumps({"adlut": 2}), type=UrgencyPolicy)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(json.dumps({"p1_score": -1}), type=UrgencyPolicy)


def test_an_old_persons_deadline_is_the_hour_of_nine_degrees_and_two_more() -> None:
    here = Repairs()
    here.weather(-10)
    here.open("old", sealed=here.seal(elderly=1), opening=opening(circulation=True))
    here.open("young", sealed=here.seal(adults=2), opening=opening(circulation=True))
    told = {row.need.id: row.urgency for row in here.desk.queue()}
    assert (told["old"].deadline_kind, told["young"].deadline_kind) == ("elderly", "")
    deadline = told["old"].deadline
    assert deadline is not None
    after_h = (deadline - here.clock.now()).total_seconds() / 3600
    sooner = told["old"].hours["10"].sooner
    assert sooner is not None
    assert sooner + 2 < after_h < sooner + 4
    assert told["old"].band == "P1"


def test_pipes_without_circulation_have_a_deadline_also_in_an_empty_flat() -> None:
    here = Repairs()
    here.weather(-10)
    here.open("empty", opening=opening(occupied=False, circulation=False))
    (row,) = here.desk.queue()
    assert (row.urgency.band, row.urgency.deadline_kind) == ("P4", "pipes")
    assert row.urgency.deadline == here.clock.now() + timedelta(hours=row.urgency.hours["air_0"].sooner or -1)
    assert "drain_pipes" in row.urgency.advice
    assert "hang_blanket" not in row.urgency.advice


def test_the_queue_reorders_as_the_cold_bites() -> None:
    here = Repairs()
    here.weather(-10)
    here.open("film", sealed=here.seal(elderly=2, dependent=1), opening=opening(cover="film1"))
    here.open("open", sealed=here.seal(adults=1))
    first = {row.need.id: row.urgency for row in here.desk.queue()}
    here.clock.move(6 * 3600)
    later = {row.need.id: row.urgency for row in here.desk.queue()}
    assert first["film"].band != "P1"
    assert later["film"].band == "P1"  # the hour of nine degrees has come near
    for need, before in first.items():
        after = later[need]
        assert before.now_c is not None
        assert after.now_c is not None
        assert after.now_c[0] < before.now_c[0]
        for level, told in before.hours.items():
            if told.sooner is not None:
                assert after.hours[level].sooner == pytest.approx(max(told.sooner - 6, 0), abs=0.02)


def test_hours_count_from_how_cold_it_is_by_now_through_covers_and_weather() -> None:
    here = Repairs()
    here.crew()
    here.weather(-10)
    here.open("a")
    here.clock.move(2 * 3600)
    here.move("on_the_way", "a", crew="c1")
    here.weather(-2)
    here.clock.move(3600)
    here.weather(-15)
    here.clock.move(3600)
    (row,) = here.desk.queue()
    assert row.urgency.now_c is not None
    cold, warm = row.urgency.now_c
    assert -5 < cold <= warm < 10
    assert row.urgency.hours["16"].sooner == 0


def test_without_weather_nothing_is_claimed() -> None:
    here = Repairs()
    here.open(sealed=here.seal(elderly=1))
    (row,) = here.desk.queue()
    assert row.urgency.now_c is None
    assert all(told.sooner is None and told.later is None for told in row.urgency.hours.values())
    assert row.urgency.deadline is None
    assert row.urgency.score.value == 0


def test_what_was_erased_counts_as_unknown_people() -> None:
    here = Repairs()
    here.weather(-10)
    sealed = here.seal(elderly=3)
    here.open(sealed=sealed)
    assert here.desk.queue()[0].urgency.score.weight == 6
    here.vault.erase(sealed)
    row = here.desk.queue()[0]
    assert row.place is None
    assert row.urgency.score.weight == POLICY.unknown_people


def test_a_covered_flat_that_no_window_would_warm_is_offered_another_place() -> None:
    here = Repairs()
    here.weather(-10)
    here.open(opening=opening(cover="film1", heating=False))
    assert "relocate" in here.desk.queue()[0].urgency.advice
    here.open("n2", opening=opening(cover="film1", heating=True))
    told = {row.need.id: row.urgency.advice for row in here.desk.queue()}
    assert "relocate" not in told["n2"]


def test_more_people_or_a_shorter_way_is_never_less_urgent() -> None:
    base = score(10, 2, 0.3, 0.5).value
    assert score(10, 3, 0.3, 0.5).value > base
    assert score(10, 2, 0.1, 0.5).value > base
    assert urgency.score(0, 5, 0, 0).value == 0


def test_a_city_sets_its_numbers_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "repair.json"
    file.write_text('{"version": "our-city-1", "elderly": 2.5}')
    told = repair(Settings(repair_file=str(file)))
    assert (told.version, told.elderly, told.adult) == ("our-city-1", 2.5, 1.0)
    assert repair(Settings()) == POLICY
    for text in ("{", '{"elderly": -1}', '{"eldery": 2}'):
        file.write_text(text)
        with pytest.raises(Invalid) as caught:
            repair(Settings(repair_file=str(file)))
        assert (caught.value.code, caught.value.field) == ("TOC-8001", "TOCSIN_REPAIR_FILE")


def test_within_a_minute_the_answer_is_the_same_and_a_new_fact_changes_it() -> None:
    here = Repairs()
    here.weather(-10)
    here.open()
    first = here.desk.queue()[0].urgency
    here.clock.move(10)
    assert here.desk.queue()[0].urgency is first
    here.weather(-20)
    assert here.desk.queue()[0].urgency.score.cost > first.score.cost


def test_a_deadline_does_not_move_on_with_the_clock() -> None:
    here = Repairs()
    here.weather(-10)
    here.open("old", sealed=here.seal(elderly=1), opening=opening(circulation=True))
    here.open("pipes", opening=opening(occupied=False, circulation=False))
    first = {row.need.id: row.urgency.deadline for row in here.desk.queue()}
    for hours in (1, 3, 9):
        here.clock.move(hours * 3600)
        for row in here.desk.queue():
            was, now = first[row.need.id], row.urgency.deadline
            assert was is not None
            assert now is not None
            assert abs(now - was) <= timedelta(minutes=2)
