"""What may be asked of the repair room. Each command is checked by ``decide`` and becomes facts, or is refused."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from tocsin.repair.events import Cover, Crew, Material, Opening, Route, Skill, State, Trigger


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """The base of every command."""


class OpenNeed(Command, frozen=True, kw_only=True):
    """A flat needs closing. ``need_id`` is given by the caller; ``sealed`` is the vault's reference to its place.

    Attributes:
        building: opaque id that the flats of one house share; "" when nobody knows.
        report, claim: what led to it.
        follows: the need whose closure was not enough.
    """

    need_id: str
    area: str
    building: str = ""
    opening: Opening
    skills: tuple[Skill, ...] = ("glazing",)
    report: str = ""
    claim: str = ""
    follows: str = ""
    sealed: str = ""


class MergeNeed(Command, frozen=True, kw_only=True):
    """It is the same flat as ``into``, which goes on with both histories."""

    need_id: str
    into: str
    reason: str


class AssessNeed(Command, frozen=True, kw_only=True):
    """Somebody looked at it, and says what is broken."""

    need_id: str
    opening: Opening
    skills: tuple[Skill, ...] = ("glazing",)
    note: str = ""


class MoveNeed(Command, frozen=True, kw_only=True):
    """Put it into another state.

    Attributes:
        cover: what closes it now; needed for ``temporarily_closed``.
        materials: what was used, m² or panes by material.
        evidence: id of the photo that shows it done.
        client_id: given by a phone without a network, so that sending again says nothing new.
        said_at: when the button was pressed, by the phone's clock. A time that cannot be, still to come or before the
            crew's shift, is left out.
    """

    need_id: str
    state: State
    crew: str = ""
    cover: Cover | None = None
    materials: dict[Material, float] = msgspec.field(default_factory=dict)
    evidence: str = ""
    reason: str = ""
    client_id: str = ""
    said_at: datetime | None = None


class ReopenNeed(Command, frozen=True, kw_only=True):
    """A resident or an officer says that it is not closed. It is never refused for the state that the need is in."""

    need_id: str
    reason: str
    by_resident: bool = False


class PinNeed(Command, frozen=True, kw_only=True):
    """Fix it to a crew and a place in its route (from 0, counted after what was started); crew "" lets it go."""

    need_id: str
    crew: str
    position: int = 0
    reason: str = ""


class DefineCrew(Command, frozen=True, kw_only=True):
    """A crew is there, or has other skills, stock or hours."""

    crew: Crew


class StopCrew(Command, frozen=True, kw_only=True):
    """It cannot go on for now."""

    crew_id: str
    reason: str


class ResumeCrew(Command, frozen=True, kw_only=True):
    """It can go on."""

    crew_id: str


class ObserveWeather(Command, frozen=True, kw_only=True):
    """The weather outside: °C and m/s. ``op``: ``lt`` for "below −10 °C", where the bound is taken as the value."""

    at: datetime
    temperature_c: float
    op: Literal["eq", "lt", "gt"] = "eq"
    wind_ms: float | None = None
    source: str
    wording: str = ""


class ReadThermometer(Command, frozen=True, kw_only=True):
    """Somebody read a thermometer inside, in °C. ``outside_c``: None takes the weather as known."""

    need_id: str
    at: datetime
    temperature_c: float
    outside_c: float | None = None


class MakePlan(Command, frozen=True, kw_only=True):
    """Record the order in which the crews go. ``seen``: the plan before it ("": none); another one since refuses it."""

    plan_id: str
    trigger: Trigger
    routes: tuple[Route, ...]
    unplanned: tuple[str, ...] = ()
    cost: float
    rule: str
    seen: str | None = None
