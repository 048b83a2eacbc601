"""What a decision of the repair room may know of the world."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tocsin.core.area import AreaTree
from tocsin.repair.policy import UrgencyPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Handed to ``decide`` with each command.

    Attributes:
        now: the present instant.
        areas: the city's areas.
        policy: the published policy of urgency and planning.
    """

    now: datetime
    areas: AreaTree = field(default_factory=AreaTree)
    policy: UrgencyPolicy = field(default_factory=UrgencyPolicy)
