"""The facts of the repair room: flats open to the cold, crews, the weather, and in which order they are closed.

No fact says where a flat is or who lives there: address, position and people are sealed beside the ledger, and a fact
holds only ``sealed``, the reference under which they are kept (``core.ports.Vault``).
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

import msgspec

from tocsin.core.event import Fact, fact_type

State = Literal[
    "reported",
    "assessed",
    "planned",
    "on_the_way",
    "temporarily_closed",
    "verified",
    "glazed",
    "no_longer_needed",
    "refused",
]
Skill = Literal["glazing", "height", "electrics", "clearance"]
Material = Literal["film", "plywood", "glass"]
Cover = Literal["open", "film1", "film2", "plywood", "glass"]
Trigger = Literal["first", "alarm", "all_clear", "new_damage", "crew", "pin", "done", "weather", "by_hand"]


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What is broken in one flat, in numbers that the heat model takes.

    Attributes:
        windows: how many panes.
        hole_m2: open area in m²; None takes the policy's area per pane.
        cover: what closes it at present.
        two_sides: broken on two sides of the flat, so that wind blows through.
        cracked: cracked, not open.
        occupied: somebody lives there now.
        heating: None when nobody said.
        circulation: whether water circulates in the radiators.
        floor: storeys above the ground; None when nobody said.
        heavy: masonry or concrete panels.
    """

    windows: int
    hole_m2: float | None = None
    cover: Cover = "open"
    two_sides: bool = False
    cracked: bool = False
    occupied: bool = True
    heating: bool | None = None
    circulation: bool | None = None
    floor: int | None = None
    floor_m2: float | None = None
    heavy: bool = True


class Crew(msgspec.Struct, frozen=True, kw_only=True):
    """A crew with what it can do and carries. ``shift``: UTC, from and to. ``stock``: m² or panes by material.

    ``members``: actors who speak for it, e.g. ``officer:REF`` of its phone; none: every crew's account of its area.
    """

    id: str
    names: dict[str, str]
    area: str = ""
    skills: tuple[Skill, ...] = ()
    stock: dict[Material, float] = {}
    shift_from: datetime
    shift_to: datetime
    sealed: str = ""
    members: tuple[str, ...] = ()


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """A need in a crew's route: when they arrive and are done (UTC), its score, and why it stands here in one line."""

    need: str
    arrive: datetime
    done: datetime
    score: float
    band: Literal["P1", "P2", "P3", "P4"]
    why: str
    late: bool = False
    reload: bool = False


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """The stops of one crew, in order."""

    crew: str
    stops: tuple[Stop, ...]


class NeedFact(Fact, frozen=True, kw_only=True):
    """A fact about one need for repair."""

    need_id: str

    def subject(self) -> str:
        """``need/ID``."""
        return f"need/{self.need_id}"


@fact_type
class NeedOpened(NeedFact, frozen=True, kw_only=True):
    """A flat needs closing. ``building``: an opaque id that flats of one house share; ``report``: what led to it."""

    KIND: ClassVar[str] = "repair.need_opened"
    area: str
    building: str = ""
    opening: Opening
    skills: tuple[Skill, ...] = ("glazing",)
    report: str = ""
    claim: str = ""
    follows: str = ""
    sealed: str = ""


@fact_type
class NeedMerged(NeedFact, frozen=True, kw_only=True):
    """It is the same flat as ``into``, which goes on with both histories."""

    KIND: ClassVar[str] = "repair.need_merged"
    into: str
    reason: str


@fact_type
class NeedAssessed(NeedFact, frozen=True, kw_only=True):
    """Somebody looked at it."""

    KIND: ClassVar[str] = "repair.need_assessed"
    opening: Opening
    skills: tuple[Skill, ...] = ("glazing",)
    note: str = ""


@fact_type
class NeedMoved(NeedFact, frozen=True, kw_only=True):
    """It is in another state. ``materials``: what was used for it; ``evidence``: the photo that shows it done.

    ``said_at``: when the crew pressed the button, by its phone's clock, UTC; the entry's own time is when it arrived.
    """

    KIND: ClassVar[str] = "repair.need_moved"
    state: State
    crew: str = ""
    cover: Cover | None = None
    materials: dict[Material, float] = msgspec.field(default_factory=dict)
    evidence: str = ""
    reason: str = ""
    client_id: str = ""
    said_at: datetime | None = None


@fact_type
class NeedReopened(NeedFact, frozen=True, kw_only=True):
    """A resident or an officer says that it is not closed."""

    KIND: ClassVar[str] = "repair.need_reopened"
    reason: str
    by_resident: bool = False


@fact_type
class NeedPinned(NeedFact, frozen=True, kw_only=True):
    """A dispatcher fixed it to a crew and a place in its route (from 0); crew "" lets it go again."""

    KIND: ClassVar[str] = "repair.need_pinned"
    crew: str
    position: int = 0
    reason: str = ""


class CrewFact(Fact, frozen=True, kw_only=True):
    """A fact about one crew."""

    crew_id: str

    def subject(self) -> str:
        """``crew/ID``."""
        return f"crew/{self.crew_id}"


@fact_type
class CrewDefined(CrewFact, frozen=True, kw_only=True):
    """A crew is there, or has other skills, stock or hours."""

    KIND: ClassVar[str] = "repair.crew_defined"
    crew: Crew


@fact_type
class CrewStopped(CrewFact, frozen=True, kw_only=True):
    """It cannot go on for now: its van broke down, somebody is hurt."""

    KIND: ClassVar[str] = "repair.crew_stopped"
    reason: str


@fact_type
class CrewResumed(CrewFact, frozen=True, kw_only=True):
    """It can go on."""

    KIND: ClassVar[str] = "repair.crew_resumed"


@fact_type
class PlanMade(Fact, frozen=True, kw_only=True):
    """In which order every crew goes from here on. ``rule``: version of the urgency policy and planner."""

    KIND: ClassVar[str] = "repair.plan_made"
    plan_id: str
    trigger: Trigger
    routes: tuple[Route, ...]
    unplanned: tuple[str, ...] = ()
    cost: float
    rule: str

    def subject(self) -> str:
        """``plan/ID``."""
        return f"plan/{self.plan_id}"


@fact_type
class WeatherObserved(Fact, frozen=True, kw_only=True):
    """The weather outside. ``temperature_c`` in °C, ``wind_ms`` in m/s; ``op``: ``lt`` for "below −10 °C"."""

    KIND: ClassVar[str] = "repair.weather_observed"
    at: datetime
    temperature_c: float
    op: Literal["eq", "lt", "gt"] = "eq"
    wind_ms: float | None = None
    source: str
    wording: str = ""

    def subject(self) -> str:
        """``weather/SOURCE``."""
        return f"weather/{self.source}"


@fact_type
class ThermometerRead(Fact, frozen=True, kw_only=True):
    """Somebody read a thermometer inside. Two of one flat teach how fast its building cools."""

    KIND: ClassVar[str] = "repair.thermometer_read"
    need_id: str
    building: str
    at: datetime
    temperature_c: float
    outside_c: float

    def subject(self) -> str:
        """``need/ID``."""
        return f"need/{self.need_id}"
