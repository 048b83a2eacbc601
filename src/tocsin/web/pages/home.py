"""The first page: choose an area, see its state, with and without script."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import h3
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tocsin.core.area import Area, AreaTree
from tocsin.core.text import pick
from tocsin.core.time import rfc3339, zone
from tocsin.warn import threats
from tocsin.warn.phase import WORST_FIRST, AreaPhase, phases
from tocsin.warn.state import UNOBSERVED, WarnState
from tocsin.web import documents
from tocsin.web.desk import desk
from tocsin.web.words import current, words

MOST_CELLS = 64
"""Cells that one live connection may ask for."""

RESOLUTION = 7
SILENT_S = 30
"""After this without truth the page says that it does not know (rules R2, R29)."""


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The page. ``?area=`` chooses without script; with script the choice stays on the device."""
    here = desk()
    state, now, language = here.state(), here.clock.now(), current()
    said = phases(state, now)
    rows = _rows(state, said, language)
    chosen = request.GET.get("area", "")
    response = render(
        request,
        "tocsin/home.html",
        {
            "rows": rows,
            "chosen": _chosen(chosen, state, said, language) if chosen in state.areas else None,
            "as_of": words(language)["as_of"].format(time=_clock(now, here.sender.zone)),
            "data": {
                "areas": [_choice(state.areas, row) for row in rows],
                "words": words(language),
                "language": language,
                "countdown": [name for name in threats.names() if threats.threat(name).countdown],
                "silent_s": SILENT_S,
                "now": rfc3339(now),
            },
        },
    )
    response["Cache-Control"] = "no-store"
    return response


def _rows(state: WarnState, said: dict[str, AreaPhase], language: str) -> list[dict[str, Any]]:
    """One row an area, parts indented under what holds them, in the order of their names."""
    tree = state.areas
    rows: list[dict[str, Any]] = []

    def add(area: Area, depth: int) -> None:
        rows.append(_row(tree, area, _with_parts(area.id, state, said), language, depth))
        for child in _by_name((tree[c] for c in tree.children(area.id)), language):
            add(child, depth + 1)

    for top in _by_name((a for a in tree if a.parent is None or a.parent not in tree), language):
        add(top, 0)
    return rows


def _by_name(areas: Iterable[Area], language: str) -> list[Area]:
    return sorted(areas, key=lambda a: (pick(a.names, language).casefold(), a.id))


def _row(tree: AreaTree, area: Area, said: AreaPhase, language: str, depth: int) -> dict[str, Any]:
    shown, sentence = shown_as(said["phase"], said["kind"])
    text = words(language)
    since = datetime.fromisoformat(said["since"]) if said["since"] else None
    return {
        "id": area.id,
        "name": pick(area.names, language),
        "depth": min(depth, 4),
        "shown": shown,
        "state": text[f"state_{shown}"],
        "sentence": text[f"say_{sentence}"],
        "since": _clock(since, area.zone) if since else "",
        "leaf": not tree.children(area.id),
    }


def _chosen(area_id: str, state: WarnState, said: dict[str, AreaPhase], language: str) -> dict[str, Any]:
    """The state of the chosen area without script. Danger in a part of it is danger for whoever chose the whole."""
    area = state.areas[area_id]
    worst = _with_parts(area_id, state, said)
    row = _row(state.areas, area, worst, language, 0)
    if worst["levels"]:
        thread = state.threads[worst["levels"][0]["warning"]]
        told = documents.texts(thread, state, desk().sender)
        row |= {part: pick(told[part], language) for part in ("headline", "instruction")}
    return row


def _with_parts(area_id: str, state: WarnState, said: dict[str, AreaPhase]) -> AreaPhase:
    """The worst of an area and its parts: nobody who reads one line of the whole may think a part safe that is not."""
    parts = [said[part] for part in state.areas.descendants(area_id) if _worrying(said[part])]
    return min([said[area_id], *parts], key=lambda one: WORST_FIRST.index(one["phase"]))


def _worrying(one: AreaPhase) -> bool:
    unseen = one["phase"] == "ended" and one["kind"] in UNOBSERVED
    return unseen or one["phase"] in ("alert", "pre_alert", "unknown")


def shown_as(phase: str, kind: str | None) -> tuple[str, str]:
    """``(shape and word, sentence)`` of a phase. Only an observed all-clear is shown as one (rule R4)."""
    if phase != "ended":
        return phase, phase
    return ("ended" if kind == "all_clear" else "ended_other"), f"ended_{kind}"


def _clock(at: datetime, zone_name: str) -> str:
    return at.astimezone(zone(zone_name)).strftime("%Y-%m-%d %H:%M:%S")


def _choice(tree: AreaTree, row: dict[str, Any]) -> dict[str, Any]:
    """What the script must know of an area to choose it and to judge its state."""
    area = tree[row["id"]]
    below = [a for a in tree.descendants(area.id) if a != area.id]
    return {
        "id": area.id,
        "name": row["name"],
        "find": sorted({*area.names.values(), *area.aliases}),
        "above": list(tree.ancestors(area.id)),
        "below": below,
        "cells": sample(tree, area.id),
        "lead_s": area.lead_time_s,
        "zone": area.zone,
    }


def sample(tree: AreaTree, area_id: str) -> list[str]:
    """At most 64 cells of resolution 7 that stand for the area: one of its own and one of each part with cells.

    The page asks for the state of areas, not of a point, so one cell inside each is enough.
    """
    found: dict[str, None] = {}
    for below in tree.descendants(area_id):
        cells = tree[below].cells
        if cells:
            # A middle cell lies inside its area more likely than a border one; coarser cells are all inside.
            cell = min(cells, key=lambda c: (h3.get_resolution(c), c))
            found[h3.cell_to_center_child(cell, RESOLUTION)] = None
    return list(found)[:MOST_CELLS]
