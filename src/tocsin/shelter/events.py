"""The facts of the shelter room.

No fact says where a shelter stands: positions are kept beside the ledger, as those of sirens are. An entry stays for
ever, and a shelter that is public today may have to be hidden tomorrow. Of a hidden shelter the name is kept there too.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Literal

import msgspec

from tocsin.core.event import Fact, fact_type

Kind = Literal["public", "school", "parking", "metro", "basement", "underpass", "other"]
Opener = Literal["always_open", "automatic", "caretaker", "residents", "owner", "school", "authority"]
DoorState = Literal["open", "closed", "unknown"]
Season = Literal["summer", "winter"]


class Shelter(msgspec.Struct, frozen=True, kw_only=True):
    """A place to go to in danger (rule R31). None is "nobody has told us", which is neither yes nor no.

    Attributes:
        id: stable, ``[a-z0-9]`` with ``-`` and ``_``, never reused.
        names: language tag → name; empty for a hidden one.
        area: id of the area in which it stands.
        capacity: people whom it holds, 1 or more.
        accessible: whether a wheelchair gets in.
        opened_by: who opens it: a role, never a person. ``always_open`` has no lock; the alert opens ``automatic``.
        floors_below: floors under the ground, 0 for none.
        hidden: it is for those who are told of it. Nothing of it is ever public.
        demo: invented for a demonstration.
    """

    id: str
    names: dict[str, str] = {}
    area: str
    kind: Kind = "other"
    capacity: int | None = None
    accessible: bool | None = None
    opened_by: Opener | None = None
    floors_below: int | None = None
    hidden: bool = False
    demo: bool = False


class DrillTime(msgspec.Struct, frozen=True, kw_only=True):
    """How long a group took in a drill until its last member was inside (rule R32).

    Attributes:
        group: a class, a floor, a ward; never a person.
        people: how many they were.
        seconds: from the signal to the last one inside.
        season: winter is coats, ice and the dark.
        on: the day.
    """

    group: str
    people: int
    seconds: int
    season: Season
    on: date


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept beside the ledger: where a shelter stands (degrees of WGS 84) and, when it is hidden, its names."""

    lon: float
    lat: float
    names: dict[str, str] = {}


class ShelterFact(Fact, frozen=True, kw_only=True):
    """A fact about one shelter."""

    shelter_id: str

    def subject(self) -> str:
        """``shelter/ID``."""
        return f"shelter/{self.shelter_id}"


@fact_type
class ShelterRegistered(ShelterFact, frozen=True, kw_only=True):
    """A shelter was added, or one that was withdrawn is there again."""

    KIND: ClassVar[str] = "shelter.registered"
    shelter: Shelter


@fact_type
class ShelterChanged(ShelterFact, frozen=True, kw_only=True):
    """What is known of a shelter changed."""

    KIND: ClassVar[str] = "shelter.changed"
    shelter: Shelter


@fact_type
class ShelterMoved(ShelterFact, frozen=True, kw_only=True):
    """The position that is kept beside the ledger was set anew. Where to is not said here."""

    KIND: ClassVar[str] = "shelter.moved"


@fact_type
class ShelterWithdrawn(ShelterFact, frozen=True, kw_only=True):
    """It can no longer be used as a shelter."""

    KIND: ClassVar[str] = "shelter.withdrawn"
    reason: str


@fact_type
class DoorReported(ShelterFact, frozen=True, kw_only=True):
    """Somebody at the door, or a sensor on it, saw how it stands. It is believed for a time only."""

    KIND: ClassVar[str] = "shelter.door_reported"
    state: DoorState
    observed_at: datetime


@fact_type
class DrillTimed(ShelterFact, frozen=True, kw_only=True):
    """A group was timed on its way into the shelter."""

    KIND: ClassVar[str] = "shelter.drill_timed"
    drill: DrillTime
