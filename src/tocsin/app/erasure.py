"""What of persons may be forgotten, and when: references into the vault and hashes of files, found in the states.

What stands in the ledger is never touched. It holds references and hashes, which then open to nothing, and its chain
stays whole. That something was erased is one more entry, which says nothing of what it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from tocsin.app.publication import Publication
from tocsin.core.errors import Refused, Unknown
from tocsin.core.event import canonical
from tocsin.core.ports import Reader
from tocsin.record.events import DataErased
from tocsin.repair.state import Need, RepairState
from tocsin.report.state import KnownReport, ReportState


class Forgotten(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be erased: references into the vault, and SHA-256 of files."""

    references: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


REQUEST = "request"
"""The rule of an erasure that somebody asked for."""

What = Literal["need", "report", "evidence", "officer"]


def erased(what: What, of: str, found: Forgotten, rule: str = REQUEST) -> DataErased:
    """The fact that it was erased.

    The digest is over references and hashes that the ledger holds anyway, never over what they stood for: of an
    address or a telephone number a digest could be guessed back.
    """
    names = sorted((*found.references, *found.files))
    return DataErased(
        what=what,
        of=of,
        digest=hashlib.sha256(canonical(names)).hexdigest(),
        documents=len(found.references),
        files=len(found.files),
        rule=rule,
    )


Told = set[tuple[str, str, str]]
"""Kind, id and digest of erasures."""


def told(reader: Reader) -> Told:
    """What the ledger says was erased: kind, id and digest of each."""
    bodies = (entry.event.body for entry in reader.read() if entry.event.kind == DataErased.KIND)
    return {(str(body.get("what")), str(body.get("of")), str(body.get("digest"))) for body in bodies}


def of_need(need_id: str, repair: RepairState, report: ReportState) -> Forgotten:
    """Where a flat is and who lives there.

    Raises:
        Unknown: there is no such need (TOC-11002).
        Refused: its windows are still open; the crew would not find it (TOC-11002).
    """
    need = repair.needs.get(need_id)
    if need is None:
        raise Unknown("TOC-11002", "There is no such need.", field="need", remedy="Name one of the queue.")
    if need.open:
        raise Refused(
            "TOC-11002", "The need is still open.", field="need", remedy="Close it, or mark it refused, first."
        )
    return Forgotten(references=_free(need.sealed, repair, report, but={need_id}))


def of_report(report_id: str, repair: RepairState, report: ReportState) -> Forgotten:
    """What a resident handed in, photos and their notes among it.

    Raises:
        Unknown: there is no such report (TOC-10002).
    """
    known = report.reports.get(report_id)
    if known is None:
        raise Unknown("TOC-10002", "There is no such report.", field="report", remedy="Name one that was received.")
    parts = [of_evidence(one, report) for one in known.report.evidence if one in report.evidence]
    own = (known.report.sealed, *(reference for part in parts for reference in part.references))
    return Forgotten(
        references=_free(own, repair, report, but={report_id}),
        files=tuple(file for part in parts for file in part.files),
    )


def of_evidence(evidence_id: str, report: ReportState) -> Forgotten:
    """A file, its public copy and its notes; bytes that another piece of evidence has, too, stay.

    Raises:
        Unknown: there is none (TOC-10002).
    """
    known = report.evidence.get(evidence_id)
    if known is None:
        raise Unknown("TOC-10002", "There is no such evidence.", field="evidence", remedy="Name one that was taken.")
    others = (one.evidence for key, one in report.evidence.items() if key != evidence_id)
    shared = {file for one in others for file in (one.sha256, one.derivative)}
    mine = {known.evidence.sha256, known.evidence.derivative} - shared - {""}
    return Forgotten(references=tuple(filter(None, (known.evidence.sealed,))), files=tuple(sorted(mine)))


class DueErasure(msgspec.Struct, frozen=True, kw_only=True):
    """Something whose time has come: the kind and id of what it belonged to, the rule that says so."""

    what: What
    of: str
    rule: str
    found: Forgotten


def due(now: datetime, policy: Publication, repair: RepairState, report: ReportState) -> Iterator[DueErasure]:
    """Everything whose time has come."""
    if policy.keep_homes_days > 0:
        since = now - timedelta(days=policy.keep_homes_days)
        for need in repair.needs.values():
            if not need.open and need.sealed and _last(need) < since:
                rule = f"keep_homes_days={policy.keep_homes_days}"
                yield DueErasure(what="need", of=need.id, rule=rule, found=of_need(need.id, repair, report))
    if policy.keep_reports_days > 0:
        since = now - timedelta(days=policy.keep_reports_days)
        for key, known in report.reports.items():
            if known.handled is not None and known.at < since and known.report.sealed:
                references = _free((known.report.sealed,), repair, report, but={key})
                rule = f"keep_reports_days={policy.keep_reports_days}"
                yield DueErasure(what="report", of=key, rule=rule, found=Forgotten(references=references))


def _last(need: Need) -> datetime:
    return max((step.at for step in need.history), default=need.opened_at)


def _free(mine: Iterable[str], repair: RepairState, report: ReportState, *, but: set[str]) -> tuple[str, ...]:
    """Those references that nothing open still needs: a report and its need share one."""
    wanted = {
        reference for need in repair.needs.values() if need.open and need.id not in but for reference in need.sealed
    }
    waiting = (known for key, known in report.reports.items() if known.handled is None and key not in but)
    wanted |= {known.report.sealed for known in waiting if not _has_need(known, repair)}
    return tuple(reference for reference in mine if reference and reference not in wanted)


def _has_need(known: KnownReport, repair: RepairState) -> bool:
    return any(need.report == known.report.report_id for need in repair.needs.values())
