"""The replay's clock as the sirens of a demonstration read it."""

from __future__ import annotations

import asyncio

from tocsin.siren.clock import SirenClock
from tocsin.siren.words import Now
from tocsin.wiring.clock import ReplayClock


class ReplaySirenClock(SirenClock):
    """Both of a siren's times follow the replay, so that a minute of the night is a minute of sound."""

    def __init__(self, clock: ReplayClock) -> None:
        super().__init__()
        self._clock = clock

    def read(self) -> Now:
        """The present instant of the replayed night."""
        now = self._clock.now()
        return Now(wall=now, mono=self._clock.timers())

    async def sleep(self, seconds: float) -> None:
        """Wait until so much of the night has passed; looks often, because the replay's rate may change meanwhile."""
        end = self._clock.now().timestamp() + seconds
        while (left := end - self._clock.now().timestamp()) > 0:
            await asyncio.sleep(min(self._clock.look_s, left))
