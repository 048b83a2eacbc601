"""A day's sum, and what is set beside it without being added."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from report.rig import Reports, at, incident
from tocsin.report import commands as cmd
from tocsin.report.day import DayTally, day_tallies, day_tally
from tocsin.report.tally import wording

MOSCOW = ZoneInfo("Europe/Moscow")
AREAS = {"city", "north", "north-1", "south", ""}
FIFTH = date(2024, 1, 5)


@pytest.fixture
def city() -> Reports:
    here = Reports()
    here.clock.move(8 * 3600)
    for name in ("old-town", "harbour"):
        here.do(cmd.OpenIncident(incident=incident(name, area="south", happened_from=at(1))))
    return here


def on(city: Reports, day: date = FIFTH, subject: str = "windows", areas: Any = AREAS) -> DayTally:
    return day_tally(city.state, areas, day, MOSCOW, subject=subject, as_of=city.clock.now())


def test_lows_and_bests_add_up_and_the_top_is_open_when_one_is(city: Reports) -> None:
    city.claim("a", "eq", 10, incident="old-town")
    city.claim("b", "ge", 130, incident="harbour", source="police")
    city.claim("c", "eq", 99, incident="strike")  # it began before local midnight
    total = on(city).total
    assert (total.low, total.best, total.high, total.reported_max) == (140, 140, None, 140)
    assert total.status == "single-source"
    assert total.claim_ids == ("b", "a")
    assert wording(total, "en") == "at least 140"
    assert on(city, date(2024, 1, 4)).total.best == 99


def test_what_was_said_of_the_day_or_so_far_is_never_added(city: Reports) -> None:
    city.claim("a", "eq", 10, incident="old-town")
    city.claim("d", "eq", 300, incident="", scope="day", area="city")
    city.claim("r", "ge", 5000, incident="", scope="running_total", area="city", source="police")
    day = on(city)
    assert (day.total.best, day.claimed.best, day.running.best) == (10, 300, 5000)
    assert day.total.claim_ids == ("a",)
    assert [one.total.subject for one in day_tallies(city.state, AREAS, FIFTH, MOSCOW, city.clock.now())] == ["windows"]


def test_one_contested_part_makes_the_sum_contested(city: Reports) -> None:
    city.claim("a", "eq", 10, incident="old-town")
    city.claim("b", "eq", 2, incident="harbour")
    city.claim("c", "eq", 5, incident="harbour", source="police")
    total = on(city).total
    assert (total.low, total.best, total.high, total.status) == (12, 12, 15, "contested")
    assert wording(total, "en") == "12 (sources differ: 12 to 15)"
    city.claim("d", "ge", 1, incident="old-town", supersedes="a", reason="counted again")
    assert wording(on(city).total, "en") == "at least 3"


def test_a_part_and_a_double_are_in_the_sum_once(city: Reports) -> None:
    city.claim("a", "eq", 10, incident="old-town")
    city.claim("b", "eq", 4, incident="harbour")
    relate = {"incident_id": "harbour", "other": "old-town", "reason": "next door"}
    city.do(cmd.RelateIncidents(relation="maybe_same", **relate))
    assert (on(city).total.best, on(city).unsure) == (14, (("harbour", "old-town"),))
    city.do(cmd.RelateIncidents(relation="part_of", **relate))
    assert (on(city).total.best, on(city).unsure) == (10, ())
    city.do(cmd.RelateIncidents(relation="same", **relate))
    assert on(city).total.best == 10
    city.do(cmd.RelateIncidents(relation="distinct", **relate))
    assert on(city).total.best == 14


def test_a_part_counts_where_the_whole_has_no_number(city: Reports) -> None:
    city.claim("a", "eq", 10, incident="old-town")
    city.claim("b", "eq", 2, incident="harbour", subject="killed")
    city.do(cmd.RelateIncidents(incident_id="old-town", other="harbour", relation="part_of", reason="one raid"))
    assert on(city).total.best == 10
    city.claim("c", "eq", 12, incident="harbour")
    assert on(city).total.best == 12


def test_incidents_related_in_a_circle_are_in_the_sum_once(city: Reports) -> None:
    city.do(cmd.OpenIncident(incident=incident("quay", area="south", happened_from=at(1))))
    ring = ("old-town", "harbour", "quay")
    for number, name in enumerate(ring):
        city.claim(f"c{number}", "eq", 10 + number, incident=name)
        other = ring[(number + 1) % 3]
        city.do(cmd.RelateIncidents(incident_id=name, other=other, relation="part_of", reason="one raid"))
    assert [incident_id for incident_id, _ in on(city).incidents] == ["old-town"]
    assert on(city).total.best == 10


def test_only_the_places_asked_for_and_only_days_that_are_known(city: Reports) -> None:
    city.claim("a", "eq", 10, incident="old-town")
    assert on(city, areas={"north"}).total.status == "unknown"
    week = incident("old-town", area="south", happened_from=at(1), precision=3)
    city.do(cmd.ReviseIncident(incident=week, reason="some day of the week", revision=1))
    assert on(city).total.status == "unknown"
