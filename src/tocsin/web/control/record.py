"""The editors of the public record: words beside a bulletin, bulletins, withdrawals, corrections. Nothing is erased."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tocsin.core.errors import Denied, TocsinError
from tocsin.core.text import pick
from tocsin.core.time import zone
from tocsin.record import commands as cmd
from tocsin.record.state import Page
from tocsin.web import once
from tocsin.web.control.doors import officers, trouble
from tocsin.web.control.scene import Scene, called
from tocsin.web.desk import desk, record
from tocsin.web.record.clock import day_said
from tocsin.web.record.look import look
from tocsin.web.record.views import as_day

MOST_DAYS = 60


def _editor(seen: Scene) -> None:
    """Let in whoever keeps the record of the whole city."""
    seen.actor.require("records", ("*",), seen.state.areas)


@require_safe
@officers
def index(request: HttpRequest, seen: Scene) -> HttpResponse:
    """``GET /control/record``: every day that has a page or could have one, with how it stands."""
    _editor(seen)
    asked = request.GET.get("day", "")
    if asked:
        return HttpResponseRedirect(reverse("control-record-page", args=[as_day(asked).isoformat()]))
    told = look(seen.language)
    shown = {"rows": [_line(seen, told.page(day), day) for day in told.all_days[:MOST_DAYS]]}
    return render(request, "tocsin/control/record.html", shown)


def _line(seen: Scene, page: Page, day: date) -> dict[str, Any]:
    own, w = page.words, seen.w
    bulletin = w["ctl_rec_bulletin_at"].format(n=len(page.bulletins)) if page.bulletins else w["ctl_rec_bulletin_no"]
    return {
        "page": day.isoformat(),
        "day": day_said(day, seen.language),
        "title": pick(own.title, seen.language) if own else "",
        "bulletin": bulletin,
        "withdrawn": bool(page.withdrawn),
        "corrections": len(page.corrections),
    }


@require_safe
@officers
def opened(request: HttpRequest, seen: Scene, page: str) -> HttpResponse:
    """``GET /control/record/<day>``: the page's editors."""
    _editor(seen)
    return _show(request, seen, as_day(page))


def _show(
    request: HttpRequest, seen: Scene, day: date, *, error: TocsinError | None = None, act: str = ""
) -> HttpResponse:
    known = record().state().pages.get(day.isoformat()) or Page(page=day.isoformat())
    given = request.POST if error is not None else None
    own = known.words
    shown = {
        "page": day.isoformat(),
        "day": day_said(day, seen.language),
        "revision": len(known.revisions),
        "title": _fields(seen, "title", own.title if own else {}, given if act == "revise" else None),
        "note": _fields(seen, "note", own.note if own else {}, given if act == "revise" else None),
        "tags": given.get("tags", "") if given is not None and act == "revise" else ", ".join(own.tags if own else ()),
        "history": _history(seen, known),
        "bulletins": len(known.bulletins),
        "written": [(name, text) for name, text in _written(seen, day)],
        "withdrawn": known.withdrawn,
        "correction": [
            {
                "part": part,
                "label": seen.w[f"rec_{part}"],
                "fields": _fields(seen, part, {}, given if act == "correct" else None),
            }
            for part in ("before", "after", "reason")
        ],
        "entries": given.get("entries", "") if given is not None and act == "correct" else "",
        "correction_id": f"{day.isoformat()}-{len(known.corrections) + 1}",
        "error": trouble(error, seen.w) if error else None,
        "act": act,
        "once": once.number(),
    }
    return render(request, "tocsin/control/record_page.html", shown, status=error.http if error else 200)


def _fields(seen: Scene, name: str, texts: dict[str, str], given: QueryDict | None) -> list[dict[str, str]]:
    """A text in each language, the officer's own first; what was typed stays."""
    return [
        {
            "code": code,
            "name": called(code),
            "field": f"{name}.{code}",
            "text": given.get(f"{name}.{code}", "") if given is not None else texts.get(code, ""),
        }
        for code in sorted(seen.sender.languages, key=lambda one: one != seen.language)
    ]


