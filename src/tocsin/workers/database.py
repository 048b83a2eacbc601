"""The one thread of a worker that speaks to the database: Django's connections belong to threads, not to tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class DatabaseThread:
    """Runs functions one after another in a thread of their own."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")

    async def __call__(self, work: Callable[[], T]) -> T:
        """The result of ``work``, or what it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def close(self) -> None:
        """Let the work under way finish, then end the thread."""
        self._pool.shutdown(wait=True)
