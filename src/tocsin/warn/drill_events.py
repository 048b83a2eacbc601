"""The facts of drills: other types from end to end than those of live warnings (rule R23)."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

import msgspec

from tocsin.core.event import Fact, fact_type


class DrillFact(Fact, frozen=True, kw_only=True):
    """A fact about one drill. Drills are other types from end to end and never touch a phase (R23)."""

    drill_id: str

    def subject(self) -> str:
        """``drill/ID``."""
        return f"drill/{self.drill_id}"


class DrillMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A CAP message with status Exercise or Test. Not a :class:`Message`, so that it fits no live door."""

    drill_identifier: str
    sender: str
    sent: str
    status: Literal["Exercise", "Test"]
    drill_xml: str


@fact_type
class DrillIssued(DrillFact, frozen=True, kw_only=True):
    """An exercise message went out on the drill path."""

    KIND: ClassVar[str] = "drill.issued"
    exercise: str
    areas: tuple[str, ...]
    headline: dict[str, str]
    instruction: dict[str, str]
    description: dict[str, str]
    message: DrillMessage
    expires: datetime


@fact_type
class DrillEnded(DrillFact, frozen=True, kw_only=True):
    """A drill is over."""

    KIND: ClassVar[str] = "drill.ended"
    reason: str
