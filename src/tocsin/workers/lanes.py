"""What a worker of deliveries reckons with: its share of the address book, its jobs, and a channel's rate."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tocsin.core.delivery import Retry, Run

BLOCK = 1024
"""Subscriptions of one block of ids; the blocks are dealt out to the workers that share the book."""


@dataclass(frozen=True)
class Share:
    """The first of four workers that split the address book has 1 of 4."""

    number: int = 1
    of: int = 1

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def has(self, subscription: int) -> bool:
        """Whether a subscription falls to this share."""
        return subscription // BLOCK % self.of == self.number - 1

    @classmethod
    def read(cls, text: str) -> Share:
        """The share that ``1/4`` means.

        Raises:
            ValueError: it is no share.
        """
        number, _, of = text.partition("/")
        made = cls(int(number), int(of))
        if not 1 <= made.number <= made.of <= 256:
            raise ValueError(text)
        return made


@dataclass
class Job:
    """A run with what is left of it."""

    run: Run
    ids: Sequence[int] | None = None
    at: int = 0
    retries: dict[int, Retry] = field(default_factory=dict)
    done: bool = False

    @property
    def fresh(self) -> int:
        """Those whose turn has not come."""
        return 0 if self.ids is None else len(self.ids) - self.at

    @property
    def cursor(self) -> int:
        """The last number whose turn has come."""
        return self.ids[self.at - 1] if self.ids and self.at else self.run.cursor

    def due(self, now: datetime) -> list[Retry]:
        """Who is to be tried again by now, the longest waiting first."""
        return sorted((one for one in self.retries.values() if one.due <= now), key=lambda one: one.due)


class Bucket:
    """Tokens of a channel: so many a second, and as many as a batch in store."""

    def __init__(self, rate: float, batch: int) -> None:
        self._rate = rate
        self._batch = batch
        self._tokens = float(batch)
        self._at: float | None = None

    async def take(self, wanted: int) -> int:
        """Wait for at least one; how many of those wanted may go now."""
        most = min(wanted, self._batch)
        if not self._rate:
            return most
        loop = asyncio.get_running_loop()
        while True:
            now = loop.time()
            if self._at is not None:
                self._tokens = min(float(self._batch), self._tokens + (now - self._at) * self._rate)
            self._at = now
            if self._tokens >= 1:
                found = min(int(self._tokens), most)
                self._tokens -= found
                return found
            await asyncio.sleep((1 - self._tokens) / self._rate)
