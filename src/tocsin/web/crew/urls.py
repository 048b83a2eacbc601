"""Every address of the crew's page."""

from __future__ import annotations

from django.urls import URLPattern, path

from tocsin.web.crew import views

urlpatterns: list[URLPattern] = [
    path("crew", views.screen, name="crew"),
    path("crew/choose", views.choose, name="crew-choose"),
    path("crew/act", views.act, name="crew-act"),
]
