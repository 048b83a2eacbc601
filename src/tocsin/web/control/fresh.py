"""A new warning without a detection: danger, level, places and a reason make a draft, in the agreed words."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.http import require_http_methods

from tocsin.core.errors import TocsinError
from tocsin.warn import commands as cmd
from tocsin.warn.events import WarningDrafted
from tocsin.web import once
from tocsin.web.control import doors, forms, places, restate
from tocsin.web.control.doors import Trouble, officers
from tocsin.web.control.scene import Scene
from tocsin.web.pages.errors import page


@require_http_methods(["GET", "HEAD", "POST"])
@officers
def draft(request: HttpRequest, seen: Scene) -> HttpResponse:
    """The form; sent, it makes a draft and opens it."""
    if not seen.holds("duty"):
        return page(request, 403, "error_403")
    if request.method != "POST":
        return doors.show(request, "new", _shown(seen, request.GET, None))
    given = request.POST
    try:
        made = once.do(request, lambda: _made(given, seen))
    except TocsinError as refused:
        why = doors.trouble(refused, seen.w)
        return doors.show(request, "new", _shown(seen, given, why), why.status)
    return doors.done(request, f"/control/drafts/{made}")


def _made(given: QueryDict, seen: Scene) -> str:
    outcome = doors.carry_out(_command(given, seen), seen)
    return next(f.warning_id for f in outcome.facts if isinstance(f, WarningDrafted))


def _command(given: QueryDict, seen: Scene) -> cmd.Draft:
    written = forms.texts(given, seen)
    return cmd.Draft(
        threat=given.get("threat", ""),
        level=forms.level(given) or "alert",
        areas=tuple(given.getlist("areas")),
        reason=forms.reason(given),
        duration_s=forms.duration_s(given),
        headline=written["headline"],
        description=written["description"],
        instruction=written["instruction"],
    )


def _shown(seen: Scene, given: QueryDict, error: Trouble | None) -> dict[str, Any]:
    return {
        "dangers": forms.dangers(seen, given.get("threat", "")),
        "levels": forms.levels(seen, given.get("level") or "alert"),
        "areas": places.choices(seen, tuple(given.getlist("areas"))),
        "minutes": given.get("minutes", ""),
        "reason": given.get("reason", ""),
        "preset": given.get("preset", ""),
        "reasons": restate.reasons(seen, "new"),
        "once": given.get(once.FIELD) or once.number(),
        "error": error,
        "beside": error is not None and error.field in ("threat", *forms.CONTENT),
    }
