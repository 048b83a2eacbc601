"""The letter box: what a bus could give to nobody is kept, and tried again when somebody asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from doors import ADMIN, SetClock, a_desk
from tocsin.app.letters import MemoryLetters, set_aside, try_again
from tocsin.bus.local import LocalHub
from tocsin.core.errors import Denied, Refused, Unavailable, Unknown
from tocsin.workers import letters as module
from tocsin.workers.database import DatabaseThread
from tocsin.workers.deliver import delivered
from tocsin.workers.letters import LetterBox
from workers.kit import DUTY, until


class Room:
    """A box whose letters come from a hub, and whose wishes come from the ledger."""

    def __init__(self) -> None:
        self.desk = a_desk(SetClock())
        self.kept = MemoryLetters()
        self.db = DatabaseThread()
        self.broken = True
        self.taken: list[dict[str, Any]] = []
        self.box = LetterBox(self.kept, self.db, self.take)
        self.hub = LocalHub(lambda: {"seq": 0, "areas": [], "alerts": []}, self.take, on_dead=self.box.dead)

    def take(self, name: str, frame: dict[str, Any]) -> asyncio.Future[None] | None:
        if self.broken:
            delivered(name, frame)
        self.taken.append(frame)
        return None

    def follow(self) -> None:
        for entry in self.desk.ledger.read():
            self.box.follow(entry)


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    made = Room()
    running = asyncio.create_task(made.box.run())
    yield made
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    made.db.close()


BAD = {"subject": "live.written", "seq": "no number", "clients": 3, "first_at": "x"}


async def dead(room: Room) -> str:
    room.hub.heard("edge-1", BAD)
    await until(lambda: room.kept.newest(1), "the letter")
    return room.kept.newest(1)[0].id


async def test_what_the_local_bus_gives_to_nobody_is_kept_with_its_reason(room: Room) -> None:
    await dead(room)
    room.hub.heard("edge-1", BAD)
    one = await until(lambda: next((o for o in room.kept.newest(9) if o.tries == 2), None), "the second time")
    assert (one.subject, one.sender, one.reason) == ("written.edge-1", "edge-1", "refused: ValueError")
    assert one.about == "edge-1:no number:x"
    assert len(room.kept.newest(9)) == 1


async def test_a_letter_that_is_tried_in_vain_waits_again_with_one_more_try(room: Room) -> None:
    name = await dead(room)
    (entry,) = try_again(room.desk, room.kept, name, ADMIN)
    assert (entry.event.kind, entry.event.actor, entry.event.subject) == (
        "letter.retried",
        ADMIN.id,
        f"letter/{name}",
    )
    assert "text" not in entry.event.body
    room.follow()
    await until(lambda: room.kept.newest(1)[0].tries == 2, "the second try")
    assert room.kept.newest(1)[0].standing == "waiting"


async def test_a_letter_that_can_be_taken_at_last_is_taken_once(room: Room) -> None:
    name = await dead(room)
    room.broken = False
    try_again(room.desk, room.kept, name, ADMIN)
    room.follow()
    room.follow()  # as after a restart, which reads some entries once more
    await until(lambda: room.kept.counts()["taken"] == 1, "the letter taken")
    await until(room.box._asked.empty, "both wishes read")
    assert room.taken == [BAD]
    with pytest.raises(Refused, match="TOC-8007"):
        try_again(room.desk, room.kept, name, ADMIN)


async def test_what_is_not_safe_in_time_waits_again(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SAFE_S", 0.01)
    name = await dead(room)
    room.box._take = lambda _name, _frame: asyncio.get_running_loop().create_future()
    try_again(room.desk, room.kept, name, ADMIN)
    room.follow()
    await until(lambda: room.kept.newest(1)[0].reason == "not safe", "the reason")


async def test_who_may_and_what_is_there(room: Room) -> None:
    name = await dead(room)
    with pytest.raises(Denied, match="TOC-6002"):
        try_again(room.desk, room.kept, name, DUTY)
    with pytest.raises(Denied, match="TOC-6002"):
        set_aside(room.desk, room.kept, name, DUTY)
    with pytest.raises(Unknown, match="TOC-8007"):
        set_aside(room.desk, room.kept, "0" * 16, ADMIN)
    (entry,) = set_aside(room.desk, room.kept, name, ADMIN)
    assert (entry.event.kind, entry.event.body["about"]) == ("letter.set_aside", "edge-1:no number:x")
    assert room.kept.counts() == {"waiting": 0, "taken": 0, "aside": 1}


async def test_a_database_that_is_away_is_asked_until_it_answers(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AGAIN_S", 0.001)
    answers = iter([Unavailable("TOC-8002", "away", remedy="wait")] * 3)
    keep = room.kept.keep

    def slow(letter: Any) -> None:
        for fault in answers:
            raise fault
        keep(letter)

    monkeypatch.setattr(room.kept, "keep", slow)
    await dead(room)


async def test_old_letters_are_forgotten_also_while_no_new_one_comes(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DAY_S", 0.01)
    await dead(room)  # from now on the box looks each hundredth of a second
    room.box._now = lambda: datetime.now(UTC) + timedelta(days=31)
    await until(lambda: not room.kept.newest(1), "an empty box")
