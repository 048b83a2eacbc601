"""Every address of the web door."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from tocsin.web.api.build import api
from tocsin.web.pages import control, design, errors, feeds, frozen, health, home

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("control", control.control, name="control"),
    path("docs/errors", errors.catalogue, name="errors"),
    path("design", design.design, name="design"),
    path("healthz", health.healthz, name="healthz"),
    path("feeds/alerts.atom", feeds.alerts, name="feed"),
    path("cap/<str:identifier>.xml", frozen.cap, name="cap"),
    path("drill/cap/<str:identifier>.xml", frozen.drill_cap, name="drill-cap"),
    path("api/v1/", api.urls),
    # Officers have no e-mail here: an administrator makes accounts and sets passwords. These doors stay shut.
    path("accounts/signup/", errors.closed),
    path("accounts/email/", errors.closed),
    path("accounts/password/reset/", errors.closed),
    path("accounts/", include("allauth.urls")),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.fault
