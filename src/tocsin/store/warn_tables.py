"""What each fact of the warn room does to its read tables.

What a row says follows from the entries alone: no clock, no numbers given by the database, and the same rows whatever
the sizes of the batches. The functions below mirror ``warn.state``, which decides; these tables only show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from tocsin.core.event import Entry, Fact, fact_of
from tocsin.store.models.projections import (
    AreaRow,
    DetectionRow,
    DrillRow,
    MessageRow,
    Projection,
    SirenRow,
    WarningRow,
)
from tocsin.store.tables import Tables, utc
from tocsin.warn import drill_events as drills
from tocsin.warn import events as ev

MODELS: tuple[type[Projection], ...] = (AreaRow, SirenRow, DetectionRow, WarningRow, MessageRow, DrillRow)

_Handler = Callable[[Tables, Any, Entry], None]
_HANDLERS: dict[type[Fact], _Handler] = {}


def project(tables: Tables, entry: Entry) -> None:
    """Change the rows that the entry speaks of. Facts of other rooms, or of a later version, change none."""
    fact = fact_of(entry.event)
    handler = _HANDLERS.get(type(fact)) if fact is not None else None
    if handler is not None:
        handler(tables, fact, entry)


def _on(*kinds: type[Fact]) -> Callable[[_Handler], _Handler]:
    def keep(handler: _Handler) -> _Handler:
        _HANDLERS.update(dict.fromkeys(kinds, handler))
        return handler

    return keep


def _set(row: Projection, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(row, name, value)


@_on(ev.AreaDefined)
def _area_defined(tables: Tables, fact: ev.AreaDefined, entry: Entry) -> None:
    area = fact.area
    _set(
        tables.row(AreaRow, fact.area_id, entry.seq),
        defined=True,
        parent=area.parent or "",
        kind=area.kind,
        names=dict(area.names),
        population=area.population,
        lead_time_s=area.lead_time_s,
        zone=area.zone,
        drawn=area.geometry is not None,
        demo=area.demo,
    )


@_on(ev.AreaUnknown)
def _area_unknown(tables: Tables, fact: ev.AreaUnknown, entry: Entry) -> None:
    row = tables.row(AreaRow, fact.area_id, entry.seq)
    _set(row, unknown_since=row.unknown_since or entry.event.at, unknown_reason=fact.reason)


@_on(ev.AreaKnown)
def _area_known(tables: Tables, fact: ev.AreaKnown, entry: Entry) -> None:
    _set(tables.row(AreaRow, fact.area_id, entry.seq), unknown_since=None, unknown_reason="")


def _area_ends(tables: Tables, entry: Entry, areas: Iterable[str], kind: str, warning: str) -> None:
    for area in areas:
        row = tables.row(AreaRow, area, entry.seq)
        _set(row, end_kind=kind, ended_at=entry.event.at if kind else None, ended_warning=warning)


@_on(ev.SirenRegistered)
def _siren_registered(tables: Tables, fact: ev.SirenRegistered, entry: Entry) -> None:
    siren = fact.siren
    _set(
        tables.row(SirenRow, fact.siren_id, entry.seq),
        registered=True,
        name=dict(siren.name),
        area=siren.area,
        tones=list(siren.tones),
        hard_limit_s=siren.hard_limit_s,
        key=siren.key,
        demo=siren.demo,
    )


@_on(ev.SirenCommanded)
def _siren_commanded(tables: Tables, fact: ev.SirenCommanded, entry: Entry) -> None:
    _set(
        tables.row(SirenRow, fact.siren_id, entry.seq),
        command_id=fact.command_id,
        command_action=fact.action,
        command_tone=fact.tone,
        command_warning=fact.warning_id,
        commanded_at=entry.event.at,
        command_expires=fact.expires,
        silent_since=None,
        silent_command="",
    )


@_on(ev.SirenSkipped)
def _siren_skipped(tables: Tables, fact: ev.SirenSkipped, entry: Entry) -> None:
    row = tables.row(SirenRow, fact.siren_id, entry.seq)
    _set(row, skipped_command=fact.command_id, skipped_reason=fact.reason, skipped_at=entry.event.at)


@_on(ev.SirenReported)
def _siren_reported(tables: Tables, fact: ev.SirenReported, entry: Entry) -> None:
    row = tables.row(SirenRow, fact.siren_id, entry.seq)
    measured = utc(fact.measured_at)
    if row.measured_at is not None and measured < utc(row.measured_at) <= utc(entry.event.at):
        return  # a late report never hides a newer one, unless the clock went back; see the fold
    _set(
        row,
        state=fact.state,
        tone=fact.tone,
        report_command=fact.command_id,
        measured_at=measured,
        reported_at=entry.event.at,
        detail=fact.detail,
    )


@_on(ev.SirenSilent)
def _siren_silent(tables: Tables, fact: ev.SirenSilent, entry: Entry) -> None:
    row = tables.row(SirenRow, fact.siren_id, entry.seq)
    _set(row, silent_since=entry.event.at, silent_command=fact.command_id)


@_on(ev.DetectionRecorded)
def _detection(tables: Tables, fact: ev.DetectionRecorded, entry: Entry) -> None:
    seen = fact.detection
    # The length of the source keeps "a/b" + "c" apart from "a" + "b/c".
    key = f"{len(seen.source)}:{seen.source}/{seen.id}"
    if tables.find(DetectionRow, key) is not None:
        return
    _set(
        tables.row(DetectionRow, key, entry.seq),
        source=seen.source,
        source_id=seen.id,
        trusted=seen.trusted,
        threat=seen.threat,
        areas=list(seen.areas),
        observed_at=seen.observed_at,
        recorded_at=entry.event.at,
        note=seen.note,
    )


def _warning(tables: Tables, fact: ev.WarningFact, entry: Entry, **changes: Any) -> WarningRow:
    row = tables.row(WarningRow, fact.warning_id, entry.seq)
    _set(row, **changes)
    return row


def _says(content: ev.Content, message: ev.Message) -> dict[str, Any]:
    return {
        "threat": content.threat,
        "level": content.level,
        "areas": list(content.areas),
        "content": msgspec.to_builtins(content),
        "identifier": message.identifier,
        "sha256": message.sha256,
    }


def _sent(tables: Tables, warning_id: str, message: ev.Message, entry: Entry) -> None:
    """Keep a message that went out. Bytes are never replaced, whatever comes later under the same identifier."""
    if tables.find(MessageRow, message.identifier) is not None:
        return
    _set(
        tables.row(MessageRow, message.identifier, entry.seq),
        sender=message.sender,
        sent=message.sent,
        msg_type=message.msg_type,
        sha256=message.sha256,
        warning=warning_id,
        xml=message.xml,
        at=entry.event.at,
    )


@_on(ev.WarningDrafted)
def _drafted(tables: Tables, fact: ev.WarningDrafted, entry: Entry) -> None:
    _warning(
        tables,
        fact,
        entry,
        status="draft",
        origin=fact.origin,
        author=fact.author,
        sources=msgspec.to_builtins(fact.sources),
        supersedes=fact.supersedes,
        drafted_at=entry.event.at,
        edited_at=entry.event.at,
        **_says(fact.content, fact.message),
    )


@_on(ev.WarningConfirmed)
def _confirmed(tables: Tables, fact: ev.WarningConfirmed, entry: Entry) -> None:
    row = _warning(tables, fact, entry)
    row.sources = [*row.sources, msgspec.to_builtins(fact.source)]


@_on(ev.WarningEdited)
def _edited(tables: Tables, fact: ev.WarningEdited, entry: Entry) -> None:
    says = _says(fact.content, fact.message)
    _warning(tables, fact, entry, author=fact.author, edited_at=entry.event.at, approvals=[], **says)


@_on(ev.WarningApproved)
def _approved(tables: Tables, fact: ev.WarningApproved, entry: Entry) -> None:
    row = _warning(tables, fact, entry)
    row.approvals = [*row.approvals, {"by": fact.by, "sha256": fact.sha256, "at": entry.event.at.isoformat()}]


@_on(ev.WarningIssued)
def _issued(tables: Tables, fact: ev.WarningIssued, entry: Entry) -> None:
    _warning(
        tables,
        fact,
        entry,
        status="live",
        rule=fact.rule,
        issued_at=entry.event.at,
        issued_by=entry.event.actor,
        updated_at=entry.event.at,
        expires=fact.expires,
        supersedes=fact.supersedes,
        **_says(fact.content, fact.message),
    )
    _sent(tables, fact.warning_id, fact.message, entry)
    _area_ends(tables, entry, fact.content.areas, "", "")


@_on(ev.WarningUpdated)
def _updated(tables: Tables, fact: ev.WarningUpdated, entry: Entry) -> None:
    says = _says(fact.content, fact.message)
    _warning(tables, fact, entry, updated_at=entry.event.at, expires=fact.expires, **says)
    _sent(tables, fact.warning_id, fact.message, entry)


@_on(ev.WarningPartlyCleared)
def _partly(tables: Tables, fact: ev.WarningPartlyCleared, entry: Entry) -> None:
    row = _warning(
        tables,
        fact,
        entry,
        areas=list(fact.remaining),
        identifier=fact.message.identifier,
        sha256=fact.message.sha256,
        updated_at=entry.event.at,
    )
    row.cleared = [*row.cleared, *fact.areas]
    row.parted = sorted({*row.parted, *fact.parted})
    _sent(tables, fact.warning_id, fact.message, entry)
    _area_ends(tables, entry, fact.areas, "all_clear", fact.warning_id)


@_on(ev.WarningEnded)
def _ended(tables: Tables, fact: ev.WarningEnded, entry: Entry) -> None:
    row = _warning(
        tables,
        fact,
        entry,
        status="ended",
        end_kind=fact.end,
        end_reason=fact.reason,
        ended_at=entry.event.at,
        superseded_by=fact.superseded_by,
        flash=fact.flash,
    )
    if fact.message is not None:
        _sent(tables, fact.warning_id, fact.message, entry)
    if fact.end != "superseded":  # what supersedes it is in force in the same areas
        _area_ends(tables, entry, sorted({*row.areas, *row.parted}), fact.end, fact.warning_id)


@_on(ev.DraftDiscarded)
def _discarded(tables: Tables, fact: ev.DraftDiscarded, entry: Entry) -> None:
    _warning(tables, fact, entry, status="discarded", end_reason=fact.reason, ended_at=entry.event.at)


@_on(ev.DraftEscalated)
def _escalated(tables: Tables, fact: ev.DraftEscalated, entry: Entry) -> None:
    _warning(tables, fact, entry, escalated=fact.step)


@_on(drills.DrillIssued)
def _drill(tables: Tables, fact: drills.DrillIssued, entry: Entry) -> None:
    _set(
        tables.row(DrillRow, fact.drill_id, entry.seq),
        exercise=fact.exercise,
        status=fact.message.status,
        areas=list(fact.areas),
        headline=dict(fact.headline),
        instruction=dict(fact.instruction),
        description=dict(fact.description),
        drill_identifier=fact.message.drill_identifier,
        drill_xml=fact.message.drill_xml,
        started_at=entry.event.at,
        expires=fact.expires,
    )


@_on(drills.DrillEnded)
def _drill_ended(tables: Tables, fact: drills.DrillEnded, entry: Entry) -> None:
    _set(tables.row(DrillRow, fact.drill_id, entry.seq), ended_at=entry.event.at, end_reason=fact.reason)
