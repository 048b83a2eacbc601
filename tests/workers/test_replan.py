"""Routes are planned again after an alarm, damage, a broken van, the weather: once after each burst of news."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

import tocsin
from doors import START, SetClock, a_desk
from tocsin.app.actor import Actor, Grant
from tocsin.app.memory_vault import MemoryVault
from tocsin.app.repair import RepairDesk
from tocsin.core.errors import Refused
from tocsin.repair import commands as cmd
from tocsin.repair.events import Crew, Opening, Trigger
from tocsin.workers.replan import PLANNER, TRIGGERS, Replan
from workers.kit import alarm, all_clear, bodies, until

DISPATCHER = Actor(id="officer:d1", grants=(Grant(role="dispatcher"),))


class Room:
    """A repair room whose ledger is followed by the planner, as the relay would."""

    def __init__(self) -> None:
        self.clock = SetClock()
        self.desk = a_desk(self.clock)
        self.repairs = RepairDesk(self.desk, MemoryVault())
        self.replan = Replan(self.repairs, quiet_s=0.01, longest_s=0.05)
        self.seen = self.desk.ledger.head()[0]

    def follow(self) -> None:
        for entry in self.desk.ledger.read(after=self.seen):
            self.seen = entry.seq
            self.replan.take(entry)

    def need(self, name: str) -> None:
        self.repairs.do(cmd.OpenNeed(need_id=name, area="north", opening=Opening(windows=2)), DISPATCHER)

    def triggers(self) -> list[str]:
        return [body["trigger"] for body in bodies(self.desk, "repair.plan_made")]


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    made = Room()
    crew = Crew(
        id="crew-1",
        names={"en": "Glaziers"},
        skills=("glazing",),
        stock={"film": 100.0},
        shift_from=START,
        shift_to=START + timedelta(hours=8),
    )
    made.repairs.do(cmd.DefineCrew(crew=crew), DISPATCHER)
    made.repairs.do(cmd.ObserveWeather(at=START, temperature_c=-12, source="mast"), DISPATCHER)
    made.seen = made.desk.ledger.head()[0]
    task = asyncio.create_task(made.replan.run())
    yield made
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_fifty_reports_make_one_plan(room: Room) -> None:
    for at in range(50):
        room.need(f"need-{at}")
    room.follow()
    await until(lambda: room.triggers() == ["new_damage"], "one plan")
    assert room.replan.made == 1


async def test_the_planners_own_plan_is_no_news(room: Room) -> None:
    room.need("need-1")
    room.follow()
    await until(lambda: len(room.triggers()) == 1, "a plan")
    room.follow()
    room.repairs.do(cmd.StopCrew(crew_id="crew-1", reason="the van"), DISPATCHER)
    room.follow()
    await until(lambda: room.triggers() == ["new_damage", "crew"], "a plan without the crew")
    assert room.repairs.state().plan is not None
    assert room.repairs.state().plan.unplanned == ("need-1",)  # type: ignore[union-attr]
    assert {e.event.actor for e in room.desk.ledger.read() if e.event.kind == "repair.plan_made"} == {PLANNER.id}


async def test_an_alarm_stops_the_clocks_and_its_end_starts_them(room: Room) -> None:
    room.need("need-1")
    warning = alarm(room.desk)
    room.follow()
    await until(lambda: room.triggers() == ["alarm"], "the alarm's plan")
    assert room.repairs.state().paused
    room.clock.move(600)
    all_clear(room.desk, warning)
    room.follow()
    await until(lambda: room.triggers() == ["alarm", "all_clear"], "the plan after it")
    assert not room.repairs.state().paused


@pytest.mark.parametrize(
    ("command", "trigger"),
    [
        (cmd.ObserveWeather(at=START, temperature_c=-20, source="officer"), "weather"),
        (cmd.ReopenNeed(need_id="need-1", reason="it came off"), "new_damage"),
        (cmd.PinNeed(need_id="need-1", crew="crew-1", position=0), "pin"),
        (cmd.MoveNeed(need_id="need-1", state="no_longer_needed", reason="done"), "done"),
    ],
)
async def test_each_change_is_named_in_the_plan_that_follows(
    room: Room, command: cmd.Command, trigger: Trigger
) -> None:
    room.need("need-1")
    room.need("need-2")
    room.seen = room.desk.ledger.head()[0]
    room.repairs.do(command, DISPATCHER)
    room.follow()
    await until(lambda: room.triggers() == [trigger], "a plan")


async def test_a_plan_that_fails_ends_nothing(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def broken(trigger: Trigger, _actor: Actor) -> None:
        asked.append(trigger)
        if len(asked) == 1:
            raise Refused("TOC-11005", "Somebody planned.", field="seen", remedy="Again.")
        raise RuntimeError("broken")

    monkeypatch.setattr(room.repairs, "replan", broken)
    for at in range(3):
        room.need(f"need-{at}")
        room.follow()
        await until(lambda at=at: len(asked) == at + 1, "it was asked")  # type: ignore[misc]
    assert room.replan.made == 0


async def test_where_nothing_is_open_no_plan_is_made(room: Room) -> None:
    warning = alarm(room.desk)
    room.follow()
    await until(lambda: room.replan.looked == 1, "it looked at the alarm")
    all_clear(room.desk, warning)
    room.follow()
    await until(lambda: room.replan.looked == 2, "it looked at the end")
    assert room.triggers() == []
    room.need("need-1")
    room.follow()
    await until(lambda: room.triggers() == ["new_damage"], "the first plan")


async def test_damage_during_an_alarm_is_planned_with_the_clocks_stopped(room: Room) -> None:
    alarm(room.desk)
    room.seen = room.desk.ledger.head()[0]
    room.need("need-1")
    room.follow()
    await until(lambda: room.triggers() == ["alarm"], "a plan that waits")
    assert room.repairs.state().paused


async def test_a_crew_that_goes_where_the_plan_says_makes_no_plan_old(room: Room) -> None:
    room.need("need-1")
    room.follow()
    await until(lambda: len(room.triggers()) == 1, "a plan")
    room.follow()
    room.repairs.do(cmd.MoveNeed(need_id="need-1", state="on_the_way", crew="crew-1"), DISPATCHER)
    room.follow()
    room.repairs.do(cmd.ObserveWeather(at=START, temperature_c=-20, source="officer"), DISPATCHER)
    room.follow()
    await until(lambda: len(room.triggers()) == 2, "the next plan")
    assert room.triggers() == ["new_damage", "weather"]


def test_every_trigger_is_a_fact_that_exists() -> None:
    folder = Path(tocsin.__file__).parent
    written = (folder / "warn" / "events.py").read_text("utf-8") + (folder / "repair" / "events.py").read_text("utf-8")
    assert all(f'"{kind}"' in written for kind in TRIGGERS)
