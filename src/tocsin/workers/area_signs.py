"""What signs and houses hear of each area over MQTT: its retained state, said again when it changes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any

from tocsin.core.ports import Clock
from tocsin.warn.phase import full_state
from tocsin.warn.state import WarnState
from tocsin.workers.stands import Stands

SAY_AGAIN_S = 60.0
"""Each is said again so often, should anybody have put another state in its place; one after another, evenly: said all
at once, those of a region would keep the sirens' commands waiting for seconds.
"""
AFTER_S = 0.005
"""Between a change and its first word: the first command to a siren, which goes by the same connection, is before it.
"""


class AreaSigns:
    """Areas in which sirens stand, and those above them. An area that changes again before its turn is said once.

    Args:
        newest: gives the newest state that the relay knows.
        clock: reads the time.
        say: publishes the state of an area, retained.
    """

    def __init__(
        self, newest: Callable[[], WarnState], clock: Clock, say: Callable[[str, Mapping[str, Any]], Awaitable[object]]
    ) -> None:
        self._newest = newest
        self._clock = clock
        self._say = say
        self._stands = Stands()
        self._waiting: dict[str, None] = {}
        self._round: Iterator[str] = iter(())
        self._came = asyncio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    def touch(self, named: Iterable[str]) -> None:
        """These areas have a new phase, and so have those below and above them."""
        state = self._newest()
        tree, areas = state.areas, tuple(named)
        above = (up for area in areas if area in tree for up in tree.ancestors(area))
        self._waiting |= dict.fromkeys({*tree.closure(areas), *above} & self._stands.of(state))
        self._came.set()

    async def run(self) -> None:
        """Say every area, and then each that is touched or whose turn it is again, until cancelled."""
        self.touch(area.id for area in self._newest().areas)
        loop = asyncio.get_running_loop()
        while True:
            self._came.clear()
            await self._speak()
            due = loop.time() + SAY_AGAIN_S / max(1, len(self._stands.of(self._newest())))
            while loop.time() < due:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout_at(due):
                        await self._came.wait()
                        await asyncio.sleep(AFTER_S)
                self._came.clear()
                await self._speak()
            self._again()

    def _again(self) -> None:
        """The next one; a round begins with those that stand by then."""
        area = next(self._round, None)
        if area is None:
            self._round = iter(sorted(self._stands.of(self._newest())))
            area = next(self._round, None)
        if area is not None:
            self._waiting[area] = None

    async def _speak(self) -> None:
        while self._waiting:
            area = next(iter(self._waiting))
            del self._waiting[area]
            state = self._newest()
            await self._say(area, full_state(state, area, self._clock.now()))
