"""Django made ready, as a WSGI application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from tocsin.web.config import django_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from tocsin.web.options import WebOptions


def configure(options: WebOptions) -> None:
    """Configure Django in this process for the web door. The first call wins, as everywhere in Django.

    Raises:
        Invalid: an option is unusable (TOC-8001).
    """
    import django
    from django.apps import apps
    from django.conf import settings

    if not settings.configured:
        settings.configure(**django_settings(options))
    elif getattr(settings, "ROOT_URLCONF", None) != "tocsin.web.urls":
        raise RuntimeError("Django was configured before, without the web door")
    if not apps.ready:
        django.setup()


def application(options: WebOptions) -> Callable[..., Any]:
    """The WSGI application. ``web.desk.set_desk`` must have been called before the first request."""
    configure(options)
    from django.core.wsgi import get_wsgi_application

    return cast("Callable[..., Any]", get_wsgi_application())
