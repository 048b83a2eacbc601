"""What everybody may know of the report room, for every public door of the web: the policy's answer and no other."""

from __future__ import annotations

from tocsin.app.public_report import PublicReport
from tocsin.app.publication import live_areas, public_view
from tocsin.web.desk import desk, publication, reports


def published() -> PublicReport:
    """The public view as of now."""
    warn = desk().state()
    return public_view(reports().state(), warn.areas, desk().clock.now(), publication(), live_areas=live_areas(warn))
