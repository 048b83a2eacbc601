"""Bus → sirens → receipts. A command goes out first and is recorded after; its id makes a repetition harmless."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Container, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import structlog

from tocsin.app import receipts
from tocsin.app.desk import Desk
from tocsin.app.trace import trace_id
from tocsin.bus.subjects import LIVE_WRITTEN
from tocsin.core.errors import TocsinError
from tocsin.core.event import Entry
from tocsin.core.points import reach
from tocsin.core.time import parse_instant, rfc3339
from tocsin.warn import events as ev
from tocsin.warn.siren_command import Command
from tocsin.warn.siren_plan import orders
from tocsin.warn.state import WarnState
from tocsin.workers.database import DatabaseThread
from tocsin.workers.relay import Taken

CURSOR = "deliver"
BATCH_S = 0.05
RETRY_S = 1.0
AT_ONCE = 8
"""Commands that begin between two turns of the loop."""
NOTED_AT_ONCE = 100
"""Receipts of one transaction: more would make a warning wait that is issued meanwhile."""
KEPT_IDS = 10_000
"""Ids of settled commands that are kept; more than a city sends within a command's life."""

_SETTLED = (ev.SirenCommanded.KIND, ev.SirenSkipped.KIND)

log = structlog.get_logger("deliver")


class Cursors(Protocol):
    """Durable positions of workers."""

    def get(self, name: str) -> int:
        """The last position, 0 at first."""
        ...

    def set(self, name: str, seq: int) -> None:
        """Keep a position."""
        ...


class _Waiting(NamedTuple):
    """A receipt that is not recorded yet, and who wants to know when it is."""

    fact: receipts.Receipt
    done: asyncio.Future[None] | None


