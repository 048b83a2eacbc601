"""The resident's report of damage at home: one form without an account, and what happens next."""

from __future__ import annotations

import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from tocsin.app.report import RESIDENTS
from tocsin.core.errors import Invalid, TocsinError
from tocsin.core.text import pick
from tocsin.web import intake
from tocsin.web.custody import uploads
from tocsin.web.desk import desk
from tocsin.web.words import current, words

_NUMBERS = ("windows", *intake.PEOPLE)
_BESIDE = frozenset({"area", "address", "flat", "windows", "people", "photo", "contact", "note"})


@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """The form; sent, it says what happens next. Sent twice, it is one report."""
    if request.method != "POST":
        return _fresh(render(request, "tocsin/report.html", _form(request.GET, secrets.token_hex(16), None)))
    given = request.POST
    client_id = given.get("client_id", "")
    try:
        if len(client_id) < 8:
            raise Invalid("TOC-10008", "The form is not ours.", field="form", remedy="Open it again and send it anew.")
        intake.limit(request)
        received = intake.hand_in(_resident(given, client_id), uploads(request, "photo"), RESIDENTS)
    except TocsinError as refused:
        shown = _form(given, client_id if len(client_id) >= 8 else secrets.token_hex(16), refused)
        return _fresh(render(request, "tocsin/report.html", shown, status=refused.http))
    number = words(current())["rep_reference"].format(n=received.id[-6:].upper())
    context = {"number": number, "again": not received.new}
    return _fresh(render(request, "tocsin/received.html", context))


def _resident(given: QueryDict, client_id: str) -> intake.Resident:
    """What was filled in.

    Raises:
        Invalid: a number is none (TOC-10008).
    """
    numbers = {name: _number(given.get(name, "").strip(), name) for name in _NUMBERS}
    return intake.Resident(
        client_id=client_id,
        area=given.get("area", ""),
        address=given.get("address", "").strip(),
        flat=given.get("flat", "").strip(),
        windows=numbers["windows"],
        heating={"yes": True, "no": False}.get(given.get("heating", "")),
        people={name: n for name in intake.PEOPLE if (n := numbers[name])},
        contact=given.get("contact", "").strip(),
        note=given.get("note", "").strip(),
    )


def _number(text: str, field: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 5:
        where = "windows" if field == "windows" else "people"
        raise Invalid("TOC-10008", "That is no number.", field=where, remedy="Write a number such as 3.")
    return int(text)


def _form(given: QueryDict, client_id: str, error: TocsinError | None) -> dict[str, Any]:
    language = current()
    w = words(language)
    field = (error.field or "form").removeprefix("report.").partition(".")[0].replace("file", "photo") if error else ""
    return {
        "client_id": client_id,
        "areas": _areas(given.get("area", ""), language),
        "given": {name: given.get(name, "") for name in ("address", "flat", "contact", "note", "heating", *_NUMBERS)},
        "people": [{"name": name, "label": w[f"rep_{name}"], "value": given.get(name, "")} for name in intake.PEOPLE],
        "heating": [
            {"value": value, "label": w[f"rep_heating_{value}"], "chosen": given.get("heating", "unknown") == value}
            for value in ("yes", "no", "unknown")
        ],
        "bad": field if field in _BESIDE else "form" if error else "",
        "says": _says(error, field, w),
        "photo_hint": w["rep_photo_hint"].format(n=intake.MOST_PHOTOS),
    }


def _says(error: TocsinError | None, field: str, w: dict[str, str]) -> str:
    """What is wrong, in the reader's language."""
    if error is None:
        return ""
    if error.code == "TOC-6005":
        return w["rep_err_often"]
    return w.get(f"rep_err_{field}", w["rep_err_form"])


def _areas(chosen: str, language: str) -> list[dict[str, Any]]:
    """The smallest areas, by name; a resident knows their district."""
    tree = desk().state().areas
    found = [area for area in tree if not tree.children(area.id)]
    rows = [{"id": a.id, "name": pick(a.names, language), "chosen": a.id == chosen} for a in found]
    return sorted(rows, key=lambda row: str(row["name"]).casefold())


def _fresh(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response
