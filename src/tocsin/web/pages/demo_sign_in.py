"""Sitting down in a demonstration without a password. In a real city there is no such door."""

from __future__ import annotations

import ipaddress

from allauth.account.utils import perform_login
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from tocsin.core.errors import TocsinError
from tocsin.web.desk import desk
from tocsin.web.pages import errors
from tocsin.web.pages.account import after

ROLES = ("duty", "second")
"""The two invented officers of a demonstration, by login (``cli/demo.py`` makes them)."""


def offered(request: HttpRequest) -> bool:
    """Whether this reader may sit down without a password: at the machine itself, in a demonstration only."""
    try:
        here = ipaddress.ip_address(str(request.META.get("REMOTE_ADDR", ""))).is_loopback
        # A forwarded request comes from somewhere else, whatever its last hop says.
        return here and "X-Forwarded-For" not in request.headers and desk().sender.demo
    except (ValueError, TocsinError):
        return False


@require_http_methods(["GET", "HEAD", "POST"])
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """``role`` (duty or second) and ``next``. By GET it shows the page that holds the buttons."""
    if not offered(request):
        return errors.closed(request)
    if request.method != "POST":
        query = request.GET.urlencode()
        return HttpResponseRedirect(f"{reverse('account_login')}{'?' if query else ''}{query}")
    role = request.POST.get("role", "")
    user = get_user_model().objects.filter(login=role).first() if role in ROLES else None
    if user is None or not user.is_active:
        return errors.closed(request)
    if request.user.is_authenticated and request.user.pk != user.pk:
        from django.contrib.auth import logout

        logout(request)
    response: HttpResponse = perform_login(request, user, redirect_url=after(request, reverse("control")))
    return response
