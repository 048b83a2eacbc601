"""``/crew``: the page, the choice of the crew, and every word that a crew sends back."""

from __future__ import annotations

import re
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tocsin.core.errors import TocsinError
from tocsin.core.points import reach
from tocsin.store import accounts
from tocsin.web import once
from tocsin.web.control.doors import Trouble, trouble
from tocsin.web.crew import acts
from tocsin.web.crew.scene import CHOSEN, Look, context, look
from tocsin.web.pages.errors import page

ASKED = "Tocsin-Crew"
"""The header by which the page's script asks for JSON."""

_SCRIPT_WORDS = (
    "crw_ago",
    "crw_offline",
    "crw_waiting",
    "crw_refused",
    "crw_dismiss",
    "crw_sign_in",
    "unit_s",
    "unit_min",
    "unit_h",
)
_CLIENT_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")


@require_safe
@login_required
def screen(request: HttpRequest) -> HttpResponse:
    """The page: without script every button is a form of its own."""
    seen = look(request)
    if seen is None:
        return page(request, 403, "error_403")
    return _page(request, seen, status=200)


def _page(request: HttpRequest, seen: Look, *, status: int, error: Trouble | None = None) -> HttpResponse:
    shown = context(seen)
    data = {
        "crew": shown["crew"]["id"] if shown["crew"] else "",
        "at": shown["as_of_iso"],
        "words": {key: seen.w[key] for key in _SCRIPT_WORDS},
    }
    more = {"data": data, "error": error, "client_id": once.number()}
    response = render(request, "tocsin/crew/screen.html", {**shown, **more}, status=status)
    # The service worker keeps it for a time without a network; nobody between us and the phone does.
    response["Cache-Control"] = "no-cache, private"
    return response


@require_POST
@login_required
def choose(request: HttpRequest) -> HttpResponse:
    """Which crew this phone is with; an empty choice asks again."""
    seen = look(request)
    if seen is None:
        return page(request, 403, "error_403")
    chosen = request.POST.get("crew", "")
    request.session[CHOSEN] = chosen if any(one.crew.id == chosen for one in seen.crews) else ""
    return HttpResponseRedirect(reverse("crew"))


@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """One word of a crew. For the page's script the answer is JSON; who is signed out gets 401 and sends it later."""
    asked = ASKED in request.headers
    seen = look(request)
    if seen is None:
        return _stranger(request, asked=asked)
    try:
        reach("web.before_append")
        acts.do(seen, request, _client_id(request))
        reach("web.before_answer")
    except TocsinError as error:
        return _refused(request, seen, error, asked=asked)
    return JsonResponse({"done": True}) if asked else HttpResponseRedirect(reverse("crew"))


def _stranger(request: HttpRequest, *, asked: bool) -> HttpResponse:
    """Signed out: sign in and send again. Of no crew: nothing to be done here."""
    if accounts.actor_for_user(request.user) is not None:
        return page(request, 403, "error_403")
    if asked:
        return JsonResponse({"signed_in": False}, status=401)
    return HttpResponseRedirect(f"{reverse('account_login')}?next={reverse('crew')}")


def _refused(request: HttpRequest, seen: Look, error: TocsinError, *, asked: bool) -> HttpResponse:
    told = trouble(error, seen.w)
    if not asked:
        return _page(request, seen, status=error.http, error=told)
    said = {"code": told.code, "says": told.says or f"{told.message} {told.remedy}"}
    return JsonResponse({"refused": said}, status=error.http)


def _client_id(request: HttpRequest) -> str:
    given = cast("Any", request.POST).get("client_id", "")
    return given if _CLIENT_ID.fullmatch(given) else once.number()
