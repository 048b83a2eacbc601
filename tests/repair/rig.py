"""A desk of the repair room over a ledger and a vault in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tocsin.app.actor import Actor, Grant
from tocsin.app.memory_vault import MemoryVault
from tocsin.app.repair import RESIDENTS, Outcome, RepairDesk
from tocsin.repair import commands as cmd
from tocsin.repair import events as ev
from tocsin.repair.policy import UrgencyPolicy
from tocsin.repair.state import Need, RepairState
from warn.rig import ADMIN, AREAS, START, Rig, officer

DISPATCHER = officer("dana", "dispatcher")
SOUTHERN = officer("sofia", "dispatcher", area="south")
DUTY = officer("anna", "duty")
SENSOR = Actor(id="key:weather", grants=(Grant(role="sensor"),))
OBSERVER = officer("oleg", "observer")
CREW = Actor(id="officer:crew", grants=(Grant(role="crew"),))
NOBODY = Actor(id="public:anybody")
EVERYBODY = (DISPATCHER, SOUTHERN, DUTY, SENSOR, CREW, NOBODY, RESIDENTS, ADMIN)


def opening(**changes: Any) -> ev.Opening:
    return ev.Opening(**({"windows": 2, "hole_m2": 3.0} | changes))


def crew(crew_id: str = "c1", **changes: Any) -> ev.Crew:
    told: dict[str, Any] = {
        "names": {"en": f"Crew {crew_id}"},
        "area": "north",
        "skills": ("glazing",),
        "stock": {"film": 60.0, "glass": 20.0},
        "shift_from": START,
        "shift_to": START + timedelta(hours=12),
    }
    return ev.Crew(id=crew_id, **(told | changes))


@dataclass
class Repairs:
    """A small city in a cold night."""

    rig: Rig = field(default_factory=lambda: Rig(areas=AREAS))
    vault: MemoryVault = field(default_factory=MemoryVault)
    policy: UrgencyPolicy = field(default_factory=lambda: UrgencyPolicy(iterations=2000))

    def __post_init__(self) -> None:
        self.desk = RepairDesk(self.rig.desk, self.vault, self.policy)
        self.clock = self.rig.clock

    @property
    def state(self) -> RepairState:
        return self.desk.state()

    def need(self, need_id: str = "n1") -> Need:
        return self.state.needs[need_id]

    def do(self, command: cmd.Command, actor: Actor = DISPATCHER) -> Outcome:
        return self.desk.do(command, actor)

    def seal(self, lon: float = 36.51, lat: float = 50.61, **people: int) -> str:
        told: dict[str, object] = {"address": "Sealed street 1", "flat": "7", "lon": lon, "lat": lat, "contact": ""}
        return self.vault.keep("need", told | ({"people": people} if people else {}))

    def open(self, need_id: str = "n1", *, sealed: str = "", **changes: Any) -> Outcome:
        told: dict[str, Any] = {"area": "north-1", "building": "b1", "opening": opening()} | changes
        return self.do(cmd.OpenNeed(need_id=need_id, sealed=sealed, **told))

    def crew(self, crew_id: str = "c1", **changes: Any) -> Outcome:
        return self.do(cmd.DefineCrew(crew=crew(crew_id, **changes)))

    def move(self, state: ev.State, need_id: str = "n1", actor: Actor = DISPATCHER, **more: Any) -> Outcome:
        return self.do(cmd.MoveNeed(need_id=need_id, state=state, **more), actor)

    def weather(self, temperature_c: float = -10.0, wind_ms: float | None = 3.0, **more: Any) -> Outcome:
        at = more.pop("at", self.clock.now())
        told = {"at": at, "temperature_c": temperature_c, "wind_ms": wind_ms, "source": "station"} | more
        return self.do(cmd.ObserveWeather(**told))
