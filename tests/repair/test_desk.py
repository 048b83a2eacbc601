"""Planning at the desk: triggers, pins, what is sealed, and the ledger that knows no address."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from repair.rig import DISPATCHER, OBSERVER, Repairs, opening
from tocsin.app.repair import area_middle, people_of
from tocsin.core.errors import Denied
from tocsin.repair import commands as cmd
from tocsin.repair.urgency import People
from warn.rig import AREAS, START


def city() -> Repairs:
    here = Repairs()
    here.weather(-10)
    here.crew("c1")
    here.crew("c2", skills=("glazing", "height"))
    here.open("family", sealed=here.seal(36.505, 50.605, adults=2, small=2))
    here.open("alone", sealed=here.seal(36.512, 50.611, adults=1))
    here.open("high", sealed=here.seal(36.515, 50.612, elderly=1), skills=("glazing", "height"))
    here.open("empty", opening=opening(occupied=False), sealed=here.seal(36.51, 50.61))
    return here


def routes(here: Repairs) -> dict[str, list[str]]:
    assert here.state.plan is not None
    return {route.crew: [stop.need for stop in route.stops] for route in here.state.plan.routes}


def test_a_plan_names_every_need_once_with_crew_times_and_why() -> None:
    here = city()
    here.desk.replan("first", DISPATCHER)
    told = routes(here)
    assert sorted(need for stops in told.values() for need in stops) == ["alone", "empty", "family", "high"]
    assert "high" in told["c2"]
    assert here.state.plan is not None
    for route in here.state.plan.routes:
        ends = [START]
        for stop in route.stops:
            assert ends[-1] <= stop.arrive < stop.done
            assert stop.why.startswith(stop.band)
            assert "min drive" in stop.why
            ends.append(stop.done)
    assert all(need.state == "planned" and need.crew for need in here.state.open_needs())
    assert {row.need.id: row.why for row in here.desk.queue()}["high"]


def test_the_ledger_and_the_plan_know_no_address_and_no_people() -> None:
    here = city()
    here.desk.replan("first", DISPATCHER)
    for entry in here.rig.desk.ledger.read():
        if entry.event.kind.startswith("repair."):
            text = json.dumps(entry.event.body)
            assert not any(secret in text for secret in ("Sealed", "36.5", "50.6", "elderly", "adults", "small"))


def test_what_was_started_stays_through_alarm_and_all_clear() -> None:
    here = city()
    here.desk.replan("first", DISPATCHER)
    (first, *_) = routes(here)["c1"]
    here.move("on_the_way", first, crew="c1")
    here.clock.move(600)
    here.desk.replan("alarm", DISPATCHER)
    assert here.state.paused
    here.clock.move(1800)
    here.desk.replan("weather", DISPATCHER)
    assert here.state.paused
    here.desk.replan("all_clear", DISPATCHER)
    assert not here.state.paused
    assert routes(here)["c1"][0] == first
    assert here.state.plan is not None
    arrivals = [stop.arrive for route in here.state.plan.routes for stop in route.stops]
    assert min(arrivals) >= here.clock.now()


def test_a_broken_van_gives_its_stops_to_the_others() -> None:
    here = city()
    here.desk.replan("first", DISPATCHER)
    here.do(cmd.StopCrew(crew_id="c1", reason="van broke down"))
    here.desk.replan("crew", DISPATCHER)
    assert routes(here).keys() == {"c2"}
    assert len(routes(here)["c2"]) == 4


def test_what_no_crew_can_do_is_said() -> None:
    here = city()
    here.do(cmd.StopCrew(crew_id="c2", reason="ill"))
    here.desk.replan("crew", DISPATCHER)
    assert here.state.plan is not None
    assert here.state.plan.unplanned == ("high",)
    assert here.need("high").state == "reported"


def test_new_damage_and_pins_change_the_order() -> None:
    here = city()
    here.desk.replan("first", DISPATCHER)
    here.do(cmd.PinNeed(need_id="empty", crew="c1", position=0))
    here.open("new", sealed=here.seal(36.506, 50.606, dependent=2))
    here.desk.replan("new_damage", DISPATCHER)
    told = routes(here)
    assert told["c1"][0] == "empty"
    assert "new" in told["c1"] + told["c2"]
    assert here.state.plan is not None
    assert any("pinned" in stop.why for route in here.state.plan.routes for stop in route.stops)


def test_crews_whose_shift_is_over_are_not_sent() -> None:
    here = city()
    here.clock.move(13 * 3600)
    here.desk.replan("by_hand", DISPATCHER)
    assert here.state.plan is not None
    assert here.state.plan.routes == ()
    assert len(here.state.plan.unplanned) == 4


def test_who_may_not_plan_is_denied() -> None:
    here = city()
    with pytest.raises(Denied):
        here.desk.replan("by_hand", OBSERVER)


def test_the_same_needs_give_the_same_plan() -> None:
    one, two = city(), city()
    one.desk.replan("first", DISPATCHER)
    two.desk.replan("first", DISPATCHER)
    assert routes(one) == routes(two)


def test_a_need_without_a_place_is_taken_to_be_in_the_middle_of_its_area() -> None:
    spot = area_middle(next(area for area in AREAS if area.id == "north-1"))
    assert spot == pytest.approx((36.51, 50.61))
    assert area_middle(None) is None
    here = Repairs()
    here.weather()
    here.crew()
    here.open()
    here.desk.replan("first", DISPATCHER)
    assert routes(here) == {"c1": ["n1"]}


def test_people_are_read_from_what_is_sealed_and_nothing_else() -> None:
    assert people_of({"people": {"adults": 2, "elderly": 1}}) == People(adults=2, elderly=1)
    assert people_of({"people": {"adults": -3, "small": "two"}}) == People()
    assert people_of({"people": "two"}) is None
    assert people_of(None) is None


def test_a_crews_stock_shrinks_with_what_it_used() -> None:
    here = city()
    here.desk.replan("first", DISPATCHER)
    need = routes(here)["c1"][0]
    here.move("on_the_way", need, crew="c1")
    here.clock.move(3600)
    here.move("temporarily_closed", need, crew="c1", cover="film2", materials={"film": 58.0})
    here.do(cmd.StopCrew(crew_id="c2", reason="ill"))
    here.desk.replan("done", DISPATCHER)
    assert here.state.plan is not None
    (route,) = here.state.plan.routes
    assert route.stops[0].reload
    assert all(stop.done <= START + timedelta(hours=12) for stop in route.stops)
