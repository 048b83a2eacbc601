"""One warning from its first detection to its end: every entry of the ledger that speaks of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tocsin.core.event import Entry, Fact, fact_of
from tocsin.core.ports import Reader
from tocsin.warn import events as ev
from tocsin.warn.state import Thread
from tocsin.web import documents
from tocsin.web.control import delivery, doors, receipts, restate, work
from tocsin.web.control.doors import officers
from tocsin.web.control.scene import Scene
from tocsin.web.control.way import way
from tocsin.web.desk import desk

BEFORE = timedelta(minutes=2)
AFTER = timedelta(minutes=10)
"""Entries that belong to a warning stand near it: its detections before, its receipts after."""

MOST = 400


@require_safe
@officers
def shown(request: HttpRequest, seen: Scene, warning_id: str) -> HttpResponse:
    """The timeline."""
    thread = doors.find(seen, warning_id)
    if thread is None:
        return doors.missing(request)
    content = thread.content
    page = {
        "id": thread.id,
        "title": seen.title(content),
        "status": thread.status,
        "fed": seen.w[f"ctl_fed_{thread.status}"],
        "end": seen.w[f"ctl_end_{thread.end}"] if thread.end else "",
        "shown": _shape(thread),
        "areas": seen.names((*content.areas, *thread.cleared)),
        "reach": restate.reach(seen, content),
        "texts": restate.by_language(seen, documents.texts(thread, seen.state, seen.sender)),
        "lines": timeline(seen, thread),
        "delivery": delivery.notices(seen, thread.id),
        "way": way(seen, thread.id, _near(desk().ledger, thread, seen.now)),
        "author": seen.who(thread.author),
        "rule": thread.rule,
        "sha": work.short(thread.message.sha256),
        "approvals": [
            {"who": seen.who(a.by), "sha": work.short(a.sha256), "at": seen.clock(a.at)} for a in thread.approvals
        ],
        "replaces": thread.supersedes,
        "replaced_by": thread.superseded_by,
        "can_open": thread.status == "draft",
    }
    return render(request, "tocsin/control/warning.html", page)


def _shape(thread: Thread) -> str:
    if thread.status == "live":
        return thread.content.level
    return "ended" if thread.end == "all_clear" else "ended_other"


def timeline(seen: Scene, thread: Thread) -> list[dict[str, Any]]:
    """Oldest first. What several sirens did at once is one line with their number."""
    lines: list[dict[str, Any]] = []
    public: dict[int, str] = {}
    for entry in _near(desk().ledger, thread, seen.now):
        fact = fact_of(entry.event)
        if isinstance(fact, ev.WarningFact) and fact.warning_id == thread.id:
            public[entry.seq] = entry.event.id
            lines.append(_act(seen, entry, fact))
        elif (said := _beside(seen, thread, fact, public)) is not None:
            _add(seen, lines, entry, *said)
        if len(lines) >= MOST:
            break
    return lines


def _near(ledger: Reader, thread: Thread, now: datetime) -> Iterator[Entry]:
    until = (thread.ended_at or now) + AFTER
    for entry in ledger.read(after=_place(ledger, thread.drafted_at - BEFORE)):
        if entry.event.at > until:
            return
        yield entry


def _place(ledger: Reader, at: datetime) -> int:
    """The sequence before the first entry at or after ``at``; times in a ledger rise with its sequence."""
    low, high = 0, ledger.head()[0]
    while low < high:
        middle = (low + high) // 2
        entry = next(iter(ledger.read(after=middle, limit=1)), None)
        if entry is None or entry.event.at >= at:
            high = middle
        else:
            low = middle + 1
    return low


def _act(seen: Scene, entry: Entry, fact: ev.WarningFact) -> dict[str, Any]:
    message: ev.Message | None = getattr(fact, "message", None)
    said = message is not None and bool(message.xml)
    return {
        **_line(seen, entry),
        "did": _did(seen, fact),
        "areas": seen.names(getattr(fact, "areas", ())),
        "reason": getattr(fact, "reason", "") or _reason(fact),
        "cap": documents.cap_path(message.identifier) if message is not None and said else "",
        "type": message.msg_type if message is not None and said else "",
        "identifier": message.identifier if message is not None and said else "",
        "sha": work.short(message.sha256) if message is not None else work.short(getattr(fact, "sha256", "")),
        "main": True,
    }


def _did(seen: Scene, fact: Fact) -> str:
    if isinstance(fact, ev.WarningConfirmed):
        return seen.w["ctl_did_confirmed"].format(source=fact.source.source)
    if isinstance(fact, ev.DraftEscalated):
        return seen.w["ctl_did_escalated"].format(n=fact.step)
    word = receipts.what(fact)
    return seen.w[f"ctl_did_{word}"] if word else fact.KIND


def _reason(fact: Fact) -> str:
    content = getattr(fact, "content", None)
    return content.reason if isinstance(content, ev.Content) else ""


def _line(seen: Scene, entry: Entry) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "at": seen.clock(entry.event.at),
        "who": seen.who(entry.event.actor),
        "count": 1,
        "key": "",
    }


def _beside(seen: Scene, thread: Thread, fact: Fact | None, public: dict[int, str]) -> tuple[str, str] | None:
    """``(key of lines that go together, words)`` of an entry about a detection, a siren or phones of this warning.

    ``public``: sequence → event of the warning's own entries; a command's id begins with the event that led to it.
    """
    w = seen.w
    if isinstance(fact, ev.DetectionRecorded):
        ids = {(s.source, s.detection_id) for s in thread.sources}
        one = fact.detection
        known = (one.source, one.id) in ids
        return ("", w["ctl_did_detected"].format(source=one.source)) if known else None
    if isinstance(fact, ev.LiveDelivered) and fact.seq in public:
        return "", w["ctl_did_live"].format(n=fact.clients, seq=fact.seq)
    if isinstance(fact, ev.SirenCommanded | ev.SirenSilent | ev.SirenSkipped) and fact.warning_id == thread.id:
        why = f": {fact.reason}" if isinstance(fact, ev.SirenSkipped) else ""
        return f"{fact.KIND}{why}", w[f"ctl_did_{fact.KIND.replace('.', '_')}"] + why
    if isinstance(fact, ev.SirenReported) and fact.command_id.partition(".")[0] in public.values():
        return f"{fact.KIND}.{fact.state}", f"{w['ctl_did_siren_reported']} {w[f'siren_{fact.state}']}"
    return None


def _add(seen: Scene, lines: list[dict[str, Any]], entry: Entry, key: str, words: str) -> None:
    if key and lines and lines[-1]["key"] == key:
        lines[-1]["count"] += 1
        return
    lines.append({**_line(seen, entry), "did": words, "key": key, "main": False})
