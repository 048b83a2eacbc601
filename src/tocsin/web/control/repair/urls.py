"""Every address of the dispatcher's screen, below ``/control/repair``."""

from __future__ import annotations

from django.urls import URLPattern, path

from tocsin.web.control.repair import views

urlpatterns: list[URLPattern] = [
    path("control/repair", views.screen, name="control-repair"),
    path("control/repair/board", views.refresh, name="control-repair-board"),
    path("control/repair/needs.json", views.needs_map, name="control-repair-map"),
    path("control/repair/replan", views.replan, name="control-repair-replan"),
    path("control/repair/weather", views.weather, name="control-repair-weather"),
    path("control/repair/reopen", views.reopen, name="control-repair-reopen-any"),
    path("control/repair/needs/<str:name>/pin", views.pin, name="control-repair-pin"),
    path("control/repair/needs/<str:name>/close", views.close, name="control-repair-close"),
    path("control/repair/needs/<str:name>/reopen", views.reopen, name="control-repair-reopen"),
    path("control/repair/crews/<str:name>/stop", views.stop, name="control-repair-stop"),
    path("control/repair/crews/<str:name>/resume", views.resume, name="control-repair-resume"),
]
