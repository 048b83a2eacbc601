"""Time passing, the city's heartbeat, sirens that stay silent, signed checkpoints."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import msgspec
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tocsin.app import receipts
from tocsin.app.actor import SYSTEM
from tocsin.app.desk import Desk
from tocsin.core.errors import TocsinError
from tocsin.record.chain import sign_checkpoint
from tocsin.warn.commands import Tick
from tocsin.warn.rules.tick import due
from tocsin.warn.state import WarnState
from tocsin.workers.database import DatabaseThread

EVERY_S = 0.5
BEAT_S = 5.0
SILENT_AFTER_S = 15
CHECKPOINT_S = 60.0

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
        beat: publishes the heartbeat to the sirens.
        receipt: records what it notices of sirens.
        key: signs checkpoints.
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
        receipt: Callable[[receipts.Receipt], None],
        key: Ed25519PrivateKey,
        checkpoints: Path,
        origin: str,
    ) -> None:
        self._desk = desk
        self._db = db
        self._truth = truth
        self._beat = beat
        self._receipt = receipt
        self._key = key
        self._file = checkpoints
        self._origin = origin
        self._checked = 0

    async def run(self) -> None:
        """Watch until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(_forever(self._tick, EVERY_S))
            group.create_task(_forever(self._heartbeat, BEAT_S))
            group.create_task(_forever(self._checkpoint, CHECKPOINT_S))

    async def _tick(self) -> None:
        if due(self._truth.state, self._desk.policy, self._desk.clock.now()):
            await self._db(lambda: self._desk.do(Tick(), SYSTEM))
        if self._truth.state.live:
            for silent in await self._db(lambda: receipts.silent_sirens(self._desk, wait_s=SILENT_AFTER_S)):
                log.error("a siren is silent", siren=silent.siren_id)
                self._receipt(silent)

    async def _heartbeat(self) -> None:
        await self._beat(self._truth.as_of, self._truth.state.seq)

    async def _checkpoint(self) -> None:
        await self._db(self.checkpoint)

    def checkpoint(self) -> None:
        """Sign the ledger's head, unless it is where it was; keep it in the database and beside it."""
        seq, sealed = self._desk.ledger.head()
        if seq in {self._checked, 0}:
            return
        signed = sign_checkpoint(self._origin, seq, sealed, self._desk.clock.now(), self._key)
        with self._file.open("ab") as out:
            out.write(msgspec.json.encode(signed) + b"\n")
            out.flush()
            os.fsync(out.fileno())
        self._desk.ledger.add_checkpoint(signed)
        self._checked = seq


async def _forever(work: Callable[[], Awaitable[None]], every_s: float) -> None:
    """Do the work again and again; a fault is said and does not end the watch."""
    while True:
        try:
            await work()
        except TocsinError as fault:
            log.error("watch", code=fault.code, message=fault.message)
        except OSError as fault:
            log.error("watch", error=type(fault).__name__)
        await asyncio.sleep(every_s)
