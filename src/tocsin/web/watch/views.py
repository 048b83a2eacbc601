"""``/demo``: choose where to stand. ``/demo/night``: watch the night, and ask its player."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from tocsin.web.desk import desk
from tocsin.web.pages import errors
from tocsin.web.pages.demo_sign_in import offered
from tocsin.web.watch import scene
from tocsin.web.words import current, words
from tocsin.wiring.playbill import Asked, nights

View = Callable[..., HttpResponse]

SILENT_S = 30
"""After this without truth the page says that it does not know."""


def demonstration(view: View) -> View:
    """Nothing is there unless the city is a demonstration."""

    @wraps(view)
    def only(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        if not desk().sender.demo:
            raise Http404
        response = view(request, *args, **named)
        response["Cache-Control"] = "no-store"
        return response

    return only


@require_safe
@demonstration
def choose(request: HttpRequest) -> HttpResponse:
    """Where do you want to stand?"""
    context = scene.Scene(current()).context()
    keys = ("street", "stage", "round", "begins_in", "begins_say")
    shown = {key: context[key] for key in keys} | {"sit_down": offered(request)}
    return render(request, "tocsin/watch/choose.html", shown)


@require_safe
@demonstration
def night(request: HttpRequest) -> HttpResponse:
    """The night as it is lived through."""
    now = scene.Scene(current())
    text = words(current())
    states = ("alert", "pre_alert", "unknown", "ok", "partial_clear", "ended", "ended_other")
    return render(
        request,
        "tocsin/watch/night.html",
        now.context()
        | {
            "anew": "again" in request.GET,
            "choices": now.choices(),
            "data": {
                "cells": scene.cells(),
                "above": {area["id"]: list(now.state.areas.ancestors(area["id"])) for area in now.areas()},
                "silent_s": SILENT_S,
                "zone": now.zone.key,
                "words": {f"state_{one}": text[f"state_{one}"] for one in states}
                | {key: text[key] for key in ("wat_link_good", "wat_link_lost", "wat_in_s")},
            },
        },
    )


@require_safe
@demonstration
def now(request: HttpRequest) -> HttpResponse:
    """The part of the page that changes, for its script."""
    return render(request, "tocsin/watch/now.html", scene.Scene(current()).context())


@require_POST
@demonstration
def ask(request: HttpRequest) -> HttpResponse:
    """Leave a wish for the player. Whoever sits at this machine may."""
    if not offered(request):
        return errors.closed(request)
    form = request.POST
    given: dict[str, Any] = {key: form[key] for key in ("act", "round", "night") if form.get(key)}
    if form.get("speed"):
        given["speed"] = form["speed"]
    try:
        asked = msgspec.convert(given, Asked, strict=False)
    except msgspec.ValidationError:
        return HttpResponse(status=400)
    if asked.night and asked.night not in nights():
        return HttpResponse(status=400)
    told = scene.playbill().told()
    if told is not None and told.round == asked.round:
        scene.playbill().ask(asked)
    return redirect("demo-night")
