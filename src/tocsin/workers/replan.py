"""Plans the crews' routes anew when something changed: an alarm, its end, new damage, a crew, a pin, the weather.

It has a thread of its own: a plan may take seconds, and no siren waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import MappingProxyType

import structlog

from tocsin.app.actor import Actor, Grant
from tocsin.app.repair import RepairDesk
from tocsin.core.errors import TocsinError
from tocsin.core.event import Entry
from tocsin.repair.events import Trigger
from tocsin.workers.database import DatabaseThread

QUIET_S = 1.0
"""Only after so long without further news a plan is made, so that fifty reports make one plan and not fifty."""

LONGEST_S = 10.0
"""A stream of news holds a plan up no longer than this."""

PLANNER = Actor(id="system:planner", grants=(Grant(role="dispatcher"),))
"""The rule that plans anew."""

TRIGGERS: Mapping[str, Trigger] = MappingProxyType(
    {
        "warning.issued": "alarm",
        "warning.updated": "alarm",
        "warning.ended": "all_clear",
        "warning.partly_cleared": "all_clear",
        "repair.crew_stopped": "crew",
        "repair.crew_resumed": "crew",
        "repair.crew_defined": "crew",
        "repair.need_opened": "new_damage",
        "repair.need_reopened": "new_damage",
        "repair.need_assessed": "new_damage",
        "repair.need_merged": "new_damage",
        "repair.need_pinned": "pin",
        "repair.need_moved": "done",
        "repair.weather_observed": "weather",
    }
)
"""Which facts make a plan old, and how that is called in the plan that follows."""

_RANK: tuple[Trigger, ...] = ("alarm", "all_clear", "crew", "new_damage", "pin", "done", "weather")

log = structlog.get_logger("replan")


class Replan:
    """Follows the ledger through the relay; plans once after each burst of news.

    Args:
        repairs: the repair room.
        quiet_s, longest_s: as :data:`QUIET_S` and :data:`LONGEST_S`.
    """

    def __init__(self, repairs: RepairDesk, *, quiet_s: float = QUIET_S, longest_s: float = LONGEST_S) -> None:
        self._repairs = repairs
        self._quiet_s = quiet_s
        self._longest_s = longest_s
        self._due: set[Trigger] = set()
        self._news = asyncio.Event()
        self.looked = 0
        self.made = 0

    def take(self, entry: Entry) -> None:
        """One more entry of the ledger, on the loop. What the planner itself did is no news to it."""
        trigger = TRIGGERS.get(entry.event.kind)
        going = entry.event.kind == "repair.need_moved" and entry.event.body.get("state") == "on_the_way"
        # A crew that goes where the plan says makes no plan old.
        if trigger is not None and not going and entry.event.actor != PLANNER.id:
            self._due.add(trigger)
            self._news.set()

    async def run(self) -> None:
        """Plan until cancelled."""
        planning = DatabaseThread()
        try:
            while True:
                await self._settled()
                trigger = min(self._due, key=_RANK.index)
                self._due.clear()
                await self._plan(planning, trigger)
                self.looked += 1
        finally:
            planning.close()

    async def _settled(self) -> None:
        """Wait for news, and then until it is quiet or has lasted long enough. An alarm is not waited for."""
        await self._news.wait()
        end = asyncio.get_running_loop().time() + self._longest_s
        while self._news.is_set() and "alarm" not in self._due and asyncio.get_running_loop().time() < end:
            self._news.clear()
            await asyncio.sleep(self._quiet_s)
        self._news.clear()

    async def _plan(self, planning: DatabaseThread, trigger: Trigger) -> None:
        try:
            self.made += await planning(lambda: self._planned(trigger))
        except TocsinError as fault:  # e.g. somebody planned meanwhile: their plan stands, and news comes again
            log.warning("no plan was made", trigger=trigger, code=fault.code)
        except Exception as fault:  # a plan that cannot be made never takes the sirens' worker down
            log.error("planning broke", trigger=trigger, error=type(fault).__name__)

    def _planned(self, trigger: Trigger) -> int:
        """Plan, unless there is nobody to send or nothing to close; how many plans were made."""
        state = self._repairs.state()
        if not state.crews or not state.open_needs():
            return 0
        live = bool(self._repairs.desk.state().live)
        # What counts for the crews' clocks is whether an alarm stands now, not which news came last.
        if live != state.paused or trigger in ("alarm", "all_clear"):
            trigger = "alarm" if live else "all_clear"
        self._repairs.replan(trigger, PLANNER)
        return 1
