"""Sources and incidents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from tocsin.core.errors import Refused
from tocsin.core.event import Fact
from tocsin.core.names import printable
from tocsin.report import commands as cmd
from tocsin.report import events as ev
from tocsin.report.context import Context
from tocsin.report.rules import _checks as check
from tocsin.report.state import ReportState

MOST_TAGS = 20


def name_source(state: ReportState, command: cmd.NameSource, _context: Context) -> Iterator[Fact]:
    """A source is known from here on."""
    source = command.source
    check.an_id(source.id, "source.id")
    check.names(source.names, "source.names")
    check.a_choice(source.kind, get_args(ev.SourceKind), "source.kind")
    check.a_choice(source.grade, get_args(ev.Grade), "source.grade")
    if state.sources.get(source.id) != source:
        yield ev.SourceNamed(source=source)


def open_incident(state: ReportState, command: cmd.OpenIncident, context: Context) -> Iterator[Fact]:
    """Something happened."""
    incident = command.incident
    _described(incident, context)
    there = state.incidents.get(incident.id)
    if there is None:
        yield ev.IncidentOpened(incident_id=incident.id, incident=incident)
    elif there.withdrawn or there.incident != incident:
        remedy = "Revise that one, or give this one another id."
        raise Refused("TOC-10003", f"There is an incident {incident.id!r} already.", field="incident.id", remedy=remedy)


def revise(state: ReportState, command: cmd.ReviseIncident, context: Context) -> Iterator[Fact]:
    """What is known of it changed."""
    incident = command.incident
    there = check.standing(state, incident.id, "incident.id")
    check.unchanged(there.revision, command.revision)
    _described(incident, context)
    check.a_reason(command.reason)
    if there.incident != incident:
        yield ev.IncidentRevised(incident_id=incident.id, incident=incident, reason=command.reason)


def withdraw(state: ReportState, command: cmd.WithdrawIncident, _context: Context) -> Iterator[Fact]:
    """It did not happen, or was entered twice."""
    there = check.standing(state, command.incident_id)
    check.unchanged(there.revision, command.revision)
    check.a_reason(command.reason)
    yield ev.IncidentWithdrawn(incident_id=command.incident_id, reason=command.reason)


def relate(state: ReportState, command: cmd.RelateIncidents, _context: Context) -> Iterator[Fact]:
    """Two incidents were compared."""
    there = check.standing(state, command.incident_id)
    check.standing(state, command.other, "other")
    check.a_choice(command.relation, get_args(ev.Relation), "relation")
    check.a_reason(command.reason)
    if command.incident_id == command.other:
        raise check.bad("An incident is not related to itself.", "other", "Name another incident.")
    said = (command.other, command.relation, command.reason)
    if not any((one.other, one.relation, one.reason) == said and one.first for one in there.relations):
        yield ev.IncidentsRelated(
            incident_id=command.incident_id, other=command.other, relation=command.relation, reason=command.reason
        )


def _described(incident: ev.Incident, context: Context) -> None:
    check.an_id(incident.id, "incident.id")
    check.names(incident.names, "incident.names")
    check.a_choice(incident.kind, get_args(ev.IncidentKind), "incident.kind")
    check.an_area(incident.area, "incident.area", context)
    check.a_span(incident.happened_from, incident.happened_to, context)
    check.a_choice(incident.precision, get_args(ev.Precision), "incident.precision")
    check.a_choice(incident.place_precision, range(1, 8), "incident.place_precision")
    check.a_reference(incident.sealed, "incident.sealed")
    if len(incident.tags) > MOST_TAGS or not all(printable(tag) for tag in incident.tags):
        raise check.bad("The tags are unusable.", "incident.tags", f"Give up to {MOST_TAGS} short words.")
    if incident.warning and context.warnings is not None and incident.warning not in context.warnings:
        raise check.unknown("warning", incident.warning, "incident.warning")
