"""Every address of the public record, below ``/record``."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from tocsin.web.record import export, feed, media, take, views

urlpatterns: list[URLPattern] = [
    path("record", views.archive, name="record"),
    path("record/days", views.days, name="record-days"),
    path("record/corrections", views.corrections, name="record-corrections"),
    path("record/feed.atom", feed.feed, name="record-feed"),
    path("record/export/<str:form>", export.export, name="record-export"),
    path("record/evidence/<str:evidence_id>", media.copy, name="record-evidence"),
    path("record/entry/<int:seq>", views.entry, name="record-entry"),
    re_path(r"^record/(?P<page>\d{4}-\d\d-\d\d)$", views.night, name="record-night"),
    re_path(r"^record/(?P<page>\d{4}-\d\d-\d\d)/(?P<form>[a-z]{1,20})$", take.take, name="record-take"),
]
