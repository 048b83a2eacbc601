"""Who wants to be warned, and by which channel: an entry of the address book."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

State = Literal["pending", "active", "gone"]
"""``pending``: the holder of the address has not confirmed it; ``gone``: it no longer answers, and is erased."""

Wanted = Literal["pre_alert", "alert"]
"""The lowest level that is wanted: ``pre_alert`` takes alerts in, too."""

MOST_CELLS = 64
"""Cells that one subscription may name."""


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """One way to reach one person. Nothing here is a name or a position.

    Attributes:
        id: increasing, never used again; workers share the book by ranges of it.
        channel: name of the channel, such as ``webpush``.
        address: what the channel needs to reach the person, as JSON: personal data, kept in the address book alone;
            empty once ``gone``.
        cells: H3 cells of resolution 7 in hex, sorted, 1 to 64; none once ``gone``.
        language: tag of the language that is wanted.
        level: the lowest level that is wanted.
        created: when it was asked for.
        state: only what is ``active`` is ever written to.
        token: 128 random bits in hex that only the holder of the address is told: to confirm, to change, to leave.
            Empty once ``gone``.
        reason: why it is gone, in a word of the channel, such as ``410``.
    """

    id: int
    channel: str
    address: Mapping[str, Any]
    cells: tuple[str, ...]
    language: str
    level: Wanted
    created: datetime
    state: State
    token: str
    reason: str = ""

    def __repr__(self) -> str:
        # What is printed ends in logs: neither the address nor the cells nor the token belong there.
        return f"Subscription(id={self.id}, channel={self.channel!r}, state={self.state!r})"


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asks for; the fields are those of :class:`Subscription`."""

    channel: str
    address: Mapping[str, Any]
    cells: tuple[str, ...]
    language: str
    level: Wanted = "alert"

    def __repr__(self) -> str:
        return f"Wish(channel={self.channel!r})"
