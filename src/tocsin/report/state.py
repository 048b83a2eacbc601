"""What the report room knows: ``fold(state, entry) -> state`` over its facts. Pure and immutable.

Every change keeps the time from which it is known, so that a tally can be reckoned as of any earlier moment
(``report.tally``); ``state_at`` gives the whole state as it was then.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

import immutables
import msgspec

from tocsin.core.event import Entry
from tocsin.core.folding import Folding
from tocsin.report import events as ev

Ids = immutables.Map[str, None]
"""A set of ids that shares most of itself with the one before."""


class Related(msgspec.Struct, frozen=True, kw_only=True):
    """How an incident stands to another one. ``entry``: where in the ledger that was said; ``first``: it was said of
    this incident, so that with ``part_of`` this one is the part.
    """

    other: str
    relation: ev.Relation
    first: bool
    reason: str
    entry: int


class KnownIncident(msgspec.Struct, frozen=True, kw_only=True):
    """An incident as it stands.

    Attributes:
        entry: ledger sequence of its last description.
        opened: ledger sequence of the first.
        opened_at: when that was recorded.
        withdrawn: the reason, or "".
        relations: to others; both incidents of a pair keep it.
        revision: counts its descriptions from 1.
    """

    incident: ev.Incident
    entry: int
    opened: int
    opened_at: datetime | None = None
    withdrawn: str = ""
    withdrawn_at: datetime | None = None
    relations: tuple[Related, ...] = ()
    revision: int = 1


class KnownClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A claim and what became of it.

    Attributes:
        entry: ledger sequence of the claim, 0 when it is in no ledger.
        entered_by: the actor who entered it.
        superseded_by: id of the claim that stands in its place, or "".
        superseded_at: when that one was learned.
        retracted: the reason, or "".
        grades: every later grade with the time from which it counts, oldest first.
        grade: the present one.
        revision: counts what was recorded of it from 1.
    """

    claim: ev.Claim
    entry: int = 0
    entered_by: str = ""
    entered_at: datetime | None = None
    superseded_by: str = ""
    superseded_at: datetime | None = None
    retracted: str = ""
    retracted_at: datetime | None = None
    mark: ev.Mark = "unverified"
    grade: ev.Grade = 4
    grades: tuple[tuple[datetime, ev.Grade], ...] = ()
    revision: int = 1

    @property
    def live(self) -> bool:
        """Whether it stands: neither superseded nor retracted."""
        return not self.superseded_by and not self.retracted

    def grade_at(self, as_of: datetime) -> ev.Grade:
        """The grade that it had then."""
        if not self.grades:
            return self.grade
        return next((grade for at, grade in reversed(self.grades) if at <= as_of), self.claim.grade)


def known(claim: ev.Claim, entry: int = 0) -> KnownClaim:
    """A claim of which nothing more is known."""
    return KnownClaim(claim=claim, entry=entry, grade=claim.grade)


class Custody(msgspec.Struct, frozen=True, kw_only=True):
    """One action on the original. ``entry`` is chained by the ledger to all before it."""

    entry: int
    at: datetime
    actor: str
    action: Literal["taken", "released", "withdrawn", "viewed", "checked", "exported", "mismatch"]
    note: str = ""


class KnownEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """A file and what became of it. It may be shown when it is ``released`` and not ``withdrawn`` (a reason)."""

    evidence: ev.Evidence
    entry: int
    released: bool = False
    withdrawn: str = ""
    alt: dict[str, str] = msgspec.field(default_factory=dict)
    incident: str = ""
    released_at: datetime | None = None
    custody: tuple[Custody, ...] = ()

    @property
    def shown(self) -> bool:
        """Whether its public copy may be shown, as far as this room decides."""
        return self.released and not self.withdrawn


class KnownReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a resident handed in, and what became of it; ``handled`` is None while it waits."""

    report: ev.ReportReceived
    entry: int
    at: datetime
    handled: ev.ReportHandled | None = None


class ReportState(msgspec.Struct, frozen=True, kw_only=True):
    """Everything folded up to entry ``seq``, withdrawn and retracted things among it.

    Attributes:
        sources, incidents, claims, evidence, reports: by id.
        of_incident: incident → ids of its claims; "" holds those of a day or of the whole city.
        by_client: (source, client id) → id of the claim.
        reports_by_client: client id → id of the report.
        by_hash: SHA-256 → ids of the evidence of these bytes.
        alike: perceptual hash → ids of the evidence that has it.
    """

    seq: int = 0
    at: datetime | None = None
    sources: immutables.Map[str, ev.Source] = msgspec.field(default_factory=immutables.Map)
    incidents: immutables.Map[str, KnownIncident] = msgspec.field(default_factory=immutables.Map)
    claims: immutables.Map[str, KnownClaim] = msgspec.field(default_factory=immutables.Map)
    evidence: immutables.Map[str, KnownEvidence] = msgspec.field(default_factory=immutables.Map)
    reports: immutables.Map[str, KnownReport] = msgspec.field(default_factory=immutables.Map)
    of_incident: immutables.Map[str, Ids] = msgspec.field(default_factory=immutables.Map)
    by_client: immutables.Map[tuple[str, str], str] = msgspec.field(default_factory=immutables.Map)
    reports_by_client: immutables.Map[str, str] = msgspec.field(default_factory=immutables.Map)
    by_hash: immutables.Map[str, tuple[str, ...]] = msgspec.field(default_factory=immutables.Map)
    alike: immutables.Map[str, tuple[str, ...]] = msgspec.field(default_factory=immutables.Map)

    def claims_of(self, incident: str) -> list[KnownClaim]:
        """Every claim about an incident, in the order in which they were entered."""
        found = [self.claims[claim_id] for claim_id in self.of_incident.get(incident, immutables.Map())]
        return sorted(found, key=lambda one: one.entry)

    def claim_by_client(self, source: str, client_id: str) -> KnownClaim | None:
        """The claim that this source's door was given under that client id."""
        found = self.by_client.get((source, client_id))
        return None if found is None else self.claims[found]

    def report_by_client(self, client_id: str) -> KnownReport | None:
        """The report that a resident's device sent under that client id."""
        found = self.reports_by_client.get(client_id)
        return None if found is None else self.reports[found]

    def area_of(self, claim: ev.Claim) -> str:
        """The area that a claim is about: its own, or that of its incident, or ""."""
        about = self.incidents.get(claim.incident)
        return claim.area or (about.incident.area if about is not None else "")


_with = msgspec.structs.replace
_folding: Folding[ReportState] = Folding("report.")
_on, fold, fold_all = _folding.on, _folding.fold, _folding.fold_all


def state_at(entries: Iterable[Entry], as_of: datetime) -> ReportState:
    """The state as it was known at a moment: the entries that had been recorded by then."""
    return fold_all(ReportState(), (entry for entry in entries if entry.event.at <= as_of))


@_on(ev.SourceNamed)
def _source(state: ReportState, fact: ev.SourceNamed, _entry: Entry) -> ReportState:
    return _with(state, sources=state.sources.set(fact.source.id, fact.source))


@_on(ev.IncidentOpened)
def _opened(state: ReportState, fact: ev.IncidentOpened, entry: Entry) -> ReportState:
    here = KnownIncident(incident=fact.incident, entry=entry.seq, opened=entry.seq, opened_at=entry.event.at)
    return _with(state, incidents=state.incidents.set(fact.incident_id, here))


def _incident(state: ReportState, incident_id: str, **changes: Any) -> ReportState:
    here = state.incidents.get(incident_id)
    if here is None:
        return state
    return _with(state, incidents=state.incidents.set(incident_id, _with(here, **changes)))


@_on(ev.IncidentRevised)
def _revised(state: ReportState, fact: ev.IncidentRevised, entry: Entry) -> ReportState:
    here = state.incidents.get(fact.incident_id)
    revision = 1 if here is None else here.revision + 1
    return _incident(state, fact.incident_id, incident=fact.incident, entry=entry.seq, revision=revision)


@_on(ev.IncidentWithdrawn)
def _withdrawn(state: ReportState, fact: ev.IncidentWithdrawn, entry: Entry) -> ReportState:
    return _incident(state, fact.incident_id, withdrawn=fact.reason, withdrawn_at=entry.event.at)


@_on(ev.IncidentsRelated)
def _related(state: ReportState, fact: ev.IncidentsRelated, entry: Entry) -> ReportState:
    for one, other, first in ((fact.incident_id, fact.other, True), (fact.other, fact.incident_id, False)):
        here = state.incidents.get(one)
        if here is not None:
            said = Related(other=other, relation=fact.relation, first=first, reason=fact.reason, entry=entry.seq)
            kept = tuple(related for related in here.relations if related.other != other)
            state = _incident(state, one, relations=(*kept, said))
    return state


