"""What an entry means to live clients: the documents of the live path. Pure.

The fields stand in ``docs/reference/live.md``. Area states here are *direct* (see ``phase.py``): a client combines
those of every area that covers it, worst first, so that one document serves all.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tocsin.core.event import Entry, Fact, fact_of
from tocsin.core.text import pick
from tocsin.core.time import parse_cap_time, rfc3339
from tocsin.warn import drill_events as drills
from tocsin.warn import events as ev
from tocsin.warn import render, threats
from tocsin.warn.alert import Alert
from tocsin.warn.cap_read import parse_own
from tocsin.warn.cap_words import AlertWords, words_of
from tocsin.warn.context import Sender
from tocsin.warn.phase import direct_state
from tocsin.warn.state import Thread, WarnState

LIVE = "live.update"
DRILL = "drill.update"

Document = dict[str, Any]


def frame(state: WarnState, entry: Entry, sender: Sender) -> Document | None:
    """The bus frame of an entry, given the state after it; None when the public is not concerned."""
    fact = fact_of(entry.event)
    if isinstance(fact, drills.DrillIssued | drills.DrillEnded):
        return _drill_frame(state, entry, fact)
    touched = _touched(state, fact)
    if touched is None:
        return None
    thread, areas = touched
    now = entry.event.at
    return {
        "subject": LIVE,
        "seq": entry.seq,
        "id": entry.event.id,
        "cells": cells_of(state, areas),
        "data": {
            "seq": entry.seq,
            "at": rfc3339(now),
            "entry": entry.event.kind,
            "areas": [direct_state(state, a, now) for a in areas],
            "alert": alert_document(state, thread, sender) if thread is not None else None,
            "sound": _sound(fact, thread),
            "siren_areas": _siren_areas(fact, thread),
        },
    }


def cells_touched(state: WarnState, fact: Fact) -> list[str]:
    """The cells of the :func:`frame` of a fact, given the state after it; none when the public is not concerned."""
    touched = _touched(state, fact)
    return [] if touched is None else cells_of(state, touched[1])


def _touched(state: WarnState, fact: Fact | None) -> tuple[Thread | None, list[str]] | None:
    """The warning and the areas, of those that are known, whose public state an entry changes."""
    if isinstance(fact, ev.WarningIssued | ev.WarningUpdated | ev.WarningPartlyCleared | ev.WarningEnded):
        thread = state.threads[fact.warning_id]
        just = fact.areas if isinstance(fact, ev.WarningPartlyCleared) else ()
        ended = sorted(area for area, end in state.ended.items() if end.warning_id == thread.id)
        named = dict.fromkeys([*thread.content.areas, *just, *thread.parted, *ended])
        return thread, [area for area in named if area in state.areas]
    if isinstance(fact, ev.AreaDefined | ev.AreaUnknown | ev.AreaKnown):
        return None, [fact.area_id] if fact.area_id in state.areas else []
    return None


def _sound(fact: Fact | None, thread: Thread | None) -> str | None:
    """Only a new alert and an all-clear make a sound; an end of another kind silences (R7, R15, R22)."""
    if thread is None:
        return None
    tones = threats.threat(thread.content.threat).tones
    if isinstance(fact, ev.WarningIssued):
        return tones.get(thread.content.level)
    if isinstance(fact, ev.WarningPartlyCleared):
        return tones.get("all_clear")
    if isinstance(fact, ev.WarningEnded) and fact.end == "all_clear":
        return tones.get("all_clear")
    if isinstance(fact, ev.WarningEnded) and fact.end != "superseded":
        return "off"
    return None


def _siren_areas(fact: Fact | None, thread: Thread | None) -> list[str]:
    """The areas whose sirens act; a partial clear sounds where it is clear, nowhere else."""
    if thread is None:
        return []
    if isinstance(fact, ev.WarningPartlyCleared):
        return list(fact.areas)
    return list(thread.content.areas)


def cells_of(state: WarnState, areas: list[str]) -> list[str]:
    """H3 cells, resolution 7 and coarser, that cover the areas; an area without outline is covered by its parts."""
    cells: dict[str, None] = {}
    for area in areas:
        own = state.areas[area].cells
        parts = own or [c for below in state.areas.descendants(area) for c in state.areas[below].cells]
        cells.update(dict.fromkeys(parts))
    return list(cells)


def alert_document(state: WarnState, thread: Thread, sender: Sender) -> Document:
    """The AlertDoc of a warning: its latest message in every language, with the outline of its areas."""
    message = words_of(newest_of(thread))
    areas = [a for a in thread.content.areas if a in state.areas]
    said = alert_texts(message, thread)
    return {
        "id": thread.id,
        "identifier": message.identifier,
        "msg_type": message.msg_type,
        "status": message.status,
        "threat": thread.content.threat,
        "level": thread.content.level,
        "sent": rfc3339(parse_cap_time(message.sent)),
        "expires": rfc3339(thread.expires) if thread.expires else None,
        "issued_at": rfc3339(thread.issued_at) if thread.issued_at else None,
        "areas": areas,
        "area_names": [state.areas[a].names for a in areas],
        **said,
        "sender_name": pick(sender.names, "en"),
        "sender_names": sender.names,
        "lead_time_s": min((state.areas[a].lead_time_s for a in areas), default=0),
        "geometry": geometry_of(state, areas),
        "cap": f"/cap/{message.identifier}.xml",
        "end": thread.end,
        "demo": sender.demo,
    }


def newest_of(thread: Thread) -> bytes:
    """The bytes of a warning's newest message."""
    return (thread.messages or (thread.message,))[-1].xml.encode()


