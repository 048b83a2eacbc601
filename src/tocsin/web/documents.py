"""Warnings, areas, sirens and drills as the API and the pages say them: plain values made from the folded state."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tocsin.app.actor import Actor, Role
from tocsin.core.text import pick
from tocsin.core.time import rfc3339
from tocsin.warn import live
from tocsin.warn.cap_read import parse_own as parse
from tocsin.warn.context import Sender
from tocsin.warn.events import Message
from tocsin.warn.policy import Policy
from tocsin.warn.render import PARTS
from tocsin.warn.rules import common
from tocsin.warn.state import Drill, SirenState, Thread, WarnState
from tocsin.web.words import current

INSIDERS: tuple[Role, ...] = ("duty", "approver", "records", "dispatcher", "observer", "admin")
"""Roles that may see what is not public: drafts, authors, approvals, sirens."""


_MOST_TEXTS = 2000
_texts: dict[tuple[str, str, str, str], dict[str, dict[str, str]]] = {}
"""Texts by the bytes that they were read from, so that a list of warnings parses each message once."""


def sees(actor: Actor, areas: Iterable[str], state: WarnState) -> bool:
    """Whether the actor holds an insider's role in at least one of the areas."""
    return any(actor.may(role, (area,), state.areas) for area in areas for role in INSIDERS)


def insider(actor: Actor) -> bool:
    """Whether the actor holds an insider's role anywhere."""
    return any(grant.role in INSIDERS for grant in actor.grants)


def cap_path(identifier: str) -> str:
    """Where the frozen bytes of a public message are served for ever."""
    return f"/cap/{identifier}.xml"


def _time(at: datetime | None) -> str | None:
    return rfc3339(at) if at else None


def texts(thread: Thread, state: WarnState, sender: Sender) -> dict[str, dict[str, str]]:
    """Headline, description and instruction as they went out, or would: read from the frozen bytes.

    The content's own texts still hold marks for names and times; only the message says what people read.
    """
    last = thread.messages[-1] if thread.messages else thread.message
    key = (thread.id, last.identifier, last.sha256, thread.end or "")
    found = _texts.get(key)
    if found is None:
        found = _drafted(thread) if not thread.messages else live.alert_document(state, thread, sender)
        found = {part: found[part] for part in PARTS}
        if len(_texts) >= _MOST_TEXTS:
            _texts.clear()
        _texts[key] = found
    return found


def _drafted(thread: Thread) -> dict[str, dict[str, str]]:
    infos = parse((thread.message.xml or thread.message.unsigned).encode()).infos
    return {part: {info.language: getattr(info, part) or "" for info in infos} for part in PARTS}


def warning(
    thread: Thread, state: WarnState, policy: Policy, sender: Sender, now: datetime, *, inside: bool
) -> dict[str, Any]:
    """A warning. ``inside`` adds what officers alone may see."""
    names = [state.areas[a].names for a in thread.content.areas if a in state.areas]
    said: dict[str, Any] = {
        "id": thread.id,
        "status": thread.status,
        "threat": thread.content.threat,
        "level": thread.content.level,
        "areas": list(thread.content.areas),
        "area_names": names,
        **texts(thread, state, sender),
        "issued_at": _time(thread.issued_at),
        "updated_at": _time(thread.updated_at),
        "expires": _time(thread.expires),
        "ended_at": _time(thread.ended_at),
        "end": thread.end,
        "superseded_by": thread.superseded_by or None,
        "messages": [_message(m) for m in thread.messages],
        "demo": any(state.areas[a].demo for a in thread.content.areas if a in state.areas),
    }
    if inside:
        said["inside"] = _inside(thread, state, policy, now)
    return said


def _message(message: Message) -> dict[str, str]:
    return {
        "identifier": message.identifier,
        "msg_type": message.msg_type,
        "sent": message.sent,
        "cap": cap_path(message.identifier),
    }


