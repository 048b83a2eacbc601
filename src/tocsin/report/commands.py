"""What may be asked of the report room. Each command is checked by ``decide`` and becomes facts, or is refused.

Ids are given by whoever asks, so that a repeated request names the same thing.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from tocsin.report import events as ev


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """The base of every command."""


class NameSource(Command, frozen=True, kw_only=True):
    """Make a source known, or describe it anew. It comes before the first claim of that source."""

    source: ev.Source


class OpenIncident(Command, frozen=True, kw_only=True):
    """Something happened."""

    incident: ev.Incident


class ReviseIncident(Command, frozen=True, kw_only=True):
    """Describe it anew.

    Attributes:
        revision: the revision that was seen; when another was saved since, this one is refused (TOC-10004).
    """

    incident: ev.Incident
    reason: str
    revision: int


class WithdrawIncident(Command, frozen=True, kw_only=True):
    """It did not happen, or was entered twice. ``revision``: the one that was seen, when that matters."""

    incident_id: str
    reason: str
    revision: int | None = None


class RelateIncidents(Command, frozen=True, kw_only=True):
    """Say how two incidents stand to each other. Nothing is merged by it."""

    incident_id: str
    other: str
    relation: ev.Relation
    reason: str


class MakeClaim(Command, frozen=True, kw_only=True):
    """A source said something. With ``claim.supersedes`` it stands in place of what the same source said before."""

    claim: ev.Claim


class RetractClaim(Command, frozen=True, kw_only=True):
    """It is not upheld. ``revision``: the one that was seen, when that matters."""

    claim_id: str
    reason: str
    revision: int | None = None


class GradeClaim(Command, frozen=True, kw_only=True):
    """Judge anew how far it can be relied on."""

    claim_id: str
    grade: ev.Grade
    reason: str
    revision: int | None = None


class MarkClaim(Command, frozen=True, kw_only=True):
    """Say that it was looked at a second time, and with what result."""

    claim_id: str
    mark: ev.Mark
    reason: str = ""
    revision: int | None = None


class TakeEvidence(Command, frozen=True, kw_only=True):
    """A file was handed in and hashed. One that was seen before is taken, too, and says so."""

    evidence: ev.Evidence


class ReleaseEvidence(Command, frozen=True, kw_only=True):
    """Its public copy may be shown. ``alt``: language tag → what it shows, in words."""

    evidence_id: str
    incident: str = ""
    alt: dict[str, str]
    reason: str = ""


class WithdrawEvidence(Command, frozen=True, kw_only=True):
    """Its public copy is to be shown no longer."""

    evidence_id: str
    reason: str


class NoteCustody(Command, frozen=True, kw_only=True):
    """Somebody read or checked the original."""

    evidence_id: str
    action: Literal["viewed", "checked", "exported", "mismatch"]
    note: str = ""


class ReceiveReport(Command, frozen=True, kw_only=True):
    """A resident handed something in."""

    report: ev.ReportReceived


class HandleReport(Command, frozen=True, kw_only=True):
    """Decide what becomes of it. ``need`` and ``claim``: what was made of it."""

    report_id: str
    outcome: ev.Outcome
    reason: str = ""
    need: str = ""
    claim: str = ""
