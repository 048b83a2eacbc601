"""Files of one day to take along: the page as text, its claims as CSV, its areas as GeoJSON, its warnings as CAP."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from typing import Any

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from tocsin.core.time import rfc3339
from tocsin.web.desk import desk
from tocsin.web.record.clock import day_said
from tocsin.web.record.look import Look, look
from tocsin.web.record.night import NightLook
from tocsin.web.record.views import as_day
from tocsin.web.words import current

COLUMNS = (
    "id",
    "incident",
    "subject",
    "category",
    "scope",
    "op",
    "n",
    "n2",
    "wording",
    "language",
    "source",
    "attribution",
    "grade",
    "mark",
    "said_at",
    "said_at_printed",
    "learned_at",
    "superseded_by",
    "retracted",
    "entry",
)
_FORMULA = "=+-@\t\r"


@require_safe
def take(request: HttpRequest, page: str, form: str) -> HttpResponse:
    """``GET /record/<day>/<form>``: only what the page itself shows; a withdrawn page gives nothing."""
    del request
    day, seen = as_day(page), look(current())
    if form not in FORMS or seen.page(day).withdrawn or (day not in seen.all_days and seen.page(day).entry == 0):
        raise Http404
    make, kind, ending = FORMS[form]
    response = HttpResponse(make(seen, day), content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="tocsin-{page}.{ending}"'
    response["Cache-Control"] = "no-cache"
    return response


def text(seen: Look, day: date) -> bytes:
    """The page as plain text, each sentence with its entries."""
    told, w = NightLook(seen, day).night(), seen.w
    lines = [told.title, day_said(day, seen.language), told.headline, ""]
    if told.note:
        lines += [told.note, ""]
    if told.bulletin:
        lines += [w["rec_bulletin"].upper()]
        lines += [f"{one.number}. {one.text} [{_entries(one.entries, w)}]" for one in told.bulletin.sentences]
        lines += [""]
    for card in told.incidents:
        lines += [f"{card.name} ({card.kind_word}) {card.when} {card.where}".strip()]
        lines += [f"  {one.word}: {one.says} – {one.status_word}, {one.rule}" for one in card.tallies]
        lines += [f"  {one.who}: {one.wording} {one.struck}".rstrip() for one in card.statements]
        lines += [""]
    lines += [f"{one.who}: {one.wording}" for one in told.statements]
    lines += ["", w["rec_timeline"].upper()]
    lines += [f"{one.clock}  {one.text} {one.who} [{_entries(one.entries, w)}]" for one in told.timeline]
    return "\n".join(lines).encode()


def _entries(entries: tuple[int, ...], w: dict[str, str]) -> str:
    return f"{w['rec_entries_word']} {', '.join(map(str, entries))}"


def _safe(value: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    said = "" if value is None else str(value)
    return f"'{said}" if said.startswith(tuple(_FORMULA)) else said


def claims_csv(seen: Look, day: date) -> bytes:
    """The day's public claims, one a line, with every later word on them."""
    ids = {one.id for one in seen.incidents.get(day, ())}
    own = [claim for one in ids for claim in seen.by_incident.get(one, ())] + seen.statements.get(day, [])
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for claim in sorted(own, key=lambda one: one.entry):
        row = msgspec.to_builtins(claim) | {"source": claim.source.id or claim.source.kind}
        row |= {"said_at": rfc3339(claim.said_at) if claim.said_at else "", "learned_at": rfc3339(claim.learned_at)}
        table.writerow([_safe(row[name]) for name in COLUMNS])
    return out.getvalue().encode()


def areas_geojson(seen: Look, day: date) -> bytes:
    """The areas that were concerned, as coarse as the page names them, with what happened there."""
    told = [one for one in seen.rows if one.day == day]
    features: list[dict[str, Any]] = []
    for area_id in told[0].areas if told else ():
        area = seen.state.areas.get(area_id)
        if area is None:
            continue
        mine = [one.id for one in seen.incidents.get(day, ()) if one.area == area_id]
        warnings = [one.id for one in seen.warnings.get(day, ()) if area_id in one.areas]
        properties = {"id": area_id, "names": area.names, "incidents": mine, "warnings": warnings}
        features.append({"type": "Feature", "geometry": area.geometry, "properties": properties})
    return msgspec.json.encode({"type": "FeatureCollection", "day": day.isoformat(), "features": features})


def cap_zip(seen: Look, day: date) -> bytes:
    """The day's CAP messages, byte for byte as they were signed and sent."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for one in seen.warnings.get(day, ()):
            for message in desk().state().threads[one.id].messages:
                named = zipfile.ZipInfo(f"{message.identifier}.xml", date_time=(1980, 1, 1, 0, 0, 0))
                packed.writestr(named, message.xml)
    return out.getvalue()


def pdf(seen: Look, day: date) -> bytes:
    """The bulletin of the page on paper, in the language of the page."""
    from tocsin.record.paper import Paper
    from tocsin.wiring.pdf import pdf_of

    told = NightLook(seen, day).night()
    lines = () if told.bulletin is None else told.bulletin.sentences
    return pdf_of(Paper.printed(seen.language, told.title, [(one.text, one.entries) for one in lines], seen.record.seq))


FORMS = {
    "pdf": (pdf, "application/pdf", "pdf"),
    "text": (text, "text/plain; charset=utf-8", "txt"),
    "csv": (claims_csv, "text/csv; charset=utf-8", "csv"),
    "geojson": (areas_geojson, "application/geo+json", "geojson"),
    "cap": (cap_zip, "application/zip", "zip"),
}
"""Form → how it is made, its type and the ending of its name."""
