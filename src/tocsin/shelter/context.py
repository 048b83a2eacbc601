"""What a decision of the shelter room may know of the world."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tocsin.core.area import AreaTree

DOOR_S = 7200
"""Seconds for which a report of a door is believed, unless the city says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Handed to ``decide`` with each command.

    Attributes:
        now: the present instant.
        areas: the city's areas, of which the warning room keeps the book.
        demo: whether this is a demonstration.
        door_for: for how long a report of a door is believed.
    """

    now: datetime
    areas: AreaTree = field(default_factory=AreaTree)
    demo: bool = False
    door_for: timedelta = timedelta(seconds=DOOR_S)
