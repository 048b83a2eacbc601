"""Rule R24: who must agree before a warning goes out, to what exactly, and for how long."""

# ruff: noqa: N802 - a rule is written with a capital R everywhere

from __future__ import annotations

from datetime import timedelta

import pytest

from tocsin.app.actor import Actor, Grant
from tocsin.warn import commands as cmd
from tocsin.warn import events as ev
from tocsin.warn.policy import Policy
from warn.rig import ANNA, AREAS, BORIS, CLARA, Rig, area, chain_is_whole, sound


@pytest.fixture
def rig() -> Rig:
    return Rig()


def approval(rig: Rig, warning: str) -> cmd.Approve:
    return cmd.Approve(warning_id=warning, sha256=rig.thread(warning).message.sha256)


WIDE = {
    "by the danger": (Policy(), ("south",), "missile"),
    "by people": (Policy(wide_people=5000), ("east",), "drone"),
    "by people of children": (Policy(wide_people=5000, wide_share=2), ("north",), "drone"),
    "by share": (Policy(), ("south", "east", "west", "harbour"), "drone"),
}


@pytest.mark.parametrize("case", WIDE)
def test_R24_wide_or_missile_needs_a_second_person(case: str) -> None:
    policy, areas, threat = WIDE[case]
    rig = Rig(policy=policy)
    warning = rig.draft(*areas, threat=threat)
    rig.refused("TOC-1006", rig.issue_of(warning), field="approval")
    rig.refused("TOC-1006", approval(rig, warning), ANNA, field="actor")
    rig.approve(warning, BORIS)
    rig.issue(warning)
    assert rig.thread(warning).rule == "two_persons"
    chain_is_whole(rig)


def test_R24_an_unknown_number_of_people_is_not_a_small_one() -> None:
    rig = Rig(policy=Policy(wide_share=2), areas=(*AREAS, area("north-3", "north", "N3", at=(50.6, 36.6), people=None)))
    rig.refused("TOC-1006", rig.issue_of(rig.draft("north")), field="approval")
    rig.issue(rig.draft("north-3"))


def test_R24_a_small_warning_needs_one_officer_and_says_by_which_rule(rig: Rig) -> None:
    warning = rig.draft("south")
    rig.issue(warning)
    assert (rig.thread(warning).rule, rig.thread(warning).issued_by) == ("officer", ANNA.id)


def test_R24_other_words_for_a_missile_warning_take_two_or_break_glass(rig: Rig) -> None:
    warning = rig.draft("south", threat="missile")
    rig.approve(warning)
    rig.issue(warning)
    words = cmd.Update(warning_id=warning, reason="more is known", headline={"en": "Something quite different"})
    rig.clock.move(5)
    rig.refused("TOC-1010", words, field="headline")
    rig.do(cmd.Update(warning_id=warning, reason="it goes on", duration_s=7200))
    rig.clock.move(5)
    rig.do(cmd.BreakGlass(reason="incoming fire"))
    rig.do(words)
    assert "Something quite different" in rig.thread(warning).message.xml
    chain_is_whole(rig)


def test_R24_an_approval_is_for_exactly_these_bytes(rig: Rig) -> None:
    warning = rig.draft("south", threat="missile")
    rig.refused("TOC-1007", cmd.Approve(warning_id=warning, sha256="0" * 64), BORIS, field="sha256")
    before = approval(rig, warning)
    rig.do(before, BORIS)
    assert rig.do(before, BORIS).facts == ()
    rig.clock.move(5)
    old_issue = rig.issue_of(warning)
    rig.do(cmd.Edit(warning_id=warning, description={"en": "Three of them."}), BORIS)
    assert rig.thread(warning).approvals == ()
    assert rig.thread(warning).author == BORIS.id
    rig.refused("TOC-1007", before, CLARA)
    rig.refused("TOC-1007", old_issue)
    rig.refused("TOC-1006", approval(rig, warning), BORIS)
    rig.refused("TOC-1006", rig.issue_of(warning))
    rig.approve(warning, ANNA)
    rig.issue(warning, ANNA)
    assert rig.thread(warning).message.sha256 == rig.facts(ev.WarningApproved)[-1].sha256
    chain_is_whole(rig)


def test_R24_an_approval_runs_out_and_an_edit_without_change_writes_the_bytes_anew(rig: Rig) -> None:
    warning = rig.draft("south", threat="missile")
    rig.refused("TOC-1005", cmd.Edit(warning_id=warning), field="warning")
    rig.clock.move(10)
    rig.approve(warning)
    rig.clock.move(591)
    rig.refused("TOC-1007", rig.issue_of(warning))
    rig.refused("TOC-1007", approval(rig, warning), CLARA)
    rig.do(cmd.Edit(warning_id=warning))
    rig.approve(warning, CLARA)
    rig.issue(warning)


