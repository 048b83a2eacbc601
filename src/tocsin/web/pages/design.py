"""The visual language, documented by being: every component in every state, in the reader's language."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tocsin.core.text import pick
from tocsin.warn.actions import PICTOGRAMS
from tocsin.warn.words import languages
from tocsin.web import icons
from tocsin.web.pages.mapdata import map_data
from tocsin.web.words import current, words

SECTIONS = (
    "states",
    "small_signs",
    "steps",
    "time",
    "links",
    "buttons",
    "fields",
    "notices",
    "shelters",
    "table",
    "map",
    "exercise",
    "colours",
    "type",
    "icons",
)
SENTENCES = {"ended": "ended_all_clear", "ended_other": "ended_expired"}
"""Shown state → key of its sentence, where the two differ."""

ROLES = {"pre_alert": "pre", "partial_clear": "partial", "ended_other": "other"}
"""Shown state → what its tokens begin with, where the two differ."""

SIRENS = ("sounding", "silent", "link_lost", "manual", "fault", "unknown")
PLAIN = ("ink", "muted", "link", "focus", "accent", "edge", "line")
"""Colours that lie on ``--paper`` and ``--raised``."""

SIZES = ("t1", "t2", "t3", "t4", "t5", "t6")
SPACES = ("s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8")


@require_safe
def design(request: HttpRequest) -> HttpResponse:
    """The page. It shows no real state, so anybody may see it at any time."""
    language = current()
    text = words(language)
    return render(
        request,
        "tocsin/design.html",
        {
            "sections": [(name, text[f"dsg_{name}"]) for name in SECTIONS],
            "states": [_state(shown, text) for shown in icons.STATES],
            "sirens": [(name, text[f"siren_{name}"]) for name in SIRENS],
            "steps": _steps(language),
            "map": map_data(language),
            "plain": PLAIN,
            "sizes": SIZES,
            "spaces": SPACES,
            "icons": [name for name in icons.names() if name not in icons.ACTIONS],
        },
    )


def _state(shown: str, text: dict[str, str]) -> dict[str, Any]:
    return {
        "shown": shown,
        "role": ROLES.get(shown, shown),
        "word": text[f"state_{shown}"],
        "sentence": text[f"say_{SENTENCES.get(shown, shown)}"],
    }


def _steps(language: str) -> list[dict[str, str]]:
    """Every pictogram with the first of the agreed steps that it stands for."""
    first = {icon: key for key, icon in reversed(PICTOGRAMS.items())}
    return [
        {
            "name": name,
            "text": pick({tag: one.texts[f"step.{first[name]}"] for tag, one in languages().items()}, language),
        }
        for name in icons.ACTIONS
    ]
