"""``/control/letters``: messages between processes that no worker could take, and what to do with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tocsin.app.actor import Actor
from tocsin.app.desk import Desk
from tocsin.app.letters import Letter, Letters, set_aside, try_again
from tocsin.core.errors import Denied, TocsinError
from tocsin.core.event import Entry
from tocsin.core.time import zone
from tocsin.web import once, ways
from tocsin.web.control.doors import officers, trouble
from tocsin.web.control.scene import Scene
from tocsin.web.desk import desk

SHOWN = 200

Act = Callable[[Desk, Letters, str, Actor], tuple[Entry, ...]]

ACTS: dict[str, Act] = {"again": try_again, "aside": set_aside}
"""By the last word of the address."""


def waiting() -> int:
    """How many wait; none where the database does not say."""
    try:
        return ways.letters().counts()["waiting"]
    except TocsinError:  # the rest of the board must not wait for this
        return 0


@require_safe
@officers
def index(request: HttpRequest, seen: Scene) -> HttpResponse:
    """``GET /control/letters``: each with its times, tries and reason; what they say is not shown."""
    return _show(request, seen)


@require_POST
@officers
def act(request: HttpRequest, seen: Scene, letter: str, name: str) -> HttpResponse:
    """``POST /control/letters/<id>/again`` and ``…/aside``, for whoever administers the whole city."""

    def do() -> str:
        ACTS[name](desk(), ways.letters(), letter, seen.actor)
        return name

    try:
        said = once.do(request, do)
    except Denied:
        raise
    except TocsinError as fault:
        return _show(request, seen, error=fault)
    messages.success(request, seen.w[f"ltr_{said}_done"])
    return HttpResponseRedirect(reverse("control-letters"))


def _show(request: HttpRequest, seen: Scene, error: TocsinError | None = None) -> HttpResponse:
    kept = ways.letters()
    counts = kept.counts()
    shown: dict[str, Any] = {
        "rows": [_row(seen, one) for one in kept.newest(SHOWN)],
        "counts": [{"label": seen.w[f"ltr_{key}"], "n": seen.number(n), "key": key} for key, n in counts.items()],
        "waiting": counts["waiting"],
        "may": seen.actor.may("admin", ("*",), seen.state.areas),
        "error": trouble(error, seen.w) if error else None,
        "times": seen.w["ltr_times"].format(zone=seen.sender.zone),
        "once": once.number(),
    }
    return render(request, "tocsin/control/letters.html", shown, status=error.http if error else 200)


def _row(seen: Scene, one: Letter) -> dict[str, Any]:
    kind, _, detail = one.reason.partition(": ")
    return {
        "id": one.id,
        "subject": one.subject,
        "about": one.about,
        "reason": seen.w.get(f"ltr_why_{kind.replace(' ', '_')}", kind),
        "detail": detail,
        "tries": seen.number(one.tries),
        "first_at": _at(seen, one.first_at),
        "last_at": _at(seen, one.last_at),
        "standing": one.standing,
        "says": seen.w[f"ltr_{one.standing}"],
    }


def _at(seen: Scene, at: datetime) -> str:
    """The machine's own time, in the zone of the city: a replayed night does not move it."""
    return at.astimezone(zone(seen.sender.zone)).strftime("%Y-%m-%d %H:%M:%S")
