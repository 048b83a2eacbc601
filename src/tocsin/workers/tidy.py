"""What a commit should not have to do for the database is done in the pauses between commands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from tocsin.core.errors import TocsinError
from tocsin.workers.database import DatabaseThread
from tocsin.workers.deliver import Deliver

EVERY_S = 0.5
"""Seldom enough to cost nothing, often enough that what is brought over is little: the disk is asked to have all of it,
and a commit that comes meanwhile waits for that.
"""

log = structlog.get_logger("tidy")


async def keep_tidy(tidy: Callable[[], None], db: DatabaseThread, deliver: Deliver) -> None:
    """Call ``tidy`` again and again in the database thread until cancelled, while no command is on its way; after a
    while in any case: a broker that is away must not fill the disk.
    """
    while True:
        await asyncio.sleep(EVERY_S)
        await deliver.free(EVERY_S)
        try:
            await db(tidy)
        except TocsinError as fault:
            log.error("the database is not tidied", code=fault.code)
