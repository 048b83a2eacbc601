"""Who must have a second factor, whose sign-in is fresh enough to send, and the gate before the control pages."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from tocsin.app.actor import ACTING, Actor
from tocsin.core.errors import Denied
from tocsin.store import accounts
from tocsin.web.desk import desk

GATED = ("/control", "/drill/control", "/crew")
"""Pages, and everything below them, at which officers act."""


def required() -> bool:
    """Whether officers who may act must have a second factor: as set, else everywhere but in a demonstration."""
    chosen = settings.TOCSIN_SECOND_FACTOR
    return chosen == "required" or (chosen != "offered" and not desk().sender.demo)


def missing(user: Any, actor: Actor | None) -> bool:
    """Whether this officer may act only after setting up a second factor."""
    if actor is None or not any(grant.role in ACTING for grant in actor.grants) or not required():
        return False
    return not has_one(user)


def has_one(user: Any) -> bool:
    """Whether the officer has an authenticator app or a passkey. Recovery codes alone are none."""
    from allauth.mfa.models import Authenticator
    from allauth.mfa.utils import is_mfa_enabled

    return bool(is_mfa_enabled(user, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]))


GRACE_S = 300
"""Seconds by which a sign-in may be older when a draft is sent than when it was opened: nobody is asked in between."""


def stale(request: HttpRequest, *, grace_s: float = 0.0) -> bool:
    """Whether this officer must show again who sits there before an actual warning goes out from this screen.

    It is asked when a draft is opened, so that the last click is never held up. What ends a warning never asks.
    """
    most_s = settings.TOCSIN_REAUTH_S
    if not most_s or desk().sender.demo:
        return False
    from allauth.account.internal.flows.login import get_authentication_records

    shown = [float(one["at"]) for one in get_authentication_records(request, request.user)]
    return not shown or time.time() - max(shown) > most_s + grace_s


def require_fresh(request: HttpRequest) -> None:
    """Refuse a session whose officer has not shown for long who sits there; a key is a secret of its own.

    Raises:
        Denied: the sign-in is too old (TOC-6008).
    """
    if "Authorization" not in request.headers and stale(request, grace_s=GRACE_S):
        raise Denied(
            "TOC-6008",
            "Your last sign-in is too long ago for a warning to go out.",
            field=None,
            remedy="Show again that it is you, at /accounts/reauthenticate/, or act with an API key.",
        )


class Gate:
    """Sends officers without the second factor that they must have to the page where they set one up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info  # what the address is looked up by; ``path`` has a prefix when somebody set one
        if any(path == gated or path.startswith(f"{gated}/") for gated in GATED):
            actor = accounts.actor_for_user(request.user)
            if missing(request.user, actor):
                return HttpResponseRedirect(f"{reverse('second-factor')}?{urlencode({'next': path})}")
        return self.get_response(request)
