"""Where the time and fresh identifiers come from."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from tocsin.core.errors import Invalid
from tocsin.core.ids import ulid


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant in UTC."""
        return datetime.now(UTC)


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """At the machine's second ``wall`` the replay's second is ``night``; from there it runs ``rate`` times as fast.

    ``leapt``: seconds of the night that were passed over so far, in which no timer ran.
    """

    wall: float
    night: float
    rate: float = 1.0
    leapt: float = 0.0


class ReplayClock:
    """A demonstration's clock: the night's own time, which every process reads from one small file.

    Without the file it is the machine's clock. It exists in demonstrations only: see ``Parts.clock``.
    """

    look_s = 0.02
    """How often those who wait by this clock must look at it, in the machine's seconds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp = -1
        self._replay: Replay | None = None

    def now(self) -> datetime:
        """The present instant of the replayed night, in UTC."""
        replay = self._look()
        if replay is None:
            return datetime.now(UTC)
        return datetime.fromtimestamp(replay.night + (time.time() - replay.wall) * replay.rate, UTC)

    def rate(self) -> float:
        """How many of the night's seconds pass in one of the machine's; 0.0 while it is halted."""
        replay = self._look()
        return 1.0 if replay is None else replay.rate

    def timers(self) -> float:
        """Seconds as timers count them: as the night passes, without what was leapt over."""
        replay = self._look()
        return self.now().timestamp() - (0.0 if replay is None else replay.leapt)

    def _look(self) -> Replay | None:
        try:
            stamp = os.stat(self._path).st_mtime_ns
        except FileNotFoundError:
            return None
        if stamp != self._stamp or self._replay is None:
            self._replay = msgspec.json.decode(self._path.read_bytes(), type=Replay)
            self._stamp = stamp
        return self._replay

    def set(self, night: datetime, *, rate: float = 1.0) -> None:
        """Let the replay stand at ``night`` now and run at ``rate``. It never goes back: facts stay in order."""
        if night < self.now() and self._path.exists():
            raise Invalid(
                "TOC-8004",
                "The replay's clock cannot go back.",
                field="at",
                remedy="Replay on a clean home folder, or a later night.",
            )
        self._write(night, rate)

    def pace(self, rate: float) -> None:
        """Go on from now at another pace."""
        self._write(self.now(), rate)

    def leap(self, night: datetime) -> None:
        """Stand at ``night`` now, as if nobody had waited: no timer runs out for it, such as that of a silent link."""
        passed = (night - self.now()).total_seconds()
        if passed > 0:
            self._write(night, self.rate(), leapt=passed)

    def _write(self, night: datetime, rate: float, *, leapt: float = 0.0) -> None:
        before = self._look()
        leapt += 0.0 if before is None else before.leapt
        fresh = self._path.with_suffix(".new")
        replay = Replay(wall=time.time(), night=night.timestamp(), rate=rate, leapt=leapt)
        fresh.write_bytes(msgspec.json.encode(replay))
        fresh.replace(self._path)


class FreshIds:
    """ULIDs of the machine's clock and the system's randomness."""

    def new(self) -> str:
        """A fresh ULID."""
        return ulid(time.time_ns() // 1_000_000, os.urandom(10))
