"""What an officer reads before a word goes out: status, level, places, reach, texts, and who must agree."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tocsin.core.time import zone
from tocsin.warn import render, threats
from tocsin.warn import words as agreed
from tocsin.warn.events import Content
from tocsin.warn.rules import common
from tocsin.warn.state import Thread
from tocsin.warn.threats import Act
from tocsin.web import documents
from tocsin.web.control import sirens, work
from tocsin.web.control.scene import Scene, called
from tocsin.web.control.tail import tail
from tocsin.web.desk import desk


def reach(scene: Scene, content: Content) -> dict[str, Any]:
    """Whom a warning of this content reaches."""
    _, covered, count = common.reach(scene.state, content.areas)
    return {
        "areas": [scene.name(a) for a in content.areas],
        "people": scene.people(content.areas),
        "subscriptions": scene.subscriptions(content.areas, content.level),
        "covered": covered,
        "sirens": count,
    }


def going_out(scene: Scene, thread: Thread) -> dict[str, Any]:
    """Everything of a draft that people will read and hear."""
    content = thread.content
    name = threats.threat(content.threat).tones.get(content.level, "")
    return {
        **reach(scene, content),
        "title": scene.title(content),
        "shown": content.level,
        "level": scene.w[f"state_{content.level}"],
        "lasts": scene.span(content.duration_s),
        "until": scene.clock(scene.now + timedelta(seconds=content.duration_s)),
        "tone": sirens.tone(scene, name) if name else scene.w["ctl_tone_none"],
        "tone_s": scene.policy.siren_s if name else 0,
        "texts": by_language(scene, documents.texts(thread, scene.state, scene.sender)),
        "reason": content.reason,
        "sha256": thread.message.sha256,
        "confirm": scene.first_name(content),
        "heard": [
            {"source": s.source, "age": scene.since(s.observed_at), "trusted": s.trusted} for s in thread.sources
        ],
        "replaces": thread.supersedes,
    }


def by_language(scene: Scene, texts: dict[str, dict[str, str]]) -> list[dict[str, str]]:
    """Headline, description and instruction per language, the officer's own first."""
    spoken = sorted(scene.sender.languages, key=lambda one: one != scene.language)
    return [
        {"code": code, "name": called(code), **{part: texts[part].get(code, "") for part in render.PARTS}}
        for code in spoken
    ]


def standing(scene: Scene, thread: Thread) -> dict[str, Any]:
    """Who must agree, who has, and which acts are this officer's."""
    why = work.why_two(scene, thread.content)
    approved = work.approvals(scene, thread)
    glass = work.glass(scene)
    duty = scene.may("duty", thread.content.areas)
    author = thread.author == scene.actor.id
    free = not why or bool(approved) or glass is not None
    stale = bool(why) and work.stale(scene, thread)
    return {
        "why": why,
        "approved": [scene.who(one) for one in approved],
        "author": author,
        "stale": stale,
        "send": duty and free and not (stale and glass is None),
        "waits": duty and not free,
        "approve": bool(why)
        and not author
        and not stale
        and scene.actor.id not in approved
        and scene.may("approver", thread.content.areas),
        "mine": scene.actor.id in approved,
        "edit": duty,
        "glass": duty and bool(why) and glass is None,
        "glass_left": scene.span((glass - scene.now).total_seconds()) if glass is not None else "",
        "glass_for": scene.span(scene.policy.break_glass_s),
        "reads_only": not duty and not scene.may("approver", thread.content.areas),
    }


def changes(scene: Scene, thread: Thread, before: str) -> list[dict[str, str]]:
    """What differs from the draft that had these bytes; one line that says so when nobody knows any more."""
    if before == thread.message.sha256:
        return []
    old = tail(desk().ledger).said_before(thread.id, before)
    w = scene.w
    if old is None:
        return [{"what": w["ctl_text"], "old": work.short(before), "new": work.short(thread.message.sha256)}]
    new = thread.content
    pairs = [
        (w["level"], w[f"state_{old.level}"], w[f"state_{new.level}"]),
        (w["areas"], scene.names(old.areas), scene.names(new.areas)),
        (w["ctl_lasts"], scene.span(old.duration_s), scene.span(new.duration_s)),
        (w["ctl_reason"], old.reason, new.reason),
    ]
    for part in render.PARTS:
        was, now = getattr(old, part), getattr(new, part)
        pairs += [
            (f"{w[f'ctl_{part}']} · {called(code)}", was.get(code, ""), now.get(code, ""))
            for code in scene.sender.languages
        ]
    found = [{"what": what, "old": was, "new": now} for what, was, now in pairs if was != now]
    return found or [{"what": w["ctl_times"], "old": "", "new": w["ctl_times_fresh"]}]


def preview(scene: Scene, thread: Thread, act: Act, remaining: tuple[str, ...] = ()) -> list[dict[str, str]]:
    """The agreed words that an act on a live warning sends out, filled in as far as they are known."""
    content = thread.content
    tree = scene.state.areas
    tops = common.topmost(tree, (*content.areas, *(thread.parted if act == "all_clear" else ())))
    done = agreed.compose(
        threats.threat(content.threat),
        act,
        areas=[tree[a].names for a in tops],
        until=scene.now + timedelta(seconds=scene.policy.cancel_expiry_s),
        sent=scene.now,
        zone=zone(render.zone_of(tree, content.areas, scene.sender.zone)),
        remaining=[tree[a].names for a in remaining],
        level=content.level,
        only=scene.sender.languages,
    )
    return by_language(scene, {part: getattr(done, part) for part in render.PARTS})


def reasons(scene: Scene, act: str) -> list[str]:
    """Reasons that officers give most, to be chosen by one touch."""
    return [text for n in range(1, 5) if (text := scene.w.get(f"ctl_why_{act}_{n}"))]
