"""What every view of the control room shares: who may enter, whole page or panel, and how a refusal is shown."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import msgspec
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from tocsin.core.errors import Denied, TocsinError, Unavailable
from tocsin.core.points import reach
from tocsin.warn.commands import Command
from tocsin.warn.state import Thread, WarnState
from tocsin.web.control.scene import Scene, scene
from tocsin.web.desk import desk
from tocsin.web.pages.errors import page

View = Callable[..., HttpResponse]

PANEL = "Tocsin-Panel"
"""The header by which the page's script asks for a panel alone."""


_SAID_WHOLLY = frozenset({"TOC-1009", "TOC-1012"})
"""Refusals of which our own words say everything: the same once more, in English, would only be longer to read."""


class Trouble(msgspec.Struct, frozen=True):
    """A refusal as an officer reads it: beside which field, what, and what to do about it."""

    code: str
    field: str
    says: str
    message: str
    remedy: str
    status: int


def trouble(error: TocsinError, w: dict[str, str]) -> Trouble:
    """An error in words. ``field`` without its index, so that ``areas[2]`` stands beside the areas."""
    field = (error.field or "form").partition("[")[0].partition(".")[0]
    says = w.get(f"ctl_err_{error.code[4:]}", "")
    if error.code in _SAID_WHOLLY:
        return Trouble(error.code, field, says, "", "", error.http)
    return Trouble(error.code, field, says, error.message, error.remedy, error.http)


def officers(view: View) -> View:
    """Let officers with a role in, hand the view their scene, and keep nothing of the answer in any cache."""

    @login_required
    @wraps(view)
    def enter(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        try:
            response = view(request, scene(request), *args, **named)
        except Denied:
            response = page(request, 403, "error_403")
        except Unavailable:
            response = page(request, 503, "ctl_no_ledger")
        response.setdefault("Cache-Control", "no-store")
        return response

    return enter


def panel_asked(request: HttpRequest) -> bool:
    """Whether the page's script asks for the panel alone."""
    return PANEL in request.headers


def show(request: HttpRequest, name: str, shown: dict[str, Any], status: int = 200) -> HttpResponse:
    """A panel alone, or the same panel as a page of its own."""
    panel = f"tocsin/control/panels/{name}.html"
    if panel_asked(request):
        return render(request, panel, shown, status=status)
    return render(request, "tocsin/control/alone.html", {**shown, "panel": panel}, status=status)


def done(request: HttpRequest, where: str = "/control") -> HttpResponse:
    """After an act: back to the board by redirect, or a word to the script that it can close the panel."""
    if panel_asked(request):
        response = HttpResponse(status=204)
        response["Tocsin-Done"] = where
        return response
    return HttpResponseRedirect(where)


def carry_out(command: Command, seen: Scene, check: Callable[[WarnState], None] | None = None) -> Any:
    """Give a command to the desk as the officer; ``check`` may refuse it by the state that it is decided on.

    Raises:
        TocsinError: the rules say no, or the ledger cannot be written.
    """
    reach("web.before_append")
    outcome = desk().do(command, seen.actor, check=check)
    reach("web.before_answer")
    return outcome


def find(seen: Scene, warning_id: str) -> Thread | None:
    """The warning, if it exists for this officer."""
    thread = seen.state.threads.get(warning_id)
    return thread if thread is not None and seen.concerns(thread) else None


def missing(request: HttpRequest) -> HttpResponse:
    """404: there is no such warning for this officer."""
    return page(request, 404, "ctl_no_warning")
