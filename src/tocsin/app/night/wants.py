"""What proves a row of a night's story: in the ledger, in the air, on screens, in the record."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from tocsin.app.night.steps import Areas, Label, Text
from tocsin.warn.events import EndKind, Phase


class LedgerWant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """At least so many entries of a kind must be in the ledger.

    Attributes:
        kind: e.g. ``warning.issued``.
        at_least: how many.
        at_most: how many at most; with ``at_least`` 0 and this 0 there must be none at all.
        warning: label of the warning that they are about, or "" for any.
        where: dotted path into the body → the value there, e.g. ``{"end": "all_clear"}``; null: nothing is there.
        texts: language → pieces, folded for comparison, that the message's headline, description or instruction hold.
        actor: how the entry's actor begins, e.g. ``officer:``; "" for anyone.
    """

    kind: Annotated[str, msgspec.Meta(pattern=r"^[a-z]+\.[a-z_]+$")]
    at_least: Annotated[int, msgspec.Meta(ge=0)] = 1
    at_most: Annotated[int, msgspec.Meta(ge=0)] | None = None
    warning: str = ""
    where: dict[str, str | int | bool | None] = {}
    texts: dict[str, tuple[Text, ...]] = {}
    actor: str = ""


class SirenWant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """At least so many different sirens must have reported, themselves, that they sound ``tone``."""

    tone: Literal["wail", "steady", "all_clear"]
    at_least: Annotated[int, msgspec.Meta(ge=1)]
    areas: Areas


class LiveWant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In every one of ``areas`` a live client must have received all that is named here.

    Attributes:
        areas: a client is placed in each.
        phase: the phase of that area.
        end: an alert document that ends its warning in this way.
        texts: as in :class:`LedgerWant`, from an alert document, in that language.
    """

    areas: Areas
    phase: Phase | None = None
    end: EndKind | None = None
    texts: dict[str, tuple[Text, ...]] = {}


class TallyWant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the claims add up to at the end of the row's window.

    Attributes:
        incident: of which; "" for the claims of the day.
        low, best, high: as the tally has them; a ``high`` of None is open.
        status: e.g. ``single-source``.
        claims: exactly those that stand behind it, in any order; empty for any.
        wording: language → how it is said.
    """

    incident: str = ""
    subject: Text
    category: str = ""
    low: int | None
    best: int | None
    high: int | None
    status: Text
    claims: tuple[str, ...] = ()
    wording: dict[str, Text] = {}


class StreakWant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A claimed streak stands beside the one that the record can count.

    Attributes:
        area: of which.
        day: up to which local date, ``2024-01-05``.
        claim: id of the claim.
        claimed, recorded: days.
        missing: local dates that the claim needs and the record does not have.
    """

    area: Text
    day: Text
    claim: Text
    claimed: int
    recorded: int
    missing: tuple[Text, ...] = ()


class DistanceWant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A claimed distance stands beside the computed one, which must lie between ``km_from`` and ``km_to``."""

    area: Text
    claim: Text
    km_from: float
    km_to: float


class BulletinWant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sentence of the bulletin, in each language, holds all these pieces and rests on entries of the ledger.

    Attributes:
        day: the page, e.g. ``2024-01-05``.
        texts: language → pieces, folded for comparison.
        without: language → pieces that no sentence of the whole bulletin may hold.
    """

    day: Text
    texts: dict[str, tuple[Text, ...]] = {}
    without: dict[str, tuple[Text, ...]] = {}


class QueueWant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Plans were made for these reasons, and between two of them the order changed.

    Attributes:
        triggers: each led to a plan.
        reordered: what stands in two plans changed places, or something new came to stand before what had waited.
    """

    triggers: Annotated[tuple[Text, ...], msgspec.Meta(min_length=1)]
    reordered: bool = False


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of the story and what proves it. Entries, sounds and live updates count from ``start`` to ``end``, local.

    Attributes:
        row: its number in the story; 0 for what belongs to the night and has no row of its own.
        said: the fact, in our words.
        source: who said so.
        ledger, sirens, live, tallies, streaks, distances, bulletin, queue: every one must hold.
    """

    row: Annotated[int, msgspec.Meta(ge=0)]
    name: Label
    said: Text
    source: Text
    start: str
    end: str
    ledger: tuple[LedgerWant, ...] = ()
    sirens: tuple[SirenWant, ...] = ()
    live: tuple[LiveWant, ...] = ()
    tallies: tuple[TallyWant, ...] = ()
    streaks: tuple[StreakWant, ...] = ()
    distances: tuple[DistanceWant, ...] = ()
    bulletin: tuple[BulletinWant, ...] = ()
    queue: tuple[QueueWant, ...] = ()

    def wants(self) -> int:
        """How many things must hold."""
        parts = (self.ledger, self.sirens, self.live, self.tallies, self.streaks, self.distances, self.bulletin)
        return sum(map(len, parts)) + len(self.queue)
