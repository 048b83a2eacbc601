"""What somebody without a key says of somebody who has one."""

from __future__ import annotations

import pytest

from tocsin.warn import commands as cmd
from tocsin.warn import events as ev
from tocsin.warn.phase import full_state
from warn.rig import ADMIN, SENSOR, Rig, plan


def test_a_forged_detection_does_not_make_the_true_one_a_repetition() -> None:
    rig = Rig()
    rig.seen("radar", "south", id="d1", trusted=False)
    rig.seen("ears", "south", id="e1")
    rig.seen("radar", "south", id="d1")
    assert [f.rule for f in rig.facts(ev.WarningIssued)] == ["policy:2_sources_60s"]
    head = rig.desk.ledger.head()
    rig.seen("radar", "south", id="d1")
    rig.seen("radar", "south", id="d1", trusted=False)
    assert rig.desk.ledger.head() == head


def test_unsigned_detections_do_not_keep_a_warning_young_for_ever() -> None:
    rig = Rig()
    rig.seen("radar", "south")
    rig.seen("ears", "south")
    for _ in range(4):
        rig.clock.move(100)
        rig.seen("nobody", "south", trusted=False)
    rig.seen("radar", "south")
    rig.seen("ears", "south")
    assert len(rig.facts(ev.WarningIssued)) == 2  # a new salvo sounds again (R16)


def test_an_all_clear_under_a_pre_alert_still_ends_the_sound() -> None:
    rig = Rig()
    rig.live("south", level="pre_alert")
    alert = rig.live("south", threat="artillery")
    rig.clock.move(5)
    rig.do(cmd.AllClear(warning_id=alert, reason="over"))
    state, entry, said = [*rig.frames()][-1]
    commands, skipped = plan(state, entry, said, rig.policy, rig.clock.now())
    assert [(c.siren, c.state) for c in commands] == [("s03", "OFF")]
    assert not skipped
    assert rig.phase("south") == ("pre_alert", None)


def test_a_siren_without_the_tone_of_the_all_clear_falls_silent() -> None:
    rig = Rig()
    poor = ev.Siren(id="s09", name={"en": "Siren 9"}, area="south", tones=("wail",), demo=True)
    rig.do(cmd.RegisterSirens(sirens=(poor,)), ADMIN)
    alert = rig.live("south")
    rig.clock.move(5)
    rig.do(cmd.AllClear(warning_id=alert, reason="over"))
    state, entry, said = [*rig.frames()][-1]
    commands, _ = plan(state, entry, said, rig.policy, rig.clock.now())
    assert {c.siren: c.state for c in commands} == {"s03": "ON", "s09": "OFF"}


def test_no_source_is_named_where_residents_read() -> None:
    rig = Rig()
    rig.seen("radar-on-the-hill", "south", trusted=False)
    draft = rig.facts(ev.WarningDrafted)[0].warning_id
    rig.issue(draft)
    assert "radar" not in str(full_state(rig.state, "south", rig.clock.now()))
    assert "radar" not in str([*rig.frames()][-1][2])


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\u202e", "\u2066"])
def test_what_nobody_can_see_is_in_no_reason_and_no_note(sign: str) -> None:
    rig = Rig()
    rig.refused("TOC-1004", cmd.Draft(threat="drone", areas=("south",), reason=f"a{sign}b"), field="reason")
    seen = ev.Detection(
        id="1", source="radar", trusted=True, threat="drone", areas=("south",), observed_at=rig.clock.now(), note=sign
    )
    rig.refused("TOC-1001", cmd.ReportDetection(detection=seen), SENSOR, field="note")


@pytest.mark.parametrize("text", ["Safe \u202eton si tI", "EX\u200bERCISE: x", "\ufeffEXERCISE: x"])
def test_no_text_of_a_warning_hides_anything(text: str) -> None:
    rig = Rig()
    rig.refused("TOC-1004", cmd.Draft(threat="drone", areas=("south",), reason="seen", headline={"en": text}))


@pytest.mark.parametrize("text", ["DRILL: x", "Drill. x", "EXERCISE: x"])
def test_no_warning_calls_itself_a_drill(text: str) -> None:
    rig = Rig()
    rig.refused("TOC-1011", cmd.Draft(threat="drone", areas=("south",), reason="seen", headline={"en": text}))


@pytest.mark.parametrize("name", ["n\u200bot a drill", "не\u2060 учения"])
def test_no_drill_hides_that_it_denies_itself(name: str) -> None:
    rig = Rig()
    rig.refused("TOC-1004", cmd.StartDrill(exercise=name, areas=("south",), status="Exercise"))