class Deliver:
    """Hands siren commands to the channel in the order of the ledger and records what came of them.

    Args:
        desk: where receipts are recorded.
        db: the worker's database thread.
        cursors: where the position is kept.
        newest: gives the newest state that the relay knows.
        send: hands one command to the broker; returns when the broker has acknowledged it.

    Attributes:
        idle: set while no command is on its way.
    """

    def __init__(
        self,
        desk: Desk,
        db: DatabaseThread,
        cursors: Cursors,
        *,
        newest: Callable[[], WarnState],
        send: Callable[[Command], Awaitable[object]],
    ) -> None:
        self._desk = desk
        self._db = db
        self._cursors = cursors
        self._newest = newest
        self._send = send
        self._queue: asyncio.Queue[Taken] = asyncio.Queue()
        self._receipts: asyncio.Queue[_Waiting] = asyncio.Queue(10_000)
        self._settled: OrderedDict[str, None] = OrderedDict()
        self.idle = asyncio.Event()
        self.idle.set()
        self._written: OrderedDict[tuple[str, ...], None] = OrderedDict()

    def take(self, taken: Taken) -> None:
        """Queue an entry; called by the relay. Only entries that sound are kept, so the queue stays small. Of what
        was recorded of commands the ids are kept: a command that went out before a restart was not skipped.
        """
        entry, frame = taken
        if frame is not None and frame["data"].get("sound") is not None:
            self.idle.clear()
            self._queue.put_nowait(taken)
        elif entry.event.kind in _SETTLED:
            self._settled[entry.event.body["command_id"]] = None
            while len(self._settled) > KEPT_IDS:
                self._settled.popitem(last=False)
        elif entry.event.kind == ev.LiveDelivered.KIND:
            body = entry.event.body
            self._written[(body["edge"], str(body["seq"]), body["first_at"])] = None
            while len(self._written) > KEPT_IDS:
                self._written.popitem(last=False)

    def receipt(self, fact: receipts.Receipt) -> None:
        """Queue what a device or an edge said; when ten thousand wait, the oldest gives way."""
        self._wait(_Waiting(fact, None))

    def written(self, fact: ev.LiveDelivered) -> asyncio.Future[None]:
        """Queue what an edge wrote; done when it is in the ledger, where it stands already when it is said again."""
        done = asyncio.get_running_loop().create_future()
        if (fact.edge, str(fact.seq), rfc3339(fact.first_at)) in self._written:
            done.set_result(None)
        else:
            self._wait(_Waiting(fact, done))
        return done

    def _wait(self, waiting: _Waiting) -> None:
        if self._receipts.full():
            self._receipts.get_nowait()
            log.error("receipts are dropped", waiting=self._receipts.qsize())
        self._receipts.put_nowait(waiting)

    async def free(self, most_s: float) -> None:
        """Wait until no command is on its way, but no longer than this: what can wait leaves them the processor."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(most_s):
                await self.idle.wait()

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with (
            asyncio.TaskGroup() as group
        ):  # a recorder that ended in silence would leave every screen in the past
            group.create_task(self._record())
            group.create_task(self._follow())

    async def _follow(self) -> None:
        while True:
            entry, frame = await self._queue.get()
            if frame is not None:
                await self._deliver(entry, frame)
            if self._queue.empty():
                self.idle.set()

    async def _deliver(self, entry: Entry, frame: dict[str, Any]) -> None:
        """One entry, until every siren has been commanded or the command has expired."""
        noted: set[str] = set()
        while True:
            planned = orders(self._newest(), entry, frame, self._desk.policy, self._desk.clock.now())
            skipped: list[ev.SirenSkipped] = []
            sent = await self._all(_commands(planned, skipped, noted))
            through: list[ev.SirenCommanded | ev.SirenSkipped] = [f for f in sent if f is not None]
            through += skipped
            noted |= {f.command_id for f in through}
            # After a restart a command is repeated under its id; that it was handed over is recorded already.
            await self._note([f for f in through if f.command_id not in self._settled])
            if None not in sent:
                break
            await asyncio.sleep(RETRY_S)
        try:
            await self._db(lambda: self._cursors.set(CURSOR, entry.seq))
        except TocsinError as fault:  # at worst the same commands are planned again, under the same ids
            log.error("the position is not kept yet", code=fault.code)

    async def _all(self, commands: Iterable[Command]) -> list[ev.SirenCommanded | None]:
        """Hand all of them to the broker. The first goes before the second is planned, then a few at a time begin, so
        that the first are out before the last is signed; nobody waits for an acknowledgement of another's.
        """
        begun: list[asyncio.Task[ev.SirenCommanded | None]] = []
        async with asyncio.TaskGroup() as group:
            for number, command in enumerate(commands, 1):
                begun.append(group.create_task(self._one(command)))
                if number % AT_ONCE == 0 or number == 1:
                    await asyncio.sleep(0)  # they begin
                    await asyncio.sleep(0)  # and the loop writes what they have handed over
        return [task.result() for task in begun]

    async def _one(self, command: Command) -> ev.SirenCommanded | None:
        reach("deliver.before_command")
        try:
            await self._send(command)
        except (TocsinError, OSError, TimeoutError) as fault:
            log.warning(
                "a siren command is not through yet",
                siren=command.siren,
                trace=trace_id(command.warning),
                error=type(fault).__name__,
            )
            return None
        reach("deliver.after_command")
        return ev.SirenCommanded(
            siren_id=command.siren,
            command_id=command.id,
            warning_id=command.warning,
            action=command.state,
            tone=command.tone if command.state == "ON" else "",
            duration_s=command.duration,
            expires=command.expires,
        )

    async def _note(self, facts: Sequence[receipts.Receipt]) -> None:
        for start in range(0, len(facts), NOTED_AT_ONCE):
            part = facts[start : start + NOTED_AT_ONCE]
            reach("deliver.before_receipt")
            try:
                await self._db(lambda part=part: receipts.note(self._desk, part))  # type: ignore[misc]
            except TocsinError as fault:  # a ledger that cannot be written must not hold up the next command
                log.error("deliveries are not recorded yet", code=fault.code)
                for fact in part:
                    self.receipt(fact)

    async def _record(self) -> None:
        """Record receipts in batches, so that a hundred reports cost one fsync."""
        while True:
            batch = [await self._receipts.get()]
            await asyncio.sleep(BATCH_S)
            while not self._receipts.empty() and len(batch) < NOTED_AT_ONCE:
                batch.append(self._receipts.get_nowait())
            try:
                facts = [waiting.fact for waiting in batch]
                await self._db(lambda facts=facts: receipts.note(self._desk, facts))  # type: ignore[misc]
            except TocsinError as fault:
                log.error("receipts are not recorded yet", code=fault.code)
                for waiting in batch:
                    self._wait(waiting)
                await asyncio.sleep(RETRY_S)
            else:
                for waiting in batch:
                    if waiting.done is not None and not waiting.done.done():
                        waiting.done.set_result(None)


def delivered(edge: str, frame: dict[str, Any]) -> ev.LiveDelivered | None:
    """What an edge says that it wrote; None where that was to nobody, which is no delivery.

    Raises:
        ValueError: it is malformed.
    """
    if frame.get("subject") != LIVE_WRITTEN or frame.get("clients") == 0:
        return None
    try:
        return ev.LiveDelivered(
            edge=edge,
            seq=int(frame["seq"]),
            clients=int(frame["clients"]),
            first_at=parse_instant(str(frame["first_at"]), field="at"),
            last_at=parse_instant(str(frame["last_at"]), field="at"),
        )
    except (KeyError, ValueError, TypeError, TocsinError) as fault:
        log.warning("an edge sent a malformed receipt", edge=edge)
        raise ValueError("a malformed receipt") from fault


def _commands(
    planned: Iterable[Command | ev.SirenSkipped], skipped: list[ev.SirenSkipped], noted: Container[str]
) -> Iterator[Command]:
    """The commands of a plan whose outcome is not noted yet; sirens that get none are put into ``skipped``."""
    for one in planned:
        if isinstance(one, Command):
            if one.id not in noted:
                yield one
        elif one.command_id not in noted:
            skipped.append(one)
