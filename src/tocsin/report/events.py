"""The facts of the report room: what happened, who said what of it, and what was handed in to show it.

Nothing here says where exactly something happened, where somebody lives or how to reach them: that is sealed beside the
ledger, and a fact holds only ``sealed``, the reference under which it is kept (``core.ports.Vault``).
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

import msgspec

from tocsin.core.event import Fact, fact_type

Op = Literal["eq", "ge", "gt", "le", "lt", "approx", "range", "said"]
"""How a number bounds what it counts. ``said`` is a statement without a number; it never enters a tally."""

Scope = Literal["incident", "building", "flat", "day", "running_total"]
Grade = Literal[1, 2, 3, 4, 5]
"""1 register or hospital list, 2 official body on the scene, 3 media, NGO or eyewitness with evidence, 4 unverified,
5 discredited."""

Precision = Literal[1, 2, 3]
"""Of a time: 1 exact, 2 the day, 3 the week."""

Mark = Literal["unverified", "verified", "unverifiable"]
SourceKind = Literal[
    "official", "register", "hospital", "police", "sensor", "media", "ngo", "witness", "social", "resident", "unnamed"
]
IncidentKind = Literal["attack", "interception", "strike", "debris", "fire", "casualties", "damage", "other"]
Relation = Literal["maybe_same", "same", "distinct", "part_of"]
Channel = Literal["web", "control", "api", "csv", "odk"]
Outcome = Literal["accepted", "duplicate", "unverifiable", "refused"]
EvidenceKind = Literal["photo", "video", "document"]


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Who says something: an office or an outlet, never a private person. ``names``: language tag → name."""

    id: str
    names: dict[str, str]
    kind: SourceKind
    grade: Grade = 4


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened, as far as an area and a span of time.

    Attributes:
        id: stable, ``[a-z0-9]`` with ``-`` and ``_``.
        names: language tag → a neutral name.
        area: id of the area in which it happened; "" when it lies outside every area.
        happened_from, happened_to: UTC; None when nobody said.
        precision: how exact these times are.
        place_precision: 1 (a point) to 7 (a country).
        tags: for finding it again.
        warning: the warning during which it happened, or "".
        sealed: reference of the exact place beside the ledger, or "".
    """

    id: str
    names: dict[str, str]
    kind: IncidentKind
    area: str = ""
    happened_from: datetime | None = None
    happened_to: datetime | None = None
    precision: Precision = 1
    place_precision: int = 7
    tags: tuple[str, ...] = ()
    warning: str = ""
    sealed: str = ""


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What one source said, at one time, of one quantity. Never changed: a later claim supersedes it.

    Attributes:
        incident: id of what it is about; "" for a claim of a day or of the whole city.
        subject: ``windows``, ``flats``, ``cars``, ``killed``, ``injured``, ``missing``, ``flats_without_heat``,
            ``interceptions``, ``streak_days``, … or ``statement``.
        category: ``civilian``, ``child``, …, or "".
        op, n, n2: the bound; ``n2`` is the upper end of a ``range``; ``n`` is None for ``said``.
        unit: what is counted, when it is not the subject itself, e.g. ``km``.
        wording: exactly as it was said, in ``language``; words for numbers stay words here.
        echo_of: the claim that this one repeats, or "".
        said_at: when the source said so; None when it is not known, and then ``learned_at`` counts.
        said_at_printed: the time as it was printed, when its zone is not stated; never taken for a local time.
        learned_at: when it reached us, UTC.
        attribution: who said it to the source, as the source names them, e.g. ``unnamed security source``.
        evidence: ids of evidence that shows it.
        out_of_area: it is about somewhere else, and never enters this place's tallies.
        client_id: given by whoever handed it in; the same one twice is one claim.
    """

    id: str
    incident: str = ""
    subject: str
    category: str = ""
    scope: Scope = "incident"
    op: Op
    n: int | None = None
    n2: int | None = None
    unit: str = ""
    wording: str
    language: str
    source: str
    grade: Grade = 4
    echo_of: str = ""
    supersedes: str = ""
    reason: str = ""
    happened_from: datetime | None = None
    happened_to: datetime | None = None
    precision: Precision = 1
    said_at: datetime | None = None
    said_at_printed: str = ""
    learned_at: datetime
    attribution: str = ""
    area: str = ""
    place_precision: int = 7
    radius_m: int | None = None
    sealed: str = ""
    evidence: tuple[str, ...] = ()
    out_of_area: bool = False
    client_id: str = ""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """A file that somebody handed in. The file itself, its name, place and sender are beside the ledger.

    Attributes:
        sha256: of the file as it came, hex. It is read only if it still hashes to this.
        size: bytes.
        phash: perceptual hash, 64 bits in hex, or "" when there is none.
        c2pa: ``absent`` means that no provenance came with it, not that it is false.
        derivative: SHA-256 of the public copy without EXIF and GPS, or "" when none could be made.
        seen_before: ids of evidence that looks alike.
        sensitive: people or bodies can be seen.
    """

    id: str
    kind: EvidenceKind
    mime: str
    sha256: str
    size: int
    phash: str = ""
    captured_at: datetime | None = None
    collected_at: datetime
    collector: str = ""
    licence: str = ""
    sensitive: bool = False
    c2pa: Literal["absent", "valid", "invalid"] = "absent"
    timestamp_token: str = ""
    derivative: str = ""
    derivative_mime: str = ""
    seen_before: tuple[str, ...] = ()
    sealed: str = ""


