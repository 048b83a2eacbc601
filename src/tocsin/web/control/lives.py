"""Warnings in force, and those that ended a moment ago: age, countdown, reach, what was heard and received of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tocsin.core.time import rfc3339
from tocsin.warn import threats
from tocsin.warn.rules import common
from tocsin.warn.state import Thread
from tocsin.web.control import delivery
from tocsin.web.control.scene import Scene
from tocsin.web.control.sirens import told
from tocsin.web.control.tail import Tail

SOON = timedelta(minutes=5)
"""A warning that runs out so soon asks for a decision."""

HANDED_OVER = timedelta(seconds=10)
"""After so long a siren that was to sound has been told to."""

JUST = timedelta(minutes=10)
"""For so long an ended warning stays on the board."""


def live(scene: Scene, tail: Tail) -> list[dict[str, Any]]:
    """Warnings in force, the newest first."""
    return [row(scene, t, tail) for t in reversed(scene.state.live_threads()) if scene.concerns(t)]


def row(scene: Scene, thread: Thread, tail: Tail) -> dict[str, Any]:
    """One warning in force."""
    issued = thread.issued_at or thread.drafted_at
    content = thread.content
    left = (thread.expires - scene.now).total_seconds() if thread.expires else 0.0
    _, covered, sirens = common.reach(scene.state, content.areas)
    heard = told(scene, thread)
    return {
        "id": thread.id,
        "shown": content.level,
        "level": scene.w[f"state_{content.level}"],
        "title": scene.title(content),
        "areas": scene.names(content.areas),
        "cleared": scene.names(thread.cleared),
        "issued": scene.clock(issued),
        "age": scene.since(issued),
        "left": scene.span(left),
        "soon": left < SOON.total_seconds(),
        "expires": scene.clock(thread.expires),
        "expires_at": rfc3339(thread.expires) if thread.expires else "",
        "people": scene.people(content.areas),
        "covered": covered,
        "sirens": sirens,
        "told": heard,
        "mute": sirens > 0 and _mute(scene, thread),
        "reached": reached(thread, tail),
        "delivery": delivery.newest(scene, thread.id),
        "version": version(thread),
        "heard": heard_of(thread),
        "may_act": scene.may("duty", content.areas),
        "rule": thread.rule,
    }


def _mute(scene: Scene, thread: Thread) -> bool:
    """Whether sirens should have been told by now and nobody told one: whoever hands commands over may be dead."""
    issued = thread.issued_at or scene.now
    if not threats.threat(thread.content.threat).tones.get(thread.content.level) or scene.now - issued < HANDED_OVER:
        return False
    covered = scene.state.areas.closure((*thread.content.areas, *thread.cleared))
    mine = [one for one in scene.state.sirens.values() if one.siren.area in covered]
    since = [one for one in mine if one.commanded_at is not None and one.commanded_at >= issued]
    return not since and not any(one.report is not None and one.report.state == "sounding" for one in mine)


def version(thread: Thread) -> str:
    """Changes with everything that the warning said or how it ended."""
    last = thread.messages[-1] if thread.messages else thread.message
    return f"{thread.status}.{last.identifier}"


def heard_of(thread: Thread) -> str:
    """Changes when a trusted source sees the danger again. What is not signed must not keep a warning from its end."""
    return str(sum(source.trusted for source in thread.sources))


def reached(thread: Thread, tail: Tail) -> dict[str, Any] | None:
    """What the edges wrote of the warning's latest public word: clients, milliseconds to the first and to the last."""
    for entry in tail.newest_first():
        if entry.event.subject == f"warning/{thread.id}" and entry.event.kind in PUBLIC:
            return receipt(entry.seq, entry.event.at, tail)
    return None


PUBLIC = ("warning.issued", "warning.updated", "warning.partly_cleared", "warning.ended")
"""Entries that go out to phones."""


def receipt(seq: int, at: Any, tail: Tail) -> dict[str, Any] | None:
    """The receipts of one entry, or None as long as no edge has spoken."""
    found = tail.delivered(seq)
    if found is None:
        return None
    first = (found.first_at - at).total_seconds() * 1000
    last = (found.last_at - at).total_seconds() * 1000
    # Another machine's clock may be a little behind ours: nothing arrives before it was sent.
    return {"clients": found.clients, "first_ms": max(0, round(first)), "last_ms": max(0, round(last))}


def ended(scene: Scene) -> list[dict[str, Any]]:
    """Warnings that ended within the last minutes, the newest first: an end is said, never silent (R5)."""
    over = [
        t
        for t in scene.state.threads.values()
        if t.status == "ended"
        and t.ended_at is not None
        and scene.now - t.ended_at < JUST
        and t.end != "superseded"
        and scene.concerns(t)
    ]
    over.sort(key=lambda t: (t.ended_at or scene.now, t.id), reverse=True)
    return [
        {
            "id": t.id,
            "title": scene.title(t.content),
            "areas": scene.names(t.content.areas),
            "shown": "ended" if t.end == "all_clear" else "ended_other",
            "end": scene.w[f"ctl_end_{t.end}"],
            "expired": t.end == "expired",
            "age": scene.since(t.ended_at or scene.now),
        }
        for t in over
    ]
