"""The public page of exercises, for people who take part. It shows exercises in their own look, and no live state."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tocsin.core.time import rfc3339
from tocsin.web.desk import desk
from tocsin.web.exercise import scene
from tocsin.web.sounds import tones_document
from tocsin.web.words import current, words

SILENT_S = 30
"""After this many seconds without a word from the edge the page says that it does not know."""


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """``/exercise``. ``?area=`` chooses without script; with script the choice stays on the device."""
    here, language = desk(), current()
    state, now = here.state(), here.clock.now()
    chosen = request.GET.get("area", "")
    chosen = chosen if chosen in state.areas else ""
    shown = [one for one in scene.running(state, now) if not chosen or scene.concerns(one, state.areas, chosen)]
    areas = scene.areas(state.areas, language)
    said = words(language)
    response = render(
        request,
        "tocsin/exercise/page.html",
        {
            "word": scene.word(language),
            "areas": areas,
            "chosen": chosen,
            "running": [scene.row(one, state, language) for one in shown],
            "as_of": said["as_of"].format(time=scene.clock(now)),
            "data": {
                "areas": [{key: one[key] for key in ("id", "name", "above", "below", "cells")} for one in areas],
                "drills": [scene.document(one) for one in scene.running(state, now)],
                "now": rfc3339(now),
                "silent_s": SILENT_S,
                "language": language,
                "zone": here.sender.zone,
                "tones": tones_document(),
                "words": {
                    key: text
                    for key, text in said.items()
                    if key.startswith(("drl_say_", "drl_state_", "drl_left", "drl_at_", "drl_sound_", "unit_"))
                },
            },
        },
    )
    response["Cache-Control"] = "no-store"
    return response


@require_safe
def running(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """``/exercise.json``: exercises that go on, for the page when it comes back to the stream."""
    here = desk()
    state, now = here.state(), here.clock.now()
    body = {"generated_at": rfc3339(now), "drills": [scene.document(one) for one in scene.running(state, now)]}
    response = JsonResponse(body, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "no-store"
    return response
