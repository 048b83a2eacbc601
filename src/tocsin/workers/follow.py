"""One process that reaches people: it follows the ledger by itself, woken by the bus, and hands notices to channels."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterable, Sequence
from typing import Any

import structlog

from tocsin.core.event import Entry
from tocsin.core.notice import RecordNotice, WarningNotice
from tocsin.core.ports import Reader
from tocsin.record.notice import notice as record_notice
from tocsin.warn.context import Sender
from tocsin.warn.notice import notice as warning_notice
from tocsin.warn.notice import over
from tocsin.warn.state import WarnState, fold
from tocsin.workers.database import DatabaseThread
from tocsin.workers.reach import Reach

POLL_S = 0.25
PIECE = 200
"""Entries that are read and queued at once; the first of them waits for no more than that."""
BREATH_S = 0.02
"""From news to the first look: until then the first siren and the first pages have it. On a machine of few processors
whoever begins keeps one for milliseconds, however far back it stands.
"""
REST_S = 0.05
"""Between two looks that found something: when every district is warned at once, many go together."""

log = structlog.get_logger("reach")


class Follow:
    """Reads the ledger and queues what it has to say.

    Args:
        ledger: the book.
        sender: the city.
        reach: takes the notices.
        db: the worker's database thread.
        bus: frames of the relay: each of them is a reason to look at once; without one it looks every quarter second.
    """

    def __init__(
        self,
        ledger: Reader,
        sender: Sender,
        reach: Reach,
        db: DatabaseThread,
        bus: AsyncIterable[Any] | None = None,
    ) -> None:
        self._ledger = ledger
        self._sender = sender
        self._reach = reach
        self._db = db
        self._bus = bus
        self._woken = asyncio.Event()
        self.state = WarnState()

    async def run(self) -> None:
        """Take up what was under way, then follow until cancelled."""
        read = await self._reach.load()
        await self._catch_up(read)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._reach.run())
            group.create_task(self._poll(read))
            if self._bus is not None:
                group.create_task(self._hear(self._bus))

    async def _catch_up(self, read: int) -> None:
        """Fold what was read before, for the state, and for the ends of warnings whose deliveries may be open still."""
        ended: dict[str, int] = {}
        for entry in await self._db(lambda: [e for e in self._ledger.read() if e.seq <= read]):
            self.state = fold(self.state, entry)
            if warning := over(entry):
                ended[warning] = entry.seq
        if ended:
            await self._reach.queue((), ended, self.state.seq)

    async def _poll(self, read: int) -> None:
        while True:
            try:
                entries = await self._db(lambda: list(self._ledger.read(after=max(read, self.state.seq), limit=PIECE)))
            except Exception as fault:  # the ledger is away: what it will say is told when it is back
                log.error("the ledger cannot be read", error=type(fault).__name__)
                entries = []
            if entries:
                await self._take(entries)
                await asyncio.sleep(REST_S)
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await self._woken.wait()
                    await asyncio.sleep(BREATH_S)
            self._woken.clear()

    async def _take(self, entries: Sequence[Entry]) -> None:
        notices: list[WarningNotice | RecordNotice] = []
        ended: dict[str, int] = {}
        for entry in entries:
            self.state = fold(self.state, entry)
            said = warning_notice(self.state, entry, self._sender) or record_notice(entry, self._sender.names)
            if said is not None:
                notices.append(said)
            if warning := over(entry):
                ended[warning] = entry.seq
        await self._reach.queue(notices, ended, self.state.seq)

    async def _hear(self, bus: AsyncIterable[Any]) -> None:
        async for _frame in bus:
            self._woken.set()
