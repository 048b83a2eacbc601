"""Sources and incidents: who says something, and of what."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from tocsin.report import commands as cmd
from tocsin.report.events import Incident, Source
from tocsin.web import documents
from tocsin.web.api import act
from tocsin.web.api.auth import PUBLIC, SIGNED, caller
from tocsin.web.api.report_shapes import (
    DidOut,
    IncidentIn,
    IncidentsOut,
    RelationIn,
    RevisionIn,
    SourceIn,
    SourcesOut,
    WithdrawIn,
)
from tocsin.web.api.reporting import carry_out, did, instant, new_id, plain, sealing
from tocsin.web.api.schemas import ACT, READ, example, responses
from tocsin.web.desk import reports
from tocsin.web.published import told

sources = Router(tags=["report"], auth=SIGNED)
incidents = Router(tags=["report"], auth=SIGNED)


@sources.get("", auth=PUBLIC, response=responses({200: SourcesOut}, READ), summary="List sources")
def list_sources(request: HttpRequest) -> dict[str, Any]:
    """Public: those that a public claim names. Officers see every one."""
    if documents.insider(caller(request).actor):
        found = {
            key: {"id": one.id, "names": one.names, "kind": one.kind} for key, one in reports().state().sources.items()
        }
    else:
        found = {one.source.id: plain(one.source) for one in told(request).claims.values() if one.source.id}
    return {**act.stamp(), "sources": [found[key] for key in sorted(found)]}


@sources.post(
    "",
    response=responses({201: DidOut}, ACT),
    openapi_extra=example({"id": "mayor", "names": {"en": "Mayor"}, "kind": "official", "grade": 2}),
    summary="Name a source",
)
def name_source(request: HttpRequest, body: SourceIn) -> Status[dict[str, Any]]:
    """Make a source known, or describe it anew, before its first claim."""
    source = Source(id=body.id, names=body.names, kind=body.kind, grade=body.grade)
    return did(request, cmd.NameSource(source=source), body.id)


@incidents.get("", auth=PUBLIC, response=responses({200: IncidentsOut}, READ), summary="List incidents")
def list_incidents(request: HttpRequest) -> dict[str, Any]:
    """Public, as the publication policy says: late, coarse, and never with an exact place."""
    view = told(request)
    return {**act.stamp(), "seq": view.seq, "incidents": [plain(one) for one in view.incidents.values()]}


def _incident(body: IncidentIn, id_: str, sealed: str) -> Incident:
    return Incident(
        id=id_,
        names=body.names,
        kind=body.kind,
        area=body.area,
        happened_from=instant(body.happened_from, "happened_from"),
        happened_to=instant(body.happened_to, "happened_to"),
        precision=body.precision,
        place_precision=body.place_precision,
        tags=tuple(body.tags),
        warning=body.warning,
        sealed=sealed,
    )


def _place(body: IncidentIn) -> dict[str, Any] | None:
    return None if body.exact is None else {"lon": body.exact[0], "lat": body.exact[1]}


@incidents.post(
    "",
    response=responses({201: DidOut}, ACT),
    openapi_extra=example(
        {"names": {"en": "Debris on cars"}, "kind": "debris", "area": "north", "happened_from": "2024-01-04T21:10:00Z"}
    ),
    summary="Open an incident",
)
def open_incident(request: HttpRequest, body: IncidentIn) -> Status[dict[str, Any]]:
    """Say that something happened. ``exact`` is sealed beside the ledger."""
    id_ = body.id or new_id()
    actor = caller(request).actor
    outcome = sealing(
        "place", _place(body), lambda ref: carry_out(actor, cmd.OpenIncident(incident=_incident(body, id_, ref)))
    )
    return Status(201, {**act.stamp(), "id": id_, "entries": [entry.seq for entry in outcome.entries]})


@incidents.post(
    "/{incident_id}/revise",
    response=responses({201: DidOut}, ACT),
    openapi_extra=example(
        {"names": {"en": "Debris"}, "kind": "debris", "area": "north", "revision": 1, "reason": "the area was wrong"}
    ),
    summary="Revise an incident",
)
def revise(request: HttpRequest, incident_id: str, body: RevisionIn) -> Status[dict[str, Any]]:
    """Describe it anew, over the revision that was seen; TOC-10004 when somebody saved another one since."""
    known = reports().state().incidents.get(incident_id)
    kept = "" if known is None else known.incident.sealed
    actor = caller(request).actor

    def do(reference: str) -> Any:
        incident = _incident(body, incident_id, reference or kept)
        return carry_out(actor, cmd.ReviseIncident(incident=incident, reason=body.reason, revision=body.revision))

    outcome = sealing("place", _place(body), do)
    return Status(201, {**act.stamp(), "id": incident_id, "entries": [entry.seq for entry in outcome.entries]})


@incidents.post(
    "/{incident_id}/withdraw",
    response=responses({201: DidOut}, ACT),
    openapi_extra=example({"reason": "entered twice"}),
    summary="Withdraw an incident",
)
def withdraw(request: HttpRequest, incident_id: str, body: WithdrawIn) -> Status[dict[str, Any]]:
    """It did not happen, or was entered twice. Nothing is erased."""
    command = cmd.WithdrawIncident(incident_id=incident_id, reason=body.reason, revision=body.revision)
    return did(request, command, incident_id)


@incidents.post(
    "/{incident_id}/relate",
    response=responses({201: DidOut}, ACT),
    openapi_extra=example({"other": "square-1", "relation": "maybe_same", "reason": "two dates, one description"}),
    summary="Relate two incidents",
)
def relate(request: HttpRequest, incident_id: str, body: RelationIn) -> Status[dict[str, Any]]:
    """Say how it stands to another one. ``maybe_same`` is shown as a conflict; nothing is merged."""
    command = cmd.RelateIncidents(incident_id=incident_id, other=body.other, relation=body.relation, reason=body.reason)
    return did(request, command, incident_id)
