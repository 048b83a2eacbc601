"""What may be said of shelters, by whom, and what becomes of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from shelter.rig import (
    ADMIN,
    DISPATCHER,
    DOOR,
    DUTY,
    NOBODY,
    OBSERVER,
    SOUTHERN,
    Shelters,
    drill,
    place,
    shelter,
)
from tocsin.core.errors import Denied, TocsinError, Unknown
from tocsin.shelter import commands as cmd
from tocsin.shelter import public
from tocsin.shelter.decide import _RULES


@pytest.fixture
def here() -> Shelters:
    made = Shelters()
    made.register(shelter("h01", capacity=100), shelter("h02", hidden=True))
    return made


def kinds(outcome: Any) -> list[str]:
    return [fact.KIND for fact in outcome.facts]


def test_every_command_has_a_rule_and_a_role() -> None:
    from tocsin.app.shelters import NEEDS

    assert set(NEEDS) == set(_RULES) == set(cmd.Command.__subclasses__())


def test_importing_again_takes_over_what_differs_and_nothing_else(here: Shelters) -> None:
    assert here.register(shelter("h01", capacity=100)).facts == ()
    assert kinds(here.register(shelter("h01", capacity=120), moved=("h01",))) == ["shelter.changed", "shelter.moved"]
    assert here.state.shelters["h01"].shelter.capacity == 120


def test_only_a_whole_list_withdraws_and_registering_again_brings_back(here: Shelters) -> None:
    here.door("open")
    assert kinds(here.register(shelter("h03"))) == ["shelter.registered"]
    assert kinds(here.register(shelter("h03"), whole=True)) == ["shelter.withdrawn", "shelter.withdrawn"]
    assert [one.shelter.id for one in here.state.in_use()] == ["h03"]
    assert kinds(here.register(shelter("h01"))) == ["shelter.registered"]
    assert here.state.shelters["h01"].door is None  # what was seen before says nothing now


def test_a_hidden_one_is_public_only_on_purpose(here: Shelters) -> None:
    here.register(shelter("h02"))
    assert here.state.shelters["h02"].shelter.hidden
    here.register(shelter("h02"), reveal=("h02",))
    assert not here.state.shelters["h02"].shelter.hidden
    assert here.state.shelters["h02"].shelter.names


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        (shelter("H 1"), "TOC-9002", "shelters[0].id"),
        (shelter("h9", area="atlantis"), "TOC-9003", "shelters[0].area"),
        (shelter("h9", names={}), "TOC-9002", "shelters[0].names"),
        (shelter("h9", names={"en": "a\x00b"}), "TOC-9002", "shelters[0].names"),
        (shelter("h9", kind="bunker"), "TOC-9002", "shelters[0].kind"),
        (shelter("h9", opened_by="Anna, 555 0199"), "TOC-9002", "shelters[0].opened_by"),
        (shelter("h9", capacity=0), "TOC-9002", "shelters[0].capacity"),
        (shelter("h9", floors_below=-1), "TOC-9002", "shelters[0].floors_below"),
        (shelter("h9", demo=False), "TOC-8003", "shelters[0].demo"),
    ],
)
def test_what_cannot_be_registered(here: Shelters, wrong: Any, code: str, field: str) -> None:
    before = here.rig.desk.ledger.head()
    with pytest.raises(TocsinError) as caught:
        here.register(wrong, shelter("h10"))
    assert (caught.value.code, caught.value.field) == (code, field)
    assert here.rig.desk.ledger.head() == before


def test_the_names_of_a_hidden_one_are_refused_in_the_ledger(here: Shelters) -> None:
    import msgspec

    told = msgspec.structs.replace(shelter("h9", hidden=True), names={"en": "Sealed cellar"})
    with pytest.raises(TocsinError, match="its names would be recorded"):
        here.register(told)


def test_a_door_is_believed_for_a_time(here: Shelters) -> None:
    here.door("open")
    door = here.state.shelters["h01"].door
    assert public.door_now(door, here.clock.now(), here.desk.door_for) == door
    here.clock.move(7200)
    assert public.door_now(door, here.clock.now(), here.desk.door_for) == door
    here.clock.move(1)
    assert public.door_now(door, here.clock.now(), here.desk.door_for) is None


def test_a_late_report_hides_no_newer_one_and_a_repeated_one_is_not_written(here: Shelters) -> None:
    here.door("closed")
    assert here.door("open", ago_s=600).facts == ()
    assert here.door("closed").facts == ()
    here.clock.move(61)
    assert kinds(here.door("closed")) == ["shelter.door_reported"]
    assert kinds(here.door("open")) == ["shelter.door_reported"]
    assert here.state.shelters["h01"].door is not None


def test_a_report_can_be_taken_back(here: Shelters) -> None:
    here.door("open")
    here.door("unknown")
    assert public.door_now(here.state.shelters["h01"].door, here.clock.now(), here.desk.door_for) is None


def test_a_clock_that_was_set_back_does_not_shut_doors_out(here: Shelters) -> None:
    here.door("open")
    here.clock.move(-3600)
    assert public.door_now(here.state.shelters["h01"].door, here.clock.now(), here.desk.door_for) is None
    here.door("closed")
    door = here.state.shelters["h01"].door
    assert door is not None
    assert door.state == "closed"


@pytest.mark.parametrize("ago_s", [7201, -61])
def test_a_door_seen_too_long_ago_or_in_the_future_says_nothing(here: Shelters, ago_s: float) -> None:
    with pytest.raises(TocsinError) as caught:
        here.door("open", ago_s=ago_s)
    assert caught.value.code == "TOC-9005"


@pytest.mark.parametrize("actor", [OBSERVER, NOBODY, SOUTHERN])
def test_who_has_no_role_there_reports_no_door(here: Shelters, actor: Any) -> None:
    with pytest.raises(Denied):
        here.door("open", actor=actor)
    for allowed in (DUTY, DISPATCHER, DOOR):
        here.door("open", actor=allowed)


def test_a_hidden_one_cannot_be_told_from_none(here: Shelters) -> None:
    said = []
    for shelter_id in ("h02", "h99"):
        with pytest.raises(Unknown) as caught:
            here.door("open", shelter_id, SOUTHERN)
        said.append(str(caught.value).replace(shelter_id, "…"))
    assert said[0] == said[1]
    here.door("open", "h02", DISPATCHER)


def test_drills_are_kept_per_group_and_season(here: Shelters) -> None:
    def times(**changes: Any) -> None:
        here.do(cmd.TimeDrill(shelter_id="h01", drill=drill(**changes)), DUTY)

    times(seconds=480, season="winter")
    times(seconds=180, season="summer")
    times(seconds=100, season="winter", on=date(2023, 1, 1))  # an older drill replaces no newer one
    kept = here.state.shelters["h01"].drills
    assert {key: one.seconds for key, one in kept.items()} == {("5A", "winter"): 480, ("5A", "summer"): 180}
    for wrong in ({"seconds": 0}, {"group": ""}, {"on": date(2024, 2, 1)}, {"season": "monsoon"}):
        with pytest.raises(TocsinError) as caught:
            times(**wrong)
        assert caught.value.code == "TOC-9006"


def test_withdrawing_needs_a_reason_and_ends_every_report(here: Shelters) -> None:
    with pytest.raises(TocsinError):
        here.do(cmd.WithdrawShelter(shelter_id="h01", reason=" "))
    here.do(cmd.WithdrawShelter(shelter_id="h01", reason="flooded"), DISPATCHER)
    for act in (lambda: here.door("open"), lambda: here.do(cmd.WithdrawShelter(shelter_id="h01", reason="again"))):
        with pytest.raises(Unknown):
            act()


def test_few_in_an_area_are_joined_by_the_nearest_around_it() -> None:
    here = Shelters()
    here.register(*(shelter(f"h0{n}", area="north-1" if n == 1 else "north-2") for n in range(1, 5)))
    # Metres from the edge of North One at 36.52 east: 0 (its own), some 700, 2100, and more than anybody walks.
    east = {"h01": 36.51, "h02": 36.53, "h03": 36.55, "h04": 36.60}
    here.places |= {one: place(50.61, lon) for one, lon in east.items()}
    areas = here.rig.desk.state().areas
    found = public.of_area(here.state, here.places, areas, "north-1")
    assert [one.known.shelter.id for one in found] == ["h01", "h02", "h03"]
    assert found[0].metres == 0
    assert found[1].metres == pytest.approx(706, abs=2)
    assert [one.known.shelter.id for one in public.of_area(here.state, here.places, areas, "north")] == [
        "h01",
        "h02",
        "h03",
        "h04",
    ]
    assert len(public.of_area(here.state, here.places, areas, "north-1", few=2)) == 2
    assert public.of_area(here.state, here.places, areas, "atlantis") == []


def test_the_desk_shares_the_ledger_with_the_warnings(here: Shelters) -> None:
    woken: list[int] = []
    here.rig.desk.wake = woken.append
    here.clock.move(timedelta(minutes=5).total_seconds())
    outcome = here.do(cmd.ReportDoor(shelter_id="h01", state="open", observed_at=here.clock.now()), ADMIN_AND_DUTY)
    assert woken == [outcome.entries[-1].seq]
    assert here.rig.desk.state().seq == here.state.seq == outcome.entries[-1].seq


ADMIN_AND_DUTY = type(ADMIN)(id="officer:both", grants=(*ADMIN.grants, *DUTY.grants))
