"""Trying many recipients side by side, a bounded number at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from tocsin.core.notice import Outcome, Recipient


async def each(
    to: Sequence[Recipient], one: Callable[[Recipient], Awaitable[Outcome]], *, parallel: int
) -> AsyncIterator[Outcome]:
    """The outcome of each, as it becomes known. What one of them raises ends the whole attempt."""
    waiting = iter(to)
    running: set[asyncio.Task[Outcome]] = set()
    try:
        while True:
            for recipient in waiting:
                running.add(asyncio.ensure_future(one(recipient)))
                if len(running) >= parallel:
                    break
            if not running:
                return
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                yield task.result()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
