"""A desk over a ledger in memory, and the parts of a worker with fakes around them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from doors import ADMIN, SetClock, a_desk
from tocsin.app.actor import Actor, Grant
from tocsin.app.desk import Desk
from tocsin.bus.subjects import Subscription
from tocsin.core.errors import Unavailable
from tocsin.warn import commands as cmd
from tocsin.warn import events as ev
from tocsin.warn.siren_command import Command
from tocsin.workers.database import DatabaseThread
from tocsin.workers.deliver import CURSOR, Deliver
from tocsin.workers.relay import Relay, Taken

DUTY = Actor(id="officer:o1", grants=(Grant(role="duty"),))
SENSOR = Actor(id="sensor:any", grants=(Grant(role="sensor"),))
WITHIN = 20.0


async def until(true: Callable[[], Any], what: str) -> Any:
    """The first true value."""
    try:
        async with asyncio.timeout(WITHIN):
            while not (found := true()):
                await asyncio.sleep(0.005)
    except TimeoutError:
        raise AssertionError(f"did not come: {what}") from None
    return found


def seen(desk: Desk, source: str, area: str = "north", *, ident: str = "1") -> None:
    """A trusted source sees a drone."""
    detection = ev.Detection(
        id=ident, source=source, trusted=True, threat="drone", areas=(area,), observed_at=desk.clock.now()
    )
    desk.do(cmd.ReportDetection(detection=detection), SENSOR)


def alarm(desk: Desk, area: str = "north") -> str:
    """Two sources issue a warning; its id."""
    for source in ("radar", "ears"):
        seen(desk, source, area, ident=f"{area}-{len(bodies(desk, 'detection.recorded'))}")
    return str(bodies(desk, "warning.issued")[-1]["warning_id"])


def cancel(desk: Desk, warning: str) -> None:
    desk.do(cmd.Cancel(warning_id=warning, reason="birds"), DUTY)


def all_clear(desk: Desk, warning: str) -> None:
    desk.do(cmd.AllClear(warning_id=warning, reason="over"), DUTY)


def sirens(desk: Desk, *more: ev.Siren) -> None:
    desk.do(cmd.RegisterSirens(sirens=more), ADMIN)


def bodies(desk: Desk, kind: str) -> list[dict[str, Any]]:
    return [entry.event.body for entry in desk.ledger.read() if entry.event.kind == kind]


class Places(dict[str, int]):
    """Cursors in memory."""

    def get(self, name: str, default: int = 0) -> int:  # type: ignore[override]
        return super().get(name, default)

    def set(self, name: str, seq: int) -> None:
        self[name] = seq


@dataclass
class Hub:
    """A bus that remembers."""

    frames: list[dict[str, Any]] = field(default_factory=list)

    def publish(self, frame: dict[str, Any]) -> None:
        self.frames.append(frame)

    def listen(self, name: str) -> Subscription:
        raise NotImplementedError

    async def close(self) -> None:
        self.frames.clear()

    def updates(self) -> list[int]:
        return [f["seq"] for f in self.frames if f["subject"] in {"live.update", "drill.update"}]


@dataclass
class Broker:
    """Takes commands, unless it is down or has something against one siren."""

    down: bool = False
    refuses: set[str] = field(default_factory=set)
    sent: list[Command] = field(default_factory=list)
    tried: int = 0

    async def send(self, command: Command) -> None:
        self.tried += 1
        if self.down or command.siren in self.refuses:
            raise Unavailable("TOC-8002", "The broker is away.", field="mqtt", remedy="Wait.")
        self.sent.append(command)

    def ids(self) -> list[str]:
        return [command.id for command in self.sent]


@dataclass
class Worker:
    """Relay and deliver over one desk. ``start`` is a process that begins, ``kill`` one that ends at once."""

    folder: Path
    clock: SetClock = field(default_factory=SetClock)
    broker: Broker = field(default_factory=Broker)
    places: Places = field(default_factory=Places)
    hub: Hub = field(default_factory=Hub)

    def __post_init__(self) -> None:
        self.desk = a_desk(self.clock)
        self.db = DatabaseThread()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        self.hub = Hub()
        self.relay = Relay(
            self.desk,
            self.db,
            wake_path=self.folder / "wake.sock",
            follow_from=self.places.get(CURSOR),
            taken=self._taken,
            led=lambda most_s: self.deliver.led(most_s),  # noqa: PLW0108 - it is made below
        )
        self.deliver = Deliver(self.desk, self.db, self.places, newest=lambda: self.relay.state, send=self.broker.send)
        await self.relay.load()
        self.relay.lead(self.hub)
        self._tasks = [asyncio.create_task(self.relay.run()), asyncio.create_task(self.deliver.run())]

    def _taken(self, taken: Taken) -> None:
        self.deliver.take(taken)

    async def kill(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def idle(self) -> None:
        """Everything that is in the ledger now has been taken, delivered and noted."""
        await until(lambda: self.relay.state.seq == self.desk.ledger.head()[0], "the relay has read everything")
        await until(lambda: self.places.get(CURSOR) >= self.last_sounding(), "everything that sounds is delivered")

    def last_sounding(self) -> int:
        kinds = {"warning.issued", "warning.ended"}
        return max((e.seq for e in self.desk.ledger.read() if e.event.kind in kinds), default=0)

    async def close(self) -> None:
        await self.kill()
        self.db.close()
