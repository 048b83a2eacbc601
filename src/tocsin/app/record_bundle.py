"""The public record as plain tables. Everything of the report room has passed the one publication policy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from tocsin.core.time import rfc3339
from tocsin.record.bundle import Bundle, table

if TYPE_CHECKING:
    from tocsin.app.public_report import PublicReport
    from tocsin.app.record import RecordDesk


def bundle_of(desk: RecordDesk) -> Bundle:
    """What every export is made of, as of now. Pages that were withdrawn give their reason and nothing else."""
    report, warn = desk.public(), desk.desk.state()
    shapes = {}
    for incident in report.incidents.values():
        area = warn.areas.get(incident.area) if incident.area else None
        if area is not None and area.geometry is not None:
            shapes[area.id] = area.geometry
    tables = {
        "incidents": table("incidents", map(_plain, report.incidents.values())),
        "claims": table("claims", _claims(report)),
        "tallies": table("tallies", _tallies(report)),
        "evidence": table("evidence", map(_plain, report.evidence.values())),
        "warnings": table("warnings", _warnings(desk)),
        "days": table("days", _days(desk)),
    }
    sent = [message for thread in warn.threads.values() for message in thread.messages if message.xml]
    return Bundle(
        city=dict(desk.desk.sender.names),
        as_of=report.seq,
        at=rfc3339(desk.desk.clock.now()),
        tables=tables,
        shapes=shapes,
        messages=tuple(sorted({(one.identifier, one.xml) for one in sent})),
    )


def _plain(value: Any) -> dict[str, Any]:
    made: dict[str, Any] = msgspec.to_builtins(value)
    return made


def _claims(report: PublicReport) -> Iterator[dict[str, Any]]:
    for one in sorted(report.claims.values(), key=lambda claim: claim.entry):
        source = one.source
        yield _plain(one) | {"source": source.id, "source_kind": source.kind, "source_names": source.names}


def _tallies(report: PublicReport) -> Iterator[dict[str, Any]]:
    for one in report.tallies:
        yield _plain(one.tally) | {"incident": one.incident, "subject": one.subject, "category": one.category}


def _warnings(desk: RecordDesk) -> Iterator[dict[str, Any]]:
    issued = desk.index().issued()
    for thread in desk.desk.state().threads.values():
        if thread.issued_at is not None:
            yield {
                "id": thread.id,
                "areas": sorted({*thread.content.areas, *thread.cleared}),
                "issued_at": thread.issued_at,
                "ended_at": thread.ended_at,
                "end": thread.end or "",
                "entry": issued.get(thread.id, 0),
            }


def _days(desk: RecordDesk) -> Iterator[dict[str, Any]]:
    for one in reversed(desk.archive()):
        row = _plain(one)
        yield row | {"title": {}, "tags": []} if one.withdrawn else row
