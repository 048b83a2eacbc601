"""What the page's script is given: the place, its state as of now, the agreed data, and the words it needs."""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from tocsin.core.text import pick
from tocsin.core.time import rfc3339
from tocsin.warn import actions, live, threats
from tocsin.warn.phase import direct_state
from tocsin.warn.state import WarnState
from tocsin.web import icons
from tocsin.web.desk import desk
from tocsin.web.pages.basemap import address
from tocsin.web.public.places import MOST_CELLS, place
from tocsin.web.sounds import tones_document
from tocsin.web.words import current, forms, words
from tocsin.wiring.clock import ReplayClock

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
_DRAWN = ("sound_on", "sound_off", "walk", "door", "key", "wheelchair", "person", "basement", "question")


def page_data(state: WarnState, now: datetime, language: str, area_id: str | None) -> dict[str, Any]:
    """The JSON in the page. ``area_id``: the area that the address names, if it is one of ours.

    ``lost`` is what the page says when its words never arrive: it stands in the page itself.
    """
    text = words(language)
    return {
        "language": language,
        "now": rfc3339(now),
        # A demonstration's clock stands in its night: no device's clock agrees with it, and none is wrong for that.
        "replay": isinstance(desk().clock, ReplayClock),
        "sender": pick(desk().sender.names, language),
        "basemap": address(),
        "lost": {"state": text["state_unknown"], "sentence": text["say_unknown"], "age": text["link_never"]},
        "place": place(state.areas, state.areas[area_id], language) if area_id else None,
        "state": _state(state, now, area_id) if area_id else None,
    }


@lru_cache(maxsize=32)
def agreed(language: str) -> bytes:
    """The JSON beside the page, the same for every place: words, steps, tones and drawings. Kept by its hash."""
    known = {name: threats.threat(name) for name in threats.names()}
    return msgspec.json.encode(
        {
            "silent_s": SILENT_S,
            "most_cells": MOST_CELLS,
            "words": script_words(language),
            "plurals": {key: forms(language, key) for key in _COUNTED},
            "countdown": [name for name, threat in known.items() if threat.countdown],
            "sounds": {name: dict(threat.tones) for name, threat in known.items()},
            "tones": tones_document(),
            "steps": agreed_steps(language),
            "icons": {name: icons.parts(name) for name in sorted({*actions.PICTOGRAMS.values(), *_DRAWN})},
        }
    )


def agreed_url(language: str) -> str:
    """The address of ``agreed``: other bytes have another one."""
    version = hashlib.sha256(agreed(language)).hexdigest()[:12]
    return f"{reverse('resident-json')}?in={language}&v={version}"


@require_safe
@gzip_page
def resident_json(request: HttpRequest) -> HttpResponse:
    """``GET /resident.json?in=&v=``: see ``agreed``."""
    asked = request.GET.get("in", "")
    data = agreed(asked if asked in dict(settings.LANGUAGES) else current())
    response = HttpResponse(data, content_type="application/json")
    newest = request.GET.get("v", "") == hashlib.sha256(data).hexdigest()[:12]
    response["Cache-Control"] = "public, max-age=31536000, immutable" if newest else "no-cache"
    return response


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
    said = {one: direct_state(state, one, now) for one in (*around, *below)}
    shown = [said[one] for one in (*around, *below) if one in around or said[one]["phase"] != "ok"]
    mine = {*around, *below}
    return {
        "source_age_s": 0,
        "areas": shown,
        "alerts": [
            live.alert_document(state, thread, desk().sender) | {"geometry": None}
            for thread in state.live_threads()
            if mine.intersection(thread.content.areas)
        ],
    }
