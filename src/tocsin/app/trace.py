"""One warning from the first detection to the last receipt, as a trace (W3C Trace Context, OpenTelemetry).

The trace id is the warning's own id: a ULID has the 128 bits that a trace id needs. So every process that speaks of a
warning in its log names the same trace, and nothing has to be carried beside the messages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from tocsin.core.event import Entry, fact_of
from tocsin.core.ids import ulid_bytes
from tocsin.warn import events as ev

Value = str | int

_OUT = (ev.WarningIssued, ev.WarningUpdated, ev.WarningPartlyCleared, ev.WarningEnded)
_STEP = {
    ev.WarningIssued: "issue",
    ev.WarningUpdated: "update",
    ev.WarningPartlyCleared: "partial clear",
    ev.WarningEnded: "end",
}


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """One stage. ``id`` and ``parent``: 16 hex digits, ``parent`` "" at the root; ``entry``: the ledger's sequence."""

    id: str
    parent: str
    name: str
    start: datetime
    end: datetime
    entry: int
    attributes: dict[str, Value] = {}


def trace_id(warning_id: str) -> str:
    """32 hex digits: the 128 bits of the ULID; of any other id the first half of its SHA-256."""
    try:
        return ulid_bytes(warning_id).hex()
    except ValueError:
        return hashlib.sha256(warning_id.encode()).hexdigest()[:32]


def spans(entries: Iterable[Entry], warning_id: str) -> tuple[Span, ...]:
    """The stages of one warning, the root first and then in the order of the ledger; none for a warning never seen."""
    told = _Trace(warning_id)
    for entry in entries:
        told.take(entry)
    return told.done()


class _Trace:
    """Collects stages while it walks the ledger once."""

    def __init__(self, warning_id: str) -> None:
        self._warning = warning_id
        self._detections: dict[tuple[str, str], tuple[ev.Detection, Entry]] = {}
        self._commands: dict[str, tuple[str, datetime, Span]] = {}
        self._public: dict[int, Span] = {}
        self._by_event: dict[str, Span] = {}
        self._found: list[Span] = []
        self._root = self._id("warning", 0)
        self._drafted: datetime | None = None

    def take(self, entry: Entry) -> None:
        """Add what the entry says of this warning."""
        fact = fact_of(entry.event)
        if isinstance(fact, ev.DetectionRecorded):
            self._detections[fact.detection.source, fact.detection.id] = (fact.detection, entry)
        elif isinstance(fact, ev.WarningFact) and fact.warning_id == self._warning:
            self._warned(fact, entry)
        elif isinstance(fact, ev.SirenCommanded) and fact.warning_id == self._warning:
            self._commanded(fact, entry)
        elif isinstance(fact, ev.SirenReported) and fact.command_id in self._commands and fact.state == "sounding":
            self._sounded(fact, entry)
        elif isinstance(fact, ev.LiveDelivered) and fact.seq in self._public:
            step = self._public[fact.seq]
            more: dict[str, Value] = {"edge": fact.edge, "clients": fact.clients}
            self._add("live", step.start, fact.last_at, entry, step.id, **more)

    def done(self) -> tuple[Span, ...]:
        """The root and everything below it."""
        if not self._found:
            return ()
        start, end = min(s.start for s in self._found), max(s.end for s in self._found)
        root = Span(id=self._root, parent="", name="warning", start=start, end=end, entry=self._found[0].entry)
        return (root, *self._found)

    def _warned(self, fact: ev.WarningFact, entry: Entry) -> None:
        at = entry.event.at
        if isinstance(fact, ev.WarningDrafted):
            self._drafted = at
            for source in fact.sources:
                self._seen(source, entry)
            self._add("draft", at, at, entry, origin=fact.origin)
        elif isinstance(fact, ev.WarningConfirmed):
            self._seen(fact.source, entry)
        elif isinstance(fact, _OUT):
            start = (self._drafted or at) if isinstance(fact, ev.WarningIssued) else at
            more: dict[str, Value] = {"end": fact.end} if isinstance(fact, ev.WarningEnded) else {}
            span = self._add(_STEP[type(fact)], start, at, entry, self._root, **more)
            # What follows begins when the act was committed, not when its draft was.
            self._public[entry.seq] = self._by_event[entry.event.id] = msgspec.structs.replace(span, start=at)

    def _seen(self, source: ev.WarningSource, entry: Entry) -> None:
        recorded = self._detections.get((source.source, source.detection_id))
        end = recorded[1] if recorded is not None else entry
        self._add("detection", source.observed_at, end.event.at, end, source=source.source)

    def _commanded(self, fact: ev.SirenCommanded, entry: Entry) -> None:
        step = self._by_event.get(fact.command_id.partition(".")[0])
        start = step.start if step is not None else entry.event.at
        parent = step.id if step is not None else self._root
        span = self._add("siren command", start, entry.event.at, entry, parent, siren=fact.siren_id, action=fact.action)
        self._commands[fact.command_id] = (fact.siren_id, start, span)

    def _sounded(self, fact: ev.SirenReported, entry: Entry) -> None:
        siren, start, span = self._commands.pop(fact.command_id)
        self._add("siren sound", start, fact.measured_at, entry, span.id, siren=siren, tone=fact.tone)

    def _add(
        self, name: str, start: datetime, end: datetime, entry: Entry, parent: str = "", /, **attributes: Value
    ) -> Span:
        span = Span(
            id=self._id(name, entry.seq),
            parent=parent or self._root,
            name=name,
            # Another machine's clock may be ahead of ours: a stage never ends before it begins.
            start=min(start, end),
            end=end,
            entry=entry.seq,
            attributes=attributes,
        )
        self._found.append(span)
        return span

    def _id(self, name: str, seq: int) -> str:
        return hashlib.sha256(f"{self._warning} {name} {seq}".encode()).hexdigest()[:16]


def otlp(warning_id: str, found: Iterable[Span]) -> dict[str, Any]:
    """The trace as an OTLP/JSON ``ExportTraceServiceRequest`` (OpenTelemetry protocol 1.0), for any collector."""
    rows = [
        {
            "traceId": trace_id(warning_id),
            "spanId": span.id,
            **({"parentSpanId": span.parent} if span.parent else {}),
            "name": span.name,
            "kind": 1,
            "startTimeUnixNano": str(_nano(span.start)),
            "endTimeUnixNano": str(_nano(span.end)),
            "attributes": [_attribute("tocsin.entry", span.entry)]
            + [_attribute(f"tocsin.{name}", value) for name, value in span.attributes.items()],
        }
        for span in found
    ]
    resource = {"attributes": [_attribute("service.name", "tocsin")]}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {"name": "tocsin"}, "spans": rows}]}]}


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _nano(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1) * 1000


def _attribute(key: str, value: Value) -> dict[str, Any]:
    # Protobuf's JSON writes 64-bit integers as strings.
    told = {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}
    return {"key": key, "value": told}
