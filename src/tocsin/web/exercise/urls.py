"""Addresses of exercises. None of them lies below a live one."""

from __future__ import annotations

from django.urls import path

from tocsin.web.exercise import public, room

urlpatterns = [
    path("exercise", public.page, name="exercise"),
    path("exercise.json", public.running, name="exercise-running"),
    path("drill/control", room.room, name="drill-control"),
    path("drill/control/pulse", room.pulse, name="drill-pulse"),
    path("drill/control/start", room.start, name="drill-start"),
    path("drill/control/<str:drill_id>/end", room.end, name="drill-end"),
]
