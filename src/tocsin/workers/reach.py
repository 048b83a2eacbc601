"""Ledger → address book → channels: everybody whom a notice concerns is told, the most urgent notice first.

What is handed on is kept batch by batch, so that a crash loses nothing and repeats at most the batch under way. Each
channel has a task of its own and is never waited for by another. None of this runs in the process that serves the
sirens.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from tocsin.app.following import RECORD
from tocsin.channels._port import Channel
from tocsin.channels._registry import quality
from tocsin.core.delivery import COLUMNS, Column, Deliveries, Retry, Run, Step
from tocsin.core.errors import TocsinError
from tocsin.core.notice import Late, Outcome, RecordNotice, WarningNotice
from tocsin.core.ports import AddressBook, Clock
from tocsin.core.subscription import Subscription
from tocsin.warn.events import ChannelTold
from tocsin.workers.database import DatabaseThread
from tocsin.workers.lanes import Bucket, Job, Share

FIRST_WAIT_S = 5.0
LONGEST_WAIT_S = 300.0
"""Waits between tries: doubled each time, with a quarter of chance, unless the other side asks for another."""

PAUSE_S = (1.0, 60.0)
"""First and longest pause of a channel whose other end does not answer at all."""

UNKEPT = 1000
"""Entries of the ledger that may be read again after a crash."""

EMPTY_S = 0.25

MOST_LATE = 100_000
"""Late reports that wait to be counted; one may come before what it reports on has been kept."""

_DICE = random.SystemRandom()

log = structlog.get_logger("reach")


class Reach:
    """Hands notices to the channels.

    Args:
        book: who is to be told.
        deliveries: where progress is kept.
        channels: those that are set up here, by name.
        clock: reads the time.
        db: a database thread of this worker's own.
        share: which part of the book is this worker's.
        record: takes the counts of a notice that is done with, as a fact; called in the database thread.
        rates: notices a second of a channel, where it is not what the channel itself says.
    """

    def __init__(
        self,
        book: AddressBook,
        deliveries: Deliveries,
        channels: Mapping[str, Channel],
        clock: Clock,
        db: DatabaseThread,
        *,
        share: Share | None = None,
        record: Callable[[ChannelTold], object] = lambda _told: None,
        rates: Mapping[str, float] | None = None,
    ) -> None:
        self._book = book
        self._deliveries = deliveries
        self._channels = channels
        self._clock = clock
        self._db = db
        self.share = share or Share()
        self._record = record
        self._rates = dict(rates or {})
        self._jobs: dict[str, list[Job]] = {name: [] for name in channels}
        self._fresh = {name: asyncio.Event() for name in channels}
        self._last = self._kept = 0
        self._nobody: list[int] = []
        self._newest: dict[str, int] = {}
        self._over: dict[str, int] = {}
        self._late: deque[tuple[Late, int]] = deque(maxlen=MOST_LATE)

    async def load(self) -> int:
        """Take up the runs that are not over; the entry up to which the ledger has been read."""
        for run in await self._db(lambda: self._deliveries.runs(after=self._last)):
            self._last = run.id
            # The first worker also finishes what was begun when the book was split otherwise.
            mine = run.share == str(self.share) or (
                self.share.number == 1 and Share.read(run.share).of != self.share.of
            )
            if mine and run.channel in self._jobs:
                # where nothing was handed over yet nobody is to be tried again
                retries = await self._db(lambda run=run: self._deliveries.retries(run.id)) if run.cursor else []  # type: ignore[misc]
                self._jobs[run.channel].append(Job(run=run, retries={one.subscription: one for one in retries}))
                self._fresh[run.channel].set()
                if isinstance(run.notice, WarningNotice):
                    newest = self._newest.get(run.notice.warning, 0)
                    self._newest[run.notice.warning] = max(newest, run.notice.seq)
        self._kept = max(self._kept, await self._db(lambda: self._deliveries.position(str(self.share))))
        return self._kept

    async def queue(self, notices: Sequence[WarningNotice | RecordNotice], over: Mapping[str, int], seq: int) -> None:
        """Queue what was read of the ledger up to ``seq``. ``over``: warnings that ended, with the entry of the end.

        Where nothing is to be told the position is kept now and then: what is read again after a crash says the same.
        """
        self._over |= over
        now = self._clock.now()
        live = [notice for notice in notices if notice.expires > now and not self._ended(notice)]
        if not live and seq - self._kept < UNKEPT:
            return
        self._kept = seq
        names = list(self._channels)
        await self._db(lambda: self._deliveries.begin(live, names, str(self.share), seq=seq, at=now))
        if live:
            await self.load()

    def heard(self, late: Late) -> None:
        """Take a late report; called by a channel."""
        self._late.append((late, 0))

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._count_late())
            group.create_task(self._close_empty())
            for name, channel in self._channels.items():
                group.create_task(self._serve(name, channel))
                if hasattr(channel, "listen"):
                    group.create_task(self._listen(name, channel.listen))

    async def _serve(self, name: str, channel: Channel) -> None:
        """One channel: the most urgent job that has work, a batch at a time."""
        bucket = Bucket(self._rates.get(name, quality(name).rate), quality(name).batch)
        pause = 0.0
        while True:
            self._fresh[name].clear()
            job = self._most_urgent(name)
            if job is None:
                await self._wait(name)
                continue
            try:
                away = await self._turn(name, channel, job, bucket)
            except TocsinError as fault:  # the database: the same batch is tried again
                log.error("deliveries stand still", channel=name, code=fault.code)
                away = True
            pause = min(max(PAUSE_S[0], pause * 2), PAUSE_S[1]) if away else 0.0
            if pause:
                await asyncio.sleep(pause * _DICE.uniform(0.75, 1.0))

    async def _turn(self, name: str, channel: Channel, job: Job, bucket: Bucket) -> bool:
        """The next thing to do for a job; True when the channel's other end does not answer."""
        if job.ids is None:
            await self._aim(job)
            return False
        if await self._is_over(job):
            return False
        waiting = job.fresh or len(job.due(self._clock.now()))
        if not waiting:
            return False
        most = await bucket.take(waiting)
        return await self._batch(name, channel, self._most_urgent(name) or job, most)

    def _most_urgent(self, name: str) -> Job | None:
        now = self._clock.now()
        jobs = self._jobs[name] = [job for job in self._jobs[name] if not job.done]
        for job in sorted(jobs, key=lambda job: job.run.notice.order):
            if job.ids is None or job.fresh or not job.retries or job.run.notice.expires <= now or job.due(now):
                return job
            if self._ended(job.run.notice):
                return job
        return None

    async def _wait(self, name: str) -> None:
        """Until something is queued, or somebody is to be tried again."""
        now = self._clock.now()
        moments = [one.due for job in self._jobs[name] for one in job.retries.values()]
        moments += [job.run.notice.expires for job in self._jobs[name]]
        left = min(((moment - now).total_seconds() for moment in moments), default=60.0)
        try:
            async with asyncio.timeout(min(max(left, 0.05), 60.0)):
                await self._fresh[name].wait()
        except TimeoutError:
            return

    async def _batch(self, name: str, channel: Channel, job: Job, most: int) -> bool:
        """Hand one batch over and keep what came of it. True when the channel's other end does not answer."""
        fresh = list(job.ids[job.at : job.at + most]) if job.ids is not None else []
        again = [] if fresh else job.due(self._clock.now())[:most]
        if not fresh and not again:  # something more urgent came while the rate was waited for: it has its turn next
            return False
        wanted = fresh or [one.subscription for one in again]
        to = await self._db(lambda: list(self._book.by_ids(wanted)))
        found, away = await _attempt(channel, job, to, name)
        step = self._step(job, fresh, again, to, found)
        gone = {one.recipient: one.detail for one in found.values() if one.stage == "gone"}
        for detail in sorted(set(gone.values())):
            these = [one for one, why in gone.items() if why == detail]
            await self._db(lambda these=these, why=detail: self._book.prune(these, f"{name} {why}".strip()))  # type: ignore[misc]
        await self._db(lambda: self._deliveries.step(job.run.id, step))
        job.at += len(fresh)
        for settled in step.settled:
            job.retries.pop(settled, None)
        job.retries |= {one.subscription: one for one in step.retry}
        return away

    async def _aim(self, job: Job) -> None:
        """Find everybody whom the notice concerns and whose turn has not come."""
        run = job.run
        share = Share.read(run.share)
        found = await self._db(lambda: [one for one in whom(self._book, run) if share.has(one)])
        if run.cursor == 0 and found:
            await self._db(lambda: self._deliveries.step(run.id, Step(cursor=0, targeted=len(found))))
        job.ids = found

    async def _is_over(self, job: Job) -> bool:
        """Close a job that is done, expired, or of a warning that ended."""
        notice, now = job.run.notice, self._clock.now()
        if notice.expires <= now:
            await self._drop(job, "exhausted")
        elif self._ended(notice):
            await self._drop(job, "withdrawn")
        elif isinstance(notice, WarningNotice) and self._newest.get(notice.warning, 0) > notice.seq and job.retries:
            await self._drop_retries(job)
        if job.fresh or job.retries:
            return False
        if not job.ids and job.run.cursor == 0:
            self._nobody.append(job.run.id)
        else:
            await self._db(lambda: self._close(job.run, now))
        job.done = True
        return True

    async def _close_empty(self) -> None:
        """Close what concerned nobody, many runs at a time: when every district is warned at once, the database has
        more urgent things to keep. After a crash they are found to concern nobody again.
        """
        while True:
            await asyncio.sleep(EMPTY_S)
            if not self._nobody:
                continue
            ids, now = tuple(self._nobody), self._clock.now()
            try:
                await self._db(lambda ids=ids, now=now: self._deliveries.close(ids, now))  # type: ignore[misc]
            except TocsinError as fault:
                log.error("deliveries to nobody are not closed yet", code=fault.code)
                continue
            del self._nobody[: len(ids)]

    def _close(self, run: Run, now: datetime) -> None:
        """Record what became of a run, then close it; after a crash between the two it is recorded again."""
        total = self._deliveries.total(run.id)
        if total is not None and total.counts.targeted:
            counts = {name: getattr(total.counts, name) for name in ("targeted", *COLUMNS) if name != "failed"}
            told = ChannelTold(
                channel=run.channel,
                seq=run.notice.seq,
                share=run.share,
                began=total.began,
                first_at=total.first_at,
                last_at=total.last_at,
                **counts,
            )
            self._record(told)
        self._deliveries.close((run.id,), now)

    def _ended(self, notice: Any) -> bool:
        """Whether a later entry ended the warning: whoever has not been told to take cover is not told any more."""
        return isinstance(notice, WarningNotice) and self._over.get(notice.warning, 0) > notice.seq

    async def _drop(self, job: Job, column: Column) -> None:
        left, waiting = job.fresh, len(job.retries)
        moved: dict[Column, int] = {column: left + waiting, "failed": -waiting}
        step = Step(cursor=job.ids[-1] if job.ids else job.run.cursor, moved=moved, settled=tuple(job.retries))
        await self._db(lambda: self._deliveries.step(job.run.id, step))
        job.at, job.retries = len(job.ids or ()), {}

    async def _drop_retries(self, job: Job) -> None:
        """A later notice of the same warning says more: who has missed this one is told that one."""
        waiting = len(job.retries)
        step = Step(cursor=job.cursor, moved={"withdrawn": waiting, "failed": -waiting}, settled=tuple(job.retries))
        await self._db(lambda: self._deliveries.step(job.run.id, step))
        job.retries = {}

    def _step(
        self,
        job: Job,
        fresh: Sequence[int],
        again: Sequence[Retry],
        to: Sequence[Subscription],
        found: Mapping[int, Outcome],
    ) -> Step:
        now = self._clock.now()
        tries = {one.subscription: one.attempt for one in again}
        present = {one.id for one in to}
        moved: dict[Column, int] = {"failed": -len(again)}
        retry: list[Retry] = []
        for one in fresh or list(tries):
            outcome = found.get(one)
            if one not in present:  # they have left meanwhile
                column: Column = "withdrawn"
            elif outcome is None or (outcome.stage == "failed" and not outcome.final):
                column = "failed"
                retry.append(_next(one, tries.get(one, 0) + 1, now, None if outcome is None else outcome.retry_after))
            else:
                column = "exhausted" if outcome.stage == "failed" else outcome.stage
            moved[column] = moved.get(column, 0) + 1
        handed = any(one.stage in ("sent", "accepted", "delivered") for one in found.values())
        return Step(
            cursor=fresh[-1] if fresh else job.cursor,
            moved=moved,
            at=now if handed else None,
            retry=tuple(retry),
            settled=tuple(one for one in tries if one not in {again.subscription for again in retry}),
            receipts=tuple((name, one.recipient) for one in found.values() for name in one.receipts),
        )

    async def _count_late(self) -> None:
        """Count late reports; one of which nothing is known yet is looked at again for a minute."""
        while True:
            await asyncio.sleep(0.2)
            for _ in range(len(self._late)):
                late, looks = self._late.popleft()
                try:
                    counted = await self._db(lambda late=late: self._deliveries.late(late, self._clock.now()))  # type: ignore[misc]
                except TocsinError as fault:
                    log.error("late reports are not counted yet", code=fault.code)
                    counted = False
                if not counted and looks < 300:
                    self._late.append((late, looks + 1))

    async def _listen(self, name: str, listen: Callable[[], Any]) -> None:
        """Hold a channel's connection for its late reports."""
        while True:
            try:
                await listen()
            except TocsinError as fault:
                log.warning("no connection for late reports", channel=name, code=fault.code)
            await asyncio.sleep(PAUSE_S[1] / 4 * _DICE.uniform(0.75, 1.0))


