"""The resident's page and the list of all areas, with and without script."""

from __future__ import annotations

import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from tocsin.core.text import pick
from tocsin.web import push, shelters
from tocsin.web.desk import desk
from tocsin.web.public import places, states
from tocsin.web.public.data import agreed_url, page_data
from tocsin.web.words import current, words

MOST_TEXT = 100
MOST_SHELTERS = 12
IN_SIGHT = 3
"""Shelters that are shown at once; the others are behind one touch."""


@require_safe
@gzip_page  # nothing on this page is secret: no form of it carries a token, so its length tells nobody anything
def home(request: HttpRequest) -> HttpResponse:
    """The page. ``?area=`` or ``?q=`` chooses without script; with script the choice stays on the device."""
    here = desk()
    state, now, language = here.state(), here.clock.now(), current()
    asked = request.GET.get("q", "")[:MOST_TEXT].strip()
    area_id: str | None = request.GET.get("area", "")
    hits = places.find(state.areas, asked, language) if asked else []
    if area_id not in state.areas:
        area_id = hits[0].id if len(hits) == 1 else None
    context = {
        **_as_of(language),
        "chosen": _chosen(area_id, language) if area_id else None,
        "asked": asked,
        "hits": _hits(hits, language) if asked and not area_id else [],
        "any": len(state.areas) > 0,
        "agreed": agreed_url(language),
        "push_key": push.key(),
        "data": page_data(state, now, language, area_id),
    }
    return _fresh(render(request, "tocsin/home.html", context))


def _chosen(area_id: str, language: str) -> dict[str, Any]:
    here = desk()
    said = states.chosen(area_id, here.state(), here.clock.now(), language)
    near = shelters.of_area(area_id, language)[:MOST_SHELTERS]
    more = words(language)["pub_near_more"].format(n=len(near) - IN_SIGHT) if len(near) > IN_SIGHT else ""
    return said | {"shelters": near, "more_shelters": more}


def _hits(hits: list[Any], language: str) -> list[dict[str, str]]:
    tree = desk().state().areas
    return [
        {
            "id": area.id,
            "name": pick(area.names, language),
            "above": " · ".join(pick(tree[a].names, language) for a in tree.ancestors(area.id)),
        }
        for area in hits
    ]


@require_safe
@gzip_page
def areas(request: HttpRequest) -> HttpResponse:
    """``GET /areas``: the state of every area as a list."""
    here, language = desk(), current()
    found = states.rows(here.state(), here.clock.now(), language)
    return _fresh(render(request, "tocsin/areas.html", {**_as_of(language), "rows": found}))


def _as_of(language: str) -> dict[str, str]:
    here, text = desk(), words(language)
    return {
        # Its own mark on each answer: a script that asks again tells a stored copy from news.
        "mark": secrets.token_hex(8),
        "as_of": text["as_of"].format(time=states.clock(here.clock.now(), here.sender.zone)),
        "source": text["source"].format(name=pick(here.sender.names, language)),
    }


def _fresh(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response
