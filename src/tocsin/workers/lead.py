"""One leads, the others stand by: a thread that holds the seat, or waits for it, and brings news of the ledger."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

import structlog

from tocsin.core.errors import Unavailable

TRY_S = 0.1
"""A worker that stands by asks for the seat so often."""
CHECK_S = 1.0
AGAIN_S = 0.5

log = structlog.get_logger("lead")


class Seat(Protocol):
    """The one place for a leader. Used by one thread; every call may raise ``Unavailable``."""

    def open(self) -> None:
        """Connect."""
        ...

    def take(self) -> bool:
        """Take the seat if it is free."""
        ...

    def check(self) -> None:
        """See that it is still ours."""
        ...

    def news(self, within_s: float) -> bool:
        """Wait for a new entry in the ledger; whether there was one."""
        ...

    def close(self) -> None:
        """Leave the seat."""
        ...


class Watchman:
    """Waits for the seat in a thread of its own.

    Attributes:
        leading: set once the seat is ours.
        lost: set when it is no longer; then this process must end, and comes back standing by.
    """

    def __init__(self, seat: Seat, woken: Callable[[], None]) -> None:
        self._seat = seat
        self._woken = woken
        self._loop = asyncio.get_running_loop()
        self._ended = threading.Event()
        self._held = False
        self.leading = asyncio.Event()
        self.lost = asyncio.Event()
        self._thread = threading.Thread(target=self._watch, name="seat", daemon=True)

    def start(self) -> None:
        """Begin to wait."""
        self._thread.start()

    async def close(self) -> None:
        """Leave the seat to the next."""
        self._ended.set()
        await asyncio.to_thread(self._thread.join)

    def _watch(self) -> None:
        while not self._ended.is_set():
            try:
                self._seat.open()
                while not self._ended.is_set():
                    self._step()
            except Unavailable as fault:
                log.error("the seat is out of reach", code=fault.code, leading=self._held)
                if self._held:
                    self._say(self.lost.set)
                    break
                self._ended.wait(AGAIN_S)
            finally:
                self._seat.close()

    def _step(self) -> None:
        if not self._held and self._seat.take():
            self._held = True
            self._say(self.leading.set)
        end = time.monotonic() + (CHECK_S if self._held else TRY_S)
        while (left := end - time.monotonic()) > 0 and not self._ended.is_set():
            if self._seat.news(min(left, TRY_S)):
                self._say(self._woken)
        if self._held:
            self._seat.check()

    def _say(self, what: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(what)


async def first(*waiting: Coroutine[Any, Any, object]) -> None:
    """Wait until one of them is done."""
    tasks = [asyncio.ensure_future(one) for one in waiting]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
