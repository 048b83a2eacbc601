"""``/control``: one screen for the whole night, and its refresh."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tocsin.core.errors import TocsinError
from tocsin.store import accounts
from tocsin.web import documents
from tocsin.web.control import board
from tocsin.web.control.doors import officers
from tocsin.web.control.scene import Scene, scene
from tocsin.web.pages.mapdata import map_data

SILENT_S = 30
"""After this without truth the screen says that it does not know (R2, R29)."""

_SCRIPT_WORDS = (
    "ctl_link_web",
    "ctl_link_edge",
    "ctl_link_seconds",
    "ctl_signed_out",
    "ctl_edge_behind",
    "ctl_edge_even",
    "ctl_edge_never",
    "ctl_clients",
    "ctl_answered",
    "ctl_changed",
    "ctl_reload",
    "ctl_sending",
    "ctl_no_answer",
    "ctl_clear_named",
    "ctl_age",
    "unit_s",
    "state_unknown",
)


@require_safe
@officers
def now(request: HttpRequest, seen: Scene) -> HttpResponse:
    """The page. Without script it shows, and every act is a page of its own."""
    shown = board.context(seen)
    data = {
        "seq": shown["seq"],
        "public_seq": shown["public_seq"],
        "at": shown["at"],
        "edge": settings.TOCSIN_EDGE_URL,
        "silent_s": SILENT_S,
        "areas": shown["states"],
        "news": board.news(shown, seen),
        "language": seen.language,
        "map": map_data(seen.language),
        "words": {key: seen.w[key] for key in _SCRIPT_WORDS},
    }
    return render(request, "tocsin/control/now.html", {**shown, "data": data})


@require_safe
def refresh(request: HttpRequest) -> HttpResponse:
    """The parts of the screen as JSON; 304 while neither the ledger nor the second has moved on.

    Who is no longer signed in gets 401, and the screen says so: a redirect would look like an answer.
    """
    actor = accounts.actor_for_user(request.user)
    if actor is None or not documents.insider(actor):
        return JsonResponse({"signed_in": False}, status=401)
    try:
        seen = scene(request)
        tag = board.etag(seen)
        if request.headers.get("If-None-Match") == tag:
            response = HttpResponse(status=304)
        else:
            response = JsonResponse(board.document(request, seen))
    except TocsinError as error:
        return JsonResponse({"error": error.code}, status=503)
    response["ETag"] = tag
    response["Cache-Control"] = "no-cache, private"
    return response
