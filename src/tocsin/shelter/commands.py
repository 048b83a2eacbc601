"""What may be asked of the shelter room. Each command is checked by ``decide`` and becomes facts, or is refused."""

from __future__ import annotations

from datetime import datetime

import msgspec

from tocsin.shelter.events import DoorState, DrillTime, Shelter


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """The base of every command."""


class RegisterShelters(Command, frozen=True, kw_only=True):
    """Add or re-define shelters, all or none.

    Attributes:
        shelters: as they are to stand in the ledger.
        moved: ids whose position beside the ledger is set anew with this.
        reveal: ids that are hidden so far and may become public. Without it a hidden shelter stays hidden (R31).
        whole: the list is complete: whatever is not in it is withdrawn.
    """

    shelters: tuple[Shelter, ...]
    moved: tuple[str, ...] = ()
    reveal: tuple[str, ...] = ()
    whole: bool = False


class WithdrawShelter(Command, frozen=True, kw_only=True):
    """It can no longer be used."""

    shelter_id: str
    reason: str


class ReportDoor(Command, frozen=True, kw_only=True):
    """How the door stands, and when that was seen. ``unknown`` takes an earlier report back."""

    shelter_id: str
    state: DoorState
    observed_at: datetime


class TimeDrill(Command, frozen=True, kw_only=True):
    """A group was timed on its way in."""

    shelter_id: str
    drill: DrillTime
