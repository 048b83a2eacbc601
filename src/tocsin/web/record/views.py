"""The pages of the record. Each is the same for everybody who asks in one language, and says by an ETag what it is."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from tocsin.core.time import rfc3339
from tocsin.record import exports
from tocsin.web.desk import desk
from tocsin.web.record import archive as ar
from tocsin.web.record import scene as sc
from tocsin.web.record import share, streaks
from tocsin.web.record.clock import clock, day_said, month_said, weekday_said, weekdays
from tocsin.web.record.graphs import graphs
from tocsin.web.record.look import Look, look
from tocsin.web.record.months import MARKS, months
from tocsin.web.record.night import NightLook, change
from tocsin.web.words import current, words

FIRST_YEAR, LAST_YEAR = 1970, 2200
MOST_RANKED = 60
SPELT = {"geojson": "GeoJSON", "parquet": "Parquet"}


def answer(request: HttpRequest, template: str, shown: dict[str, Any]) -> HttpResponse:
    """The page with an ETag over its bytes, to be asked for again each time."""
    made = render(request, template, shown)
    etag = f'"{hashlib.sha256(made.content).hexdigest()[:32]}"'
    response = get_conditional_response(request, etag=etag) or made
    response["ETag"] = etag
    response["Cache-Control"] = "no-cache"
    return response


def as_day(text: str) -> date:
    """The day of a permalink.

    Raises:
        Http404: it is none.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Http404 from None
    if day.isoformat() != text:
        raise Http404
    return day


@require_safe
@gzip_page  # nothing here is secret, and no form carries a token
def archive(request: HttpRequest) -> HttpResponse:
    """``GET /record``: the days newest first, by search, filters and tags."""
    seen = look(current())
    asked = ar.read(request.GET)
    found = ar.find(seen.rows, asked, seen.below(asked.area) if asked.area else frozenset())
    rows, page, pages = ar.paged(found, asked.page)
    w, here = seen.w, reverse("record")
    shown = {
        "part": "archive",
        "faults": [w["rec_bad_day"].format(text=text) for text in asked.bad.values()],
        "asked": asked.any,
        "total": len(found),
        "rows": [_row(seen, row) for row in rows],
        "pages": pages,
        "page_said": w["rec_page"].format(n=page, of=pages),
        "newer": here + asked.query(page=page - 1) if page > 1 else "",
        "older": here + asked.query(page=page + 1) if page < pages else "",
        "form": {
            "q": asked.q,
            "tag": asked.tag,
            "from": asked.first.isoformat() if asked.first else "",
            "to": asked.last.isoformat() if asked.last else "",
        },
        "areas": areas(seen, asked.area),
        "kinds": [
            {"id": kind, "word": w[f"rec_kind_{kind}"], "chosen": kind == asked.happened} for kind in sc.HAPPENED
        ],
        "tags": ar.tags(seen.rows),
        "counters": streaks.counters(seen, seen.today),
        "forms": _forms(),
    }
    return answer(request, "tocsin/record/archive.html", shown)


def _forms() -> list[dict[str, str]]:
    """The whole record as files; a form whose library is not installed is not offered."""
    return [
        {"word": SPELT.get(name, name.upper()), "href": reverse("record-export", args=[name])}
        for name in sorted(exports.forms())
        if name != "parquet" or find_spec("pyarrow") is not None
    ]


def _row(seen: Look, row: sc.Row) -> dict[str, Any]:
    names = list(dict.fromkeys(row.areas.values()))
    return {
        "iso": row.day.isoformat(),
        "number": row.day.day,
        "month": month_said(row.day, seen.language),
        "weekday": weekday_said(row.day, seen.language),
        "href": reverse("record-night", args=[row.day.isoformat()]),
        "title": row.title,
        "happened": [(kind, seen.w[f"rec_kind_{kind}"]) for kind in row.happened],
        "areas": ", ".join(names[:3]) + (f" +{len(names) - 3}" if len(names) > 3 else ""),
        "more": seen.headline(row) if not row.withdrawn else "",
        "tags": [_tag(tag) for tag in row.tags],
        "withdrawn": row.withdrawn,
    }


def _tag(name: str) -> dict[str, str]:
    return {"name": name, "href": reverse("record") + ar.Asked(tag=name).query()}


def areas(seen: Look, chosen: str) -> list[dict[str, Any]]:
    """Areas and regions to choose from, by name."""
    own = [(area.id, seen.area(area.id)) for area in seen.state.areas]
    found = sorted([*own, *seen.history.names.items()], key=lambda one: one[1].casefold())
    return [{"id": key, "name": name, "chosen": key == chosen} for key, name in found]


@require_safe
@gzip_page
def night(request: HttpRequest, page: str) -> HttpResponse:
    """``GET /record/<day>``: one day; ``?at=`` shows it as it was known at an hour."""
    day, seen = as_day(page), look(current())
    if day not in seen.all_days and seen.page(day).entry == 0:
        raise Http404
    at, fault = _at(request.GET.get("at", ""), seen)
    told = NightLook(seen, day, at).night()
    url = f"{settings.TOCSIN_SITE_URL}{reverse('record-night', args=[page])}"
    said, bulletin = day_said(day, seen.language), told.bulletin
    w = seen.w
    shown = {
        "part": "night",
        "night": told,
        "tag_links": [_tag(tag) for tag in told.tags],
        "happened_words": [(kind, w[f"rec_kind_{kind}"]) for kind in told.happened],
        "downloads": _downloads(page, seen, told),
        "share": share.links(url, f"{told.title} · {said}"),
        "day_said": said,
        "weekday": weekday_said(day, seen.language),
        "url": url,
        "at_value": at.astimezone(seen.zone).strftime("%Y-%m-%dT%H:%M") if at else "",
        "at_fault": fault,
        "as_known_said": w["rec_as_known_now"].format(time=_full(at, seen)) if at else "",
        "as_known_say": w["rec_as_known_say"].format(zone=seen.zone_name),
        "bulletin_said": _bulletin_said(bulletin, w) if bulletin else "",
        "bulletin_lang": bulletin.language if bulletin and bulletin.language != seen.language else "",
        "before_href": reverse("record-night", args=[told.before.isoformat()]) if told.before else "",
        "after_href": reverse("record-night", args=[told.after.isoformat()]) if told.after else "",
    }
    return answer(request, "tocsin/record/night.html", shown)


