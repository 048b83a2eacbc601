"""The steps of a night that close flats against the cold: residents report, crews come, the weather turns."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from tocsin.app.night.claims import Position
from tocsin.app.night.steps import Label, Step, Text
from tocsin.repair.events import Cover, Material, Skill
from tocsin.warn.city import Id, Names

Dispatcher = Literal["dispatcher"]
Celsius = Annotated[float, msgspec.Meta(ge=-80, le=60)]
Amount = Annotated[float, msgspec.Meta(ge=0, le=100_000)]


class WeatherStep(Step, frozen=True, kw_only=True, tag="weather"):
    """The weather outside, by an officer as somebody said it, or by a sensor with a key of its own.

    Attributes:
        by: ``dispatcher``, or ``sensor``.
        source: as it is named in the fact; for a sensor one of the night's trusted sources.
        wording: as it was said, for a bound such as "below −10 °C".
    """

    by: Literal["dispatcher", "sensor"] = "dispatcher"
    source: Text
    temperature_c: Celsius
    op: Literal["eq", "lt", "gt"] = "eq"
    wind_ms: Annotated[float, msgspec.Meta(ge=0, le=100)] | None = None
    wording: str = ""


class CrewStep(Step, frozen=True, kw_only=True, tag="crew"):
    """A crew is there, with what it can do and carries, from ``shift_from`` to ``shift_to``, local."""

    by: Dispatcher = "dispatcher"
    id: Label
    names: Names
    area: str = ""
    skills: tuple[Skill, ...] = ("glazing",)
    stock: dict[Material, Amount] = msgspec.field(default_factory=dict)
    shift_from: str
    shift_to: str
    depot: Position | None = None


class StopCrewStep(Step, frozen=True, kw_only=True, tag="stop_crew"):
    """A crew cannot go on for now."""

    by: Dispatcher = "dispatcher"
    crew: Label
    reason: Text


class ResumeCrewStep(Step, frozen=True, kw_only=True, tag="resume_crew"):
    """It can go on."""

    by: Dispatcher = "dispatcher"
    crew: Label


class DamageStep(Step, frozen=True, kw_only=True, tag="damage"):
    """A resident reports damage through the public form's own door, without an account.

    Attributes:
        id: what the device calls this report; the need that it leads to is known by it.
        address, flat, exact: invented; they are sealed.
        adults, over_65, under_5, dependent: who is at home.
        windows: broken ones.
        same_as: an earlier report of the same flat, whose need goes on.
    """

    id: Label
    area: Id
    address: Text
    flat: str = ""
    exact: Position | None = None
    windows: Annotated[int, msgspec.Meta(ge=0, le=500)]
    flats: Annotated[int, msgspec.Meta(ge=1, le=500)] = 1
    floor: int | None = None
    heating: bool | None = None
    adults: int = 1
    over_65: int = 0
    under_5: int = 0
    dependent: int = 0
    two_sides: bool = False
    scene: Literal["", "windows"] = ""
    same_as: str = ""


class PlanStep(Step, frozen=True, kw_only=True, tag="plan"):
    """A dispatcher has every crew's order made anew."""

    by: Dispatcher = "dispatcher"


class PinStep(Step, frozen=True, kw_only=True, tag="pin"):
    """A dispatcher fixes a need to a crew and a place in its route, from 0."""

    by: Dispatcher = "dispatcher"
    need: Label
    crew: Label
    position: Annotated[int, msgspec.Meta(ge=0)] = 0
    reason: Text


class MoveStep(Step, frozen=True, kw_only=True, tag="move"):
    """A crew says where it stands with a flat.

    Attributes:
        by: the crew.
        need: the flat; "" is what its route says: the next one when it sets out, else the one that it set out for.
        scene: a photo of the work is drawn and handed in with it.
    """

    by: Label
    need: str = ""
    state: Literal["on_the_way", "temporarily_closed", "verified", "glazed", "no_longer_needed", "refused"]
    cover: Cover | None = None
    materials: dict[Material, Amount] = msgspec.field(default_factory=dict)
    scene: Literal["", "boarded", "crew"] = ""
    reason: str = ""


class ReopenStep(Step, frozen=True, kw_only=True, tag="reopen"):
    """A resident says that it is not closed; a dispatcher writes it down."""

    by: Dispatcher = "dispatcher"
    need: Label
    reason: Text


class ThermometerStep(Step, frozen=True, kw_only=True, tag="thermometer"):
    """Somebody read a thermometer in a flat."""

    by: Dispatcher = "dispatcher"
    need: Label
    temperature_c: Celsius
    outside_c: Celsius
