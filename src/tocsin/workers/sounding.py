"""Entries on their way to the sirens, in two lanes: what an officer did overtakes what rules and sources did."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from tocsin.core.event import Entry
from tocsin.warn.events import SirenCommanded
from tocsin.workers.relay import Taken


class Sounding:
    """One entry whose commands are on their way.

    Attributes:
        first: whether it goes in the lane of officers: a person stands behind it and waits, or it goes before such one.
        begun: ids of commands that were handed over or noted as not sent; they are not begun again.
        under_way: what was begun and is not settled.
        kept: done when what came of it is recorded.
    """

    def __init__(self, entry: Entry, frame: dict[str, Any]) -> None:
        self.entry = entry
        self.frame = frame
        self.first = entry.event.actor.startswith("officer:")
        self.begun: set[str] = set()
        self.under_way: dict[str, asyncio.Task[SirenCommanded | None]] = {}
        self.kept: list[asyncio.Future[None]] = []

    @property
    def warning(self) -> str:
        """The warning that it is about."""
        alert = self.frame["data"].get("alert")
        return str(alert["id"]) if alert else ""

    def follows(self, other: Sounding) -> bool:
        """Whether it must not be heard before the other: both are about one warning, or it takes that one's place."""
        return other.warning in {self.warning, self.entry.event.body.get("supersedes")}


class Lanes:
    """Who goes next: officers' entries in their order, then the others in theirs.

    The two are told apart by what waits, not by what is worth more: a region in which every district triggers at once
    queues thousands of entries, and the one that an officer has just pressed must not come after them. What waits for
    the same warning, or for one that it replaces, goes along before it, so that one danger is heard in its order.
    """

    def __init__(self) -> None:
        self._officers: deque[Sounding] = deque()
        self._rest: deque[Sounding] = deque()
        self._came = asyncio.Event()

    def __len__(self) -> int:
        return len(self._officers) + len(self._rest)

    @property
    def officers(self) -> int:
        """How many wait in the lane of officers."""
        return len(self._officers)

    def put(self, taken: Taken) -> None:
        """Queue an entry that sounds."""
        entry, frame = taken
        if frame is None:
            return
        one = Sounding(entry, frame)
        if one.first:
            along = [each for each in self._rest if one.follows(each)]
            for each in along:
                self._rest.remove(each)
                each.first = True
            self._officers += [*along, one]
        else:
            self._rest.append(one)
        self._came.set()

    def again(self, one: Sounding) -> None:
        """Put back what is not done, before what came after it."""
        place = next((at for at, each in enumerate(self._officers) if each.follows(one)), None)
        if one.first or place is None:
            (self._officers if one.first else self._rest).appendleft(one)
        else:
            one.first = True
            self._officers.insert(place, one)
        self._came.set()

    def stir(self) -> None:
        """Let whoever waits for the next one look again: there may be room now."""
        self._came.set()

    async def next(self, room: Callable[[], bool]) -> Sounding:
        """The next one; of those that are not officers' only while there is room."""
        while True:
            if self._officers:
                return self._officers.popleft()
            if self._rest and room():
                return self._rest.popleft()
            self._came.clear()
            await self._came.wait()
