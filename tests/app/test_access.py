"""Roles: every command needs one, and it reaches no further than its areas."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tocsin.app.access import NEEDS
from tocsin.app.actor import Actor, Grant
from tocsin.core.errors import Denied
from tocsin.warn import commands as cmd
from tocsin.warn import events as ev
from tocsin.warn.decide import RULES
from warn.rig import ADMIN, ANNA, SENSOR, START, Rig, area, officer


def every(base: type[cmd.Command]) -> Iterator[type[cmd.Command]]:
    for one in base.__subclasses__():
        yield one
        yield from every(one)


def test_every_command_has_a_rule_and_needs_a_role() -> None:
    commands = set(every(cmd.Command))
    assert commands == set(NEEDS)
    assert commands == set(RULES)
    assert all(roles for roles, _ in NEEDS.values())


@pytest.fixture
def rig() -> Rig:
    return Rig()


SEEN = ev.Detection(id="1", source="r", trusted=True, threat="drone", areas=("south",), observed_at=START)


def commands(rig: Rig) -> dict[type[cmd.Command], cmd.Command]:
    """One command of each type that concerns the south, and would be carried out for somebody."""
    draft, other, out = rig.draft("south"), rig.draft("south"), rig.live("south", "east")
    drill = rig.do(cmd.StartDrill(exercise="Autumn", areas=("south",))).facts[0].drill_id  # type: ignore[attr-defined]
    sha256 = rig.thread(draft).message.sha256
    given = [
        cmd.ReportDetection(detection=SEEN),
        cmd.Draft(threat="drone", areas=("south",), reason="x"),
        cmd.Edit(warning_id=draft, reason="y"),
        cmd.Discard(warning_id=other, reason="x"),
        cmd.Approve(warning_id=draft, sha256=sha256),
        cmd.Issue(warning_id=draft, sha256=sha256, confirm="South"),
        cmd.BreakGlass(reason="x"),
        cmd.Update(warning_id=out, reason="x"),
        cmd.PartialClear(warning_id=out, areas=("south",), reason="x"),
        cmd.AllClear(warning_id=out, reason="x"),
        cmd.Cancel(warning_id=out, reason="x"),
        cmd.EndManually(warning_id=out, reason="x"),
        cmd.StartDrill(exercise="Winter", areas=("south",)),
        cmd.EndDrill(drill_id=drill, reason="x"),
        cmd.DefineAreas(areas=(area("new", "city", "New", at=(50.4, 36.4)),)),
        cmd.RegisterSirens(sirens=(ev.Siren(id="s99", name={"en": "S"}, area="south", demo=True),)),
        cmd.ReceivePartnerMessage(
            sender="p",
            identifier="i",
            sent="s",
            sha256="0",
            raw="PHgvPg==",
            verdict="valid",
            threat="drone",
            areas=("south",),
            headline="h",
        ),
        cmd.MarkUnknown(areas=("south",), reason="x"),
        cmd.MarkKnown(areas=("south",)),
        cmd.Tick(),
    ]
    return {type(one): one for one in given}


def outsiders(kind: type[cmd.Command]) -> list[Actor]:
    """Nobody; somebody with every other role; somebody with the right role elsewhere."""
    roles = NEEDS[kind][0]
    all_roles = ("duty", "approver", "records", "dispatcher", "observer", "sensor", "partner", "admin", "crew")
    found = [
        Actor(id="officer:nobody"),
        officer("wrong", *(r for r in all_roles if r not in roles)),
    ]
    if roles != ("admin",) and kind is not cmd.BreakGlass:
        found.append(officer("elsewhere", *roles, area="north"))
    return found


@pytest.mark.parametrize("kind", sorted(NEEDS, key=lambda k: k.__name__), ids=lambda k: k.__name__)
def test_a_command_is_denied_to_who_has_no_such_role_there(rig: Rig, kind: type[cmd.Command]) -> None:
    command = commands(rig)[kind]
    for actor in outsiders(kind):
        fault = rig.refused("TOC-6002", command, actor, field="actor")
        assert isinstance(fault, Denied)


@pytest.mark.parametrize("kind", sorted(NEEDS, key=lambda k: k.__name__), ids=lambda k: k.__name__)
def test_a_role_in_the_area_or_above_it_is_enough(rig: Rig, kind: type[cmd.Command]) -> None:
    command = commands(rig)[kind]
    rig.clock.move(1)
    where = "*" if NEEDS[kind][0] == ("admin",) else "city"
    rig.do(command, officer("dora", *NEEDS[kind][0], area=where))


def test_an_act_that_reaches_beyond_the_own_areas_is_denied(rig: Rig) -> None:
    local = officer("dora", "duty", "approver", area="north")
    both = rig.live("north-1", "south")
    rig.refused("TOC-6002", cmd.Cancel(warning_id=both, reason="x"), local)
    rig.refused("TOC-6002", cmd.Draft(threat="drone", areas=("city",), reason="x"), local)
    mine = rig.live("north-1")
    rig.refused("TOC-6002", cmd.Update(warning_id=mine, areas=("north-1", "south"), reason="x"), local)
    rig.do(cmd.Update(warning_id=mine, areas=("north-1", "north-2"), reason="x"), local)
    draft = rig.draft("north-1", by=local)
    rig.refused("TOC-6002", cmd.Edit(warning_id=draft, areas=("south",)), local)


def test_what_does_not_exist_is_said_by_the_rule_and_not_hidden_behind_a_role(rig: Rig) -> None:
    rig.refused("TOC-6004", cmd.Cancel(warning_id="none", reason="x"), ANNA, field="warning")
    rig.refused("TOC-1003", cmd.Draft(threat="drone", areas=("none",), reason="x"), ANNA, field="areas[0]")


def test_a_grant_reaches_below_its_area_only(rig: Rig) -> None:
    tree = rig.state.areas
    local = Actor(id="officer:x", grants=(Grant(role="duty", area="north"),))
    assert local.may("duty", ["north", "north-1", "north-2"], tree)
    assert not local.may("duty", ["north-1", "south"], tree)
    assert not local.may("approver", ["north-1"], tree)
    with pytest.raises(Denied):
        local.require("duty", ["city"], tree)
    ADMIN.require("admin", ["city"], tree)
    assert not SENSOR.may("duty", [], tree)
