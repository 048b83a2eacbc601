"""What the claim desk shows: incidents with their tallies, claims, evidence and residents' reports, in words."""

from __future__ import annotations

from typing import Any

from tocsin.core.text import pick
from tocsin.report.events import Claim
from tocsin.report.phrases import languages, say
from tocsin.report.quantity import Quantity
from tocsin.report.state import KnownClaim, KnownEvidence, KnownIncident, KnownReport, ReportState
from tocsin.report.tally import tallies, wording
from tocsin.web.api.reports import HANDLERS
from tocsin.web.control.scene import Scene
from tocsin.web.desk import desk, repairs, vault

MOST = 200
"""Rows of a list; what is older is in the ledger and the record."""


def language_of(seen: Scene) -> str:
    """The officer's language, if numbers can be said in it; else English."""
    return seen.language if seen.language in languages() else "en"


def incidents(seen: Scene, state: ReportState) -> list[dict[str, Any]]:
    """Every standing incident of the officer's areas, the newest first."""
    mine = [one for one in state.incidents.values() if concerns(seen, one)]
    mine.sort(key=lambda one: (bool(one.withdrawn), -one.opened))
    return [incident(seen, state, one) for one in mine[:MOST]]


def concerns(seen: Scene, one: KnownIncident) -> bool:
    """Whether an incident belongs on this officer's screen."""
    return not one.incident.area or seen.sees((one.incident.area,))


def incident(seen: Scene, state: ReportState, one: KnownIncident) -> dict[str, Any]:
    """One incident with its tallies in words."""
    spoken = language_of(seen)
    return {
        "id": one.incident.id,
        "name": pick(one.incident.names, seen.language),
        "kind": seen.w[f"clm_kind_{one.incident.kind}"],
        "area": seen.name(one.incident.area) if one.incident.area else "–",
        "when": seen.clock(one.incident.happened_from),
        "withdrawn": one.withdrawn,
        "revision": one.revision,
        "claims": len(state.claims_of(one.incident.id)),
        "tallies": [
            {
                "subject": subject(seen, tally.subject),
                "category": tally.category,
                "says": wording(tally, spoken),
                "status": seen.w[f"clm_status_{tally.status.replace('-', '_')}"],
                "rule": tally.rule,
                "claims": len(tally.claim_ids),
            }
            for tally in tallies(state, one.incident.id, seen.now)
        ],
    }


def subject(seen: Scene, name: str) -> str:
    """What is counted, in the officer's language; a word that we lack stays as it was entered."""
    return seen.w.get(f"clm_subject_{name}", name.replace("_", " "))


def number(seen: Scene, claim: Claim) -> str:
    """The bound in words, with what is counted."""
    if claim.n is None:
        return seen.w["clm_statement"]
    spoken = say(Quantity(op=claim.op, n=claim.n, n2=claim.n2, quote=claim.wording), language_of(seen))
    return f"{spoken} · {subject(seen, claim.subject)}" + (f" ({claim.category})" if claim.category else "")


def claim(seen: Scene, state: ReportState, one: KnownClaim) -> dict[str, Any]:
    """One claim with what became of it."""
    source = state.sources.get(one.claim.source)
    after = state.claims.get(one.superseded_by)
    return {
        "id": one.claim.id,
        "number": number(seen, one.claim),
        "wording": one.claim.wording,
        "language": one.claim.language,
        "source": pick(source.names, seen.language) if source is not None else one.claim.source,
        "grade": one.grade,
        "mark": seen.w[f"clm_mark_{one.mark}"],
        "marked": one.mark,
        "said": seen.clock(one.claim.said_at or one.claim.learned_at),
        "by": seen.who(one.entered_by),
        "entry": one.entry,
        "revision": one.revision,
        "live": one.live,
        "superseded": one.superseded_by,
        "superseded_says": number(seen, after.claim) if after is not None else one.superseded_by,
        "retracted": one.retracted,
        "own_id": one.claim.id,
        "placed": bool(one.claim.sealed),
    }


def evidence(seen: Scene, state: ReportState) -> list[dict[str, Any]]:
    """Files that wait for a decision, the newest first, then those that are shown."""
    found = sorted(state.evidence.values(), key=lambda one: (one.released or bool(one.withdrawn), -one.entry))
    return [_file(seen, one) for one in found[:MOST]]


def _file(seen: Scene, one: KnownEvidence) -> dict[str, Any]:
    state = "withdrawn" if one.withdrawn else "shown" if one.released else "sealed"
    return {
        "id": one.evidence.id,
        "kind": seen.w[f"clm_file_{one.evidence.kind}"],
        "state": seen.w[f"clm_file_{state}"],
        "size": f"{max(1, one.evidence.size // 1024)} KiB",
        "at": seen.clock(one.evidence.collected_at),
        "can": bool(one.evidence.derivative) and state != "shown",
        "shown": state == "shown",
        "no_copy": not one.evidence.derivative,
        "before": len(one.evidence.seen_before),
        "looks": sum(act.action == "viewed" for act in one.custody),
        "alt": pick(one.alt, seen.language) if one.alt else "",
    }


def reports(seen: Scene, state: ReportState) -> list[dict[str, Any]]:
    """Residents' reports that wait, for those who handle them in their areas; the oldest first."""
    waiting = [one for one in state.reports.values() if one.handled is None and _handles(seen, one)]
    waiting.sort(key=lambda one: one.entry)
    needs = {need.report: need.id for need in repairs().state().needs.values() if need.report}
    return [_report(seen, one, needs) for one in waiting[:MOST]]


def _handles(seen: Scene, one: KnownReport) -> bool:
    return any(seen.actor.may(role, (one.report.area,), desk().state().areas) for role in HANDLERS)


def _report(seen: Scene, one: KnownReport, needs: dict[str, str]) -> dict[str, Any]:
    home = vault().open(one.report.sealed) if one.report.sealed else None
    told = home or {}
    return {
        "id": one.report.report_id,
        "at": seen.clock(one.at),
        "area": seen.name(one.report.area),
        "windows": "–" if one.report.windows is None else one.report.windows,
        "address": " · ".join(str(told[key]) for key in ("address", "flat") if told.get(key)),
        "note": str(told.get("note", "")),
        "photos": one.report.evidence,
        "need": needs.get(one.report.report_id, ""),
    }
