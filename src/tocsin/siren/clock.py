"""The agent's time: wall time for what others wrote, monotonic time for how long a sound lasts.

A board without a battery clock starts with a wrong wall time and jumps when it hears the network's. A siren that
measured its sound by wall time would then stop at once, or not at all. ``speed`` makes rehearsals shorter.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

from tocsin.siren.words import Now


class SirenClock:
    """Reads both times. With ``speed`` 10 an agent's minute takes six real seconds."""

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self._wall = datetime.now(UTC)
        self._mono = time.monotonic()

    def read(self) -> Now:
        """The present instant in both times."""
        mono = time.monotonic()
        if self.speed == 1.0:
            return Now(wall=datetime.now(UTC), mono=mono)
        passed = (mono - self._mono) * self.speed
        return Now(wall=self._wall + timedelta(seconds=passed), mono=self._mono + passed)

    async def sleep(self, seconds: float) -> None:
        """Wait for that many of this clock's seconds."""
        await asyncio.sleep(seconds / self.speed)
