"""The desk: load, decide, append; safe between threads and beside other desks."""

from __future__ import annotations

import threading

import pytest

from tocsin.app.desk import Desk
from tocsin.core.errors import Refused, TocsinError
from tocsin.warn import commands as cmd
from tocsin.warn import events as ev
from tocsin.warn.sign import CapSigner
from warn.rig import ANNA, BORIS, WATCH, CountedIds, Rig, key


@pytest.fixture
def rig() -> Rig:
    return Rig()


class OtherIds(CountedIds):
    def new(self) -> str:
        return "OTHER" + super().new()


def beside(rig: Rig, woken: list[int]) -> Desk:
    """Another process's desk over the same ledger."""
    return Desk(
        ledger=rig.desk.ledger,
        clock=rig.clock,
        ids=OtherIds(),
        signer=CapSigner(*key()),
        sender=rig.desk.sender,
        policy=rig.policy,
        wake=woken.append,
    )


def test_two_desks_over_one_ledger_see_each_other(rig: Rig) -> None:
    other = beside(rig, [])
    warning = rig.draft("south")
    assert other.state() == rig.state
    other.do(rig.issue_of(warning), ANNA)
    assert rig.thread(warning).status == "live"
    with pytest.raises(Refused):
        rig.do(cmd.Discard(warning_id=warning, reason="late"))


def test_the_relay_is_woken_with_the_new_head_and_only_when_something_was_written(rig: Rig) -> None:
    woken: list[int] = []
    other = beside(rig, woken)
    assert other.do(cmd.Tick(), WATCH).entries == ()
    with pytest.raises(TocsinError):
        other.do(cmd.Cancel(warning_id="none", reason="x"), ANNA)
    assert woken == []
    out = other.do(cmd.BreakGlass(reason="incoming"), ANNA)
    assert woken == [out.entries[-1].seq] == [rig.desk.ledger.head()[0]]
    assert other.note([], WATCH) == ()


def test_the_outcome_holds_the_state_after_the_act(rig: Rig) -> None:
    out = rig.do(cmd.Draft(threat="drone", areas=("south",), reason="seen"))
    assert out.state == rig.state
    assert [e.event.actor for e in out.entries] == [ANNA.id]
    assert [e.event.at for e in out.entries] == [rig.clock.now()]


def test_of_many_who_issue_at_once_one_does(rig: Rig) -> None:
    warning = rig.draft("south")
    command = rig.issue_of(warning)
    gate, lost = threading.Barrier(8), []

    def press(at: int) -> None:
        gate.wait()
        try:
            rig.desk.do(command, ANNA if at % 2 else BORIS)
        except Refused as fault:
            lost.append(fault.code)

    hands = [threading.Thread(target=press, args=(n,)) for n in range(8)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join(30)
    assert len(rig.facts(ev.WarningIssued)) == 1
    assert lost == ["TOC-1005"] * 7


def test_a_signer_that_fails_leaves_nothing_behind(rig: Rig) -> None:
    warning = rig.draft("south")
    before = rig.desk.ledger.head()

    class Broken:
        def sign_cap(self, _unsigned: bytes) -> bytes:
            raise OSError("the key is gone")

    rig.desk.signer = Broken()
    with pytest.raises(OSError, match="the key is gone"):
        rig.do(rig.issue_of(warning))
    assert rig.desk.ledger.head() == before
    assert rig.thread(warning).status == "draft"