@fact_type
class SourceNamed(Fact, frozen=True, kw_only=True):
    """A source is known from here on, or is described anew."""

    KIND: ClassVar[str] = "report.source_named"
    source: Source

    def subject(self) -> str:
        """``source/ID``."""
        return f"source/{self.source.id}"


class IncidentFact(Fact, frozen=True, kw_only=True):
    """A fact about one incident."""

    incident_id: str

    def subject(self) -> str:
        """``incident/ID``."""
        return f"incident/{self.incident_id}"


@fact_type
class IncidentOpened(IncidentFact, frozen=True, kw_only=True):
    """Something happened."""

    KIND: ClassVar[str] = "report.incident_opened"
    incident: Incident


@fact_type
class IncidentRevised(IncidentFact, frozen=True, kw_only=True):
    """What is known of it changed."""

    KIND: ClassVar[str] = "report.incident_revised"
    incident: Incident
    reason: str


@fact_type
class IncidentWithdrawn(IncidentFact, frozen=True, kw_only=True):
    """It did not happen, or was entered twice. It stays in the ledger."""

    KIND: ClassVar[str] = "report.incident_withdrawn"
    reason: str


@fact_type
class IncidentsRelated(IncidentFact, frozen=True, kw_only=True):
    """Two incidents were compared. ``maybe_same`` is shown as a conflict; nothing is merged by it."""

    KIND: ClassVar[str] = "report.incidents_related"
    other: str
    relation: Relation
    reason: str


class ClaimFact(Fact, frozen=True, kw_only=True):
    """A fact about one claim."""

    claim_id: str

    def subject(self) -> str:
        """``claim/ID``."""
        return f"claim/{self.claim_id}"


@fact_type
class ClaimMade(ClaimFact, frozen=True, kw_only=True):
    """A source said something; with ``supersedes``, in place of what it said before."""

    KIND: ClassVar[str] = "report.claim_made"
    claim: Claim


@fact_type
class ClaimRetracted(ClaimFact, frozen=True, kw_only=True):
    """It is not upheld. It stays readable, struck through."""

    KIND: ClassVar[str] = "report.claim_retracted"
    reason: str


@fact_type
class ClaimGraded(ClaimFact, frozen=True, kw_only=True):
    """How far it can be relied on was judged anew."""

    KIND: ClassVar[str] = "report.claim_graded"
    grade: Grade
    reason: str


@fact_type
class ClaimMarked(ClaimFact, frozen=True, kw_only=True):
    """A second look was taken at it. A claim that supersedes a verified one begins unverified."""

    KIND: ClassVar[str] = "report.claim_marked"
    mark: Mark
    reason: str = ""


class EvidenceFact(Fact, frozen=True, kw_only=True):
    """A fact about one piece of evidence."""

    evidence_id: str

    def subject(self) -> str:
        """``evidence/ID``."""
        return f"evidence/{self.evidence_id}"


@fact_type
class EvidenceTaken(EvidenceFact, frozen=True, kw_only=True):
    """A file was handed in and hashed. It is sealed."""

    KIND: ClassVar[str] = "report.evidence_taken"
    evidence: Evidence


@fact_type
class EvidenceReleased(EvidenceFact, frozen=True, kw_only=True):
    """Its public copy may be shown from here on. ``alt``: language tag → what it shows, in words."""

    KIND: ClassVar[str] = "report.evidence_released"
    incident: str = ""
    alt: dict[str, str] = msgspec.field(default_factory=dict)
    reason: str = ""


@fact_type
class EvidenceWithdrawn(EvidenceFact, frozen=True, kw_only=True):
    """Its public copy is shown no longer. The original stays in custody."""

    KIND: ClassVar[str] = "report.evidence_withdrawn"
    reason: str


@fact_type
class CustodyNoted(EvidenceFact, frozen=True, kw_only=True):
    """Somebody read or checked the original; the actor and time are the entry's."""

    KIND: ClassVar[str] = "report.custody_noted"
    action: Literal["viewed", "checked", "exported", "mismatch"]
    note: str = ""


class ReportFact(Fact, frozen=True, kw_only=True):
    """A fact about what one resident handed in."""

    report_id: str

    def subject(self) -> str:
        """``report/ID``."""
        return f"report/{self.report_id}"


@fact_type
class ReportReceived(ReportFact, frozen=True, kw_only=True):
    """A resident reported damage. Address, flat, contact and who is at home are sealed.

    Attributes:
        client_id: made by the resident's device; the same one twice is one report.
        windows: broken ones; None when they did not say.
        flats: 1 for a flat, more for somebody who speaks for a house.
    """

    KIND: ClassVar[str] = "report.received"
    client_id: str
    channel: Channel
    area: str
    windows: int | None = None
    flats: int = 1
    heating: bool | None = None
    evidence: tuple[str, ...] = ()
    sealed: str = ""


@fact_type
class ReportHandled(ReportFact, frozen=True, kw_only=True):
    """Somebody, or an agreed rule, decided what becomes of it."""

    KIND: ClassVar[str] = "report.handled"
    outcome: Outcome
    reason: str = ""
    need: str = ""
    claim: str = ""
