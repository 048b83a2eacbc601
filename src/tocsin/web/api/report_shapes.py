"""What goes in and out of the report room's addresses."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from ninja import Schema
from pydantic import BeforeValidator, Field

from tocsin.report import events as ev
from tocsin.web.api.schemas import AREA_ID, LANGUAGE, Body, Instant, Reason, Reply

ID = r"^[a-z0-9]+(?:[_-][a-z0-9]+)*$"
Id = Annotated[str, Field(pattern=ID, max_length=64)]
MaybeId = Annotated[str, Field(pattern=rf"^(?:{ID[1:-1]})?$", max_length=64)]
MaybeArea = Annotated[str, Field(pattern=rf"^(?:{AREA_ID[1:-1]})?$", max_length=64)]
Names = Annotated[
    dict[Annotated[str, Field(pattern=LANGUAGE)], Annotated[str, Field(min_length=1, max_length=120)]],
    Field(min_length=1, max_length=20, description="Language tag → name."),
]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
ClientId = Annotated[
    str, Field(max_length=128, description="Made by the sender; the same one twice is one, so that resending is safe.")
]
Exact = Annotated[
    list[float],
    Field(min_length=2, max_length=2, description="Longitude and latitude, degrees; sealed, and never sent out."),
]
INCIDENT_KINDS: tuple[str, ...] = get_args(ev.IncidentKind)


class SourceIn(Body):
    """Who says something: an office or outlet, never a private person."""

    id: Id
    names: Names
    kind: ev.SourceKind
    grade: ev.Grade = 4


class IncidentIn(Body):
    """Something that happened. Leave addresses out of its names: they are public."""

    id: Id | None = None
    names: Names
    kind: ev.IncidentKind
    area: MaybeArea = ""
    happened_from: Instant | None = None
    happened_to: Instant | None = None
    precision: ev.Precision = 1
    place_precision: Annotated[int, Field(ge=1, le=7)] = 7
    tags: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=40)]], Field(max_length=20, default_factory=list)
    ]
    warning: Annotated[str, Field(max_length=64)] = ""
    exact: Exact | None = None


class RevisionIn(IncidentIn):
    """The incident as it is to read, over the revision that was seen."""

    revision: Annotated[int, Field(ge=1)]
    reason: Reason


class RelationIn(Body):
    """How it stands to another incident. Nothing is merged."""

    other: Id
    relation: ev.Relation
    reason: Reason


class ClaimIn(Body):
    """What a source said. Without ``op`` the number is read from the words."""

    id: Id | None = None
    client_id: ClientId = ""
    incident: MaybeId = ""
    subject: Annotated[str, Field(pattern=r"^[a-z]+(?:_[a-z0-9]+)*$", max_length=64)] | None = None
    category: Annotated[str, Field(pattern=r"^(?:[a-z]+(?:_[a-z0-9]+)*)?$", max_length=64)] = ""
    scope: ev.Scope = "incident"
    op: ev.Op | None = None
    n: Count | None = None
    n2: Count | None = None
    unit: Annotated[str, Field(max_length=40)] = ""
    wording: Annotated[str, Field(min_length=1, max_length=4000, description="Exactly as it was said.")]
    language: Annotated[str, Field(pattern=r"^[a-z]{2,8}(?:-[a-z0-9]{1,8})*$", max_length=32)] = "en"
    source: Id
    grade: ev.Grade | None = None
    echo_of: MaybeId = ""
    supersedes: MaybeId = ""
    reason: Annotated[str, Field(max_length=1000)] = ""
    happened_from: Instant | None = None
    happened_to: Instant | None = None
    precision: ev.Precision = 1
    said_at: Instant | None = None
    said_at_printed: Annotated[str, Field(max_length=120)] = ""
    learned_at: Instant | None = None
    attribution: Annotated[str, Field(max_length=120)] = ""
    area: MaybeArea = ""
    place_precision: Annotated[int, Field(ge=1, le=7)] = 7
    radius_m: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    evidence: Annotated[list[Id], Field(max_length=100, default_factory=list)]
    out_of_area: bool = False
    exact: Exact | None = None


class WordsIn(Body):
    """Words that hold a number."""

    text: Annotated[str, Field(min_length=1, max_length=4000)]
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = "en"


class RetractIn(Body):
    """It is not upheld."""

    reason: Reason
    revision: Annotated[int, Field(ge=1)] | None = None


class GradeIn(RetractIn):
    """How far it can be relied on."""

    grade: ev.Grade


class MarkIn(Body):
    """What a second look said. ``verified`` needs no reason."""

    mark: ev.Mark
    reason: Annotated[str, Field(max_length=1000)] = ""
    revision: Annotated[int, Field(ge=1)] | None = None


def _true_or_false(text: object) -> object:
    """A form field as the document describes it; pydantic would take "yes", "on", "1" and more besides."""
    if text in ("true", "false", True, False):
        return text
    raise ValueError("The value is neither true nor false")


class EvidenceForm(Schema):
    """What is said of a file. ``collector``: who collected it, without a name. ``sensitive``: it shows people."""

    id: MaybeId = ""
    collector: Annotated[str, Field(max_length=200)] = ""
    licence: Annotated[str, Field(max_length=200)] = ""
    sensitive: Annotated[bool, BeforeValidator(_true_or_false)] = False


class ReleaseIn(Body):
    """Let the public copy be shown."""

    incident: MaybeId = ""
    alt: Annotated[
        dict[Annotated[str, Field(pattern=LANGUAGE)], Annotated[str, Field(min_length=1, max_length=1000)]],
        Field(min_length=1, max_length=20, description="Language tag → what it shows, for those who do not see it."),
    ]
    reason: Annotated[str, Field(max_length=1000)] = ""


class WithdrawIn(Body):
    """Why it no longer holds or is no longer shown."""

    reason: Reason
    revision: Annotated[int, Field(ge=1)] | None = None


class SourceDoc(Schema):
    """A source. ``id`` and ``names`` are empty where the policy does not name its kind."""

    id: str
    names: dict[str, str]
    kind: ev.SourceKind


class RelationDoc(Schema):
    """How an incident stands to another one; ``maybe_same`` is an open conflict."""

    other: str
    relation: ev.Relation
    reason: str
    entry: int


class IncidentDoc(Schema):
    """An incident, as coarse as the publication policy says."""

    id: str
    names: dict[str, str]
    kind: ev.IncidentKind
    area: str
    happened_from: str | None
    happened_to: str | None
    precision: int
    tags: list[str]
    warning: str
    withdrawn: str
    relations: list[RelationDoc]
    entry: int
    revision: int


class ClaimDoc(Schema):
    """A claim, as coarse as the publication policy says. ``entry``: its number in the ledger."""

    id: str
    incident: str
    subject: str
    category: str
    scope: ev.Scope
    op: ev.Op
    n: int | None
    n2: int | None
    unit: str
    wording: str
    language: str
    attribution: str
    source: SourceDoc
    grade: int
    mark: ev.Mark
    said_at: str | None
    said_at_printed: str
    learned_at: str
    happened_from: str | None
    happened_to: str | None
    precision: int
    area: str
    echo_of: str
    supersedes: str
    superseded_by: str
    reason: str
    retracted: str
    retracted_at: str | None
    out_of_area: bool
    evidence: list[str]
    entry: int


class TallyDoc(Schema):
    """A reported range, never a confidence interval. ``high`` null with ``open`` true: nothing bounds it."""

    incident: str
    subject: str
    category: str
    as_of: str
    low: int | None
    best: int | None
    high: int | None
    open: bool
    reported_max: int | None
    status: Literal["unknown", "discounted", "unverified", "single-source", "corroborated", "contested"]
    claim_ids: list[str]
    rule: int
    wording: dict[str, str] = Field(description="Language tag → the tally in words.")


class CustodyDoc(Schema):
    """One action on an original."""

    entry: int
    at: str
    actor: str
    action: str
    note: str


class EvidenceInsideDoc(Schema):
    """What officers see of a file besides. Its name, place and sender are in the vault."""

    sha256: str
    size: int
    original_mime: str
    released: bool
    withdrawn: str
    publishable: bool = Field(description="Whether there is a public copy.")
    captured_at: str | None
    collected_at: str
    seen_before: list[str]
    c2pa: str
    custody: list[CustodyDoc]


class EvidenceDoc(Schema):
    """A file. For everybody only what is released, and only its public copy."""

    id: str
    kind: ev.EvidenceKind
    mime: str
    sha256: str = Field(description="Of the public copy.")
    alt: dict[str, str]
    incident: str
    licence: str
    sensitive: bool
    entry: int
    inside: EvidenceInsideDoc | None = None


class ReportDoc(Schema):
    """What a resident handed in. ``sealed`` is sent to those who handle it, and to nobody else."""

    id: str
    at: str
    channel: ev.Channel
    area: str
    windows: int | None
    flats: int
    heating: bool | None
    evidence: list[str]
    outcome: str
    reason: str
    need: str
    claim: str
    entry: int
    sealed: dict[str, Any] | None = None


class SourcesOut(Reply):
    """Sources in the order of their ids."""

    sources: list[SourceDoc]


class IncidentsOut(Reply):
    """Incidents in the order of their ids. ``seq``: the ledger's head."""

    seq: int
    incidents: list[IncidentDoc]


class ClaimsOut(Reply):
    """Claims in the order of their entries; ask again with ``after`` the last ``entry`` for more."""

    seq: int
    claims: list[ClaimDoc]


class TalliesOut(Reply):
    """Tallies of incidents, by incident, subject and category."""

    seq: int
    as_of: str
    tallies: list[TallyDoc]


class EvidencesOut(Reply):
    """Evidence in the order of its ids."""

    seq: int
    evidence: list[EvidenceDoc]


class ReportsOut(Reply):
    """Residents' reports, the oldest first."""

    reports: list[ReportDoc]


class DidOut(Reply):
    """What was recorded. ``entries`` is empty when it was known already."""

    id: str
    entries: list[int]


class TakenOut(DidOut):
    """A file that was taken."""

    sha256: str
    size: int
    kind: ev.EvidenceKind
    publishable: bool
    seen_before: list[str]


class QuantityOut(Reply):
    """The number that words hold, or ``op`` null when none was found."""

    op: ev.Op | None
    n: int | None
    n2: int | None
    subject: str
    unit: str
    quote: str
