"""Keeps contexts for Web Push ready: the key agreement of each message is done before there is a message."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import structlog

from tocsin.core.errors import Invalid, TocsinError
from tocsin.core.ports import AddressBook, ContextPool
from tocsin.core.subscription import Subscription
from tocsin.warn import push_crypto as crypto
from tocsin.workers.database import DatabaseThread
from tocsin.workers.lanes import Share

WANTED = 3
"""Contexts that each subscription should have ready: an alarm, a change, its end."""
SLICE = 200
"""Subscriptions that are looked at in one go."""
BREATH_S = 0.0001
"""Between two contexts, so that who sends meanwhile is never held up by more than one."""
REST_S = 30.0
"""Between two walks through the book."""

log = structlog.get_logger("prepare")


class Walked(NamedTuple):
    """What one slice came to. ``end``: the book was walked to its end."""

    made: int
    end: bool


class Prepare:
    """Walks through the book again and again and fills up what is lacking.

    Args:
        book: who is to be pushed to.
        pool: opens the pool; called in the thread that then uses it.
        share: which part of the book is this worker's.
        rest_s: seconds between two walks.
    """

    def __init__(
        self, book: AddressBook, pool: Callable[[], ContextPool], share: Share, *, rest_s: float = REST_S
    ) -> None:
        self._book, self._open, self._share, self._rest_s = book, pool, share, rest_s
        self._pool: ContextPool | None = None
        self._ids: Iterator[int] = iter(())

    async def run(self) -> None:
        """Prepare until cancelled, in a thread of its own. A fault is said and does not end it."""
        db = DatabaseThread()
        try:
            while True:
                try:
                    walked = await db(self.walk)
                except TocsinError as fault:
                    log.error("nothing could be prepared", code=fault.code)
                    walked = Walked(0, end=True)
                if walked.end:
                    await asyncio.sleep(self._rest_s)
        finally:
            db.close()

    def walk(self) -> Walked:
        """Look at one slice of the book.

        Raises:
            Unavailable: the book or the pool cannot be used (TOC-8002).
        """
        if self._pool is None:
            self._pool = self._open()
        some = list(itertools.islice(self._ids, SLICE))
        if not some:
            self._ids = (one for one, _ in self._book.cells("webpush") if self._share.has(one))
            some = list(itertools.islice(self._ids, SLICE))
        lacking = self._pool.lacking(some, WANTED)
        ready = {one.id: _prepared(one, lacking[one.id]) for one in self._book.by_ids(lacking)}
        if ready:
            self._pool.put(ready)
        return Walked(sum(map(len, ready.values())), end=len(some) < SLICE)


def _prepared(one: Subscription, count: int) -> list[bytes]:
    try:
        to = crypto.receiver(one.address.get("p256dh"), one.address.get("auth"))
    except Invalid:
        return []  # the channel says so when it is to be sent
    made = []
    for _ in range(count):
        made.append(crypto.prepare(to))
        time.sleep(BREATH_S)
    return made
