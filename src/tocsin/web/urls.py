"""Every address of the web door."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView

from tocsin.web.api.build import api
from tocsin.web.control.urls import urlpatterns as control
from tocsin.web.crew.urls import urlpatterns as crew
from tocsin.web.pages import (
    account,
    basemap,
    demo_sign_in,
    design,
    errors,
    feeds,
    frozen,
    health,
    mapdata,
    metrics,
    shelters,
    status,
)
from tocsin.web.public import again, follow, home, places, pwa, report
from tocsin.web.public import data as resident
from tocsin.web.record.urls import urlpatterns as record
from tocsin.web.watch.urls import urlpatterns as watch

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("areas", home.areas, name="areas"),
    path("report", report.report, name="report"),
    path("report/again", again.again, name="report-again"),
    path("follow", follow.follow, name="follow"),
    path("follow/confirm/<str:token>", follow.confirm, name="follow-confirm"),
    path("follow/leave/<str:token>", follow.leave, name="follow-leave"),
    path("places.json", places.places_json, name="places"),
    path("resident.json", resident.resident_json, name="resident-json"),
    path("manifest.webmanifest", pwa.manifest, name="manifest"),
    path("sw.js", pwa.worker, name="worker"),
    *control,
    *crew,
    path("docs/errors", errors.catalogue, name="errors"),
    path("design", design.design, name="design"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("status", status.status, name="status"),
    path("status.json", status.status_json, name="status-json"),
    path("shelters.json", shelters.shelters_json, name="shelters-json"),
    path("feeds/alerts.atom", feeds.alerts, name="feed"),
    path("map.json", mapdata.areas, name="map"),
    path("basemap.pmtiles", basemap.basemap, name="basemap"),
    path("cap/<str:identifier>.xml", frozen.cap, name="cap"),
    path("drill/cap/<str:identifier>.xml", frozen.drill_cap, name="drill-cap"),
    *watch,
    *record,
    path("", include("tocsin.web.exercise.urls")),
    path("api/v1/", api.urls),
    path("demo/sign-in", demo_sign_in.demo_sign_in, name="demo-sign-in"),
    path("accounts/", account.account, name="account"),
    path("accounts/second-factor", account.set_up, name="second-factor"),
    path("accounts/sessions/end", account.end_sessions, name="end-sessions"),
    # What allauth shows on pages of its own stands on the account page here.
    path("accounts/2fa/", RedirectView.as_view(pattern_name="account")),
    path("accounts/2fa/webauthn/", RedirectView.as_view(pattern_name="account")),
    path("accounts/sessions/", RedirectView.as_view(pattern_name="account")),
    # Officers have no e-mail here: an administrator makes accounts and sets passwords. These doors stay shut.
    re_path(r"^accounts/(?:signup|email|confirm-email|password/reset|password/set|login/code)/", errors.closed),
    path("accounts/", include("allauth.urls")),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler429 = errors.too_many
handler500 = errors.fault
