"""Laws of the repair room over random commands by random actors, refused ones among them."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repair.rig import DISPATCHER, EVERYBODY, Repairs, crew, opening
from tocsin.app.repair import RESIDENTS, RepairDesk
from tocsin.core.errors import CATALOGUE, TocsinError
from tocsin.repair import commands as cmd
from tocsin.repair.policy import UrgencyPolicy
from tocsin.repair.state import OPEN, RepairState, fold, fold_all
from tocsin.warn import commands as warn
from warn.rig import ANNA, START

NEEDS, CREWS = ("n1", "n2", "n3"), ("c1", "c2", "c9")
STATES = ("reported", "assessed", "planned", "on_the_way", "temporarily_closed", "verified", "glazed", "refused")

need, crew_id = st.sampled_from(NEEDS), st.sampled_from(CREWS)
broken = st.builds(
    opening,
    windows=st.sampled_from([1, 2, 3, 0]),
    heating=st.sampled_from([None, True, False]),
    cracked=st.booleans(),
    occupied=st.booleans(),
)
step = st.one_of(
    st.builds(
        cmd.OpenNeed,
        need_id=need,
        area=st.sampled_from(["north-1", "north-1", "north-2", "elsewhere"]),
        building=st.sampled_from(["", "b1"]),
        opening=broken,
        sealed=st.sampled_from(["", "ref"]),
    ),
    # What a crew does most: move one need along.
    st.builds(
        cmd.MoveNeed,
        need_id=st.sampled_from(["n1", "n2"]),
        state=st.sampled_from(["on_the_way", "temporarily_closed", "glazed", "verified"]),
        crew=st.just("c1"),
        cover=st.sampled_from([None, "film1"]),
        materials=st.sampled_from([{}, {"film": 5.0}]),
    ),
    st.builds(cmd.MergeNeed, need_id=need, into=need, reason=st.just("same door")),
    st.builds(cmd.AssessNeed, need_id=need, opening=broken),
    st.builds(
        cmd.MoveNeed,
        need_id=need,
        state=st.sampled_from(STATES),
        crew=st.sampled_from(["", "c1"]),
        cover=st.sampled_from([None, None, "film1", "film2"]),
        materials=st.sampled_from([{}, {"film": 5.0}]),
        reason=st.sampled_from(["", "so it is"]),
        client_id=st.sampled_from(["", "p-1", "p-2"]),
    ),
    st.builds(cmd.ReopenNeed, need_id=need, reason=st.just("open again"), by_resident=st.booleans()),
    st.builds(cmd.PinNeed, need_id=need, crew=st.sampled_from(["", "c1", "c2"]), position=st.integers(-1, 3)),
    st.builds(cmd.DefineCrew, crew=st.builds(crew, crew_id, area=st.sampled_from(["north", "", "elsewhere"]))),
    st.builds(cmd.StopCrew, crew_id=crew_id, reason=st.sampled_from(["", "ill"])),
    st.builds(cmd.ResumeCrew, crew_id=crew_id),
    st.builds(
        cmd.ObserveWeather,
        at=st.just(START),
        temperature_c=st.sampled_from([-12.0, 3.0, -99.0]),
        source=st.just("station"),
    ),
    st.builds(
        cmd.ReadThermometer,
        need_id=need,
        at=st.just(START),
        temperature_c=st.floats(-5, 20),
        outside_c=st.sampled_from([None, -10.0]),
    ),
    st.sampled_from(["first", "alarm", "all_clear", "warn"]),
)
steps = st.lists(
    st.tuples(st.sampled_from([0, 60, 5000]), st.sampled_from((*[DISPATCHER] * 6, *EVERYBODY)), step),
    min_size=20,
    max_size=45,
)


def attempt(here: Repairs, actor: Any, act: Any) -> TocsinError | None:
    try:
        if act == "warn":
            here.rig.desk.do(warn.Draft(threat="drone", areas=("north",), reason="seen"), ANNA)
        elif isinstance(act, str):
            here.desk.replan(act, actor)  # type: ignore[arg-type] - drawn from the triggers
        else:
            here.do(act, actor)
    except TocsinError as fault:
        return fault
    return None


def take(here: Repairs, actor: Any, act: Any) -> None:
    """Carry it out; a refusal says everything that a refusal must say and leaves the ledger as it was."""
    before = here.rig.desk.ledger.head()
    refused = attempt(here, actor, act)
    if refused is not None:
        assert refused.code in CATALOGUE
        assert refused.message
        assert refused.remedy
        assert here.rig.desk.ledger.head() == before


def begun() -> Repairs:
    """A night in which something is going on already, so that few random acts are refused for want of anything."""
    here = Repairs(policy=UrgencyPolicy(iterations=50, horizon_h=2, look_h=1))
    here.weather(-10)
    for one in ("c1", "c2"):
        here.crew(one)
    for one in ("n1", "n2"):
        here.open(one, opening=opening(heating=True))
    here.move("on_the_way", "n1", crew="c1")
    return here


def played(acts: list[tuple[int, Any, Any]]) -> Repairs:
    here = begun()
    for seconds, actor, act in acts:
        here.clock.move(seconds)
        take(here, actor, act)
    return here


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_replay_equals_reality(acts: list[tuple[int, Any, Any]]) -> None:
    here = played(acts)
    entries = list(here.rig.desk.ledger.read())
    kept = here.state
    assert fold_all(RepairState(), entries) == kept
    state = fold_all(RepairState(), entries[: len(entries) // 2])
    for entry in entries[len(entries) // 2 :]:
        state = fold(state, entry)
    assert state == kept
    assert RepairDesk(here.rig.desk, here.vault).state() == kept
    ours = [e for e in entries if e.event.kind.startswith("repair.")]
    assert fold_all(RepairState(), ours).needs == kept.needs


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_no_history_is_ever_lost_and_what_is_open_is_in_the_queue(acts: list[tuple[int, Any, Any]]) -> None:
    here = begun()
    told: set[tuple[str, int]] = set()
    for seconds, actor, act in acts:
        here.clock.move(seconds)
        take(here, actor, act)
        state = here.state
        now = {(need.id, step.seq) for need in state.needs.values() for step in need.history}
        assert told <= now
        told = now
        for gone in state.needs.values():
            final = state.final(gone.id)
            assert final is not None
            assert {(s.need, s.seq) for s in gone.history} <= {(s.need, s.seq) for s in final.history} | {
                (s.need, s.seq) for s in gone.history[-1:]
            }
    open_ids = {need.id for need in here.state.needs.values() if not need.merged_into and need.state in OPEN}
    assert {row.need.id for row in here.desk.queue()} == open_ids


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps, need)
def test_a_resident_is_never_turned_away(acts: list[tuple[int, Any, Any]], need_id: str) -> None:
    here = played(acts)
    if need_id not in here.state.needs:
        return
    final = here.state.final(need_id)
    assert final is not None
    here.do(cmd.ReopenNeed(need_id=need_id, reason="still cold", by_resident=True), RESIDENTS)
    after = here.state.needs[final.id]
    assert after.open
    assert after.reopened == final.reopened + 1
    assert after.history[-1].note == "still cold"
