"""What a decision of the report room may know of the world."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from datetime import datetime

from tocsin.core.area import AreaTree


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Handed to ``decide`` with each command.

    Attributes:
        now: the present instant.
        areas: the city's areas, of which the warning room keeps the book.
        warnings: ids of the warnings that exist; None when nobody can tell.
    """

    now: datetime
    areas: AreaTree = field(default_factory=AreaTree)
    warnings: Container[str] | None = None
