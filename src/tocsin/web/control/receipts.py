"""What became of the officer's own acts, and what everybody on duty must be told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tocsin.core.event import Entry, Fact, fact_of
from tocsin.warn import events as ev
from tocsin.web.control import lives
from tocsin.web.control.scene import Scene
from tocsin.web.control.sirens import told
from tocsin.web.control.tail import Tail

SHOWN = timedelta(minutes=15)
MOST = 3
WAIT = timedelta(seconds=10)
"""After this without a receipt no phone was connected where the message went, or no edge runs."""

_ACTS: dict[type[Fact], str] = {
    ev.WarningDrafted: "drafted",
    ev.WarningEdited: "edited",
    ev.WarningApproved: "approved",
    ev.WarningIssued: "issued",
    ev.WarningUpdated: "updated",
    ev.WarningPartlyCleared: "partly",
    ev.DraftDiscarded: "discarded",
}


def what(fact: Fact | None) -> str:
    """The word of an act on a warning, ``ctl_did_…``; "" for a fact that is none."""
    if isinstance(fact, ev.WarningEnded):
        return f"end_{fact.end}"
    return _ACTS.get(type(fact), "") if fact is not None else ""


def mine(scene: Scene, tail: Tail) -> list[dict[str, Any]]:
    """The officer's newest acts, with what sirens measured and phones were sent since."""
    found: list[dict[str, Any]] = []
    for entry in tail.newest_first():
        if len(found) >= MOST or scene.now - entry.event.at > SHOWN:
            break
        if entry.event.actor != scene.actor.id:
            continue
        fact = fact_of(entry.event)
        # What an issued warning replaced ended by the same act: one line is enough.
        if what(fact) in ("", "end_superseded") or not isinstance(fact, ev.WarningFact):
            continue
        found.append(_line(scene, entry, fact, tail))
    return found


def _line(scene: Scene, entry: Entry, fact: ev.WarningFact, tail: Tail) -> dict[str, Any]:
    thread = scene.state.threads[fact.warning_id]
    message: ev.Message | None = getattr(fact, "message", None)
    public = message is not None and entry.event.kind in lives.PUBLIC
    return {
        "seq": entry.seq,
        "warning": thread.id,
        "did": scene.w[f"ctl_did_{what(fact)}"],
        "title": scene.title(thread.content),
        "areas": scene.names(getattr(fact, "areas", None) or thread.content.areas),
        "at": scene.clock(entry.event.at),
        "age": scene.since(entry.event.at),
        "identifier": message.identifier if message is not None and public else "",
        "public": public,
        "waits": scene.now - entry.event.at < WAIT,
        "told": told(scene, thread) if isinstance(fact, ev.WarningIssued) else None,
        "reached": lives.receipt(entry.seq, entry.event.at, tail) if public else None,
    }


def open_glass(scene: Scene, tail: Tail) -> list[dict[str, Any]]:
    """Who may issue alone just now, and why they said so: announced on every screen."""
    reasons: dict[str, str] = {}
    for entry in tail.newest_first():
        fact = fact_of(entry.event) if entry.event.kind == ev.BreakGlassOpened.KIND else None
        if isinstance(fact, ev.BreakGlassOpened):
            reasons.setdefault(fact.officer, fact.reason)
    return [
        {
            "who": scene.who(officer),
            "mine": officer == scene.actor.id,
            "left": scene.span((until - scene.now).total_seconds()),
            "reason": reasons.get(officer, ""),
        }
        for officer, until in sorted(scene.state.break_glass.items())
        if until > scene.now
    ]