def _bulletin_said(bulletin: sc.Bulletin, w: dict[str, str]) -> str:
    if not bulletin.revision:
        return w["rec_bulletin_live"]
    return w["rec_bulletin_revision"].format(n=bulletin.revision, entry=bulletin.as_of, rule=bulletin.rule)


def _full(at: datetime, seen: Look) -> str:
    return f"{day_said(at.astimezone(seen.zone).date(), seen.language)}, {clock(at, seen.zone)}"


def _at(text: str, seen: Look) -> tuple[datetime | None, str]:
    """``(instant, "")``, or what is wrong with what was typed. A time without offset is by the city's clocks."""
    if not text:
        return None, ""
    try:
        at = datetime.fromisoformat(text[: ar.MOST_TEXT])
        at = (at if at.tzinfo else at.replace(tzinfo=seen.zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None, seen.w["rec_bad_time"].format(text=text[:40])
    return (at, "") if at < seen.now else (None, "")


def _downloads(page: str, seen: Look, told: sc.Night) -> list[sc.Download]:
    paper = ("pdf",) if told.bulletin is not None and find_spec("typst") is not None else ()
    forms = ("text", *paper, "csv", "geojson", "cap")
    own = [
        sc.Download(href=reverse("record-take", args=[page, form]), word=seen.w[f"rec_take_{form}"], form=form)
        for form in forms
    ]
    return [*own, sc.Download(href="/api/v1/ledger/head", word=seen.w["rec_take_ledger"], form="ledger")]


@require_safe
@gzip_page
def days(request: HttpRequest) -> HttpResponse:
    """``GET /record/days``: a year of days, streaks, ranking of areas, and charts."""
    seen = look(current())
    area = request.GET.get("area", "")[: ar.MOST_TEXT]
    year = _year(request.GET.get("year", ""), seen)
    below = seen.below(area) if area else frozenset()
    happened = {
        row.day: row.happened
        for row in seen.rows
        if not row.withdrawn and row.happened and (not area or not below.isdisjoint(row.areas))
    }
    book = streaks.book(seen, "warnings", seen.today)
    made, counts = months(
        year,
        happened,
        seen.today,
        seen.language,
        unknown=lambda day: day < book.calendar.first or book.code(day) == 1,
        href=lambda day: reverse("record-night", args=[day.isoformat()]),
    )
    here = reverse("record-days")
    years = sorted({row.day.year for row in seen.rows} | {year, seen.today.year}, reverse=True)
    shown = {
        "part": "days",
        "year": str(year),
        "year_raw": str(year),
        "years": [(str(one), f"{here}{ar.Asked(area=area).query(year=one)}") for one in years],
        "areas": areas(seen, area),
        "legend": [(mark, seen.w[f"rec_mark_{mark}"], counts[mark]) for mark in MARKS],
        "months": made,
        "weekdays": weekdays(seen.language),
        "counters": streaks.of_place(seen, area),
        "ranking": seen.ranking()[:MOST_RANKED],
        "charts": graphs(seen),
    }
    return answer(request, "tocsin/record/days.html", shown)


def _year(text: str, seen: Look) -> int:
    if text.isascii() and text.isdigit() and len(text) == 4 and FIRST_YEAR <= int(text) <= LAST_YEAR:
        return int(text)
    return seen.rows[0].day.year if seen.rows else seen.today.year


@require_safe
@gzip_page
def corrections(request: HttpRequest) -> HttpResponse:
    """``GET /record/corrections``: what was public and wrong, newest first."""
    seen = look(current())
    told = [change(seen, one) for one in reversed(seen.record.corrections)]
    return answer(request, "tocsin/record/corrections.html", {"part": "corrections", "changes": told})


@require_safe
def entry(request: HttpRequest, seq: int) -> HttpResponse:
    """``GET /record/entry/<n>``: the place of a public entry in the signed book, without its body."""
    seen = look(current())
    found = next(iter(desk().ledger.read(after=seq - 1, limit=1)), None) if 0 < seq <= seen.seq else None
    if found is None or not _shown(found.event.kind, seq, seen):
        raise Http404
    local = (
        f"{day_said(found.event.at.astimezone(seen.zone).date(), seen.language)}, {clock(found.event.at, seen.zone)}"
    )
    shown = {
        "part": "entry",
        "title": words(seen.language)["rec_entry_title"].format(n=seq),
        "seq": seq,
        "kind": found.event.kind,
        "at": local,
        "iso": rfc3339(found.event.at),
        "hash": found.hash,
        "before": found.prev,
    }
    return answer(request, "tocsin/record/entry.html", shown)


_OPEN = ("warning.issued", "warning.confirmed", "warning.updated", "warning.partly_cleared", "warning.ended")


def _shown(kind: str, seq: int, seen: Look) -> bool:
    """Whether an entry may be shown: what it says is public, or is said in public words."""
    if kind.startswith("record.") or kind in _OPEN or kind == "siren.reported":
        return True
    public = seen.public
    return seq in {one.entry for part in (public.claims, public.incidents, public.evidence) for one in part.values()}
