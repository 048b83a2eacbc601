"""What everybody may know of the report room: the only shapes in which it leaves the house.

No field here can hold an exact place or time, an address, a resident's report, or a way to an original.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from tocsin.report import events as ev
from tocsin.report.tally import Tally


class PublicSource(msgspec.Struct, frozen=True, kw_only=True):
    """Who said it. ``id`` and ``names`` are empty for kinds that are not named."""

    id: str
    names: dict[str, str]
    kind: ev.SourceKind


class PublicRelation(msgspec.Struct, frozen=True, kw_only=True):
    """How an incident stands to another public one. ``maybe_same`` is a conflict that is left open."""

    other: str
    relation: ev.Relation
    reason: str
    entry: int


class PublicIncident(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened. ``area``: of the policy's kind, or "" outside; times are rounded outwards."""

    id: str
    names: dict[str, str]
    kind: ev.IncidentKind
    area: str
    happened_from: datetime | None
    happened_to: datetime | None
    precision: ev.Precision
    tags: tuple[str, ...]
    warning: str
    withdrawn: str
    relations: tuple[PublicRelation, ...]
    entry: int
    revision: int


class PublicClaim(msgspec.Struct, frozen=True, kw_only=True):
    """What a source said. ``wording`` is "" where the policy does not quote. ``entry``: its number in the ledger."""

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
    source: PublicSource
    grade: ev.Grade
    mark: ev.Mark
    said_at: datetime | None
    said_at_printed: str
    learned_at: datetime
    happened_from: datetime | None
    happened_to: datetime | None
    precision: ev.Precision
    area: str
    echo_of: str
    supersedes: str
    superseded_by: str
    reason: str
    retracted: str
    retracted_at: datetime | None
    out_of_area: bool
    evidence: tuple[str, ...]
    entry: int


class PublicTally(msgspec.Struct, frozen=True, kw_only=True):
    """A reported range with the public claims behind it."""

    incident: str
    subject: str
    category: str
    tally: Tally


class PublicEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """A public copy. ``sha256`` is of that copy; nothing here leads to the original."""

    id: str
    kind: ev.EvidenceKind
    mime: str
    sha256: str
    alt: dict[str, str]
    incident: str
    licence: str
    sensitive: bool
    entry: int


class PublicReport(msgspec.Struct, frozen=True, kw_only=True):
    """What everybody may know of the report room as of ``at``."""

    seq: int
    at: datetime
    incidents: dict[str, PublicIncident]
    claims: dict[str, PublicClaim]
    tallies: tuple[PublicTally, ...]
    evidence: dict[str, PublicEvidence]