def _inside(thread: Thread, state: WarnState, policy: Policy, now: datetime) -> dict[str, Any]:
    return {
        "origin": thread.origin,
        "author": thread.author,
        "reason": thread.content.reason,
        "drafted_at": rfc3339(thread.drafted_at),
        "age_s": max(0.0, round((now - thread.drafted_at).total_seconds(), 3)),
        "escalated": thread.escalated,
        "rule": thread.rule or None,
        "approvals": [{"by": a.by, "sha256": a.sha256, "at": rfc3339(a.at)} for a in thread.approvals],
        "sources": len(thread.sources),
        "heard": [{"source": s.source, "detection_id": s.detection_id, "trusted": s.trusted} for s in thread.sources],
        **_to_send(thread, state, policy),
    }


def _to_send(thread: Thread, state: WarnState, policy: Policy) -> dict[str, Any]:
    """What an officer must know to send a draft."""
    why = common.needs_two(state, thread.content, policy)
    people, areas, sirens = common.reach(state, thread.content.areas)
    first = state.areas.get(thread.content.areas[0])
    return {
        "sha256": thread.message.sha256,
        "needs": "two" if why else "one",
        "needs_because": why,
        "reach": {"people": people, "areas": areas, "sirens": sirens},
        "confirm": pick(first.names, current()) if first else thread.content.areas[0],
    }


def act_document(state: WarnState, warning_id: str, policy: Policy) -> dict[str, Any]:
    """How a warning stands after an act on it."""
    thread = state.threads[warning_id]
    last = thread.messages[-1] if thread.messages else thread.message
    said: dict[str, Any] = {
        "warning": thread.id,
        "status": thread.status,
        "identifier": last.identifier,
        "sent": last.sent,
        "cap": cap_path(last.identifier) if thread.messages else None,
    }
    if thread.status == "draft":
        approved = [a.by for a in thread.approvals if a.sha256 == thread.message.sha256]
        said |= {**_to_send(thread, state, policy), "approved_by": approved}
    return said


def glass_until(state: WarnState, actor: str) -> str | None:
    """Until when break-glass is open for an officer."""
    return _time(state.break_glass.get(actor))


def area(area_id: str, state: WarnState, *, geometry: bool) -> dict[str, Any]:
    """An area; with its outline when asked for."""
    one = state.areas[area_id]
    said: dict[str, Any] = {
        "id": one.id,
        "parent": one.parent,
        "kind": one.kind,
        "names": one.names,
        "aliases": list(one.aliases),
        "valid_from": one.valid_from.isoformat() if one.valid_from else None,
        "valid_to": one.valid_to.isoformat() if one.valid_to else None,
        "population": one.population,
        "lead_time_s": one.lead_time_s,
        "zone": one.zone,
        "demo": one.demo,
        "cells": list(one.cells),
        "children": list(state.areas.children(area_id)),
    }
    if geometry:
        said["geometry"] = one.geometry
    return said


def siren(one: SirenState) -> dict[str, Any]:
    """A siren: what it last measured of itself, and what it was last told. ``unknown`` until it has reported."""
    report, command = one.report, one.command
    return {
        "id": one.siren.id,
        "name": one.siren.name,
        "area": one.siren.area,
        "state": report.state if report else "unknown",
        "tone": report.tone if report else "",
        "measured_at": _time(report.measured_at) if report else None,
        "detail": report.detail if report else "",
        "command": {
            "action": command.action,
            "tone": command.tone,
            "warning": command.warning_id,
            "at": _time(one.commanded_at),
        }
        if command
        else None,
        "silent_since": _time(one.silent_since),
        "demo": one.siren.demo,
    }


def drill(one: Drill) -> dict[str, Any]:
    """An exercise."""
    return {
        "id": one.id,
        "exercise": one.exercise,
        "status": one.message.status,
        "areas": list(one.areas),
        "headline": one.headline,
        "instruction": one.instruction,
        "started_at": rfc3339(one.started_at),
        "expires": rfc3339(one.expires),
        "ended_at": _time(one.ended_at),
        "cap": f"/drill/cap/{one.message.drill_identifier}.xml",
    }
