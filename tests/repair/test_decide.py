"""Needs and crews: what may be asked, what is refused, what both leave in the ledger."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from repair.rig import CREW, DISPATCHER, DUTY, NOBODY, SENSOR, SOUTHERN, Repairs, crew, opening
from tocsin.app.repair import RESIDENTS
from tocsin.core.errors import Denied, Invalid, Refused, TocsinError, Unknown
from tocsin.repair import commands as cmd
from tocsin.repair import events as ev
from tocsin.repair.decide import NEXT


def refused(here: Repairs, command: cmd.Command, actor: Any = DISPATCHER) -> TocsinError:
    head = here.rig.desk.ledger.head()
    with pytest.raises(TocsinError) as caught:
        here.do(command, actor)
    assert here.rig.desk.ledger.head() == head
    return caught.value


def test_a_need_goes_from_reported_to_glazed() -> None:
    here = Repairs()
    here.crew()
    here.open()
    here.do(cmd.AssessNeed(need_id="n1", opening=opening(windows=3), note="kitchen, too"))
    here.move("on_the_way", crew="c1")
    here.move("temporarily_closed", crew="c1", cover="film2", materials={"film": 7.0}, evidence="photo-1")
    here.move("verified")
    here.move("glazed", crew="c1", materials={"glass": 2})
    need = here.need()
    assert [step.state for step in need.history] == [
        "reported",
        "assessed",
        "on_the_way",
        "temporarily_closed",
        "verified",
        "glazed",
    ]
    assert need.opening.cover == "glass"
    assert need.materials == {"film": 7.0, "glass": 2}
    assert need.evidence == ("photo-1",)
    assert here.state.crews["c1"].used == {"film": 7.0, "glass": 2}
    assert [phase.opening.cover for phase in need.phases] == ["open", "open", "film2", "glass"]


@pytest.mark.parametrize("state", list(NEXT))
@pytest.mark.parametrize("to", list(NEXT))
def test_every_move_is_allowed_or_refused_as_the_table_says(state: ev.State, to: ev.State) -> None:
    here = Repairs()
    here.crew()
    here.open()
    route: dict[str, list[ev.State]] = {
        "temporarily_closed": ["on_the_way", "temporarily_closed"],
        "verified": ["on_the_way", "temporarily_closed", "verified"],
        "glazed": ["on_the_way", "glazed"],
        "reported": [],
    }
    if state == "assessed":
        here.do(cmd.AssessNeed(need_id="n1", opening=opening()))
    elif state == "planned":
        here.weather()
        here.desk.replan("first", DISPATCHER)
    else:
        for one in route.get(state, [state]):
            here.move(one, crew="c1", reason="so it is", cover="plywood" if one == "temporarily_closed" else None)
    assert here.need().state == state
    command = cmd.MoveNeed(
        need_id="n1", state=to, crew="c1", reason="so it is", cover="film2" if to == "temporarily_closed" else None
    )
    if to in NEXT[state]:
        here.do(command)
        assert here.need().state == to
    elif to == state:
        assert not here.do(command).facts
    else:
        fault = refused(here, command)
        assert (fault.code, fault.field) == ("TOC-11002", "state")


def test_a_phone_that_sends_again_says_nothing_new() -> None:
    here = Repairs()
    here.crew()
    here.open()
    here.move("on_the_way", crew="c1", client_id="p-1")
    here.move("temporarily_closed", crew="c1", cover="film2", client_id="p-2")
    assert not here.move("on_the_way", crew="c1", client_id="p-1").facts
    assert not here.move("temporarily_closed", crew="c1", cover="film2", client_id="p-2").facts
    assert here.need().state == "temporarily_closed"


def test_merging_keeps_both_histories() -> None:
    here = Repairs()
    here.open("n1", sealed="ref-1", report="r1")
    here.open("n2", sealed="ref-2", report="r2")
    here.do(cmd.AssessNeed(need_id="n2", opening=opening(windows=5)))
    here.do(cmd.MergeNeed(need_id="n2", into="n1", reason="same door"))
    need = here.need()
    assert {step.need for step in need.history} == {"n1", "n2"}
    assert [step.seq for step in need.history] == sorted(step.seq for step in need.history)
    assert need.sealed == ("ref-1", "ref-2")
    assert need.merged == ("n2",)
    assert [one.id for one in here.state.open_needs()] == ["n1"]
    assert refused(here, cmd.AssessNeed(need_id="n2", opening=opening())).code == "TOC-11002"
    assert not here.do(cmd.MergeNeed(need_id="n2", into="n1", reason="same door")).facts


def test_merging_what_is_started_closed_or_itself_is_refused() -> None:
    here = Repairs()
    here.crew()
    for one in ("n1", "n2", "n3"):
        here.open(one)
    here.move("on_the_way", "n2", crew="c1")
    here.move("no_longer_needed", "n3", reason="boarded up by the house")
    for gone, into in (("n1", "n1"), ("n2", "n1"), ("n3", "n1"), ("n1", "n3")):
        assert refused(here, cmd.MergeNeed(need_id=gone, into=into, reason="same")).code == "TOC-11002"


@pytest.mark.parametrize("end", ["temporarily_closed", "glazed", "no_longer_needed", "refused"])
def test_a_resident_can_always_reopen_and_it_leaves_a_trace(end: ev.State) -> None:
    here = Repairs()
    here.crew()
    here.open()
    here.move("on_the_way", crew="c1")
    here.move(end, crew="c1", reason="done", cover="film1" if end == "temporarily_closed" else None)
    here.do(cmd.ReopenNeed(need_id="n1", reason="the film blew off", by_resident=True), RESIDENTS)
    need = here.need()
    assert (need.state, need.reopened, need.opening.cover) == ("reported", 1, "open")
    assert need.history[-1].note == "the film blew off"
    assert need.history[-1].actor == "system:residents"
    here.do(cmd.ReopenNeed(need_id="n1", reason="still open", by_resident=True), RESIDENTS)
    assert here.need().reopened == 2


def test_reopening_what_was_merged_reopens_what_goes_on() -> None:
    here = Repairs()
    here.open("n1")
    here.open("n2")
    here.do(cmd.MergeNeed(need_id="n2", into="n1", reason="same door"))
    here.move("no_longer_needed", reason="gone")
    here.do(cmd.ReopenNeed(need_id="n2", reason="no, it is open"))
    assert here.need("n1").state == "reported"


def test_a_closure_that_stays_cold_opens_a_second_job_where_glass_would_cure_it() -> None:
    here = Repairs()
    here.crew()
    here.weather(-10)
    here.open(sealed="ref-1", opening=opening(heating=True))
    here.move("on_the_way", crew="c1")
    facts = here.move("temporarily_closed", crew="c1", cover="film1").facts
    assert [type(fact) for fact in facts] == [ev.NeedMoved, ev.NeedOpened]
    second = here.need("n1-2")
    assert (second.follows, second.sealed, second.opening.cover) == ("n1", ("ref-1",), "film1")
    assert second.phases[0] == here.need().phases[0]


@pytest.mark.parametrize(("heating", "cover", "outside"), [(True, "film2", -10), (False, "film1", -10)])
def test_no_second_job_where_it_holds_or_would_not_help(heating: bool, cover: Any, outside: float) -> None:
    here = Repairs()
    here.crew()
    here.weather(outside)
    here.open(opening=opening(heating=heating))
    here.move("on_the_way", crew="c1")
    here.move("temporarily_closed", crew="c1", cover=cover)
    assert set(here.state.needs) == {"n1"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"need_id": "no good"}, "need_id"),
        ({"area": "atlantis"}, "area"),
        ({"building": "Sealed street 1"}, "building"),
        ({"opening": opening(windows=0, hole_m2=None)}, "opening.windows"),
        ({"opening": opening(windows=-1)}, "opening.windows"),
        ({"opening": opening(hole_m2=float("nan"))}, "opening.hole_m2"),
        ({"opening": opening(floor_m2=0.0)}, "opening.floor_m2"),
        ({"skills": ()}, "skills"),
        ({"skills": ("flying",)}, "skills"),
    ],
)
def test_a_malformed_need_is_refused_with_its_field(changes: dict[str, Any], field: str) -> None:
    here = Repairs()
    told: dict[str, Any] = {"need_id": "n1", "area": "north-1", "opening": opening()}
    fault = refused(here, cmd.OpenNeed(**(told | changes)))
    assert isinstance(fault, Invalid)
    assert (fault.code, fault.field) == ("TOC-11001", field)


def test_an_id_is_used_once_and_sending_again_says_nothing_new() -> None:
    here = Repairs()
    here.open(report="r1")
    assert not here.open(report="r1").facts
    assert refused(here, cmd.OpenNeed(need_id="n1", area="north-1", opening=opening(), report="r9")).code == "TOC-11002"


def test_closing_says_with_what() -> None:
    here = Repairs()
    here.crew()
    here.open()
    here.move("on_the_way", crew="c1")
    for cover in (None, "open", "glass"):
        fault = refused(here, cmd.MoveNeed(need_id="n1", state="temporarily_closed", cover=cover))
        assert (fault.code, fault.field) == ("TOC-11001", "cover")
    assert refused(here, cmd.MoveNeed(need_id="n1", state="refused")).field == "reason"
    assert refused(here, cmd.MoveNeed(need_id="n1", state="glazed", crew="c9")).code == "TOC-11003"


def test_pins_need_a_crew_with_the_skills() -> None:
    here = Repairs()
    here.crew("c1")
    here.crew("c2", skills=("glazing", "height"))
    here.open(skills=("glazing", "height"))
    assert refused(here, cmd.PinNeed(need_id="n1", crew="c1")).field == "crew"
    here.do(cmd.PinNeed(need_id="n1", crew="c2", position=1))
    assert not here.do(cmd.PinNeed(need_id="n1", crew="c2", position=1)).facts
    here.do(cmd.PinNeed(need_id="n1", crew=""))
    assert here.need().pin is None
    here.move("on_the_way", crew="c2")
    assert refused(here, cmd.PinNeed(need_id="n1", crew="c2")).code == "TOC-11002"


@pytest.mark.parametrize(
    "changes",
    [
        {"names": {}},
        {"area": "atlantis"},
        {"skills": ("flying",)},
        {"stock": {"film": -1.0}},
        {"stock": {"film": float("inf")}},
        {"shift_to": crew().shift_from},
        {"shift_to": crew().shift_from + timedelta(hours=40)},
        {"shift_from": crew().shift_from.replace(tzinfo=None)},
    ],
)
def test_a_malformed_crew_is_refused(changes: dict[str, Any]) -> None:
    here = Repairs()
    assert refused(here, cmd.DefineCrew(crew=msgspec.structs.replace(crew(), **changes))).code == "TOC-11003"


def test_a_crew_stops_and_goes_on() -> None:
    here = Repairs()
    here.crew()
    here.do(cmd.StopCrew(crew_id="c1", reason="van broke down"))
    assert here.state.crews["c1"].stopped == "van broke down"
    here.do(cmd.ResumeCrew(crew_id="c1"), CREW)
    assert not here.do(cmd.ResumeCrew(crew_id="c1")).facts
    assert isinstance(refused(here, cmd.StopCrew(crew_id="c9", reason="?")), Unknown)


@pytest.mark.parametrize(
    "changes",
    [{"temperature_c": -80}, {"temperature_c": float("nan")}, {"wind_ms": -1.0}, {"op": "le"}, {"source": "a b"}],
)
def test_an_unusable_weather_value_is_refused(changes: dict[str, Any]) -> None:
    here = Repairs()
    told: dict[str, Any] = {"at": here.clock.now(), "temperature_c": -10, "source": "station"}
    assert refused(here, cmd.ObserveWeather(**(told | changes))).code == "TOC-11004"
    ahead = told | {"at": here.clock.now() + timedelta(hours=1)}
    assert refused(here, cmd.ObserveWeather(**ahead)).code == "TOC-11004"


def test_weather_is_kept_in_the_order_of_its_own_time() -> None:
    here = Repairs()
    here.clock.move(7200)
    here.weather(-11)
    here.weather(-8, at=here.clock.now() - timedelta(hours=1))
    assert [one.temperature_c for one in here.state.weather] == [-8, -11]
    found = here.state.weather_at(here.clock.now() - timedelta(minutes=30))
    assert found is not None
    assert found.temperature_c == -8


def test_a_thermometer_takes_the_weather_as_known() -> None:
    here = Repairs()
    here.open()
    reading = cmd.ReadThermometer(need_id="n1", at=here.clock.now(), temperature_c=14)
    assert refused(here, reading).code == "TOC-11004"
    here.weather(-7)
    here.do(reading)
    assert not here.do(reading).facts
    assert here.state.readings["b1"][0].outside_c == -7


def test_a_plan_made_from_an_older_one_is_refused() -> None:
    here = Repairs()
    plan = cmd.MakePlan(plan_id="p1", trigger="first", routes=(), cost=0, rule="repair-1", seen="")
    here.do(plan)
    assert refused(here, msgspec.structs.replace(plan, plan_id="p2")).code == "TOC-11005"
    here.do(msgspec.structs.replace(plan, plan_id="p2", seen="p1"))


@pytest.mark.parametrize(
    ("command", "actor"),
    [
        (cmd.OpenNeed(need_id="n9", area="north-1", opening=opening()), SENSOR),
        (cmd.OpenNeed(need_id="n9", area="north-1", opening=opening()), SOUTHERN),
        (cmd.PinNeed(need_id="n1", crew="c1"), DUTY),
        (cmd.MoveNeed(need_id="n1", state="on_the_way", crew="c1"), NOBODY),
        (cmd.MoveNeed(need_id="n1", state="on_the_way"), CREW),
        (cmd.MoveNeed(need_id="n1", state="on_the_way", crew="c1"), CREW),
        (cmd.ReopenNeed(need_id="n1", reason="open", by_resident=False), RESIDENTS),
        (cmd.ReopenNeed(need_id="n1", reason="open", by_resident=True), NOBODY),
        (cmd.DefineCrew(crew=crew("c2", area="north")), SOUTHERN),
    ],
)
def test_who_may_not_is_denied(command: cmd.Command, actor: Any) -> None:
    here = Repairs()
    here.crew()
    here.open()
    assert isinstance(refused(here, command, actor), Denied)


def test_a_crew_moves_what_the_plan_gave_it() -> None:
    here = Repairs()
    here.crew()
    here.open()
    here.weather()
    here.desk.replan("first", DISPATCHER)
    here.do(cmd.MoveNeed(need_id="n1", state="on_the_way", crew="c1"), CREW)
    assert here.need().state == "on_the_way"


def test_refused_means_conflict() -> None:
    here = Repairs()
    here.open()
    assert isinstance(refused(here, cmd.MoveNeed(need_id="n1", state="verified")), Refused)
