"""A resident says that a flat is open again, with the number that they got after their report and nothing else."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from tocsin.app.repair import RESIDENTS
from tocsin.core.errors import TocsinError
from tocsin.repair.commands import ReopenNeed
from tocsin.web.desk import repairs
from tocsin.web.limits import Limiter, address_of
from tocsin.web.words import current, words

if TYPE_CHECKING:
    from tocsin.repair.state import Need

REASONS = ("off", "cold", "never")
LENGTH = 6
"""Signs of a report's number: 30 random bits, and guessing is slow."""


@lru_cache(maxsize=1)
def limits() -> Limiter:
    """Tries by address: six at once, then one in ten seconds."""
    return Limiter(rate=0.1, burst=6)


@require_http_methods(["GET", "HEAD", "POST"])
def again(request: HttpRequest) -> HttpResponse:
    """The form; sent, the flat is in the queue again. What is in the queue already stays as it is."""
    said, status = "", 200
    if request.method == "POST":
        said, status = _told(request)
    w = words(current())
    shown = {
        "says": w[f"agn_{said}"] if said else "",
        "good": said in ("done", "waits"),
        "reasons": [(name, w[f"agn_{name}"]) for name in REASONS],
        "code": "" if said in ("", "done", "waits") else request.POST.get("code", "")[:20],
    }
    response = render(request, "tocsin/again.html", shown, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _told(request: HttpRequest) -> tuple[str, int]:
    """The word for what became of it, and the answer's status."""
    if limits().take(address_of(request)):
        return "often", 429
    need = find(request.POST.get("code", ""))
    if need is None:
        return "unknown", 404
    if need.open:
        return "waits", 200
    why = request.POST.get("why", "")
    reason = words("en")[f"agn_{why if why in REASONS else REASONS[0]}"]
    try:
        repairs().do(ReopenNeed(need_id=need.id, reason=reason, by_resident=True), RESIDENTS)
    except TocsinError as error:
        return "unknown", error.http
    return "done", 200


def find(code: str) -> Need | None:
    """The need that goes on for the report of that number; None for a number of none, or of two."""
    wanted = "".join(code.split()).upper()
    if len(wanted) != LENGTH:
        return None
    state = repairs().state()
    found = [one for one in state.needs.values() if one.report[-LENGTH:].upper() == wanted]
    return state.final(found[0].id) if len(found) == 1 else None
