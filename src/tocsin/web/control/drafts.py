"""A draft opened: everything that would go out, restated; and what may be done with it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.views.decorators.http import require_POST, require_safe

from tocsin.core.errors import Refused, TocsinError
from tocsin.warn import commands as cmd
from tocsin.warn.state import Thread
from tocsin.web import second_factor
from tocsin.web.control import doors, forms, restate, work
from tocsin.web.control.doors import Trouble, officers
from tocsin.web.control.scene import Scene, scene


@require_safe
@officers
def opened(request: HttpRequest, seen: Scene, warning_id: str) -> HttpResponse:
    """The draft as it would go out. ``?seen=`` names the bytes that the officer read before."""
    thread = doors.find(seen, warning_id)
    if thread is None:
        return doors.missing(request)
    if thread.status != "draft":
        return _over(request, seen, thread)
    return _panel(request, seen, thread, before=request.GET.get("seen", ""))


def _over(request: HttpRequest, seen: Scene, thread: Thread) -> HttpResponse:
    if doors.panel_asked(request):
        shown = {"id": thread.id, "title": seen.title(thread.content), "became": seen.w[f"ctl_fed_{thread.status}"]}
        return doors.show(request, "over", shown)
    return HttpResponseRedirect(f"/control/warnings/{thread.id}")


def _panel(
    request: HttpRequest,
    seen: Scene,
    thread: Thread,
    *,
    before: str = "",
    error: Trouble | None = None,
    given: QueryDict | None = None,
    act: str = "",
) -> HttpResponse:
    shown = {
        "again": second_factor.stale(request, grace_s=second_factor.GRACE_S if error or act else 0.0),
        "beside": error is not None and error.field in _BESIDE.get(act, ()),
        "draft": work.row(seen, thread),
        "going": restate.going_out(seen, thread),
        "standing": restate.standing(seen, thread),
        "changes": restate.changes(seen, thread, before) if before else [],
        "edit": forms.edit(seen, thread, given if act == "edit" else None),
        "typed": given.get("confirm", "") if given and act == "send" else "",
        "error": error,
        "act": act,
        "given": given,
        "reasons": restate.reasons(seen, "discard"),
        "glass_reasons": restate.reasons(seen, "glass"),
    }
    return doors.show(request, "draft", shown, error.status if error else 200)


@require_POST
@officers
def act(request: HttpRequest, seen: Scene, warning_id: str, name: str) -> HttpResponse:
    """Send, approve, change or put away; what the rules say against it stands beside the field."""
    thread = doors.find(seen, warning_id)
    if thread is None:
        return doors.missing(request)
    given = request.POST
    if thread.status != "draft":
        # A second click on Send finds the warning sent: nothing more happens, and that is said.
        return _over(request, seen, thread) if doors.panel_asked(request) else HttpResponseRedirect("/control")
    try:
        if name in FRESH:
            second_factor.require_fresh(request)
        doors.carry_out(
            _COMMANDS[name](thread, given, seen), seen, lambda state: _unchanged(state.threads[warning_id], given)
        )
    except TocsinError as refused:
        after = scene(request)
        return _refused(request, after, warning_id, name, doors.trouble(refused, seen.w))
    if name in ("send", "discard"):
        return doors.done(request)
    after = scene(request)
    if doors.panel_asked(request):
        return _panel(request, after, after.state.threads[warning_id])
    return HttpResponseRedirect(f"/control/drafts/{warning_id}")


def _refused(request: HttpRequest, after: Scene, warning_id: str, name: str, why: Trouble) -> HttpResponse:
    thread = after.state.threads[warning_id]
    if thread.status != "draft":
        return _over(request, after, thread)
    given = request.POST.copy()
    before = given.get("sha256", "")
    changed = before != thread.message.sha256
    if changed:
        given["confirm"] = ""  # what was typed was typed about other words
    return _panel(request, after, thread, before=before if changed else "", error=why, given=given, act=name)


def _unchanged(thread: Thread, given: QueryDict) -> None:
    """An edit or a discard of what the officer no longer sees is refused, as the rules do for sending."""
    if given.get("sha256", "") != thread.message.sha256:
        raise Refused(
            "TOC-1007",
            "The draft is not what you were shown: its bytes have another SHA-256.",
            field="sha256",
            remedy="Read the draft as it is now, then decide again.",
        )


def _send(thread: Thread, given: QueryDict, _seen: Scene) -> cmd.Command:
    return cmd.Issue(warning_id=thread.id, sha256=given.get("sha256", ""), confirm=given.get("confirm", ""))


def _approve(thread: Thread, given: QueryDict, _seen: Scene) -> cmd.Command:
    return cmd.Approve(warning_id=thread.id, sha256=given.get("sha256", ""))


def _discard(thread: Thread, given: QueryDict, _seen: Scene) -> cmd.Command:
    return cmd.Discard(warning_id=thread.id, reason=forms.reason(given))


def _glass(_thread: Thread, given: QueryDict, _seen: Scene) -> cmd.Command:
    return cmd.BreakGlass(reason=forms.reason(given))


def _edit(thread: Thread, given: QueryDict, seen: Scene) -> cmd.Command:
    return forms.edit_command(thread, given, seen)


_COMMANDS: dict[str, Any] = {
    "send": _send,
    "approve": _approve,
    "discard": _discard,
    "edit": _edit,
    "break-glass": _glass,
}
ACTS = tuple(_COMMANDS)
FRESH = ("send", "approve")
"""Acts by which an actual warning goes out."""

_BESIDE: dict[str, tuple[str, ...]] = {
    "send": ("confirm",),
    "edit": forms.CONTENT,
    "discard": ("reason",),
    "break-glass": ("reason",),
}
"""Fields that an error can stand beside; any other error stands at the top of the panel."""
