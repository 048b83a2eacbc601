"""What each siren is told at an entry, and what it is not told any more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tocsin.core.event import Entry
from tocsin.warn import commands as cmd
from tocsin.warn.events import Siren
from tocsin.warn.state import WarnState
from warn.rig import ADMIN, Rig, plan


@pytest.fixture
def rig() -> Rig:
    return Rig()


def last(rig: Rig) -> tuple[WarnState, Entry, dict[str, Any]]:
    return list(rig.frames())[-1]


def told(rig: Rig, entry: Entry, frame: dict[str, Any], late: float = 0) -> tuple[dict[str, str], dict[str, str]]:
    """``({siren: tone or OFF}, {siren: why not})`` by the newest state."""
    now = rig.clock.now() + timedelta(seconds=late)
    sent, skipped = plan(rig.state, entry, frame, rig.policy, now)
    assert all(c.id == f"{entry.event.id}.{c.siren}" for c in sent)
    assert all(s.command_id == f"{entry.event.id}.{s.siren_id}" for s in skipped)
    return {c.siren: c.tone if c.state == "ON" else "OFF" for c in sent}, {s.siren_id: s.reason for s in skipped}


def test_an_alert_sounds_in_every_area_below_it_and_nowhere_else(rig: Rig) -> None:
    rig.live("north", "south")
    _, entry, frame = last(rig)
    assert told(rig, entry, frame) == ({"s01": "wail", "s02": "wail", "s03": "wail"}, {})


def test_sending_again_is_the_same_command(rig: Rig) -> None:
    rig.live("south")
    _, entry, frame = last(rig)
    first = plan(rig.state, entry, frame, rig.policy, rig.clock.now())
    assert plan(rig.state, entry, frame, rig.policy, rig.clock.now() + timedelta(seconds=60)) == first


def test_a_command_dies_with_its_time(rig: Rig) -> None:
    rig.live("south")
    _, entry, frame = last(rig)
    assert told(rig, entry, frame, 119.9)[0] == {"s03": "wail"}
    assert told(rig, entry, frame, 120) == ({}, {"s03": "expired before delivery"})


@pytest.mark.parametrize("end", [cmd.Cancel, cmd.AllClear, cmd.EndManually])
def test_what_ended_before_delivery_never_wails(rig: Rig, end: Any) -> None:
    warning = rig.live("south")
    _, entry, frame = last(rig)
    rig.clock.move(1)
    rig.do(end(warning_id=warning, reason="over"))
    sent, skipped = told(rig, entry, frame)
    assert sent == {}
    assert skipped["s03"].startswith("the warning ended")


def test_an_area_that_was_cleared_before_delivery_never_wails(rig: Rig) -> None:
    warning = rig.live("north")
    _, entry, frame = last(rig)
    rig.clock.move(1)
    rig.do(cmd.PartialClear(warning_id=warning, areas=("north-1",), reason="quiet there"))
    assert told(rig, entry, frame) == ({"s02": "wail"}, {"s01": "the area was cleared before delivery"})


def test_a_warning_that_was_replaced_before_delivery_still_wails_where_the_new_one_stands(rig: Rig) -> None:
    old = rig.live("south")
    _, entry, frame = last(rig)
    rig.clock.move(1)
    new = rig.live("city", supersedes=old)
    assert told(rig, entry, frame)[0] == {"s03": "wail"}
    rig.clock.move(1)
    rig.do(cmd.Cancel(warning_id=new, reason="birds"))
    assert told(rig, entry, frame)[0] == {}


def test_neither_a_clear_nor_silence_where_another_alert_stands(rig: Rig) -> None:
    first = rig.live("south", "east")
    rig.live("south", threat="artillery")
    rig.clock.move(60)
    rig.do(cmd.AllClear(warning_id=first, reason="over"))
    _, entry, frame = last(rig)
    sent, skipped = told(rig, entry, frame)
    assert (sent, skipped) == ({"s04": "all_clear"}, {"s03": "another warning stands in this area"})


def test_an_expiry_and_a_cancel_silence_and_an_update_says_nothing(rig: Rig) -> None:
    warning = rig.live("south", duration_s=60)
    rig.clock.move(1)
    rig.do(cmd.Update(warning_id=warning, reason="still there", duration_s=60))
    _, entry, frame = last(rig)
    assert told(rig, entry, frame) == ({}, {})
    rig.tick(60)
    _, entry, frame = last(rig)
    assert told(rig, entry, frame) == ({"s03": "OFF"}, {})


def test_a_pre_alert_makes_no_sound(rig: Rig) -> None:
    rig.live("south", level="pre_alert")
    _, entry, frame = last(rig)
    assert told(rig, entry, frame) == ({}, {})


def test_a_siren_without_the_tone_is_told_why_it_is_silent(rig: Rig) -> None:
    poor = Siren(id="s03", name={"en": "Old"}, area="south", tones=("steady",), hard_limit_s=20, demo=True)
    rig.do(cmd.RegisterSirens(sirens=(poor,)), ADMIN)
    rig.live("south")
    _, entry, frame = last(rig)
    assert told(rig, entry, frame) == ({}, {"s03": "the siren has no tone wail"})
    rig.live("south", threat="chemical")
    _, entry, frame = last(rig)
    sent, _ = plan(rig.state, entry, frame, rig.policy, rig.clock.now())
    assert [(c.tone, c.duration) for c in sent] == [("steady", 20)]


def test_a_drill_commands_no_siren(rig: Rig) -> None:
    rig.do(cmd.StartDrill(exercise="Autumn", areas=("city",)))
    _, entry, frame = last(rig)
    assert told(rig, entry, frame) == ({}, {})
