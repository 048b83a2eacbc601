"""The facts of the warn room."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

import msgspec

from tocsin.core.area import Area
from tocsin.core.event import Fact, fact_type

Phase = Literal["ok", "pre_alert", "alert", "partial_clear", "ended", "unknown"]
Level = Literal["pre_alert", "alert"]
EndKind = Literal["all_clear", "cancelled", "superseded", "expired", "manual", "imputed"]


class Detection(msgspec.Struct, frozen=True, kw_only=True):
    """What a sensor, partner or officer observed. It names areas, never an exact place.

    Attributes:
        id: the source's own identifier; the pair (source, id) is recorded once.
        source: who says so, e.g. ``radar-north``; those of one ``owner``, the part before a "/", are one witness.
        trusted: authenticated and fresh; anything else can only propose (R19 of the CAP lessons).
        threat: a name of ``warn/threats``.
        areas: area ids.
        observed_at: when it was seen, by the source's clock.
    """

    id: str
    source: str
    trusted: bool
    threat: str
    areas: tuple[str, ...]
    observed_at: datetime
    note: str = ""


class Siren(msgspec.Struct, frozen=True, kw_only=True):
    """A siren that can be commanded. Its exact position is kept beside the ledger, never in it.

    ``key``: the agent's Ed25519 public key in base64 with which its reports may be checked, or "".
    """

    id: str
    name: dict[str, str]
    area: str
    tones: tuple[str, ...] = ("wail", "steady", "all_clear", "test_chime")
    hard_limit_s: int = 300
    key: str = ""
    demo: bool = False


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What a warning says, before it is given bytes. Texts: language tag → text."""

    threat: str
    level: Level
    areas: tuple[str, ...]
    headline: dict[str, str]
    description: dict[str, str]
    instruction: dict[str, str]
    duration_s: int
    urgency: str
    severity: str
    certainty: str
    reason: str


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A CAP message frozen as bytes. ``sha256`` (hex) is over ``unsigned``; ``xml`` is what is served for ever."""

    identifier: str
    sender: str
    sent: str
    msg_type: str
    sha256: str
    unsigned: str
    xml: str = ""


class AreaFact(Fact, frozen=True, kw_only=True):
    """A fact about one area."""

    area_id: str

    def subject(self) -> str:
        """``area/ID``."""
        return f"area/{self.area_id}"


@fact_type
class AreaDefined(AreaFact, frozen=True, kw_only=True):
    """An area was added, or re-defined under the same id."""

    KIND: ClassVar[str] = "area.defined"
    area: Area


@fact_type
class AreaUnknown(AreaFact, frozen=True, kw_only=True):
    """What is known of the area is no longer good (R2)."""

    KIND: ClassVar[str] = "area.unknown"
    reason: str


@fact_type
class AreaKnown(AreaFact, frozen=True, kw_only=True):
    """What is known of the area is good again."""

    KIND: ClassVar[str] = "area.known"


class SirenFact(Fact, frozen=True, kw_only=True):
    """A fact about one siren."""

    siren_id: str

    def subject(self) -> str:
        """``siren/ID``."""
        return f"siren/{self.siren_id}"


@fact_type
class SirenRegistered(SirenFact, frozen=True, kw_only=True):
    """A siren was added or re-defined."""

    KIND: ClassVar[str] = "siren.registered"
    siren: Siren


@fact_type
class SirenCommanded(SirenFact, frozen=True, kw_only=True):
    """A command was handed to the broker. It says nothing of sound: see :class:`SirenReported`."""

    KIND: ClassVar[str] = "siren.commanded"
    command_id: str
    warning_id: str
    action: Literal["ON", "OFF"]
    tone: str
    duration_s: int
    expires: datetime


@fact_type
class SirenSkipped(SirenFact, frozen=True, kw_only=True):
    """A command was not sent, and why (expired, cancelled before delivery, under the sound floor)."""

    KIND: ClassVar[str] = "siren.skipped"
    command_id: str
    warning_id: str
    reason: str


@fact_type
class SirenReported(SirenFact, frozen=True, kw_only=True):
    """What the device measured of itself."""

    KIND: ClassVar[str] = "siren.reported"
    state: Literal["sounding", "silent", "link_lost", "manual", "fault"]
    tone: str = ""
    command_id: str = ""
    measured_at: datetime
    detail: str = ""


@fact_type
class SirenSilent(SirenFact, frozen=True, kw_only=True):
    """A siren was commanded and did not report sound in time (R28)."""

    KIND: ClassVar[str] = "siren.silent"
    command_id: str
    warning_id: str
    waited_s: int


@fact_type
class DetectionRecorded(Fact, frozen=True, kw_only=True):
    """A detection came in."""

    KIND: ClassVar[str] = "detection.recorded"
    detection: Detection

    def subject(self) -> str:
        """``detection/SOURCE/ID``."""
        return f"detection/{self.detection.source}/{self.detection.id}"


class WarningSource(msgspec.Struct, frozen=True, kw_only=True):
    """One source that speaks for a warning, and what it named."""

    source: str
    detection_id: str
    trusted: bool
    areas: tuple[str, ...]
    observed_at: datetime


class WarningFact(Fact, frozen=True, kw_only=True):
    """A fact about one warning thread."""

    warning_id: str

    def subject(self) -> str:
        """``warning/ID``."""
        return f"warning/{self.warning_id}"


@fact_type
class WarningDrafted(WarningFact, frozen=True, kw_only=True):
    """A warning was proposed. ``correction`` is the ready cancel, unsigned, its ``sent`` and references still open."""

    KIND: ClassVar[str] = "warning.drafted"
    origin: Literal["officer", "detection", "partner"]
    author: str
    content: Content
    message: Message
    correction: Message | None = None
    sources: tuple[WarningSource, ...] = ()
    supersedes: str = ""


@fact_type
class WarningConfirmed(WarningFact, frozen=True, kw_only=True):
    """Another detection speaks for the same warning (R6): the first source wins, this one is counted."""

    KIND: ClassVar[str] = "warning.confirmed"
    source: WarningSource


@fact_type
class WarningEdited(WarningFact, frozen=True, kw_only=True):
    """A draft got other content, so other bytes: approvals are void."""

    KIND: ClassVar[str] = "warning.edited"
    author: str
    content: Content
    message: Message
    correction: Message | None = None


@fact_type
class WarningApproved(WarningFact, frozen=True, kw_only=True):
    """A person other than the author agreed to exactly these bytes."""

    KIND: ClassVar[str] = "warning.approved"
    by: str
    sha256: str


@fact_type
class WarningIssued(WarningFact, frozen=True, kw_only=True):
    """The warning went out; it is Actual. ``correction`` is the ready cancel where it is not that of the draft."""

    KIND: ClassVar[str] = "warning.issued"
    rule: str
    content: Content
    message: Message
    expires: datetime
    correction: Message | None = None
    supersedes: str = ""


@fact_type
class WarningUpdated(WarningFact, frozen=True, kw_only=True):
    """A live warning says something else now."""

    KIND: ClassVar[str] = "warning.updated"
    content: Content
    message: Message
    expires: datetime
    correction: Message


@fact_type
class WarningPartlyCleared(WarningFact, frozen=True, kw_only=True):
    """Some areas of a live warning are clear (R3).

    ``remaining`` names what stays on: where a named area is clear in part, its children that are not.
    ``parted`` names those areas of which a part is clear.
    """

    KIND: ClassVar[str] = "warning.partly_cleared"
    areas: tuple[str, ...]
    remaining: tuple[str, ...]
    parted: tuple[str, ...]
    message: Message
    reason: str


@fact_type
class WarningEnded(WarningFact, frozen=True, kw_only=True):
    """A live warning ended, and how. Only ``all_clear`` is an observed end (R4)."""

    KIND: ClassVar[str] = "warning.ended"
    end: EndKind
    reason: str
    message: Message | None = None
    superseded_by: str = ""
    flash: bool = False


@fact_type
class DraftDiscarded(WarningFact, frozen=True, kw_only=True):
    """A draft was put away without going out."""

    KIND: ClassVar[str] = "warning.discarded"
    reason: str


@fact_type
class DraftEscalated(WarningFact, frozen=True, kw_only=True):
    """A draft stayed unsent too long."""

    KIND: ClassVar[str] = "warning.escalated"
    step: int
    age_s: int


@fact_type
class BreakGlassOpened(Fact, frozen=True, kw_only=True):
    """One officer may issue alone until ``until``; every duty officer is told."""

    KIND: ClassVar[str] = "breakglass.opened"
    officer: str
    reason: str
    until: datetime

    def subject(self) -> str:
        """``officer/ID``."""
        return f"officer/{self.officer}"


@fact_type
class PartnerMessageReceived(Fact, frozen=True, kw_only=True):
    """A CAP message came in from outside. ``raw``: its bytes as they came, whatever their encoding, in base64.
    ``verdict`` says what its signature and age are worth.
    """

    KIND: ClassVar[str] = "partner.received"
    sender: str
    identifier: str
    sent: str
    sha256: str
    verdict: str
    raw: str

    def subject(self) -> str:
        """``partner/SENDER``."""
        return f"partner/{self.sender}"


@fact_type
class LiveDelivered(Fact, frozen=True, kw_only=True):
    """An edge wrote one update to its clients' sockets. Written is not read."""

    KIND: ClassVar[str] = "live.written"
    edge: str
    seq: int
    clients: int
    first_at: datetime
    last_at: datetime

    def subject(self) -> str:
        """``entry/SEQ``."""
        return f"entry/{self.seq}"


@fact_type
class ChannelTold(Fact, frozen=True, kw_only=True):
    """How far one notice had come by one channel when its worker was done with it: counts, never people.

    Attributes:
        channel: name of the channel.
        seq: the entry that the notice told of.
        share: the part of the address book, ``1/1`` where it is not split.
        targeted: how many it concerned; each of them is in one of the counts.
        sent, accepted, delivered, gone, exhausted, withdrawn: see ``docs/reference/channels.md``.
        began: when it was queued; first_at, last_at: when the first and the last were handed on, None for nobody.
    """

    KIND: ClassVar[str] = "channel.told"
    channel: str
    seq: int
    share: str
    targeted: int
    sent: int
    accepted: int
    delivered: int
    gone: int
    exhausted: int
    withdrawn: int
    began: datetime
    first_at: datetime | None = None
    last_at: datetime | None = None

    def subject(self) -> str:
        """``entry/SEQ``."""
        return f"entry/{self.seq}"
