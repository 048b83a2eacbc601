"""What signs and houses hear of each area: at the start all, then what changes, and each again from time to time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from doors import SetClock, a_desk
from tocsin.workers import area_signs
from tocsin.workers.area_signs import AreaSigns
from tocsin.workers.stands import Stands
from workers.kit import until

DESK = a_desk(SetClock())
EVERY = Stands().of(DESK.state())


@asynccontextmanager
async def speaking() -> AsyncIterator[tuple[AreaSigns, list[str]]]:
    """Signs that run, and what they say, in order."""
    said: list[str] = []

    async def say(area: str, _state: Mapping[str, Any]) -> None:
        said.append(area)

    signs = AreaSigns(DESK.state, DESK.clock, say)
    running = asyncio.create_task(signs.run())
    try:
        await until(lambda: set(said) == EVERY, "each area at the start")
        said.clear()
        yield signs, said
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_what_changes_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(area_signs, "SAY_AGAIN_S", 3600.0)
    async with speaking() as (signs, said):
        for _ in range(3):
            signs.touch(["north"])
            await until(lambda: "north" in said, "it, without waiting for an hour")
            said.clear()


async def test_each_is_said_again_one_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(area_signs, "SAY_AGAIN_S", 0.05 * len(EVERY))
    async with speaking() as (signs, said):
        most = 0
        while len(said) < 3 * len(EVERY):
            await asyncio.sleep(0.005)
            most = max(most, len(signs))
        assert len(EVERY) > 1
        assert most <= 1, "never all at once"
        assert set(said[: len(EVERY)]) == EVERY, "a round leaves none out"
        assert said[: len(EVERY)] == said[len(EVERY) : 2 * len(EVERY)], "and the next follows in the same order"


async def test_a_sirens_first_command_goes_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(area_signs, "SAY_AGAIN_S", 3600.0)
    async with speaking() as (signs, said):
        signs.touch(["north"])
        for _ in range(5):  # turns of the loop in which a command is signed and written
            await asyncio.sleep(0)
            assert not said
        await until(lambda: "north" in said, "it, soon after")
