"""The one publication policy: what of the report room is public, when, and how coarse.

Every public door (pages, API, feeds, exports) shows what :func:`public_view` gives, and nothing else. It starts from
nothing and adds: residents' reports, sealed references, exact times and places have no field in its answer.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import UTC, datetime, timedelta
from typing import get_args

import immutables
import msgspec

from tocsin.app.actor import Actor, Role
from tocsin.app.public_report import (
    PublicClaim,
    PublicEvidence,
    PublicIncident,
    PublicRelation,
    PublicReport,
    PublicSource,
    PublicTally,
)
from tocsin.core.area import AreaTree
from tocsin.core.errors import Denied, Invalid
from tocsin.report import events as ev
from tocsin.report import state as st
from tocsin.report.tally import tallies
from tocsin.warn.state import WarnState

KINDS = ("zone", "district", "city", "hromada", "raion", "oblast", "country")
"""Kinds of areas, finest first."""


class Publication(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The agreed rules. ``docs/reference/publication.md`` holds the same table; a test compares.

    Attributes:
        delay_s: seconds after which something learned becomes public.
        area_kind: the finest kind of area that is named; a finer one is shown as the one above it of this kind.
        round_s: seconds to which the times of what happened are rounded, outwards.
        hold_during_alert: nothing new of an area becomes public while it is under alert; what was public stays.
        scopes: scopes of claims that are public.
        quoted: kinds of sources whose words are quoted; of any other only the numbers are shown.
        named: kinds of sources that are named; any other is shown by its kind.
        worst_grade: claims graded worse than this are not shown.
        outside: whether statements about other places are shown.
        sensitive: whether evidence that shows people or bodies may be shown once it is released.
        release_roles: roles that release evidence.
        keep_homes_days: days after a need was closed for which its address is kept; 0 keeps it.
        keep_reports_days: days for which what a resident handed in is kept, once it was handled; 0 keeps it.
    """

    delay_s: int = 1800
    area_kind: str = "city"
    round_s: int = 3600
    hold_during_alert: bool = True
    scopes: tuple[ev.Scope, ...] = ("incident", "day", "running_total")
    quoted: tuple[ev.SourceKind, ...] = ("official", "register", "hospital", "police", "media", "ngo", "unnamed")
    named: tuple[ev.SourceKind, ...] = ("official", "register", "hospital", "police", "media", "ngo", "unnamed")
    worst_grade: ev.Grade = 5
    outside: bool = True
    sensitive: bool = False
    release_roles: tuple[Role, ...] = ("records",)
    keep_homes_days: int = 365
    keep_reports_days: int = 365


INSIDE = Publication(
    delay_s=0,
    area_kind="zone",
    round_s=60,
    hold_during_alert=False,
    scopes=get_args(ev.Scope),
    quoted=get_args(ev.SourceKind),
    named=get_args(ev.SourceKind),
    sensitive=True,
)
"""What officers see: everything but what is sealed, and no original of evidence."""


def read_publication(data: bytes) -> Publication:
    """The policy that a file says.

    Raises:
        Invalid: it says something that is no rule (TOC-8001).
    """
    try:
        found = msgspec.json.decode(data, type=Publication)
    except msgspec.MsgspecError as fault:
        raise _unusable(f"{fault}") from fault
    if found.area_kind not in KINDS:
        raise _unusable(f"{found.area_kind!r} is no kind of area")
    if not 0 <= found.delay_s <= 31_536_000 or not 60 <= found.round_s <= 86_400 or 86_400 % found.round_s:
        raise _unusable("a delay is 0 to 31536000 s, and times are rounded to a part of a day")
    return found


def _unusable(why: str) -> Invalid:
    return Invalid(
        "TOC-8001",
        f"The publication policy cannot be used: {why}.",
        field="TOCSIN_PUBLICATION_FILE",
        remedy="Compare it with docs/reference/publication.md.",
    )


def may_release(actor: Actor, policy: Publication) -> None:
    """Raise ``Denied`` TOC-6002 unless the actor holds a role that releases evidence."""
    if not any(grant.role in policy.release_roles for grant in actor.grants):
        raise Denied(
            "TOC-6002",
            f"Evidence is released by {' or '.join(policy.release_roles)}.",
            field="actor",
            remedy="Ask somebody who holds that role.",
        )


