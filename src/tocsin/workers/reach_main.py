"""One process that reaches people: the channels, the engine, and the ledger that it follows."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tocsin.app.paths import MemoryProofs, Proofs
from tocsin.channels._port import Channel
from tocsin.channels._trial import addressee
from tocsin.core.delivery import Deliveries
from tocsin.core.notice import Late
from tocsin.core.ports import AddressBook, Clock, ContextPool, Reader
from tocsin.warn.context import Sender
from tocsin.warn.events import ChannelTold
from tocsin.workers.canary import Canary, channel_probe
from tocsin.workers.database import DatabaseThread
from tocsin.workers.follow import Follow
from tocsin.workers.lanes import Share
from tocsin.workers.prepare import Prepare
from tocsin.workers.reach import Reach


@dataclass(frozen=True, kw_only=True)
class ReachWorker:
    """What such a process needs, made by wiring. ``channels`` makes those that are set up, given who takes reports.

    ``canaries``: channel → an address of the city's own, and seconds between two tests to it. ``contexts`` opens the
    pool of what is prepared ahead for Web Push.
    """

    ledger: Reader
    sender: Sender
    clock: Clock
    book: AddressBook
    deliveries: Deliveries
    channels: Callable[[Callable[[Late], None]], Mapping[str, Channel]]
    bus: AsyncIterable[Any] | None = None
    share: Share = field(default_factory=Share)
    proofs: Proofs = field(default_factory=MemoryProofs)
    canaries: Mapping[str, tuple[Mapping[str, Any], float]] = field(default_factory=dict)
    rates: Mapping[str, float] = field(default_factory=dict)
    record: Callable[[ChannelTold], object] = lambda _told: None
    contexts: Callable[[], ContextPool] | None = None


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
    sung = asyncio.ensure_future(_canary(worker, channels, db).run())
    stopped = asyncio.ensure_future(stop.wait())
    preparing: list[asyncio.Task[None]] = []
    if worker.contexts is not None and "webpush" in channels:
        preparing.append(asyncio.create_task(Prepare(worker.book, worker.contexts, worker.share).run()))
    try:
        await asyncio.wait([followed, stopped], return_when=asyncio.FIRST_COMPLETED)
        if followed.done():
            followed.result()
    finally:
        for task in (followed, stopped, sung, *preparing):
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError, BaseExceptionGroup):
            await followed
        await asyncio.gather(sung, *preparing, return_exceptions=True)
        for channel in channels.values():
            await channel.close()
        db.close()


def _canary(worker: ReachWorker, channels: Mapping[str, Channel], db: DatabaseThread) -> Canary:
    """Tests to the city's own addresses; of several such workers the first sends them."""
    probes, every_s = {}, {}
    for name, (address, seconds) in worker.canaries.items() if worker.share.number == 1 else ():
        if name in channels:
            to = addressee(name, address, next(iter(worker.sender.names)), worker.clock.now())
            probes[name] = channel_probe(channels[name], to, worker.sender.names, worker.clock.now)
            every_s[name] = seconds
    return Canary(probes, worker.proofs, db, every_s=every_s)
