"""Every address of the control room, below ``/control``."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from tocsin.web.control import drafts, ends, fresh, history, letters, now, record
from tocsin.web.control.claims.urls import urlpatterns as claims
from tocsin.web.control.repair.urls import urlpatterns as repair

urlpatterns: list[URLPattern] = [
    path("control", now.now, name="control"),
    path("control/board", now.refresh, name="control-board"),
    *repair,
    *claims,
    path("control/new", fresh.draft, name="control-new"),
    path("control/drafts/<str:warning_id>", drafts.opened, name="control-draft"),
    re_path(
        rf"^control/drafts/(?P<warning_id>[^/]+)/(?P<name>{'|'.join(drafts.ACTS)})$",
        drafts.act,
        name="control-draft-act",
    ),
    path("control/warnings/<str:warning_id>", history.shown, name="control-warning"),
    re_path(
        rf"^control/warnings/(?P<warning_id>[^/]+)/(?P<name>{'|'.join(ends.ACTS)})$",
        ends.act,
        name="control-warning-act",
    ),
    path("control/letters", letters.index, name="control-letters"),
    re_path(
        rf"^control/letters/(?P<letter>[0-9a-f]{{16}})/(?P<name>{'|'.join(letters.ACTS)})$",
        letters.act,
        name="control-letter-act",
    ),
    path("control/record", record.index, name="control-record"),
    re_path(r"^control/record/(?P<page>\d{4}-\d\d-\d\d)$", record.opened, name="control-record-page"),
    re_path(
        rf"^control/record/(?P<page>\d{{4}}-\d\d-\d\d)/(?P<name>{'|'.join(record.NAMES)})$",
        record.act,
        name="control-record-act",
    ),
]
