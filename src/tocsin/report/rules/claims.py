"""Claims: what a source said, and what becomes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import get_args

from tocsin.core.errors import Refused
from tocsin.core.event import Fact
from tocsin.report import commands as cmd
from tocsin.report import events as ev
from tocsin.report.context import Context
from tocsin.report.quantity import checked
from tocsin.report.rules import _checks as check
from tocsin.report.state import ReportState

SUBJECT = re.compile(r"[a-z]+(_[a-z0-9]+)*")
MOST_RADIUS_M = 1_000_000
MOST_SHOWN = 100
MOST_WORD = 120


def make(state: ReportState, command: cmd.MakeClaim, context: Context) -> Iterator[Fact]:
    """A source said something. The same client id, or the very same claim, a second time says nothing new."""
    claim = command.claim
    check.an_id(claim.id, "claim.id")
    check.a_client_id(claim.client_id, "claim.client_id")
    if claim.client_id and state.claim_by_client(claim.source, claim.client_id) is not None:
        return
    there = state.claims.get(claim.id)
    if there is not None:
        if there.claim == claim:
            return
        remedy = "Give the new claim an id of its own, and name this one as superseded."
        raise Refused("TOC-10003", f"There is a claim {claim.id!r} already.", field="claim.id", remedy=remedy)
    _counted(claim)
    _placed(claim, context)
    _told(claim, context)
    _about(state, claim)
    _stands_for(state, claim)
    yield ev.ClaimMade(claim_id=claim.id, claim=claim)


def _counted(claim: ev.Claim) -> None:
    for name, value, choices in (
        ("op", claim.op, get_args(ev.Op)),
        ("scope", claim.scope, get_args(ev.Scope)),
        ("grade", claim.grade, get_args(ev.Grade)),
        ("precision", claim.precision, get_args(ev.Precision)),
        ("place_precision", claim.place_precision, range(1, 8)),
    ):
        check.a_choice(value, choices, f"claim.{name}")
    checked(claim.op, claim.n, claim.n2, field="claim.")
    for name, word in (("subject", claim.subject), ("category", claim.category)):
        if (word or name == "subject") and (len(word) > check.ID_LIMIT or not SUBJECT.fullmatch(word)):
            raise check.bad(f"{word!r} names nothing that is counted.", f"claim.{name}", "Use a word such as windows.")


def _placed(claim: ev.Claim, context: Context) -> None:
    check.an_area(claim.area, "claim.area", context)
    check.a_reference(claim.sealed, "claim.sealed")
    if claim.radius_m is not None and not 0 <= claim.radius_m <= MOST_RADIUS_M:
        raise check.bad("The radius is out of range.", "claim.radius_m", f"Give 0 to {MOST_RADIUS_M} metres.")


def _told(claim: ev.Claim, context: Context) -> None:
    check.a_text(claim.wording, "claim.wording")
    if not check.TAG.fullmatch(claim.language):
        raise check.bad(f"{claim.language!r} is no language.", "claim.language", "Give a tag such as en or uk.")
    for name, text in (
        ("unit", claim.unit),
        ("said_at_printed", claim.said_at_printed),
        ("attribution", claim.attribution),
    ):
        if text:
            check.a_text(text, f"claim.{name}", most=MOST_WORD)
    check.a_span(claim.happened_from, claim.happened_to, context)
    check.an_instant(claim.said_at, "claim.said_at", context)
    check.an_instant(claim.learned_at, "claim.learned_at", context)
    if claim.said_at is not None and claim.said_at > claim.learned_at + check.AHEAD:
        raise check.bad("It was learned before it was said.", "claim.said_at", "Check both times and their offsets.")


def _about(state: ReportState, claim: ev.Claim) -> None:
    if claim.source not in state.sources:
        raise check.unknown("source", claim.source, "claim.source")
    if claim.incident:
        check.standing(state, claim.incident, "claim.incident")
    elif claim.scope not in ("day", "running_total"):
        remedy = "Name the incident, or use the scope day or running_total."
        raise check.bad("A claim of this scope is about an incident.", "claim.incident", remedy)
    if len(claim.evidence) > MOST_SHOWN:
        raise check.bad("Too many pieces of evidence.", "claim.evidence", f"Name at most {MOST_SHOWN}.")
    for evidence_id in claim.evidence:
        check.evidence_of(state, evidence_id, "claim.evidence")
    if claim.echo_of:
        check.claim_of(state, claim.echo_of, "claim.echo_of")


def _stands_for(state: ReportState, claim: ev.Claim) -> None:
    """A source may put a claim in place of its own live one, and says why. Its mark begins anew, unverified."""
    if not claim.supersedes:
        return
    before = check.live_claim(state, claim.supersedes, "claim.supersedes")
    if before.claim.source != claim.source:
        raise Refused(
            "TOC-10003",
            f"{claim.supersedes!r} is what another source said.",
            field="claim.supersedes",
            remedy="Enter this as a claim beside it; the tally shows that they differ.",
        )
    if claim.echo_of == claim.supersedes:
        raise check.bad("A claim does not repeat what it replaces.", "claim.echo_of", "Leave one of the two out.")
    check.a_reason(claim.reason)


def retract(state: ReportState, command: cmd.RetractClaim, _context: Context) -> Iterator[Fact]:
    """It is not upheld; what was superseded by it stays superseded."""
    known = check.live_claim(state, command.claim_id)
    check.unchanged(known.revision, command.revision)
    check.a_reason(command.reason)
    yield ev.ClaimRetracted(claim_id=command.claim_id, reason=command.reason)


def grade(state: ReportState, command: cmd.GradeClaim, _context: Context) -> Iterator[Fact]:
    """How far it can be relied on was judged anew."""
    known = check.live_claim(state, command.claim_id)
    check.unchanged(known.revision, command.revision)
    check.a_choice(command.grade, get_args(ev.Grade), "grade")
    check.a_reason(command.reason)
    if known.grade != command.grade:
        yield ev.ClaimGraded(claim_id=command.claim_id, grade=command.grade, reason=command.reason)


def mark(state: ReportState, command: cmd.MarkClaim, _context: Context) -> Iterator[Fact]:
    """A second look was taken. ``unverifiable`` empties the queue and says that nobody can tell."""
    known = check.live_claim(state, command.claim_id)
    check.unchanged(known.revision, command.revision)
    check.a_choice(command.mark, get_args(ev.Mark), "mark")
    if command.mark != "verified" or command.reason:
        check.a_reason(command.reason)
    if known.mark != command.mark:
        yield ev.ClaimMarked(claim_id=command.claim_id, mark=command.mark, reason=command.reason)
