"""Bus → sirens → receipts. A command goes out first and is recorded after; its id makes a repetition harmless.

Nothing on the way out waits for the ledger, and nothing that an officer did waits for what rules and sources did: see
``workers.sounding``. Commands are begun one after another in one task, so that the broker has them in that order.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Container, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import structlog

from tocsin.app import receipts
from tocsin.app.desk import Desk
from tocsin.app.trace import trace_id
from tocsin.bus.subjects import LIVE_WRITTEN
from tocsin.core.errors import TocsinError
from tocsin.core.points import reach
from tocsin.core.time import parse_instant, rfc3339
from tocsin.warn import events as ev
from tocsin.warn.siren_command import Command
from tocsin.warn.siren_plan import orders
from tocsin.warn.state import WarnState
from tocsin.workers.database import DatabaseThread
from tocsin.workers.relay import Taken
from tocsin.workers.sounding import Lanes, Sounding

CURSOR = "deliver"
BATCH_S = 0.05
RETRY_S = 1.0
MARK_S = 0.2
"""Least time between two positions that are kept; a flood would else write one for each of its entries."""
AT_ONCE = 8
"""Commands that begin between two turns of the loop."""
BREATH_S = 0.002
"""Pause after an entry's first command: that one, and the first page, get all the way before the mass comes."""
WINDOW = 64
"""Commands without an acknowledgement at which only an officer's are begun: at most so many lie before it at the
broker."""
AGAIN = 64
"""Entries that wait to be tried again at which only an officer's are begun: the broker is away."""
NOTED_AT_ONCE = 100
"""Receipts of one transaction: more would make a warning wait that is issued meanwhile."""
MOST_WAITING = 10_000
"""Receipts that wait to be recorded."""
KEPT_IDS = 20_000
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
        self._lanes = Lanes()
        self._own: deque[_Waiting] = deque()
        self._receipts: deque[_Waiting] = deque()
        self._facts = asyncio.Event()
        self._settled: OrderedDict[str, None] = OrderedDict()
        self._written: OrderedDict[tuple[str, ...], None] = OrderedDict()
        self._loud: dict[str, int] = {}  # siren → the newest entry by which it was told to sound
        self._unanswered = self._again = 0
        self._open: set[int] = set()
        self._sending: set[int] = set()
        self._taken = 0
        self._finished = asyncio.Event()
        self._led = asyncio.Event()
        self.idle = asyncio.Event()
        self.idle.set()

    def take(self, taken: Taken) -> None:
        """Queue an entry; called by the relay. Only entries that sound are kept. Of what was recorded of commands the
        ids are kept: a command that went out before a restart was not skipped.
        """
        entry, frame = taken
        if frame is not None and frame["data"].get("sound") is not None:
            self.idle.clear()
            self._taken = max(self._taken, entry.seq)
            self._open.add(entry.seq)
            self._sending.add(entry.seq)
            self._led.clear()
            self._lanes.put(taken)
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
        self._receipts.append(waiting)
        _bounded(self._receipts)
        self._facts.set()

    def _keep(self, fact: receipts.Receipt) -> asyncio.Future[None]:
        """Queue what we know ourselves, before what anybody said: a flood of reports must not displace it."""
        done = asyncio.get_running_loop().create_future()
        self._own.append(_Waiting(fact, done))
        for lost in _bounded(self._own):
            _done(lost)
        self._facts.set()
        return done

    async def free(self, most_s: float) -> None:
        """Wait until no command is on its way, but no longer than this: what can wait leaves them the processor."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(most_s):
                await self.idle.wait()

    async def led(self, most_s: float) -> None:
        """Wait until the first command of what was taken last is with the broker's connection, but no longer than this:
        a command passes through two more processes before a siren has it, and thousands of pages keep a machine busy.
        Where others are before it, nobody waits.
        """
        if len(self._lanes) > 1 or not self._room():
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(most_s):
                await self._led.wait()

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with asyncio.TaskGroup() as group:
            # A recorder that ended in silence would leave every screen in the past.
            group.create_task(self._record())
            group.create_task(self._mark())
            while True:
                await self._begin(await self._lanes.next(self._room), group)

    def _room(self) -> bool:
        return self._unanswered < WINDOW and self._again < AGAIN

    async def _begin(self, one: Sounding, group: asyncio.TaskGroup) -> None:
        """Hand over what an entry still asks for, by the newest state. The first goes before the second is planned,
        then a few begin at a time; nobody waits for an acknowledgement of another's. When an officer comes, or there is
        no room, the rest waits and is planned anew: what was ended meanwhile does not sound.
        """
        planned = orders(self._newest(), one.entry, one.frame, self._desk.policy, self._desk.clock.now())
        skipped: list[ev.SirenSkipped] = []
        number = 0
        for command in _commands(planned, skipped, one.begun):
            if self._overtaken(one.entry.seq, command):
                skipped.append(_skip(command, "a later warning sounds here"))
                continue
            if number == 1:
                await asyncio.sleep(BREATH_S)
            if not one.first and (self._lanes.officers or not self._room()):
                self._lanes.again(one)
                return
            one.begun.add(command.id)
            if command.state == "ON":
                self._loud[command.siren] = max(one.entry.seq, self._loud.get(command.siren, 0))
            self._unanswered += 1
            one.under_way[command.id] = group.create_task(self._one(command))
            number += 1
            if number % AT_ONCE == 0 or number == 1:
                await asyncio.sleep(0)  # they begin
                await asyncio.sleep(0)  # and the loop writes what they have handed over
                self._led.set()
        self._led.set()
        group.create_task(self._settle(one, skipped))

    def _overtaken(self, seq: int, command: Command) -> bool:
        """Whether it would silence a siren for an earlier entry after it was told to sound for a later one."""
        quiets = command.state == "OFF" or command.tone == "all_clear"
        return quiets and self._loud.get(command.siren, 0) > seq

    async def _settle(self, one: Sounding, skipped: Sequence[ev.SirenSkipped]) -> None:
        """One entry, when every command has been acknowledged or not: note what is through, try the rest again."""
        told = dict(zip(one.under_way, await asyncio.gather(*one.under_way.values()), strict=True))
        one.under_way.clear()
        facts: list[ev.SirenCommanded | ev.SirenSkipped] = [fact for fact in told.values() if fact is not None]
        facts += skipped
        one.begun = (one.begun | {f.command_id for f in skipped}) - {
            name for name, fact in told.items() if fact is None
        }
        # After a restart a command is repeated under its id; that it was handed over is recorded already.
        one.kept += [self._keep(f) for f in facts if f.command_id not in self._settled]
        if None in told.values():
            self._again += 1
            await asyncio.sleep(RETRY_S)
            self._again -= 1
            self._lanes.again(one)
            return
        self._sending.discard(one.entry.seq)
        if not self._sending:
            self.idle.set()
        await asyncio.gather(*one.kept)
        self._open.discard(one.entry.seq)
        self._finished.set()

    async def _mark(self) -> None:
        """Keep the position before which nothing is on its way; of many that end together only the last."""
        while True:
            await self._finished.wait()
            self._finished.clear()
            place = min(self._open) - 1 if self._open else self._taken
            try:
                await self._db(lambda place=place: self._cursors.set(CURSOR, place))  # type: ignore[misc]
            except TocsinError as fault:  # at worst the same commands are planned again, under the same ids
                log.error("the position is not kept yet", code=fault.code)
            await asyncio.sleep(MARK_S)

    async def _one(self, command: Command) -> ev.SirenCommanded | None:
        try:
            reach("deliver.before_command")
            await self._send(command)
        except (TocsinError, OSError, TimeoutError) as fault:
            log.warning(
                "a siren command is not through yet",
                siren=command.siren,
                trace=trace_id(command.warning),
                error=type(fault).__name__,
            )
            return None
        finally:
            self._unanswered -= 1
            self._lanes.stir()
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

    async def _record(self) -> None:
        """Record receipts in batches, so that a hundred reports cost one fsync; our own come first."""
        while True:
            await self._facts.wait()
            await asyncio.sleep(BATCH_S)
            own = [self._own.popleft() for _ in range(min(NOTED_AT_ONCE, len(self._own)))]
            said = [self._receipts.popleft() for _ in range(min(NOTED_AT_ONCE - len(own), len(self._receipts)))]
            if not (self._own or self._receipts):
                self._facts.clear()
            if own:
                reach("deliver.before_receipt")
            try:
                facts = [waiting.fact for waiting in (*own, *said)]
                await self._db(lambda facts=facts: receipts.note(self._desk, facts))  # type: ignore[misc]
            except TocsinError as fault:  # a ledger that cannot be written holds up no command
                log.error("receipts are not recorded yet", code=fault.code)
                self._own.extendleft(reversed(own))
                self._receipts.extendleft(reversed(said))
                self._facts.set()
                await asyncio.sleep(RETRY_S)
            else:
                for waiting in (*own, *said):
                    _done(waiting)


def _skip(command: Command, reason: str) -> ev.SirenSkipped:
    return ev.SirenSkipped(siren_id=command.siren, command_id=command.id, warning_id=command.warning, reason=reason)


def _bounded(waiting: deque[_Waiting]) -> list[_Waiting]:
    """What gives way, the oldest first."""
    lost = [waiting.popleft() for _ in range(len(waiting) - MOST_WAITING)]
    if lost:
        log.error("receipts are dropped", waiting=len(waiting))
    return lost


def _done(waiting: _Waiting) -> None:
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
