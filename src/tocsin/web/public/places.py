"""Places to choose from: what the page must know of each, and finding them by any of their names."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import h3
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from tocsin.core.area import Area, AreaTree
from tocsin.core.text import fold, pick
from tocsin.web.desk import desk
from tocsin.web.words import current

MOST_CELLS = 64
"""Cells that one live connection may ask for."""

MOST_HITS = 20
RESOLUTION = 7
_MAX_AGE_S = 300

_ALIKE = str.maketrans({"і": "и", "ї": "и", "є": "е", "ґ": "г", "ы": "и", "й": "и", "ё": "е"} | dict.fromkeys("ъь'"))
"""Letters that people who write Russian and Ukrainian use for one another."""


@require_safe
@gzip_page
def places_json(request: HttpRequest) -> HttpResponse:
    """``GET /places.json``: every area that can be chosen, named in the reader's language, with a strong ETag."""
    tree, language = desk().state().areas, current()
    found = sorted((place(tree, area, language) for area in tree), key=lambda one: (one["name"].casefold(), one["id"]))
    data = json.dumps({"language": language, "places": found}, ensure_ascii=False, separators=(",", ":")).encode()
    etag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    answer = get_conditional_response(request, etag=etag) or HttpResponse(data, content_type="application/json")
    answer["ETag"] = etag
    answer["Cache-Control"] = f"public, max-age={_MAX_AGE_S}"
    answer["Vary"] = "Accept-Language, Cookie"
    return answer


def place(tree: AreaTree, area: Area, language: str) -> dict[str, Any]:
    """What the page must know of an area to choose it and to judge its state."""
    return {
        "id": area.id,
        "name": pick(area.names, language),
        "find": sorted({*area.names.values(), *area.aliases}),
        "above": list(tree.ancestors(area.id)),
        "below": [below for below in tree.descendants(area.id) if below != area.id],
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


def loose(text: str) -> str:
    """A name as people may type it: folded, and with the letters made one that Russian and Ukrainian swap.

    ``frontend/src/public/search.ts`` does the same; ``tests/golden/search.json`` holds both to it.
    """
    return " ".join(fold(text).translate(_ALIKE).split())


def find(tree: AreaTree, text: str, language: str) -> list[Area]:
    """Areas with a name that holds the text: whole names first, then names that begin with it, then words that do."""
    wanted = loose(text)
    if not wanted:
        return []
    ranked = []
    for area in tree:
        best = min((_rank(loose(name), wanted) for name in (*area.names.values(), *area.aliases)), default=4)
        if best < 4:
            ranked.append((best, pick(area.names, language).casefold(), area.id))
    return [tree[area_id] for _, _, area_id in sorted(ranked)[:MOST_HITS]]


def _rank(name: str, wanted: str) -> int:
    if name == wanted:
        return 0
    if name.startswith(wanted):
        return 1
    if f" {wanted}" in name:
        return 2
    return 3 if wanted in name else 4
