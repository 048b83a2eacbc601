"""What a decision may know of the world: the time, fresh identifiers, the city's key and its agreed rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from tocsin.warn.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who speaks: CAP ``sender`` and ``senderName`` per language, and the languages every message is written in."""

    id: str
    names: dict[str, str]
    languages: tuple[str, ...]
    zone: str = "UTC"
    demo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Handed to ``decide`` with each command. ``sign`` adds the enveloped signature to CAP bytes."""

    now: datetime
    actor: str
    new_id: Callable[[], str]
    sign: Callable[[bytes], bytes]
    sender: Sender
    policy: Policy = field(default_factory=Policy)
