"""Addresses of a demonstration's own pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from tocsin.web.watch import views

urlpatterns: list[URLPattern] = [
    path("demo", views.choose, name="demo"),
    path("demo/night", views.night, name="demo-night"),
    path("demo/night/now", views.now, name="demo-night-now"),
    path("demo/night/ask", views.ask, name="demo-night-ask"),
]
