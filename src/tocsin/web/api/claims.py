"""Claims and tallies: what was said, and what follows from it."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Status

from tocsin.app.public_report import PublicTally
from tocsin.core.time import rfc3339
from tocsin.report import commands as cmd
from tocsin.web import entering
from tocsin.web.api import act
from tocsin.web.api.auth import PUBLIC, SIGNED, caller
from tocsin.web.api.report_shapes import (
    ClaimIn,
    ClaimsOut,
    DidOut,
    GradeIn,
    MarkIn,
    QuantityOut,
    RetractIn,
    TalliesOut,
    WordsIn,
)
from tocsin.web.api.reporting import carry_out, did, instant, plain, sealing
from tocsin.web.api.schemas import ACT, READ, Instant, example, responses
from tocsin.web.desk import reports
from tocsin.web.published import told

claims = Router(tags=["report"], auth=SIGNED)
tallies = Router(tags=["report"], auth=PUBLIC)

MOST = 5000
_Limit = Annotated[int, Query(ge=1, le=MOST, description="At most so many.")]
_AsOf = Annotated[Instant | None, Query(description="As known at that instant.")]


@claims.get("", auth=PUBLIC, response=responses({200: ClaimsOut}, READ), summary="List claims")
def list_claims(
    request: HttpRequest,
    incident: Annotated[str | None, Query(max_length=64)] = None,
    after: Annotated[int, Query(ge=0, description="Only entries after this one.")] = 0,
    limit: _Limit = 500,
    as_of: _AsOf = None,
) -> dict[str, Any]:
    """Public, as the publication policy says, superseded and retracted ones among them, marked as such."""
    view = told(request, instant(as_of, "as_of"))
    found = sorted((one for one in view.claims.values() if one.entry > after), key=lambda one: one.entry)
    wanted = [one for one in found if incident is None or one.incident == incident]
    return {**act.stamp(), "seq": view.seq, "claims": [plain(one) for one in wanted[:limit]]}


@claims.post(
    "",
    response=responses({201: DidOut}, ACT),
    openapi_extra=example(
        {
            "client_id": "2d8f",
            "incident": "debris-1",
            "source": "mayor",
            "wording": "at least 130 windows",
            "language": "en",
            "said_at": "2024-01-05T01:40:00Z",
        }
    ),
    summary="Enter a claim",
)
def make(request: HttpRequest, body: ClaimIn) -> Status[dict[str, Any]]:
    """Enter what a source said, or what it says now in place of an earlier claim of its own (``supersedes``).

    Without ``op`` and ``n`` the number is read from ``wording``. The same ``client_id`` twice is one claim.
    """
    actor = caller(request).actor
    given = body.dict()
    times = {name: instant(given[name], name) for name in ("happened_from", "happened_to", "said_at", "learned_at")}
    claim = entering.claim({**given, **times})
    place = None if body.exact is None else {"lon": body.exact[0], "lat": body.exact[1]}
    outcome = sealing("place", place, lambda ref: carry_out(actor, entering.sealed(claim, ref)))
    there = outcome.state.claim_by_client(claim.source, claim.client_id) if claim.client_id else None
    id_ = claim.id if there is None else there.claim.id
    return Status(201, {**act.stamp(), "id": id_, "entries": [entry.seq for entry in outcome.entries]})


@claims.post(
    "/parse",
    response=responses({200: QuantityOut}, ACT),
    openapi_extra=example({"text": "at least 130 windows", "language": "en"}),
    summary="Read the number in words",
)
def parse(request: HttpRequest, body: WordsIn) -> dict[str, Any]:  # noqa: ARG001 - ninja's signature
    """What the words would be taken for, before anything is entered."""
    return {**act.stamp(), **entering.read(body.text, body.language)}


@claims.post(
    "/{claim_id}/retract",
    response=responses({201: DidOut}, ACT),
    openapi_extra=example({"reason": "the office took it back"}),
    summary="Retract a claim",
)
def retract(request: HttpRequest, claim_id: str, body: RetractIn) -> Status[dict[str, Any]]:
    """It is not upheld. It stays readable, struck through."""
    command = cmd.RetractClaim(claim_id=claim_id, reason=body.reason, revision=body.revision)
    return did(request, command, claim_id)


@claims.post(
    "/{claim_id}/grade",
    response=responses({201: DidOut}, ACT),
    openapi_extra=example({"grade": 2, "reason": "counted on the scene"}),
    summary="Grade a claim",
)
def grade(request: HttpRequest, claim_id: str, body: GradeIn) -> Status[dict[str, Any]]:
    """Judge anew how far it can be relied on: 1 a register, 5 discredited."""
    command = cmd.GradeClaim(claim_id=claim_id, grade=body.grade, reason=body.reason, revision=body.revision)
    return did(request, command, claim_id)


@claims.post(
    "/{claim_id}/mark",
    response=responses({201: DidOut}, ACT),
    openapi_extra=example({"mark": "verified"}),
    summary="Mark a claim",
)
def mark(request: HttpRequest, claim_id: str, body: MarkIn) -> Status[dict[str, Any]]:
    """Say what a second look said. A claim that supersedes a verified one begins unverified."""
    command = cmd.MarkClaim(claim_id=claim_id, mark=body.mark, reason=body.reason, revision=body.revision)
    return did(request, command, claim_id)


@tallies.get("", response=responses({200: TalliesOut}, READ), summary="List tallies")
def list_tallies(
    request: HttpRequest,
    incident: Annotated[str | None, Query(max_length=64)] = None,
    as_of: _AsOf = None,
) -> dict[str, Any]:
    """Public: each with its claims and the version of the rule, from public claims alone; officers', from all."""
    view = told(request, instant(as_of, "as_of"))
    wanted = [one for one in view.tallies if incident is None or one.incident == incident]
    return {
        **act.stamp(),
        "seq": reports().state().seq,
        "as_of": rfc3339(view.at),
        "tallies": [tally_document(one) for one in wanted],
    }


def tally_document(one: PublicTally) -> dict[str, Any]:
    """A tally as the API says it."""
    tally = one.tally
    return {
        "incident": one.incident,
        "subject": one.subject,
        "category": one.category,
        "as_of": rfc3339(tally.as_of),
        "low": tally.low,
        "best": tally.best,
        "high": tally.high,
        "open": tally.open,
        "reported_max": tally.reported_max,
        "status": tally.status,
        "claim_ids": list(tally.claim_ids),
        "rule": tally.rule,
        "wording": entering.said(tally),
    }
