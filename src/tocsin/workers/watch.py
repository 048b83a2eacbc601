"""Time passing, the city's heartbeat, sirens that stay silent, their quiet tests, signed checkpoints."""

from __future__ import annotations

import asyncio
import math
import os
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import msgspec
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tocsin.app import receipts
from tocsin.app.actor import SYSTEM
from tocsin.app.desk import Desk
from tocsin.app.trace import trace_id
from tocsin.core.errors import TocsinError
from tocsin.core.ports import Checkpoint, Ledger
from tocsin.core.time import rfc3339, zone
from tocsin.record.export import seal_head
from tocsin.warn.commands import Tick
from tocsin.warn.events import SirenSilent
from tocsin.warn.rules.tick import due
from tocsin.warn.state import WarnState
from tocsin.workers import pace, quiet
from tocsin.workers.database import DatabaseThread

EVERY_S = 0.5
AT_ONCE = 100
"""So many sirens are looked at before others have their turn."""
BEAT_S = 5.0
SILENT_AFTER_S = 15
CUT_OFF_AFTER_S = 30.0
CHECKPOINT_S = 60.0
CHECKPOINTS = "checkpoints.jsonl"

log = structlog.get_logger("watch")


class Truth(Protocol):
    """What the relay knows."""

    state: WarnState
    as_of: datetime


class Watch:
    """Looks about twice a second; writes only when something is due.

    Args:
        desk: where what is due is decided and recorded.
        db: the worker's database thread.
        truth: the newest state and as of when it is true.
        beat: publishes the heartbeat to the sirens; False when there is no connection to the broker.
        press: asks one siren for its quiet test.
        receipt: records what it notices of sirens.
        key: gives the key that signs checkpoints at that moment.
        checkpoints: file beside the database that also keeps them, so that a cut database shows.
        origin: the ledger's name in checkpoints.
    """

    def __init__(
        self,
        desk: Desk,
        db: DatabaseThread,
        *,
        truth: Truth,
        beat: Callable[[Any, int], Awaitable[object]],
        press: Callable[[str], Awaitable[object]],
        receipt: Callable[[receipts.Receipt], None],
        key: Callable[[], Ed25519PrivateKey],
        checkpoints: Path,
        origin: str,
    ) -> None:
        self._desk = desk
        self._db = db
        self._truth = truth
        self._beat = beat
        self._press = press
        self._receipt = receipt
        self._key = key
        self._file = checkpoints
        self._origin = origin
        self._checked = 0
        self._reached = time.monotonic()
        self._owing: dict[str, float] = {}
        self._tested = desk.clock.now()

    async def run(self) -> None:
        """Watch until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(_forever(self._tick, lambda: asyncio.sleep(EVERY_S)))
            group.create_task(_forever(self._heartbeat, lambda: pace.sleep(self._desk.clock, BEAT_S)))
            group.create_task(_forever(self._quiet_tests, lambda: asyncio.sleep(EVERY_S)))
            group.create_task(_forever(self._checkpoint, lambda: asyncio.sleep(CHECKPOINT_S)))

    async def _tick(self) -> None:
        if due(self._truth.state, self._desk.policy, self._desk.clock.now()):
            await self._db(lambda: self._desk.do(Tick(), SYSTEM))
        if self._truth.state.live:
            await self._look_for_silence()

    async def _look_for_silence(self) -> None:
        """Sirens that owe a sound for 15 s of this machine's own time, whatever a replay's clock says (R28).

        Some at a time: a region has thousands, and the commands of a warning would wait until all were looked at.
        """
        now, at = time.monotonic(), self._desk.clock.now()
        owed: dict[str, SirenSilent] = {}
        rest = iter(self._truth.state.sirens.items())
        while some := list(islice(rest, AT_ONCE)):
            owed |= {silent.command_id: silent for silent in receipts.owing(some, at)}
            await asyncio.sleep(0)
        self._owing = {command: self._owing.get(command, now) for command in owed}
        for command, silent in owed.items():
            if now - self._owing[command] >= SILENT_AFTER_S:
                log.error("a siren is silent", siren=silent.siren_id, trace=trace_id(silent.warning_id))
                self._receipt(msgspec.structs.replace(silent, waited_s=SILENT_AFTER_S))
                self._owing[command] = math.inf

    async def _heartbeat(self) -> None:
        if await self._beat(self._truth.as_of, self._truth.state.seq) is not False:
            self._reached = time.monotonic()
        elif time.monotonic() - self._reached >= CUT_OFF_AFTER_S:
            self._cut_off()

    def _cut_off(self) -> None:
        """Without a broker nobody says which siren has gone. What a siren last measured is no sign that it answers."""
        now = self._desk.clock.now()
        for lost in receipts.unreachable(self._truth.state, now, f"no broker at {rfc3339(now)}"):
            log.error("a siren cannot be reached", siren=lost.siren_id)
            self._receipt(lost)

    async def _quiet_tests(self) -> None:
        """Each siren once a day (R28). A siren that sounds at that moment says by itself that it made no test."""
        hour, before, now = self._desk.policy.quiet_test_hour, self._tested, self._desk.clock.now()
        self._tested = now
        if hour is None:
            return
        sirens = self._truth.state.sirens
        for siren in quiet.due(sirens, hour=hour, zone=zone(self._desk.sender.zone), after=before, now=now):
            await self._press(siren)

    async def _checkpoint(self) -> None:
        await self._db(self.checkpoint)

    def checkpoint(self) -> None:
        """Sign the ledger's head, unless nothing was written since."""
        ledger = self._desk.ledger
        if ledger.head()[0] not in {self._checked, 0}:
            now = self._desk.clock.now()
            self._checked = seal(ledger, origin=self._origin, now=now, key=self._key(), path=self._file).seq


def seal(ledger: Ledger, *, origin: str, now: datetime, key: Ed25519PrivateKey, path: Path) -> Checkpoint:
    """Sign the ledger's head if it is not signed yet; keep it in the database and in the file beside it."""
    signed = seal_head(ledger, origin=origin, at=now, private_key=key)
    line = msgspec.json.encode(signed) + b"\n"
    if not path.exists() or not path.read_bytes().endswith(line):
        with path.open("ab") as out:
            out.write(line)
            out.flush()
            os.fsync(out.fileno())
    return signed


async def _forever(work: Callable[[], Awaitable[None]], rest: Callable[[], Awaitable[None]]) -> None:
    """Do the work again and again; a fault is said and does not end the watch."""
    while True:
        try:
            await work()
        except TocsinError as fault:
            log.error("watch", code=fault.code, message=fault.message)
        except OSError as fault:
            log.error("watch", error=type(fault).__name__)
        await rest()
