"""A desk that is attended knows what others wrote before it is asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from doors import ADMIN, SetClock, a_desk
from tocsin.app import threads
from tocsin.app.desk import Desk
from tocsin.app.memory_vault import MemoryVault
from tocsin.app.report import ReportDesk
from tocsin.app.shelters import ShelterDesk
from tocsin.core.area import Area
from tocsin.core.errors import Unavailable
from tocsin.warn import commands as cmd


@pytest.fixture
def attended(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(threads, "LOOK_S", 0.001)
    desk, over = a_desk(SetClock()), threading.Event()
    thread = threading.Thread(target=threads.attend, args=(desk, over))
    thread.start()
    yield desk
    over.set()
    thread.join(5)
    assert not thread.is_alive()


def within(true: object, tries: int = 5000) -> bool:
    assert callable(true)
    pause = threading.Event()
    return any(true() or pause.wait(0.002) for _ in range(tries))


def other(desk: Desk) -> Desk:
    """Another process on the same ledger."""
    return Desk(ledger=desk.ledger, clock=desk.clock, ids=desk.ids, signer=desk.signer, sender=desk.sender)


def test_what_another_process_writes_is_folded_in_before_anybody_asks(attended: Desk) -> None:
    other(attended).do(cmd.DefineAreas(areas=(Area(id="far", names={"en": "Far"}, demo=True),)), ADMIN)
    assert within(lambda: "far" in attended._kept._state.areas)


def test_the_other_rooms_are_brought_up_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "LOOK_S", 0.001)
    desk, over = a_desk(SetClock()), threading.Event()
    rooms = [ReportDesk(desk, MemoryVault()).kept, ShelterDesk(desk).kept]
    thread = threading.Thread(target=threads.attend, args=(desk, over, rooms))
    thread.start()
    other(desk).do(cmd.DefineAreas(areas=(Area(id="far", names={"en": "Far"}, demo=True),)), ADMIN)
    assert within(lambda: [room.seq for room in rooms] == [desk.ledger.head()[0]] * 2)
    over.set()
    thread.join(5)
    assert not thread.is_alive()


def test_a_ledger_that_is_away_for_a_while_ends_nothing(attended: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def away(after: int = 0, limit: int | None = None) -> object:
        asked.append(after)
        raise Unavailable("TOC-7005", "The disk is gone.", field="ledger", remedy="Look.")

    with monkeypatch.context() as broken:
        broken.setattr(attended.ledger, "read", away)
        assert within(lambda: len(asked) > 2)
    other(attended).do(cmd.DefineAreas(areas=(Area(id="far", names={"en": "Far"}, demo=True),)), ADMIN)
    assert within(lambda: "far" in attended._kept._state.areas)
