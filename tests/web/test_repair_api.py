"""Needs, crews, plan, weather and thermometers through the API: who may, what is sealed, what is said once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from doors import Api, SetClock
from repair_kit import COLD, SECRET, a_crew, a_need, street
from tocsin.app.desk import Desk
from tocsin.web.desk import vault


@pytest.fixture
def dispatcher(officer: Callable[..., Any]) -> Api:
    api: Api = officer("dispatcher", "dispatcher").api
    return api


@pytest.fixture
def crew(officer: Callable[..., Any]) -> Api:
    api: Api = officer("crew", "crew").api
    return api


def test_a_need_is_opened_once_and_its_address_is_sealed(dispatcher: Api, desk: Desk) -> None:
    first, again = dispatcher.post("/needs", a_need()), dispatcher.post("/needs", a_need())
    assert (first.status_code, again.status_code) == (201, 201)
    assert len(first.json()["entries"]) == 1
    assert again.json()["entries"] == []
    assert len(vault().open_all("home")) == 1
    assert first.json()["need"]["home"]["address"] == SECRET
    ledger = json.dumps([entry.event.body for entry in desk.ledger.read()])
    assert SECRET not in ledger
    assert "36.5987" not in ledger


def test_where_a_flat_is_is_for_dispatchers_alone(dispatcher: Api, crew: Api, duty: Api, officer: Any) -> None:
    dispatcher.post("/needs", a_need())
    elsewhere = officer("south", "dispatcher", area="south").api
    for other in (crew, duty, officer("observer", "observer").api):
        (one,) = other.get("/needs").json()["needs"]
        assert one["home"] is None
    assert elsewhere.get("/needs").json()["needs"] == []
    assert elsewhere.get("/needs/need-1").status_code == 404
    assert Api().get("/needs").status_code == 401


def test_a_stranger_seals_nothing(officer: Callable[..., Any], desk: Desk) -> None:
    answer = officer("approver", "approver").api.post("/needs", a_need())
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "TOC-6002")
    assert vault().open_all("home") == {}


def test_the_queue_comes_in_order_with_its_sum(dispatcher: Api) -> None:
    street(dispatcher, 3)
    needs = dispatcher.get("/needs").json()["needs"]
    assert len(needs) == 3
    scores = [one["urgency"]["score"] for one in needs]
    assert scores == sorted(scores, reverse=True)
    assert all(one["urgency"]["band"] == "P1" and "=" in one["urgency"]["sum"] for one in needs)
    low, high = needs[0]["urgency"]["hours"]["10"]
    assert 0 < low < high


def test_a_plan_names_every_flat_and_why(dispatcher: Api) -> None:
    street(dispatcher, 3)
    plan = dispatcher.get("/plan").json()["plan"]
    (route,) = plan["routes"]
    assert {stop["need"] for stop in route["stops"]} == {"need-1", "need-2", "need-3"}
    assert all(stop["why"] for stop in route["stops"])
    assert (plan["trigger"], plan["unplanned"]) == ("by_hand", [])


def test_a_crew_moves_its_own_need_once(dispatcher: Api, crew: Api) -> None:
    street(dispatcher, 1)
    move = {"state": "on_the_way", "crew": "crew-1", "client_id": "phone-1"}
    first, again = crew.post("/needs/need-1/move", move), crew.post("/needs/need-1/move", move)
    assert (first.status_code, len(first.json()["entries"])) == (201, 1)
    assert (again.status_code, again.json()["entries"]) == (201, [])
    closed = {"state": "temporarily_closed", "crew": "crew-1", "cover": "film2", "materials": {"film": 6}}
    assert crew.post("/needs/need-1/move", closed).json()["need"]["state"] == "temporarily_closed"
    left = crew.get("/crews").json()["crews"][0]["left"]
    assert left == {"film": 114.0, "plywood": 20.0}


def test_a_crew_does_not_move_what_is_not_its_own(dispatcher: Api, crew: Api) -> None:
    dispatcher.post("/needs", a_need())
    dispatcher.post("/crews", a_crew())
    answer = crew.post("/needs/need-1/move", {"state": "on_the_way", "crew": "crew-1"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "TOC-6002")


def test_a_closed_flat_is_open_again_when_the_resident_says_so(dispatcher: Api) -> None:
    street(dispatcher, 1)
    dispatcher.post("/needs/need-1/move", {"state": "temporarily_closed", "cover": "film1"})
    said = dispatcher.post("/needs/need-1/reopen", {"reason": "it came off", "by_resident": True}).json()["need"]
    assert (said["open"], said["reopened"]) == (True, 1)
    assert said["history"][-1]["kind"] == "repair.need_reopened"


def test_merged_needs_keep_both_histories(dispatcher: Api) -> None:
    street(dispatcher, 2)
    into = dispatcher.post("/needs/need-2/merge", {"into": "need-1", "reason": "the same flat"})
    assert into.json()["need"]["merged_into"] == "need-1"
    kept = dispatcher.get("/needs/need-1").json()["need"]
    assert kept["merged"] == ["need-2"]
    assert {step["kind"] for step in kept["history"]} >= {"repair.need_opened", "repair.need_merged"}


def test_a_pin_holds_until_it_is_let_go(dispatcher: Api) -> None:
    street(dispatcher, 3)
    last = dispatcher.get("/plan").json()["plan"]["routes"][0]["stops"][-1]["need"]
    assert dispatcher.post(f"/needs/{last}/pin", {"crew": "crew-1", "position": 0}).json()["need"]["pinned"]
    dispatcher.post("/plan")
    assert dispatcher.get("/plan").json()["plan"]["routes"][0]["stops"][0]["need"] == last
    assert not dispatcher.post(f"/needs/{last}/pin", {"crew": ""}).json()["need"]["pinned"]


def test_a_broken_van_and_back(dispatcher: Api, crew: Api) -> None:
    street(dispatcher, 1)
    assert crew.post("/crews/crew-1/stop", {"reason": "the van"}).json()["crew"]["stopped"] == "the van"
    dispatcher.post("/plan")
    assert dispatcher.get("/plan").json()["plan"]["unplanned"] == ["need-1"]
    assert crew.post("/crews/crew-1/resume").json()["crew"]["stopped"] == ""


def test_a_depot_is_sealed_and_not_twice(dispatcher: Api, desk: Desk) -> None:
    body = a_crew(depot={"lon": 36.6123, "lat": 50.5987})
    assert len(dispatcher.post("/crews", body).json()["entries"]) == 1
    assert dispatcher.post("/crews", body).json()["entries"] == []
    assert "36.6123" not in json.dumps([entry.event.body for entry in desk.ledger.read()])


def test_the_weather_has_an_age_and_a_source(dispatcher: Api, clock: SetClock) -> None:
    assert dispatcher.get("/weather").json()["now"] is None
    dispatcher.post("/weather", COLD)
    assert dispatcher.post("/weather", COLD).json()["entries"] == []
    now = dispatcher.get("/weather").json()["now"]
    assert (now["temperature_c"], now["source"], now["age_s"]) == (-12.5, "officer", 480.0)


def test_a_sensor_speaks_of_the_weather_for_itself_alone(sensor: Callable[..., Api]) -> None:
    mast = sensor("mast-1")
    assert mast.post("/weather", COLD | {"source": "mast-1"}).status_code == 201
    answer = mast.post("/weather", COLD | {"source": "officer"})
    assert (answer.status_code, answer.json()["error"]["field"]) == (403, "source")


def test_an_approver_says_nothing_of_the_weather(approver: Api) -> None:
    assert approver.post("/weather", COLD).status_code == 403


def test_thermometers_are_recorded_once(dispatcher: Api) -> None:
    street(dispatcher, 1)
    read = {"need": "need-1", "temperature_c": 11.5, "at": "2024-01-04T20:55:00Z"}
    assert len(dispatcher.post("/thermometers", read).json()["entries"]) == 1
    assert dispatcher.post("/thermometers", read).json()["entries"] == []
    (one,) = dispatcher.get("/thermometers").json()["readings"]
    assert (one["temperature_c"], one["outside_c"], one["building"]) == (11.5, -12.5, "b-17")
    assert dispatcher.post("/thermometers", read | {"need": "need-9"}).status_code == 404


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/needs", a_need() | {"opening": {"windows": "three"}}, "opening.windows"),
        ("/needs", a_need() | {"area": "NORTH!"}, "area"),
        ("/needs", a_need() | {"more": 1}, "more"),
        ("/weather", COLD | {"temperature_c": 400}, "temperature_c"),
        ("/weather", COLD | {"at": "yesterday"}, "at"),
        ("/crews", a_crew(shift_to="2024-01-04T19:00:00Z"), "crew.shift_to"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(dispatcher: Api, path: str, body: Any, field: str) -> None:
    answer = dispatcher.post(path, body)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)
