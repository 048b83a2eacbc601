"""Many sirens in one process, each with its own connection, memory and clockwork: demonstrations and load tests."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tocsin.siren.agent import SirenAgent
from tocsin.siren.clock import SirenClock
from tocsin.siren.config import SirenConfig

AGAIN_S = 5.0
"""Seconds after which an agent that failed is started again; the others go on meanwhile."""

MEMORIES = 4
"""Threads kept for memories and sounds."""

MOST_LOOKUPS = 256

_log = logging.getLogger("tocsin.siren")


async def run_fleet(
    configs: Sequence[SirenConfig], *, stop: asyncio.Event | None = None, clock: SirenClock | None = None
) -> None:
    """Run all of them until ``stop`` is set. One that fails does not touch the others."""
    stop = stop or asyncio.Event()
    # Where nobody answers for names, each connection attempt holds a thread for many seconds. Memories and sounds run
    # on the same pool; they must find a free one, or no siren would sound by hand.
    threads = min(len(configs), MOST_LOOKUPS) + MEMORIES
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(threads, thread_name_prefix="siren"))
    await asyncio.gather(*(_keep(config, stop, clock) for config in configs))


async def _keep(config: SirenConfig, stop: asyncio.Event, clock: SirenClock | None) -> None:
    while not stop.is_set():
        try:
            await SirenAgent(config, clock=clock).run(stop)
        except Exception:
            # Whatever it was, a siren that gives up is worse than one that tries again.
            _log.exception("siren %s failed and is started again", config.id)
            try:
                async with asyncio.timeout(AGAIN_S):
                    await stop.wait()
            except TimeoutError:
                continue
