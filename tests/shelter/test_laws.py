"""Laws of the shelter room over random commands by random actors, refused ones among them."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shelter.rig import ADMIN, DISPATCHER, DOOR, DUTY, NOBODY, SOUTHERN, Shelters, drill, place, shelter
from tocsin.app.shelters import ShelterDesk
from tocsin.core.errors import CATALOGUE, TocsinError
from tocsin.core.event import fact_of
from tocsin.shelter import commands as cmd
from tocsin.shelter import public
from tocsin.shelter.state import ShelterState, fold, fold_all
from tocsin.warn import commands as warn
from tocsin.warn.state import WarnState
from tocsin.warn.state import fold_all as warn_fold_all
from warn.rig import ANNA

ACTORS = (ADMIN, ADMIN, DUTY, DISPATCHER, SOUTHERN, DOOR, NOBODY)
IDS = ("h01", "h02", "h03")
AREAS = ("city", "north", "north-1", "south", "elsewhere")

ids = st.sampled_from(IDS)
described = st.builds(
    shelter,
    ids,
    area=st.sampled_from(AREAS),
    kind=st.sampled_from(["public", "school"]),
    capacity=st.sampled_from([None, 1, 250, 0]),
    accessible=st.sampled_from([None, True, False]),
    hidden=st.sampled_from([False, False, True]),
)
several = st.lists(described, min_size=1, max_size=3, unique_by=lambda one: one.id).map(tuple)
step = st.one_of(
    st.builds(
        cmd.RegisterShelters,
        shelters=several,
        moved=st.lists(ids, max_size=1).map(tuple),
        reveal=st.sampled_from([(), (), ("h01",)]),
        whole=st.sampled_from([False, False, True]),
    ),
    st.tuples(ids, st.sampled_from(["open", "closed", "unknown"]), st.sampled_from([0, 30, 3600, 9000, -3600])),
    st.builds(cmd.WithdrawShelter, shelter_id=ids, reason=st.sampled_from(["flooded", " "])),
    st.builds(
        cmd.TimeDrill,
        shelter_id=ids,
        drill=st.builds(
            drill,
            group=st.sampled_from(["5A", "6B"]),
            seconds=st.sampled_from([0, 90, 500]),
            season=st.sampled_from(["summer", "winter"]),
            on=st.sampled_from([date(2023, 6, 1), date(2024, 1, 3), date(2030, 1, 1)]),
        ),
    ),
    st.just("warn"),
)
wait = st.sampled_from([0, 1, 61, 7000])
steps = st.lists(st.tuples(wait, st.sampled_from(ACTORS), step), min_size=5, max_size=40)


def take(here: Shelters, actor: Any, act: Any) -> None:
    """Carry it out; a refusal says everything that a refusal must say and leaves the ledger as it was."""
    before = here.rig.desk.ledger.head()
    refused = attempt(here, actor, act)
    if refused is not None:
        assert refused.code in CATALOGUE
        assert refused.message
        assert refused.remedy
        assert here.rig.desk.ledger.head() == before


def attempt(here: Shelters, actor: Any, act: Any) -> TocsinError | None:
    try:
        if act == "warn":
            here.rig.desk.do(warn.Draft(threat="drone", areas=("north",), reason="seen"), ANNA)
        elif isinstance(act, tuple):
            shelter_id, state, ago_s = act
            here.door(state, shelter_id, actor, ago_s)
        else:
            here.do(act, actor)
    except TocsinError as fault:
        return fault
    return None


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_replay_equals_reality(acts: list[tuple[int, Any, Any]]) -> None:
    here = Shelters()
    for seconds, actor, act in acts:
        here.clock.move(seconds)
        take(here, actor, act)
    entries = list(here.rig.desk.ledger.read())
    kept = here.state
    assert fold_all(ShelterState(), entries) == kept
    # Folded in two parts, by another process, or one entry at a time, it is the same.
    state = fold_all(ShelterState(), entries[: len(entries) // 2])
    for entry in entries[len(entries) // 2 :]:
        state = fold(state, entry)
    assert state == kept
    assert ShelterDesk(here.rig.desk).state() == kept
    # Each room passes over the other's facts.
    ours = [e for e in entries if e.event.kind.startswith("shelter.")]
    assert fold_all(ShelterState(), ours).shelters == kept.shelters
    theirs = warn_fold_all(WarnState(), (e for e in entries if e not in ours))
    assert warn_fold_all(WarnState(), entries).threads == theirs.threads


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_what_is_hidden_stays_hidden(acts: list[tuple[int, Any, Any]]) -> None:
    here = Shelters()
    here.places |= {one: place(50.61, 36.51 + n / 100, "Sealed cellar") for n, one in enumerate(IDS)}
    secret: set[str] = set()
    for seconds, actor, act in acts:
        here.clock.move(seconds)
        take(here, actor, act)
        state, areas = here.state, here.rig.desk.state().areas
        hidden = {one.shelter.id for one in state.shelters.values() if one.shelter.hidden}
        if isinstance(act, cmd.RegisterShelters):
            secret -= set(act.reveal)  # nothing else ever brings one out
        assert secret <= hidden
        secret = hidden
        for area in ("city", "north", "south"):
            told = [
                public.document(one, here.clock.now(), here.desk.door_for, "en")
                for one in public.of_area(state, here.places, areas, area)
            ]
            assert not hidden & {one["id"] for one in told}
            assert "Sealed" not in json.dumps(told)
    for entry in here.rig.desk.ledger.read():
        text = json.dumps(entry.event.body)
        assert "Sealed" not in text
        assert "36.5" not in text or entry.event.kind == "area.defined"


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_an_old_report_never_makes_a_door_known(acts: list[tuple[int, Any, Any]]) -> None:
    here = Shelters()
    for seconds, actor, act in acts:
        here.clock.move(seconds)
        take(here, actor, act)
        now = here.clock.now()
        for known in here.state.in_use():
            door = public.door_now(known.door, now, here.desk.door_for)
            if door is not None:
                assert door.state in ("open", "closed")
                assert now - door.at <= here.desk.door_for
            later = now + here.desk.door_for + timedelta(seconds=61)
            assert public.door_now(known.door, later, here.desk.door_for) is None
    assert all(fact_of(entry.event) is not None for entry in here.rig.desk.ledger.read())
