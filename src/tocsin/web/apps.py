"""The web door as a Django app, so that its templates and static files are found."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages and API; it has no tables."""

    name = "tocsin.web"
    label = "web"