@_on(ev.ClaimMade)
def _made(state: ReportState, fact: ev.ClaimMade, entry: Entry) -> ReportState:
    claim = fact.claim
    here = KnownClaim(
        claim=claim, entry=entry.seq, entered_by=entry.event.actor, entered_at=entry.event.at, grade=claim.grade
    )
    of_incident = state.of_incident.set(
        claim.incident, state.of_incident.get(claim.incident, immutables.Map()).set(claim.id, None)
    )
    by_client = state.by_client
    if claim.client_id:
        by_client = by_client.set((claim.source, claim.client_id), claim.id)
    state = _with(state, claims=state.claims.set(claim.id, here), of_incident=of_incident, by_client=by_client)
    if claim.supersedes:
        state = _claim(state, claim.supersedes, superseded_by=claim.id, superseded_at=claim.learned_at)
    return state


def _claim(state: ReportState, claim_id: str, **changes: Any) -> ReportState:
    here = state.claims.get(claim_id)
    if here is None:
        return state
    return _with(state, claims=state.claims.set(claim_id, _with(here, revision=here.revision + 1, **changes)))


@_on(ev.ClaimRetracted)
def _retracted(state: ReportState, fact: ev.ClaimRetracted, entry: Entry) -> ReportState:
    return _claim(state, fact.claim_id, retracted=fact.reason, retracted_at=entry.event.at)


@_on(ev.ClaimGraded)
def _graded(state: ReportState, fact: ev.ClaimGraded, entry: Entry) -> ReportState:
    here = state.claims.get(fact.claim_id)
    grades = () if here is None else here.grades
    return _claim(state, fact.claim_id, grade=fact.grade, grades=(*grades, (entry.event.at, fact.grade)))


@_on(ev.ClaimMarked)
def _marked(state: ReportState, fact: ev.ClaimMarked, _entry: Entry) -> ReportState:
    return _claim(state, fact.claim_id, mark=fact.mark)


@_on(ev.EvidenceTaken)
def _taken(state: ReportState, fact: ev.EvidenceTaken, entry: Entry) -> ReportState:
    one = fact.evidence
    here = KnownEvidence(evidence=one, entry=entry.seq)
    state = _with(
        state,
        evidence=state.evidence.set(one.id, here),
        by_hash=state.by_hash.set(one.sha256, (*state.by_hash.get(one.sha256, ()), one.id)),
    )
    if one.phash:
        state = _with(state, alike=state.alike.set(one.phash, (*state.alike.get(one.phash, ()), one.id)))
    return _evidence(state, one.id, entry, "taken")


def _evidence(
    state: ReportState, evidence_id: str, entry: Entry, action: Any, note: str = "", **changes: Any
) -> ReportState:
    here = state.evidence.get(evidence_id)
    if here is None:
        return state
    act = Custody(entry=entry.seq, at=entry.event.at, actor=entry.event.actor, action=action, note=note)
    changed = _with(here, custody=(*here.custody, act), **changes)
    return _with(state, evidence=state.evidence.set(evidence_id, changed))


@_on(ev.EvidenceReleased)
def _released(state: ReportState, fact: ev.EvidenceReleased, entry: Entry) -> ReportState:
    changes = {"released": True, "withdrawn": "", "alt": fact.alt, "incident": fact.incident}
    return _evidence(state, fact.evidence_id, entry, "released", fact.reason, released_at=entry.event.at, **changes)


@_on(ev.EvidenceWithdrawn)
def _hidden(state: ReportState, fact: ev.EvidenceWithdrawn, entry: Entry) -> ReportState:
    return _evidence(state, fact.evidence_id, entry, "withdrawn", fact.reason, withdrawn=fact.reason)


@_on(ev.CustodyNoted)
def _custody(state: ReportState, fact: ev.CustodyNoted, entry: Entry) -> ReportState:
    return _evidence(state, fact.evidence_id, entry, fact.action, fact.note)


@_on(ev.ReportReceived)
def _received(state: ReportState, fact: ev.ReportReceived, entry: Entry) -> ReportState:
    here = KnownReport(report=fact, entry=entry.seq, at=entry.event.at)
    return _with(
        state,
        reports=state.reports.set(fact.report_id, here),
        reports_by_client=state.reports_by_client.set(fact.client_id, fact.report_id),
    )


@_on(ev.ReportHandled)
def _handled(state: ReportState, fact: ev.ReportHandled, _entry: Entry) -> ReportState:
    here = state.reports.get(fact.report_id)
    if here is None:
        return state
    return _with(state, reports=state.reports.set(fact.report_id, _with(here, handled=fact)))
