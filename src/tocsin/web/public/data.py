"""What the page's script is given: the place, its state as of now, the agreed data, and the words it needs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tocsin.core.text import pick
from tocsin.core.time import rfc3339
from tocsin.warn import actions, live, threats
from tocsin.warn.phase import direct_state
from tocsin.warn.state import WarnState
from tocsin.web.desk import desk
from tocsin.web.public.places import MOST_CELLS, place
from tocsin.web.sounds import tones_document
from tocsin.web.words import forms, words

SILENT_S = 30
"""After this without truth the page says that it does not know (rules R2, R29)."""

STEP_ACTS = ("alert", "pre_alert", "partial_clear", "all_clear", "cancel", "expired", "unknown")
"""Acts whose steps the page may have to show while it is open."""

_SHARED = [
    "age",
    "age_none",
    "all_areas",
    "cap",
    "instruction",
    "lead_over",
    "left",
    "link_lost",
    "link_never",
    "loading",
    "no_match",
    "parts",
    "privacy",
    "sent",
    "since",
    "source",
    "uncovered",
    "unit_h",
    "unit_min",
    "unit_s",
    "until",
]


_COUNTED = ("n_floors_below",)


def page_data(state: WarnState, now: datetime, language: str, area_id: str | None) -> dict[str, Any]:
    """The JSON of the page. ``area_id``: the area that the address names, if it is one of ours."""
    known = {name: threats.threat(name) for name in threats.names()}
    return {
        "language": language,
        "now": rfc3339(now),
        "silent_s": SILENT_S,
        "most_cells": MOST_CELLS,
        "sender": pick(desk().sender.names, language),
        "words": script_words(language),
        "plurals": {key: forms(language, key) for key in _COUNTED},
        "countdown": [name for name, threat in known.items() if threat.countdown],
        "sounds": {name: dict(threat.tones) for name, threat in known.items()},
        "tones": tones_document(),
        "steps": agreed_steps(language),
        "place": place(state.areas, state.areas[area_id], language) if area_id else None,
        "state": _state(state, now, area_id) if area_id else None,
    }


def agreed_steps(language: str) -> dict[str, Any]:
    """What to do: ``texts`` holds each step once as ``[pictogram, text]``, ``of`` threat → act → steps by name."""
    texts: dict[str, list[str]] = {}
    of: dict[str, dict[str, tuple[str, ...]]] = {}
    for threat in threats.names():
        for act in STEP_ACTS:
            keys = actions.keys(threat, act)
            of.setdefault(threat, {})[act] = keys
            told = actions.steps(threat, act, language)
            texts |= {key: [step.name, step.text] for key, step in zip(keys, told, strict=True)}
    return {"texts": texts, "of": of, "kinds": dict(actions.KINDS)}


def script_words(language: str) -> dict[str, str]:
    """The strings that the page's script says."""
    text = words(language)
    mine = [key for key in text if key.startswith(("state_", "say_", "pub_", "shl_", "map_"))]
    return {key: text[key] for key in (*_SHARED, *mine)}


def _state(state: WarnState, now: datetime, area_id: str) -> dict[str, Any]:
    """The same documents as the live path's ``state``, for one place; parts in which nothing is the matter left out."""
    around = [area_id, *state.areas.ancestors(area_id)]
    below = [one for one in state.areas.descendants(area_id) if one != area_id]
    threads = state.live_threads()
    said = {one: direct_state(state, one, now, threads) for one in (*around, *below)}
    shown = [said[one] for one in (*around, *below) if one in around or said[one]["phase"] != "ok"]
    mine = {*around, *below}
    return {
        "source_age_s": 0,
        "areas": shown,
        "alerts": [
            live.alert_document(state, thread, desk().sender) | {"geometry": None}
            for thread in threads
            if mine.intersection(thread.content.areas)
        ],
    }
