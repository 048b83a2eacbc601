"""Following a place or the record by e-mail, without an account: asked for, confirmed by mail, left by a click.

Nobody learns here who follows: the answer is the same whether an address was known or not. The links of a message carry
a random token, and what they do needs a press of a button, since mail scanners open every link.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tocsin.app.following import followable
from tocsin.channels._registry import read_address
from tocsin.core.errors import Invalid, TocsinError, Unavailable
from tocsin.core.subscription import Wish
from tocsin.core.text import pick
from tocsin.web.desk import desk
from tocsin.web.errors import TooMany
from tocsin.web.following import following, greet
from tocsin.web.limits import Limiter, address_of
from tocsin.web.words import current, words

METHODS = ["GET", "HEAD", "POST"]


@lru_cache(maxsize=1)
def limits() -> tuple[Limiter, Limiter]:
    """Of those who ask, by their network address; and of mailboxes that are asked for."""
    return Limiter(rate=1 / 60, burst=6), Limiter(rate=1 / 1200, burst=3)


@require_http_methods(METHODS)
def follow(request: HttpRequest) -> HttpResponse:
    """The form; sent, it says to look into the mailbox."""
    if request.method != "POST":
        return _page(request, _form(request.GET, None))
    try:
        wish = _wish(request.POST)
        _limit(request, str(wish.address["to"]))
        _begin(wish)
    except TocsinError as refused:
        return _page(request, _form(request.POST, refused), status=refused.http)
    return _page(request, {"done": "asked"})


def _wish(given: QueryDict) -> Wish:
    """What was filled in.

    Raises:
        Invalid: the address or the area cannot be (TOC-13001).
    """
    record = given.get("what") == "record"
    areas = [] if record else [given.get("area", "")]
    return following().wish(
        desk().state().areas,
        "email",
        read_address("email", given.get("email", "")[:300]),
        areas=areas,
        language=current(),
        level="pre_alert" if given.get("early") else "alert",
    )


def _limit(request: HttpRequest, to: str) -> None:
    """Refuse who asks too often, and who has one mailbox written to again and again.

    Raises:
        TooMany: wait (TOC-6005).
    """
    askers, mailboxes = limits()
    wait = askers.take(address_of(request)) or mailboxes.take(hashlib.sha256(to.lower().encode()).hexdigest())
    if wait:
        raise TooMany(wait)


def _begin(wish: Wish) -> None:
    """Keep the wish and write to the mailbox.

    Raises:
        Unavailable: no mail server is set up, or it does not answer (TOC-8002).
    """
    write = greet()
    if write is None or not write(following().ask(wish)):
        raise Unavailable(
            "TOC-8002", "The message could not be sent.", field="email", remedy="Try again in a few minutes."
        )


# A cross-site request cannot know the token, and a mail program that leaves by one click brings no cookie.
@csrf_exempt
@require_http_methods(METHODS)
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """A button; pressed, the follower is told from now on."""
    found = following().find(token)
    if found is None:
        return _page(request, {"done": "unknown"}, status=404)
    if request.method != "POST":
        return _page(request, {"ask": "confirm" if found.state == "pending" else "leave"})
    following().confirm(token)
    return _page(request, {"done": "confirmed", "token": token})


@csrf_exempt
@require_http_methods(METHODS)
def leave(request: HttpRequest, token: str) -> HttpResponse:
    """A button, or one click in a mail program (RFC 8058); the follower is forgotten altogether."""
    if request.method != "POST":
        known = following().find(token) is not None
        return _page(request, {"ask": "leave"} if known else {"done": "left"})
    following().leave(token)
    return _page(request, {"done": "left"})


def _form(given: QueryDict, error: TocsinError | None) -> dict[str, Any]:
    w = words(current())
    record = given.get("what", "") == "record"
    field = (error.field or "form") if error else ""
    return {
        "ready": greet() is not None,
        "areas": _areas(given.get("area", "")),
        "record": record,
        "early": bool(given.get("early")),
        "email": given.get("email", "")[:254],
        "bad": ("email" if field in {"address", "email"} else field if field == "area" else "form") if error else "",
        "says": _says(error, w),
    }


def _says(error: TocsinError | None, w: dict[str, str]) -> str:
    """What is wrong, in the reader's language."""
    if error is None:
        return ""
    if error.code == "TOC-6005":
        return w["fol_err_often"]
    if isinstance(error, Invalid):
        return w["fol_err_area"] if error.field == "area" else w["fol_err_email"]
    return w["fol_err_send"]


def _areas(chosen: str) -> list[dict[str, Any]]:
    """The areas that can be followed, by name."""
    language, tree = current(), desk().state().areas
    rows = [
        {"id": area.id, "name": pick(area.names, language), "chosen": area.id == chosen} for area in followable(tree)
    ]
    return sorted(rows, key=lambda row: str(row["name"]).casefold())


def _page(request: HttpRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    response = render(request, "tocsin/follow.html", context, status=status)
    response["Cache-Control"] = "no-store"
    if "token" in (request.resolver_match.kwargs if request.resolver_match else {}):
        response["Referrer-Policy"] = "no-referrer"  # the token of a link must not travel on
    response["X-Robots-Tag"] = "noindex"
    return response
