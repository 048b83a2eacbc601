"""One process that reaches people: the channels, the engine, and the ledger that it follows."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tocsin.channels._port import Channel
from tocsin.core.delivery import Deliveries
from tocsin.core.notice import Late
from tocsin.core.ports import AddressBook, Clock, Reader
from tocsin.warn.context import Sender
from tocsin.warn.events import ChannelTold
from tocsin.workers.database import DatabaseThread
from tocsin.workers.follow import Follow
from tocsin.workers.lanes import Share
from tocsin.workers.reach import Reach


@dataclass(frozen=True, kw_only=True)
class ReachWorker:
    """What such a process needs, made by wiring. ``channels`` makes those that are set up, given who takes reports."""

    ledger: Reader
    sender: Sender
    clock: Clock
    book: AddressBook
    deliveries: Deliveries
    channels: Callable[[Callable[[Late], None]], Mapping[str, Channel]]
    bus: AsyncIterable[Any] | None = None
    share: Share = field(default_factory=Share)
    rates: Mapping[str, float] = field(default_factory=dict)
    record: Callable[[ChannelTold], object] = lambda _told: None


async def run(worker: ReachWorker, stop: asyncio.Event) -> None:
    """Run until ``stop`` is set. What breaks it is raised, so that whoever supervises starts it again."""
    db = DatabaseThread()

    def heard(late: Late) -> None:
        engine.heard(late)  # no channel reports before the engine has handed it something

    channels = worker.channels(heard)
    engine = Reach(
        worker.book,
        worker.deliveries,
        channels,
        worker.clock,
        db,
        share=worker.share,
        record=worker.record,
        rates=worker.rates,
    )
    follow = Follow(worker.ledger, worker.sender, engine, db, worker.bus)
    followed = asyncio.ensure_future(follow.run())
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait([followed, stopped], return_when=asyncio.FIRST_COMPLETED)
        if followed.done():
            followed.result()
    finally:
        for task in (followed, stopped):
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError, BaseExceptionGroup):
            await followed
        for channel in channels.values():
            await channel.close()
        db.close()
