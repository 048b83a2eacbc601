"""The Atom feed of warnings: everything in force, and cancels young enough for slow pollers."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from tocsin.core.text import pick
from tocsin.warn.alert import Alert
from tocsin.warn.cap_read import parse_own as parse
from tocsin.warn.feed import FeedItem, atom, current
from tocsin.warn.state import Thread, WarnState
from tocsin.web import documents
from tocsin.web.desk import desk

CANCELS_FOR = timedelta(hours=24)
_MAX_AGE_S = 10


@lru_cache(maxsize=2000)
def _read(xml: str) -> Alert:
    return parse(xml.encode())


@require_safe
def alerts(request: HttpRequest) -> HttpResponse:
    """The feed, with a strong ETag; an empty one is valid and says that nothing is in force (rule 42)."""
    here = desk()
    state, now = here.state(), here.clock.now()
    messages = [_read(m.xml) for t in state.threads.values() if _recent(t, now) for m in t.messages if m.xml]
    chosen = current(messages, now, cancels_for=CANCELS_FOR)
    site = settings.TOCSIN_SITE_URL
    data = atom(
        [FeedItem(alert=one, url=documents.cap_path(one.identifier)) for one in chosen],
        feed_id=f"{site}/feeds/alerts.atom",
        title=pick(here.sender.names, "en"),
        self_url=f"{site}/feeds/alerts.atom",
        base_url=site,
        # The last entry that changed anything: the same state gives the same bytes.
        updated=_changed(state, now),
    )
    etag = f'"{hashlib.sha256(data).hexdigest()}"'
    response = get_conditional_response(request, etag=etag) or HttpResponse(data, content_type="application/atom+xml")
    response["ETag"] = etag
    response["Cache-Control"] = f"public, max-age={_MAX_AGE_S}"
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _recent(thread: Thread, now: datetime) -> bool:
    return thread.ended_at is None or now - thread.ended_at <= CANCELS_FOR


def _changed(state: WarnState, now: datetime) -> datetime:
    """When the feed last changed; the start of the day while nothing has ever happened. Drafts leave no trace in it."""
    times = (t.ended_at or t.updated_at or t.drafted_at for t in state.threads.values() if t.messages)
    return max(times, default=now.replace(hour=0, minute=0, second=0, microsecond=0))
