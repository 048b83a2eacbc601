"""Acts of many threads at once: each is recorded or refused for itself, some of them in one transaction."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from doors import SetClock, a_desk
from tocsin.app.actor import Actor, Grant
from tocsin.app.desk import Desk, Outcome
from tocsin.app.together import MOST
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


def at_once(desk: Desk, door: Door, acts: list[cmd.ReportDetection]) -> list[Any]:
    """What came of each, when all but the first came while the first was being committed."""
    came: list[Any] = [None] * len(acts)

    def do(number: int) -> None:
        try:
            came[number] = desk.do(acts[number], SENSOR)
        except TocsinError as fault:
            came[number] = fault

    threads = [threading.Thread(target=do, args=(n,), daemon=True) for n in range(len(acts))]
    threads[0].start()
    assert door.held.wait(WITHIN_S)
    for number, thread in enumerate(threads[1:], 1):
        thread.start()
        while len(desk._together._waiting) < number:
            thread.join(0.002)
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


def test_an_officer_does_not_wait_in_that_queue(desk: Desk, door: Door) -> None:
    waiting = threading.Thread(target=lambda: desk.do(seen(desk, 0), SENSOR), daemon=True)
    waiting.start()
    assert door.held.wait(WITHIN_S)
    officer = Actor(id="officer:o1", grants=(Grant(role="duty"),))
    drafted = desk.do(cmd.Draft(threat="drone", level="alert", areas=("south",), reason="seen"), officer)
    assert [e.event.kind for e in drafted.entries] == ["warning.drafted"]
    with pytest.raises(Invalid):
        desk.do(cmd.Draft(threat="none", level="alert", areas=("south",), reason="seen"), officer)
    door.open.set()
    waiting.join(WITHIN_S)
    assert [e.event.kind for e in desk.ledger.read()][-2:] == ["detection.recorded", "warning.drafted"]


def test_what_waits_lets_an_officer_pass_after_the_act_that_is_being_decided(desk: Desk, door: Door) -> None:
    with desk._pressing:  # an officer's act waits for the ledger
        came = at_once(desk, door, [seen(desk, n) for n in range(4)])
    assert door.sizes == [1, 1, 1, 1], "one each, and the ledger is free between them"
    assert all(outcome.entries for outcome in came), "nothing is lost"
    assert not desk._pressing
