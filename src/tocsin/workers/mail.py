"""What sensors say, kept until it is recorded: the connection to the broker goes on hearing meanwhile.

The channel hands over one message after another, and among them come our own beats, by which it knows that the broker
still passes on. A flood of detections that each wait for the ledger must not make it deaf for the beats: it would take
the broker for dead, and cut off every siren.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Container

import structlog

MOST_KNOWN, MOST_UNKNOWN = 10_000, 1_000
"""Messages that wait, of sensors with a key of their own and of all others."""

log = structlog.get_logger("mail")

Message = tuple[str, str, bytes]


class Mail:
    """Messages that wait for the ledger; those of known sensors come first, and nobody else can displace them.

    Args:
        known: names of the sensors that have a key.
        read: takes one message, and returns when it is recorded or refused.
    """

    def __init__(self, known: Container[str], read: Callable[[str, str, bytes], Awaitable[None]]) -> None:
        self._known = known
        self._read = read
        self._first: deque[Message] = deque()
        self._rest: deque[Message] = deque()
        self._came = asyncio.Event()
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._first) + len(self._rest)

    def put(self, kind: str, who: str, payload: bytes) -> None:
        """Keep a message; where too many wait, this one is dropped, and that is said at 1, 10, 100 …"""
        lane, most = (self._first, MOST_KNOWN) if who in self._known else (self._rest, MOST_UNKNOWN)
        if len(lane) >= most:
            self.dropped += 1
            if str(self.dropped).strip("0") == "1":
                log.error("messages of sensors are dropped", dropped=self.dropped, waiting=len(self))
            return
        lane.append((kind, who, payload))
        self._came.set()

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            await self._came.wait()
            while lane := self._first or self._rest:
                await self._read(*lane.popleft())
            self._came.clear()
