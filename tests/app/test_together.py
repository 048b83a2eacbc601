"""Acts of many threads at once: each is recorded or refused for itself, some of them in one transaction."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from doors import SetClock, a_desk
from tocsin.app import desk as desk_module
from tocsin.app import together
from tocsin.app.actor import Actor, Grant
from tocsin.app.desk import Desk, Outcome
from tocsin.app.together import MOST, Gate
from tocsin.core.errors import Invalid, TocsinError, Unavailable
from tocsin.core.event import Entry, Event
from tocsin.core.ports import Reader
from tocsin.warn import commands as cmd
from tocsin.warn import events as ev
from tocsin.warn.state import WarnState, fold_all

SENSOR = Actor(id="sensor:any", grants=(Grant(role="sensor"),))
WITHIN_S = 30.0


class Door:
    """Stands before the ledger: counts transactions, and holds the first until it is told to let it through."""

    def __init__(self, desk: Desk) -> None:
        self.transact = desk.ledger.transact
        self.sizes: list[int] = []
        self.held, self.open = threading.Event(), threading.Event()
        self.fault: Exception | None = None

    def __call__(self, decide: Callable[[Reader], Sequence[Event]], *, first: bool = True) -> list[Entry]:
        if not self.held.is_set():
            self.held.set()
            assert self.open.wait(WITHIN_S)
        if self.fault is not None:
            raise self.fault
        entries = self.transact(decide, first=first)
        self.sizes.append(sum(1 for e in entries if e.event.kind == "detection.recorded"))
        return entries


@pytest.fixture
def desk() -> Desk:
    return a_desk(SetClock())


@pytest.fixture
def door(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Door:
    made = Door(desk)
    monkeypatch.setattr(desk.ledger, "transact", made)
    return made


def seen(desk: Desk, number: int, area: str = "north", source: str = "radar") -> cmd.ReportDetection:
    at = desk.clock.now()
    return cmd.ReportDetection(
        detection=ev.Detection(
            id=f"d{number}", source=source, trusted=True, threat="drone", areas=(area,), observed_at=at
        )
    )


def line_up(desk: Desk, door: Door, threads: list[threading.Thread]) -> None:
    """Start them: the first is being committed, the others wait in their order."""
    threads[0].start()
    assert door.held.wait(WITHIN_S)
    for number, thread in enumerate(threads[1:], 1):
        thread.start()
        while len(desk._together._waiting) < number:
            thread.join(0.002)


def at_once(desk: Desk, door: Door, acts: list[cmd.ReportDetection]) -> list[Any]:
    """What came of each, when all but the first came while the first was being committed."""
    came: list[Any] = [None] * len(acts)

    def do(number: int) -> None:
        try:
            came[number] = desk.do(acts[number], SENSOR)
        except TocsinError as fault:
            came[number] = fault

    threads = [threading.Thread(target=do, args=(n,), daemon=True) for n in range(len(acts))]
    line_up(desk, door, threads)
    door.open.set()
    for thread in threads:
        thread.join(WITHIN_S)
    return came


def test_what_comes_meanwhile_goes_together_and_each_is_told_its_own(desk: Desk, door: Door) -> None:
    acts = [seen(desk, n) for n in range(10)]
    came = at_once(desk, door, acts)
    assert door.sizes == [1, MOST, 9 - MOST]
    entries = list(desk.ledger.read())
    for act, outcome in zip(acts, came, strict=True):
        assert isinstance(outcome, Outcome)
        assert [f.detection.id for f in outcome.facts if isinstance(f, ev.DetectionRecorded)] == [act.detection.id]
        assert [entries[e.seq - 1] for e in outcome.entries] == list(outcome.entries), "as the ledger has them"
        assert outcome.state == fold_all(WarnState(), entries[: outcome.entries[-1].seq])


def test_two_sources_that_come_together_issue_one_warning(desk: Desk, door: Door) -> None:
    """The second of one transaction is decided on what the first left."""
    came = at_once(desk, door, [seen(desk, 0, "south"), seen(desk, 1), seen(desk, 1, source="ears"), seen(desk, 1)])
    kinds = [e.event.kind for e in desk.ledger.read()]
    assert kinds.count("warning.issued") == 1
    assert came[3].entries == (), "what was said already says nothing new"
    assert door.sizes == [1, 2]


def test_a_refusal_is_its_own_alone(desk: Desk, door: Door) -> None:
    came = at_once(desk, door, [seen(desk, 0), seen(desk, 1, "nowhere"), seen(desk, 2)])
    assert isinstance(came[1], TocsinError)
    assert [e.event.body["detection"]["id"] for e in came[2].entries if e.event.kind == "detection.recorded"] == ["d2"]


def test_when_the_ledger_cannot_be_written_everybody_is_told_and_nothing_is_kept(desk: Desk, door: Door) -> None:
    before = desk.ledger.head()
    door.fault = Unavailable("TOC-7005", "The disk is full.", field="ledger", remedy="Make room.")
    came = at_once(desk, door, [seen(desk, n) for n in range(3)])
    assert came == [door.fault] * 3
    assert desk.ledger.head() == before
    door.fault = None
    assert desk.do(seen(desk, 1), SENSOR).entries, "and the next is heard"


def test_an_officer_goes_before_all_who_wait(desk: Desk, door: Door) -> None:
    officer = Actor(id="officer:o1", grants=(Grant(role="duty"),))
    drafts = cmd.Draft(threat="drone", level="alert", areas=("south",), reason="seen")
    mass = [threading.Thread(target=desk.do, args=(seen(desk, n), SENSOR), daemon=True) for n in range(4)]
    line_up(desk, door, mass)
    click = threading.Thread(target=desk.do, args=(drafts, officer), daemon=True)
    click.start()
    while not desk._gate.pressed:
        click.join(0.002)
    door.open.set()
    for thread in (*mass, click):
        thread.join(WITHIN_S)
    kinds = [e.event.kind for e in desk.ledger.read()]
    assert kinds[kinds.index("detection.recorded") :][:2] == ["detection.recorded", "warning.drafted"]
    assert kinds.count("detection.recorded") == 4, "and nobody is lost"
    with pytest.raises(Invalid):
        desk.do(cmd.Draft(threat="none", level="alert", areas=("south",), reason="seen"), officer)


def test_what_waits_lets_an_officer_pass_after_the_act_that_is_being_decided(
    desk: Desk, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Gate, "pressed", True)  # an officer's act waits at the gate
        came = at_once(desk, door, [seen(desk, n) for n in range(4)])
    assert door.sizes == [1, 1, 1, 1], "one each, and the gate is free between them"
    assert all(outcome.entries for outcome in came), "nothing is lost"


def test_machines_wait_for_an_officer_who_is_on_the_way_and_not_for_ever(
    desk: Desk, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    door.open.set()
    officer = Actor(id="officer:o1", grants=(Grant(role="duty"),))
    monkeypatch.setattr(together, "EXPECTED_S", WITHIN_S)
    desk.expect(1)
    machine = threading.Thread(target=desk.do, args=(seen(desk, 1), SENSOR), daemon=True)
    machine.start()
    desk.do(cmd.Draft(threat="drone", level="alert", areas=("south",), reason="seen"), officer)
    desk.expect(0)
    machine.join(WITHIN_S)
    kinds = [e.event.kind for e in desk.ledger.read()]
    assert kinds.index("warning.drafted") < kinds.index("detection.recorded")
    monkeypatch.setattr(together, "EXPECTED_S", 0.05)
    desk.expect(1)
    assert desk.do(seen(desk, 2), SENSOR).entries, "an officer's long request does not close the gate"


def test_a_machine_whose_act_is_recorded_lets_an_officer_pass_before_it_answers(
    desk: Desk, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "EXPECTED_S", WITHIN_S)
    answered = threading.Event()

    def act() -> None:
        desk.do(seen(desk, 1), SENSOR)
        answered.set()

    thread = threading.Thread(target=act)
    thread.start()
    assert door.held.wait(WITHIN_S)
    desk.expect(1)
    door.open.set()
    while not door.sizes:
        thread.join(0.002)
    assert not answered.wait(0.05)
    desk.expect(0)
    assert answered.wait(WITHIN_S)
    thread.join(WITHIN_S)


def test_an_officers_act_is_decided_once_whatever_is_appended_meanwhile(
    desk: Desk, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = Actor(id="officer:o1", grants=(Grant(role="duty"),))
    other = Desk(
        ledger=desk.ledger, clock=desk.clock, ids=desk.ids, signer=desk.signer, sender=desk.sender, policy=desk.policy
    )
    decided: list[int] = []
    plain = desk_module.decide
    monkeypatch.setattr(desk_module, "decide", lambda state, *a: decided.append(state.seq) or plain(state, *a))  # type: ignore[func-returns-value]
    drafts = cmd.Draft(threat="drone", level="alert", areas=("south",), reason="seen")
    click = threading.Thread(target=desk.do, args=(drafts, officer), daemon=True)
    click.start()
    assert door.held.wait(WITHIN_S)
    other.do(seen(desk, 1), SENSOR)
    head = desk.ledger.head()[0]
    decided.clear()
    door.open.set()
    click.join(WITHIN_S)
    assert decided == [head]


def test_who_stays_at_the_gate_holds_up_nobody_for_ever(
    desk: Desk, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "PATIENCE_S", 0.05)
    stuck = threading.Thread(target=lambda: desk.do(seen(desk, 0), SENSOR), daemon=True)
    stuck.start()
    assert door.held.wait(WITHIN_S)
    officer = Actor(id="officer:o1", grants=(Grant(role="duty"),))
    drafted = desk.do(cmd.Draft(threat="drone", level="alert", areas=("south",), reason="seen"), officer)
    assert [e.event.kind for e in drafted.entries] == ["warning.drafted"]
    door.open.set()
    stuck.join(WITHIN_S)
    kinds = [e.event.kind for e in desk.ledger.read()]
    assert kinds.index("warning.drafted") < kinds.index("detection.recorded"), "and what was stuck comes after it"


def test_what_somebody_else_appended_since_it_was_decided_is_decided_on(desk: Desk, door: Door) -> None:
    """Two processes: both decide ahead that the first report of an area is not enough; the second of them must not."""
    other = Desk(
        ledger=desk.ledger, clock=desk.clock, ids=desk.ids, signer=desk.signer, sender=desk.sender, policy=desk.policy
    )
    first = threading.Thread(target=lambda: desk.do(seen(desk, 1), SENSOR), daemon=True)
    first.start()
    assert door.held.wait(WITHIN_S), "the first has decided, and holds no lock yet"
    assert other.do(seen(desk, 1, source="ears"), SENSOR).entries
    door.open.set()
    first.join(WITHIN_S)
    assert [e.event.kind for e in desk.ledger.read()].count("warning.issued") == 1
    assert desk.state() == fold_all(WarnState(), desk.ledger.read())


def test_what_says_nothing_new_takes_no_lock(desk: Desk, door: Door) -> None:
    door.open.set()
    assert desk.do(seen(desk, 1), SENSOR).entries
    door.sizes.clear()
    assert desk.do(seen(desk, 1), SENSOR).entries == ()
    assert door.sizes == []


def test_who_is_on_the_way_is_as_good_as_at_the_gate_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "EXPECTED_S", WITHIN_S)
    gate = Gate()
    assert not gate.pressed
    gate.expect(1)
    assert gate.pressed
    gate.expect(0)
    assert not gate.pressed
    monkeypatch.setattr(together, "EXPECTED_S", 0.0)
    gate.expect(1)
    assert not gate.pressed, "a long request of an officer holds no machine up again and again"
