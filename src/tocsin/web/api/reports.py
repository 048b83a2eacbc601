"""Residents' reports: handed in by anybody, read and handled by those who look after them."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from tocsin.app.actor import Actor, Role
from tocsin.app.report import RESIDENTS
from tocsin.core.time import rfc3339
from tocsin.report import commands as cmd
from tocsin.report.events import Outcome
from tocsin.report.state import KnownReport
from tocsin.web import intake
from tocsin.web.api import act
from tocsin.web.api.auth import PUBLIC, SIGNED, Caller, caller
from tocsin.web.api.report_shapes import ClientId, DidOut, Exact, MaybeId, ReportsOut
from tocsin.web.api.reporting import did
from tocsin.web.api.schemas import ACT, AREA_ID, READ, Body, example, responses
from tocsin.web.desk import desk, reports, vault

router = Router(tags=["report"], auth=SIGNED)

HANDLERS: tuple[Role, ...] = ("records", "dispatcher")
"""Roles that see what is sealed in a report of their areas."""


class ReportIn(Body):
    """What somebody says of their home. Everything but the district and the numbers of windows and flats is sealed."""

    client_id: Annotated[ClientId, Field(min_length=8)]
    area: Annotated[str, Field(pattern=AREA_ID)]
    address: Annotated[str, Field(min_length=1, max_length=200)]
    flat: Annotated[str, Field(max_length=20)] = ""
    windows: Annotated[int, Field(ge=0, le=10_000)] | None = None
    flats: Annotated[int, Field(ge=1, le=1000)] = 1
    heating: bool | None = None
    people: Annotated[
        dict[
            Annotated[str, Field(pattern=r"^(?:adults|over_65|under_5|dependent)$")], Annotated[int, Field(ge=0, le=99)]
        ],
        Field(description="How many are at home.", default_factory=dict),
    ]
    name: Annotated[str, Field(max_length=100)] = ""
    contact: Annotated[str, Field(max_length=100)] = ""
    note: Annotated[str, Field(max_length=1000)] = ""
    exact: Exact | None = None


class HandleIn(Body):
    """What becomes of it."""

    outcome: Outcome
    reason: Annotated[str, Field(max_length=1000)] = ""
    need: MaybeId = ""
    claim: MaybeId = ""


def actor_of(who: Caller) -> Actor:
    """A caller without a name hands in as a resident does."""
    return RESIDENTS if who.kind == "public" else who.actor


@router.post(
    "",
    auth=PUBLIC,
    response=responses({201: DidOut}, ACT),
    openapi_extra=example(
        {"client_id": "5f0c2d1e", "area": "north", "address": "Example Street 1", "flat": "12", "windows": 3}
    ),
    summary="Report damage at home",
)
def report(request: HttpRequest, body: ReportIn) -> Status[dict[str, Any]]:
    """Hand in a report, without an account. Sent again with the same ``client_id`` it is the same report."""
    intake.limit(request)
    given = body.dict()
    exact = given.pop("exact")
    resident = intake.Resident(**given, exact=None if exact is None else (exact[0], exact[1]), channel="api")
    received = intake.hand_in(resident, (), actor_of(caller(request)))
    return Status(201, {**act.stamp(), "id": received.id, "entries": list(received.entries)})


@router.get("", response=responses({200: ReportsOut}, READ), summary="List residents' reports")
def list_reports(request: HttpRequest) -> dict[str, Any]:
    """For officers of the area. What is sealed is sent to those who handle reports there."""
    actor, areas = caller(request).actor, desk().state().areas
    shown = []
    for known in sorted(reports().state().reports.values(), key=lambda one: one.entry):
        if any(actor.may(role, (known.report.area,), areas) for role in HANDLERS):
            shown.append(document(known))
    return {**act.stamp(), "reports": shown}


def document(known: KnownReport) -> dict[str, Any]:
    """A report as those see it who handle it."""
    one, handled = known.report, known.handled
    opened = vault().open(one.sealed) if one.sealed else None
    return {
        "id": one.report_id,
        "at": rfc3339(known.at),
        "channel": one.channel,
        "area": one.area,
        "windows": one.windows,
        "flats": one.flats,
        "heating": one.heating,
        "evidence": list(one.evidence),
        "outcome": "" if handled is None else handled.outcome,
        "reason": "" if handled is None else handled.reason,
        "need": "" if handled is None else handled.need,
        "claim": "" if handled is None else handled.claim,
        "entry": known.entry,
        "sealed": None if opened is None else dict(opened),
    }


@router.post(
    "/{report_id}/handle",
    response=responses({201: DidOut}, ACT),
    openapi_extra=example({"outcome": "duplicate", "reason": "the neighbour reported the same flat"}),
    summary="Handle a report",
)
def handle(request: HttpRequest, report_id: str, body: HandleIn) -> Status[dict[str, Any]]:
    """Say what becomes of it; a change of mind needs a reason."""
    command = cmd.HandleReport(
        report_id=report_id, outcome=body.outcome, reason=body.reason, need=body.need, claim=body.claim
    )
    return did(request, command, report_id)