def live_areas(state: WarnState) -> dict[str, datetime]:
    """Area → since when it, a part of it or the whole around it has been under a live warning."""
    since: dict[str, datetime] = {}
    for thread in state.live_threads():
        if thread.issued_at is None:
            continue
        below = state.areas.closure(area for area in thread.content.areas if area not in thread.cleared)
        around = {above for area in below for above in state.areas.ancestors(area)}
        for area in below | around:
            since[area] = min(since.get(area, thread.issued_at), thread.issued_at)
    return since


def coarse(area: str, areas: AreaTree, kind: str) -> str:
    """The area itself or the nearest above it that is at least as large a kind; the topmost when none is."""
    here = areas.get(area)
    if here is None:
        return ""
    rank, found = KINDS.index(kind), area
    for step in (area, *areas.ancestors(area)):
        found = step
        own = areas[step].kind
        if own in KINDS and KINDS.index(own) >= rank:
            break
    return found


class _View:
    """One pass over the state, under one policy, at one instant."""

    def __init__(
        self,
        report: st.ReportState,
        areas: AreaTree,
        now: datetime,
        policy: Publication,
        live: Mapping[str, datetime],
    ) -> None:
        self.report, self.areas, self.now, self.policy, self.live = report, areas, now, policy, live
        self.delay = timedelta(seconds=policy.delay_s)

    def due(self, known_at: datetime, area: str) -> bool:
        """Whether what was known then, of that area, is public by now."""
        public_at = known_at + self.delay
        if public_at > self.now:
            return False
        if not self.policy.hold_during_alert or not self.live:
            return True
        if not area:  # nobody said where: any alert may be meant
            return public_at < min(self.live.values())
        around = [self.live[a] for a in (area, coarse(area, self.areas, self.policy.area_kind)) if a in self.live]
        return not around or public_at < min(around)

    def rounded(self, at: datetime | None, *, up: bool = False) -> datetime | None:
        """A time of what happened, rounded outwards."""
        if at is None:
            return None
        step = self.policy.round_s
        whole = int(at.timestamp()) // step * step
        if up and at.timestamp() > whole:
            whole += step
        return datetime.fromtimestamp(whole, UTC)

    def claims(self) -> dict[str, st.KnownClaim]:
        """Claims that are public, by id. One whose successor is only held back still stands as it did."""
        shown = {
            one.claim.id: one for one in self.report.claims.values() if self._allowed(one) and self._old_enough(one)
        }
        for key, one in shown.items():
            successor = self.report.claims.get(one.superseded_by)
            if successor is not None and one.superseded_by not in shown and self._allowed(successor):
                shown[key] = msgspec.structs.replace(one, superseded_by="", superseded_at=None)
        return shown

    def _allowed(self, one: st.KnownClaim) -> bool:
        """Whether it may be public at all, at some time."""
        claim = one.claim
        return (
            claim.scope in self.policy.scopes
            and one.grade <= self.policy.worst_grade
            and (self.policy.outside or not claim.out_of_area)
        )

    def _old_enough(self, one: st.KnownClaim) -> bool:
        claim = one.claim
        known_at = max(claim.learned_at, one.entered_at or claim.learned_at)
        about = self.report.incidents.get(claim.incident)
        where = {claim.area, about.incident.area if about is not None else ""} - {""} or {""}
        if claim.out_of_area:  # it helps nobody to aim at this place
            return known_at + self.delay <= self.now
        return all(self.due(known_at, area) for area in where)

    def incidents(self, claims: Mapping[str, st.KnownClaim]) -> dict[str, st.KnownIncident]:
        """Incidents of which something is public, or of which nobody said anything and that are old enough."""
        told = {one.claim.incident for one in claims.values()}
        return {key: one for key, one in self.report.incidents.items() if key in told or self._old(one)}

    def _old(self, one: st.KnownIncident) -> bool:
        """Whether an incident of which nobody said anything yet is old enough to be shown by itself."""
        if self.report.claims_of(one.incident.id):
            return False
        known_at = one.opened_at or one.incident.happened_from
        return known_at is not None and self.due(known_at, one.incident.area)

    def source(self, source_id: str) -> PublicSource:
        """Who said it, as far as the policy names them."""
        found = self.report.sources.get(source_id)
        if found is None or found.kind not in self.policy.named:
            return PublicSource(id="", names={}, kind="unnamed" if found is None else found.kind)
        return PublicSource(id=found.id, names=found.names, kind=found.kind)

    def claim(self, one: st.KnownClaim, claims: Container[str], evidence: Container[str]) -> PublicClaim:
        """The public face of a claim. References lead to public things only."""
        c, source = one.claim, self.source(one.claim.source)
        quoted = source.kind in self.policy.quoted
        return PublicClaim(
            id=c.id,
            incident=c.incident,
            subject=c.subject,
            category=c.category,
            scope=c.scope,
            op=c.op,
            n=c.n,
            n2=c.n2,
            unit=c.unit,
            wording=c.wording if quoted else "",
            language=c.language,
            attribution=c.attribution if quoted else "",
            source=source,
            grade=one.grade,
            mark=one.mark,
            said_at=c.said_at,
            said_at_printed=c.said_at_printed,
            learned_at=c.learned_at,
            happened_from=self.rounded(c.happened_from),
            happened_to=self.rounded(c.happened_to, up=True),
            precision=c.precision,
            area=coarse(self.report.area_of(c), self.areas, self.policy.area_kind),
            echo_of=c.echo_of if c.echo_of in claims else "",
            supersedes=c.supersedes if c.supersedes in claims else "",
            superseded_by=one.superseded_by if one.superseded_by in claims else "",
            reason=c.reason,
            retracted=one.retracted,
            retracted_at=one.retracted_at,
            out_of_area=c.out_of_area,
            evidence=tuple(e for e in c.evidence if e in evidence),
            entry=one.entry,
        )

    def incident(self, one: st.KnownIncident, public: Container[str]) -> PublicIncident:
        """The public face of an incident."""
        i = one.incident
        return PublicIncident(
            id=i.id,
            names=i.names,
            kind=i.kind,
            area=coarse(i.area, self.areas, self.policy.area_kind),
            happened_from=self.rounded(i.happened_from),
            happened_to=self.rounded(i.happened_to, up=True),
            precision=i.precision,
            tags=i.tags,
            warning=i.warning,
            withdrawn=one.withdrawn,
            relations=tuple(
                PublicRelation(other=r.other, relation=r.relation, reason=r.reason, entry=r.entry)
                for r in one.relations
                if r.other in public
            ),
            entry=one.entry,
            revision=one.revision,
        )

    def evidence(self, incidents: Container[str]) -> dict[str, PublicEvidence]:
        """Released public copies of public incidents."""
        shown = {}
        for key, one in self.report.evidence.items():
            e = one.evidence
            if not one.shown or not e.derivative or (e.sensitive and not self.policy.sensitive):
                continue
            about = self.report.incidents.get(one.incident)
            area = about.incident.area if about is not None else ""
            if (one.incident and one.incident not in incidents) or not self.due(e.collected_at, area):
                continue
            shown[key] = PublicEvidence(
                id=key,
                kind=e.kind,
                mime=e.derivative_mime,
                sha256=e.derivative,
                alt=one.alt,
                incident=one.incident,
                licence=e.licence,
                sensitive=e.sensitive,
                entry=one.entry,
            )
        return shown

    def tallies(self, claims: Mapping[str, st.KnownClaim]) -> tuple[PublicTally, ...]:
        """Derived from the public claims alone: a number that is held back moves no public one."""
        known = immutables.Map(claims)
        of_incident: dict[str, st.Ids] = {}
        for key, one in claims.items():
            kept = of_incident.get(one.claim.incident, immutables.Map())
            of_incident[one.claim.incident] = kept.set(key, None)
        seen = msgspec.structs.replace(self.report, claims=known, of_incident=immutables.Map(of_incident))
        return tuple(
            PublicTally(incident=incident, subject=tally.subject, category=tally.category, tally=tally)
            for incident in sorted(of_incident)
            for tally in tallies(seen, incident, self.now)
        )


def public_view(
    report: st.ReportState,
    areas: AreaTree,
    now: datetime,
    policy: Publication,
    *,
    live_areas: Mapping[str, datetime] = immutables.Map(),
) -> PublicReport:
    """What everybody may know.

    Args:
        report: everything that the report room knows.
        areas: the city's areas.
        now: UTC.
        policy: the agreed rules.
        live_areas: area → since when it is under alert, see :func:`live_areas`.
    """
    view = _View(report, areas, now, policy, live_areas)
    claims = view.claims()
    incidents = view.incidents(claims)
    evidence = view.evidence(incidents)
    return PublicReport(
        seq=report.seq,
        at=now,
        incidents={key: view.incident(one, incidents) for key, one in sorted(incidents.items())},
        claims={key: view.claim(one, claims, evidence) for key, one in claims.items()},
        tallies=view.tallies(claims),
        evidence=evidence,
    )
