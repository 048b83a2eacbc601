"""What of the report room may be told: to everybody by the publication policy and no other way, to officers more."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest

from tocsin.app.public_report import PublicReport
from tocsin.app.publication import INSIDE, live_areas, public_view
from tocsin.web import documents
from tocsin.web.api.auth import caller
from tocsin.web.desk import desk, publication, reports


def published(as_of: datetime | None = None) -> PublicReport:
    """The public view, as of now or of a moment before."""
    warn, now = desk().state(), desk().clock.now()
    moment = now if as_of is None else min(as_of, now)
    return public_view(reports().state(), warn.areas, moment, publication(), live_areas=live_areas(warn))


def inside(as_of: datetime | None = None) -> PublicReport:
    """The same for officers: at once, with every area and word; sealed things are not in it either."""
    now = desk().clock.now()
    moment = now if as_of is None else min(as_of, now)
    return public_view(reports().state(), desk().state().areas, moment, INSIDE)


def told(request: HttpRequest, as_of: datetime | None = None) -> PublicReport:
    """What the caller of the API may know."""
    return inside(as_of) if documents.insider(caller(request).actor) else published(as_of)
