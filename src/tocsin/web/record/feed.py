"""``/record/feed.atom``: each bulletin and correction as it is published, newest first (RFC 4287)."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from xml.sax.saxutils import escape, quoteattr

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from tocsin.core.time import rfc3339
from tocsin.web.record.clock import day_said
from tocsin.web.record.look import Look, look
from tocsin.web.record.night import NightLook, change
from tocsin.web.words import current

MOST = 50
_MAX_AGE_S = 30


@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """The feed in the reader's language; withdrawn pages are named without their text."""
    seen = look(current())
    items = sorted([*_bulletins(seen), *_corrections(seen)], key=lambda one: one[0], reverse=True)[:MOST]
    data = _document(seen, items).encode()
    etag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    response = get_conditional_response(request, etag=etag) or HttpResponse(data, content_type="application/atom+xml")
    response["ETag"] = etag
    response["Cache-Control"] = f"public, max-age={_MAX_AGE_S}"
    response["Vary"] = "Accept-Language, Cookie"
    response["Access-Control-Allow-Origin"] = "*"
    return response


Item = tuple[datetime, str, str, str, str]
"""When, id, title, path, text."""


def _bulletins(seen: Look) -> list[Item]:
    items = []
    for page in seen.record.pages.values():
        if not page.bulletins:
            continue
        newest, day = page.bulletins[-1], date.fromisoformat(page.page)
        told = NightLook(seen, day).night()
        said = " ".join(one.text for one in told.bulletin.sentences) if told.bulletin else told.withdrawn
        title = seen.w["rec_feed_bulletin"].format(day=day_said(day, seen.language), n=newest.bulletin.revision)
        items.append((newest.at, f"bulletin:{page.page}", title, reverse("record-night", args=[page.page]), said))
    return items


def _corrections(seen: Look) -> list[Item]:
    items = []
    for one in seen.record.corrections:
        said = change(seen, one)
        title = seen.w["rec_feed_correction"].format(day=said.day)
        path = f"{reverse('record-corrections')}#correction-{said.id}"
        items.append((one.at, f"correction:{said.id}", title, path, f"{said.before} → {said.after} ({said.why})"))
    return items


def _document(seen: Look, items: list[Item]) -> str:
    site = settings.TOCSIN_SITE_URL
    updated = items[0][0] if items else seen.record.began or seen.now.replace(hour=0, minute=0, second=0, microsecond=0)
    entries = "".join(
        f"<entry><id>{escape(f'{site}/record#{key}')}</id><title>{escape(title)}</title>"
        f"<updated>{rfc3339(at)}</updated><link href={quoteattr(site + path)}/>"
        f'<content type="text">{escape(text)}</content></entry>'
        for at, key, title, path, text in items
    )
    own = site + reverse("record-feed")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang={quoteattr(seen.language)}>'
        f"<id>{escape(own)}</id><title>{escape(seen.w['rec_title'])}</title><updated>{rfc3339(updated)}</updated>"
        f'<author><name>{escape(seen.sender)}</name></author><link rel="self" href={quoteattr(own)}/>'
        f"<link href={quoteattr(site + reverse('record'))}/>{entries}</feed>"
    )