def alert_texts(message: Alert | AlertWords, thread: Thread) -> dict[str, dict[str, str]]:
    """Texts per language. A partial clear has two infos a language; the first is where the warning stands."""
    out: dict[str, dict[str, str]] = {part: {} for part in render.PARTS}
    for info in message.infos:
        for part in render.PARTS:
            out[part].setdefault(info.language, getattr(info, part) or "")
    if thread.end == "expired":
        texts = render.agreed_texts(thread.content.threat, "expired", thread.content.level, list(out["headline"]))
        whole = message if isinstance(message, Alert) else parse_own(newest_of(thread))
        names = {i.language: ", ".join(a.desc for a in i.areas) for i in whole.infos}
        out = {
            part: {lang: t.replace("{areas}", names[lang]) for lang, t in said.items()} for part, said in texts.items()
        }
    return out


def geometry_of(state: WarnState, areas: list[str]) -> Document | None:
    """The outlines of the areas as one GeoJSON MultiPolygon, for the exact test on the device."""
    coordinates: list[Any] = []
    for area in areas:
        geometry = state.areas[area].geometry
        if geometry is not None:
            whole = geometry["coordinates"]
            coordinates.extend(whole if geometry["type"] == "MultiPolygon" else [whole])
    return {"type": "MultiPolygon", "coordinates": coordinates} if coordinates else None


def snapshot(state: WarnState, now: datetime, sender: Sender, *, kept: timedelta) -> Document:
    """Everything that a new client must know: each area, each warning in force, and ends younger than ``kept`` (R25).

    ``as_of`` is left to the caller, who knows how fresh the ledger is.
    """
    live = state.live_threads()
    recent = [
        t for t in state.threads.values() if t.status == "ended" and t.ended_at is not None and now - t.ended_at < kept
    ]
    return {
        "subject": "live.state",
        "seq": state.seq,
        "areas": [
            {"state": direct_state(state, area.id, now), "cells": cells_of(state, [area.id])} for area in state.areas
        ],
        "alerts": [
            {
                "doc": alert_document(state, thread, sender),
                "cells": cells_of(state, [*thread.content.areas, *thread.parted, *thread.cleared]),
            }
            for thread in [*live, *sorted(recent, key=lambda t: (t.ended_at or now, t.id))]
        ],
    }


def _drill_frame(state: WarnState, entry: Entry, fact: drills.DrillIssued | drills.DrillEnded) -> Document:
    drill = state.drills[fact.drill_id]
    return {
        "subject": DRILL,
        "seq": entry.seq,
        "id": entry.event.id,
        "cells": cells_of(state, list(drill.areas)),
        "data": {
            "seq": entry.seq,
            "at": rfc3339(entry.event.at),
            "drill": drill.id,
            "exercise": drill.exercise,
            "status": drill.message.status,
            "areas": list(drill.areas),
            "headline": drill.headline,
            "instruction": drill.instruction,
            "expires": rfc3339(drill.expires),
            "ended": drill.ended_at is not None,
            "cap": f"/drill/cap/{drill.message.drill_identifier}.xml",
        },
    }