def whom(book: AddressBook, run: Run) -> Sequence[int]:
    """The numbers of those whom a notice concerns, after the cursor, by increasing number."""
    notice = run.notice
    if isinstance(notice, WarningNotice):
        return book.ids_by_cells(run.channel, notice.cells, run.cursor, level=notice.level)
    if isinstance(notice, RecordNotice):
        return [one for one, _ in book.cells(f"{run.channel}{RECORD}", run.cursor)]
    return []


async def _attempt(
    channel: Channel, job: Job, to: Sequence[Subscription], name: str
) -> tuple[dict[int, Outcome], bool]:
    found: dict[int, Outcome] = {}
    try:
        async for outcome in channel.send(job.run.notice, to):
            found[outcome.recipient] = outcome
    except TocsinError as fault:
        log.warning("a channel does not answer", channel=name, code=fault.code)
        return found, True
    except Exception as fault:  # one channel's own mistake must stop neither the others nor the next notice
        log.error("a channel broke", channel=name, error=type(fault).__name__)
        return found, True
    return found, False


def _next(subscription: int, attempt: int, now: datetime, asked: float | None) -> Retry:
    wait = min(FIRST_WAIT_S * 2 ** min(attempt - 1, 10), LONGEST_WAIT_S) * _DICE.uniform(1.0, 1.25)
    due = now + timedelta(seconds=wait if asked is None else max(asked, 1.0))
    return Retry(subscription=subscription, attempt=attempt, due=due)
