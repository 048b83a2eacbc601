"""Waiting by the desk's clock: in a demonstration, as fast as the replayed night passes."""

from __future__ import annotations

import asyncio

from tocsin.core.ports import Clock


async def sleep(clock: Clock, seconds: float) -> None:
    """Wait until the clock has moved on by so much. A clock that may run at another pace says how often to look."""
    look_s: float | None = getattr(clock, "look_s", None)
    if look_s is None:
        await asyncio.sleep(seconds)
        return
    end = clock.now().timestamp() + seconds
    while clock.now().timestamp() < end:
        await asyncio.sleep(look_s)
