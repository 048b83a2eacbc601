"""The work queue: drafts that wait, most urgent first, and the detections that feed them."""

from __future__ import annotations

from typing import Any

from tocsin.warn.context import Context
from tocsin.warn.events import Content
from tocsin.warn.rules import common, detect, draft
from tocsin.warn.state import Thread
from tocsin.web.control.scene import Scene
from tocsin.web.words import counted

DETECTIONS = 12
"""How many detections the board shows; older ones are in the warning they fed."""


def drafts(scene: Scene) -> list[dict[str, Any]]:
    """One row a draft. Alerts before pre-alerts, then what escalated most, then what waits longest."""
    mine = [t for t in scene.state.draft_threads() if scene.concerns(t)]
    mine.sort(key=lambda t: (t.content.level != "alert", -t.escalated, t.drafted_at, t.id))
    return [row(scene, thread) for thread in mine]


def row(scene: Scene, thread: Thread) -> dict[str, Any]:
    """What an officer must know of a draft before opening it."""
    why = why_two(scene, thread.content)
    approved = approvals(scene, thread)
    return {
        "id": thread.id,
        "shown": thread.content.level,
        "level": scene.w[f"state_{thread.content.level}"],
        "title": scene.title(thread.content),
        "areas": scene.names(thread.content.areas),
        "age": scene.since(thread.drafted_at),
        "step": thread.escalated,
        "steps": len(scene.policy.escalate_s),
        "why": why,
        "approved": len(approved),
        "waits": bool(why) and not approved,
        "sha": short(thread.message.sha256),
        "sources": sources(thread),
        "by": scene.who(thread.author),
        "version": version(scene, thread),
        "may_send": scene.may("duty", thread.content.areas),
        "may_approve": scene.may("approver", thread.content.areas) and thread.author != scene.actor.id,
        "replaces": thread.supersedes,
    }


def version(scene: Scene, thread: Thread) -> str:
    """Changes when an open panel no longer shows how the draft stands."""
    return f"{thread.status}-{thread.message.sha256[:16]}-{len(approvals(scene, thread))}-{glass(scene) is not None}"


def glass(scene: Scene) -> Any:
    """Until when this officer may issue alone, or None."""
    until = scene.state.break_glass.get(scene.actor.id)
    return until if until is not None and until > scene.now else None


def short(sha256: str) -> str:
    """A hash short enough to read out on the telephone: ``3f2a 91bc``."""
    return f"{sha256[:4]} {sha256[4:8]}"


def sources(thread: Thread) -> int:
    """How many independent sources speak for it."""
    return len({detect.owner(s.source) for s in thread.sources})


def approvals(scene: Scene, thread: Thread) -> list[str]:
    """Who agreed to these very bytes, as long as that holds, the author left out."""
    good = scene.policy.approval_s
    return [
        a.by
        for a in thread.approvals
        if a.sha256 == thread.message.sha256 and a.by != thread.author and (scene.now - a.at).total_seconds() <= good
    ]


def why_two(scene: Scene, content: Content) -> str:
    """Why two persons are needed, in the officer's words; "" when one is enough. The rule itself decides (R24)."""
    if common.needs_two(scene.state, content, scene.policy) is None:
        return ""
    w = scene.w
    people, covered, _ = common.reach(scene.state, content.areas)
    if content.threat in scene.policy.two_person_threats:
        return w["ctl_why_threat"].format(threat=scene.title(content))
    if people is None and covered > 1:
        return w["ctl_why_unknown"]
    if people is not None and people >= scene.policy.wide_people:
        return counted(scene.language, "ctl_why_people", people, scene.number(people))
    return w["ctl_why_share"]


def stale(scene: Scene, thread: Thread) -> bool:
    """Whether the draft's bytes are too old for two persons to agree to them."""
    context = Context(
        now=scene.now,
        actor=scene.actor.id,
        new_id=str,
        sign=bytes,
        sender=scene.sender,
        policy=scene.policy,
    )
    return draft.stale(scene.state, thread, context) is not None


def detections(scene: Scene) -> list[dict[str, Any]]:
    """The newest detections of the officer's areas, and what each of them fed."""
    found = [
        (source, thread)
        for thread in scene.state.threads.values()
        for source in thread.sources
        if scene.concerns(thread)
    ]
    found.sort(key=lambda pair: (pair[0].observed_at, pair[0].source, pair[0].detection_id, pair[1].id), reverse=True)
    return [
        {
            "id": f"{source.source}-{source.detection_id}-{thread.id}".replace(" ", "_"),
            "source": source.source,
            "trusted": source.trusted,
            "title": scene.title(thread.content),
            "areas": scene.names(source.areas),
            "age": scene.since(source.observed_at),
            "warning": thread.id,
            "status": thread.status,
            "fed": scene.w[f"ctl_fed_{thread.status}"],
        }
        for source, thread in found[:DETECTIONS]
    ]
