"""Acts on a warning in force: all clear, partial clear, update, cancel, close. One panel each, one button each."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.views.decorators.http import require_http_methods

from tocsin.core.errors import Refused, TocsinError
from tocsin.warn import commands as cmd
from tocsin.warn.events import WarningDrafted
from tocsin.warn.state import Thread
from tocsin.web.control import doors, forms, lives, restate
from tocsin.web.control.doors import Trouble, officers
from tocsin.web.control.scene import Scene, scene
from tocsin.web.control.tail import tail
from tocsin.web.desk import desk
from tocsin.web.pages.errors import page

ACTS = ("all-clear", "partial-clear", "update", "cancel", "end")
_BESIDE = {"update": forms.CONTENT, "partial-clear": ("areas", "reason")}
CLEARS = ("all-clear", "partial-clear", "end")
"""Acts that say, or let people believe, that danger is over. A correction says that there was none."""
NEWEST = 3
_END = {"all-clear": "all_clear", "cancel": "cancelled", "end": "manual"}


@require_http_methods(["GET", "HEAD", "POST"])
@officers
def act(request: HttpRequest, seen: Scene, warning_id: str, name: str) -> HttpResponse:
    """The panel of an act, and the act."""
    thread = doors.find(seen, warning_id)
    if thread is None:
        return doors.missing(request)
    if not seen.may("duty", thread.content.areas):
        return page(request, 403, "error_403")
    if request.method == "POST":
        return _carry_out(request, seen, thread, name)
    if thread.status != "live":
        return _over(request, seen, thread)
    return _panel(request, seen, thread, name)


def _over(request: HttpRequest, seen: Scene, thread: Thread) -> HttpResponse:
    if doors.panel_asked(request):
        word = seen.w[f"ctl_end_{thread.end}"] if thread.end else seen.w[f"ctl_fed_{thread.status}"]
        return doors.show(request, "over", {"id": thread.id, "title": seen.title(thread.content), "became": word})
    return HttpResponseRedirect(f"/control/warnings/{thread.id}")


def _carry_out(request: HttpRequest, seen: Scene, thread: Thread, name: str) -> HttpResponse:
    given = request.POST
    if thread.end is not None and thread.end == _END.get(name):
        return doors.done(request)  # the same word said twice: it has happened, and happens once
    try:
        outcome = doors.carry_out(
            _command(thread, given, name, seen), seen, lambda state: _unchanged(state.threads[thread.id], given, name)
        )
    except TocsinError as refused:
        after = scene(request)
        now = after.state.threads[thread.id]
        if now.status != "live":
            return _over(request, after, now)
        return _panel(request, after, now, name, error=doors.trouble(refused, seen.w), given=given)
    drafted = next((f.warning_id for f in outcome.facts if isinstance(f, WarningDrafted)), "")
    return doors.done(request, f"/control/drafts/{drafted}" if drafted else "/control")


def _unchanged(thread: Thread, given: QueryDict, name: str) -> None:
    """Refuse an act on a warning that has spoken since the officer looked, and an end of danger seen since."""
    if given.get("seen", "") != lives.version(thread):
        raise Refused(
            "TOC-1005",
            "The warning has changed since you opened this.",
            field="seen",
            remedy="Read how it stands now, then decide again.",
        )
    if name in CLEARS and given.get("heard", "") != lives.heard_of(thread):
        raise Refused(
            "TOC-1005",
            "The danger was detected again since you opened this.",
            field="heard",
            remedy="Look at the detections, then decide again.",
        )


def _command(thread: Thread, given: QueryDict, name: str, seen: Scene) -> cmd.Command:
    why = forms.reason(given)
    if name == "all-clear":
        return cmd.AllClear(warning_id=thread.id, reason=why)
    if name == "cancel":
        return cmd.Cancel(warning_id=thread.id, reason=why)
    if name == "end":
        return cmd.EndManually(warning_id=thread.id, reason=why)
    if name == "partial-clear":
        return cmd.PartialClear(warning_id=thread.id, areas=tuple(given.getlist("areas")), reason=why)
    return _update(thread, given, why, seen)


def _update(thread: Thread, given: QueryDict, why: str, seen: Scene) -> cmd.Update:
    changed = forms.edit_command(thread, given, seen)
    return cmd.Update(
        warning_id=thread.id,
        level=changed.level,
        areas=changed.areas,
        reason=why,
        headline=changed.headline,
        description=changed.description,
        instruction=changed.instruction,
        duration_s=forms.duration_s(given),
    )


def _panel(
    request: HttpRequest,
    seen: Scene,
    thread: Thread,
    name: str,
    *,
    error: Trouble | None = None,
    given: QueryDict | None = None,
) -> HttpResponse:
    shown: dict[str, Any] = {
        "row": lives.row(seen, thread, tail(desk().ledger)),
        "act": name,
        "tag": name.replace("-", "_"),
        "where": seen.names(thread.content.areas),
        "error": error,
        "beside": error is not None and error.field in _BESIDE.get(name, ("reason",)),
        "given": given,
        "preset": given.get("preset", "") if given else "",
        "reason": given.get("reason", "") if given else "",
        "reasons": restate.reasons(seen, name.replace("-", "_")),
        "texts": restate.preview(seen, thread, "all_clear" if name == "all-clear" else "cancel")
        if name in ("all-clear", "cancel")
        else [],
        "parts": _parts(seen, thread, given) if name == "partial-clear" else [],
        "edit": forms.edit(seen, thread, given) if name == "update" else None,
        "minutes": [30, 60, 180],
        "clears": name in CLEARS,
        "sources": _sources(seen, thread),
    }
    return doors.show(request, "live", shown, error.status if error else 200)


def _sources(seen: Scene, thread: Thread) -> list[dict[str, Any]]:
    """Who saw the danger last."""
    newest = sorted(thread.sources, key=lambda one: one.observed_at, reverse=True)[:NEWEST]
    return [{"source": one.source, "age": seen.since(one.observed_at), "trusted": one.trusted} for one in newest]


def _parts(seen: Scene, thread: Thread, given: QueryDict | None) -> list[dict[str, Any]]:
    """The areas under the warning that can be cleared by themselves."""
    chosen = given.getlist("areas") if given is not None else []
    tree = seen.state.areas
    covered = tree.closure(thread.content.areas)
    whole = thread.content.areas[0] if len(thread.content.areas) == 1 else ""
    return [
        {"id": one, "name": seen.name(one), "chosen": one in chosen}
        for one in sorted(covered, key=lambda a: (seen.name(a).casefold(), a))
        if one != whole and any(tree[d].cells for d in tree.descendants(one))
    ]
