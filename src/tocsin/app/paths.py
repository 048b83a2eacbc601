"""Whether a way to people has proven itself lately. What is not proven is not taken to work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, Protocol

import msgspec

EVERY_S = 60.0
"""Seconds between two proofs of one way."""

LATE = 2.5
"""A way that has not proven itself for so many of its own rounds is shown red: two proofs were missed."""

Standing = Literal["proven", "late", "never"]


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """The last word on one way.

    Attributes:
        path: its name: ``sirens``, ``live``, ``site``, or that of a channel.
        tried_at: when it was tried last, by this machine's own clock.
        proven_at: when something last went all the way; None if never.
        took_ms: how long that took.
        said: what was seen, or why the last try failed; nothing of people.
        every_s: seconds between two tries; a way that costs money may be tried more seldom.
    """

    path: str
    tried_at: datetime
    proven_at: datetime | None = None
    took_ms: float = 0.0
    said: str = ""
    every_s: float = EVERY_S

    def standing(self, now: datetime) -> Standing:
        """How it is shown."""
        if self.proven_at is None:
            return "never"
        return "proven" if now - self.proven_at <= LATE * timedelta(seconds=self.every_s) else "late"


class Proofs(Protocol):
    """Keeps the last word on each way."""

    def keep(self, proof: Proof) -> None:
        """Replace what was known of that way; a try that failed leaves the last proof and its time standing."""
        ...

    def all(self) -> Sequence[Proof]:
        """The last word on each way, by name."""
        ...


class MemoryProofs:
    """A :class:`Proofs` that lives as long as the process."""

    def __init__(self) -> None:
        self._kept: dict[str, Proof] = {}

    def keep(self, proof: Proof) -> None:
        """Replace what was known of that way."""
        self._kept[proof.path] = merged(self._kept.get(proof.path), proof)

    def all(self) -> Sequence[Proof]:
        """The last word on each way."""
        return [self._kept[name] for name in sorted(self._kept)]


def merged(before: Proof | None, now: Proof) -> Proof:
    """The newest try together with the newest proof."""
    if before is None or now.proven_at is not None:
        return now
    return msgspec.structs.replace(now, proven_at=before.proven_at, took_ms=before.took_ms)


def worst(standings: Mapping[str, Standing]) -> Standing | None:
    """The worst of them; None where nothing was ever tried."""
    order: tuple[Standing, ...] = ("never", "late", "proven")
    return next((one for one in order if one in standings.values()), None)
