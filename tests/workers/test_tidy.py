"""The database is tidied while no command is on its way, again and again, whatever one time comes to."""

from __future__ import annotations

import asyncio

import pytest

from tocsin.core.errors import Unavailable
from tocsin.workers import tidy as tidy_module
from tocsin.workers.tidy import keep_tidy
from workers.kit import Worker, until


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tidy_module, "EVERY_S", 0.001)


async def test_a_fault_does_not_end_it(worker: Worker) -> None:
    await worker.start()
    called: list[int] = []

    def tidy() -> None:
        called.append(1)
        if len(called) == 1:
            raise Unavailable("TOC-8002", "The disk is full.", remedy="Make room.")

    keeping = asyncio.create_task(keep_tidy(tidy, worker.db, worker.deliver))
    await until(lambda: len(called) > 2, "a third time")
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)


async def test_while_a_command_is_on_its_way_it_waits_no_longer_than_its_own_time(worker: Worker) -> None:
    await worker.start()
    called: list[int] = []
    worker.deliver.idle.clear()
    keeping = asyncio.create_task(keep_tidy(lambda: called.append(1), worker.db, worker.deliver))
    await until(lambda: called, "a tidy beside a command that does not come through")
    assert not worker.deliver.idle.is_set()
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