def test_R24_an_old_approval_never_makes_it_harder_than_none(rig: Rig) -> None:
    warning = rig.draft("south")
    rig.clock.move(500)
    rig.approve(warning)
    rig.clock.move(200)
    rig.issue(warning)
    assert rig.thread(warning).rule == "officer"
    assert rig.thread(warning).expires == rig.clock.now() + timedelta(hours=3)


def test_R24_bytes_that_ran_out_before_they_were_sent_never_go_out(rig: Rig) -> None:
    warning = rig.draft("south", threat="missile", duration_s=60)
    rig.approve(warning)
    rig.clock.move(60)
    rig.refused("TOC-1007", rig.issue_of(warning))
    alone = rig.draft("south", duration_s=60)
    rig.clock.move(60)
    rig.issue(alone)
    assert rig.thread(alone).expires == rig.clock.now() + timedelta(seconds=60)


def test_R24_one_person_is_not_two_and_a_machine_is_none(rig: Rig) -> None:
    rig.seen("radar-a", "south", threat="missile")
    warning = rig.facts(ev.WarningDrafted)[0].warning_id
    machine = Actor(id="key:m", grants=(Grant(role="duty"), Grant(role="approver")))
    rig.refused("TOC-1006", approval(rig, warning), machine, field="actor")
    rig.approve(warning, ANNA)
    rig.refused("TOC-1006", rig.issue_of(warning), ANNA)
    rig.refused("TOC-1006", rig.issue_of(warning), machine)
    rig.issue(warning, BORIS)
    assert rig.thread(warning).rule == "two_persons"


def test_R24_the_wrong_name_sends_nothing(rig: Rig) -> None:
    warning = rig.draft("north-1")
    for typed in ("", "  ", "yes", "South", "North"):
        rig.refused("TOC-1009", rig.issue_of(warning, typed), field="confirm")
    rig.do(rig.issue_of(warning, "  NORTH   one "))


def test_R24_break_glass_is_explicit_timed_logged_and_one_officers_own(rig: Rig) -> None:
    warning = rig.draft("south", threat="missile")
    rig.refused("TOC-1004", cmd.BreakGlass(reason=" "))
    rig.do(cmd.BreakGlass(reason="incoming"))
    opened = rig.facts(ev.BreakGlassOpened)
    assert [(o.officer, o.reason, o.until) for o in opened] == [
        (ANNA.id, "incoming", rig.clock.now() + timedelta(seconds=300))
    ]
    rig.refused("TOC-1006", rig.issue_of(warning), BORIS)
    rig.clock.move(299)
    assert rig.do(cmd.BreakGlass(reason="still incoming")).facts == ()
    rig.issue(warning)
    assert rig.thread(warning).rule == "break_glass"
    rig.clock.move(2)
    rig.refused("TOC-1006", rig.issue_of(rig.draft("east", threat="missile")))


def test_R24_an_unsent_draft_escalates_and_is_put_away_in_sight(rig: Rig) -> None:
    warning = rig.draft("south")
    steps = []
    for seconds in (29, 1, 30, 60, 1000):
        steps += [f.step for f in rig.tick(seconds).facts if isinstance(f, ev.DraftEscalated)]
    assert steps == [1, 2, 3]
    out = rig.tick(680)
    assert [type(f) for f in out.facts] == [ev.DraftDiscarded]
    assert rig.thread(warning).status == "discarded"
    rig.refused("TOC-1005", cmd.Edit(warning_id=warning, reason="late"), field="warning")


def test_R24_every_warning_is_born_with_its_correction_and_a_cancel_needs_nobody_else(rig: Rig) -> None:
    warning = rig.live("city", threat="missile")
    for act in (
        cmd.Update(warning_id=warning, reason="more"),
        cmd.PartialClear(warning_id=warning, areas=("north-1",), reason="quiet"),
        cmd.Update(warning_id=warning, reason="more again"),
    ):
        assert rig.thread(warning).correction is not None
        rig.do(act)
    rig.do(cmd.Cancel(warning_id=warning, reason="wrong button"))
    cancel = sound(rig.messages()[-1])
    assert cancel.msg_type == "Cancel"
    assert {r.identifier for r in cancel.references} == {m.identifier for m in rig.messages()[:-1]}
    assert rig.phase("south") == ("ended", "cancelled")
    rig.refused("TOC-1005", cmd.Cancel(warning_id=warning, reason="again"))
    chain_is_whole(rig)