def _history(seen: Scene, known: Page) -> list[dict[str, str]]:
    """What was published of the page, newest first: by whom, when, and why."""
    tz = zone(seen.sender.zone)
    w = seen.w
    lines = [
        (one.entry, one.at, w["ctl_rec_revised"].format(n=one.words.revision), one.words.reason)
        for one in known.revisions
    ]
    lines += [
        (one.entry, one.at, w["ctl_rec_published"].format(n=one.bulletin.revision), one.bulletin.reason)
        for one in known.bulletins
    ]
    lines += [
        (one.entry, one.at, w["ctl_rec_corrected"], pick(one.correction.reason, seen.language))
        for one in known.corrections
    ]
    return [
        {
            "entry": str(entry),
            "at": at.astimezone(tz).strftime("%Y-%m-%d %H:%M:%S"),
            "what": what,
            "why": why,
            "who": _who(seen, entry),
        }
        for entry, at, what, why in sorted(lines, reverse=True)
    ]


def _who(seen: Scene, entry: int) -> str:
    found = next(iter(desk().ledger.read(after=entry - 1, limit=1)), None)
    return seen.who(found.event.actor) if found else ""


def _written(seen: Scene, day: date) -> list[tuple[str, str]]:
    """The bulletin as it would be published now, in the officer's language."""
    told = record().draft(day)
    lines = told.get(seen.language) or told.get("en", ())
    return [(str(n), one.text) for n, one in enumerate(lines, 1)]


# Acts


def _texts(given: QueryDict, seen: Scene, name: str) -> dict[str, str]:
    return {
        code: text
        for code in seen.sender.languages
        if (text := given.get(f"{name}.{code}", "").replace("\r\n", "\n").strip())
    }


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _revise(given: QueryDict, seen: Scene, day: date) -> cmd.Command:
    return cmd.RevisePage(
        page=day.isoformat(),
        title=_texts(given, seen, "title"),
        note=_texts(given, seen, "note"),
        tags=tuple(tag.strip().lstrip("#") for tag in given.get("tags", "").split(",") if tag.strip().lstrip("#")),
        reason=given.get("reason", "").strip(),
        revision=_number(given.get("revision", "")),
    )


def _withdraw(given: QueryDict, _seen: Scene, day: date) -> cmd.Command:
    return cmd.WithdrawPage(page=day.isoformat(), reason=given.get("reason", "").strip())


def _restore(given: QueryDict, _seen: Scene, day: date) -> cmd.Command:
    return cmd.RestorePage(page=day.isoformat(), reason=given.get("reason", "").strip())


def _correct(given: QueryDict, seen: Scene, day: date) -> cmd.Command:
    return cmd.PublishCorrection(
        page=day.isoformat(),
        correction_id=given.get("correction_id", "").strip(),
        before=_texts(given, seen, "before"),
        after=_texts(given, seen, "after"),
        reason=_texts(given, seen, "reason"),
        entries=tuple(_number(one.strip()) for one in given.get("entries", "").split(",") if one.strip()),
    )


ACTS: dict[str, Callable[[QueryDict, Scene, date], cmd.Command]] = {
    "revise": _revise,
    "withdraw": _withdraw,
    "restore": _restore,
    "correct": _correct,
}
"""What an editor can do, by the last word of the address; besides ``bulletin``, which the record writes itself."""

NAMES = (*ACTS, "bulletin")


@require_POST
@officers
def act(request: HttpRequest, seen: Scene, page: str, name: str) -> HttpResponse:
    """``POST /control/record/<day>/<act>``: done once however often it is sent; a refusal keeps what was typed."""
    day = as_day(page)

    def do() -> str:
        if name == "bulletin":
            outcome = record().publish(day, seen.actor, reason=request.POST.get("reason", "").strip())
        else:
            outcome = record().do(ACTS[name](request.POST, seen, day), seen.actor)
        return "done" if outcome.entries else "same"

    try:
        said = once.do(request, do)
    except Denied:
        raise
    except TocsinError as fault:
        return _show(request, seen, day, error=fault, act=name)
    messages.success(request, seen.w[f"ctl_rec_{said}"])
    return HttpResponseRedirect(reverse("control-record-page", args=[page]))
