"""Who stands behind an API request: a key, a signed-in officer, or anybody (for what is public)."""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar

import msgspec
from django.conf import settings
from django.http import HttpRequest
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from tocsin.app.actor import Actor
from tocsin.core.errors import Denied
from tocsin.store import accounts
from tocsin.web import second_factor
from tocsin.web.doorkeeper import HOLDER, OFFICER
from tocsin.web.errors import TooMany, no_key
from tocsin.web.limits import Limiter, address_of


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """The actor behind a request. ``source``: the only source that it may speak for; "" when it is not a machine."""

    actor: Actor
    kind: str
    source: str = ""


ANYBODY = Caller(actor=Actor(id="public:anybody"), kind="public")
"""The caller of a public address who gave no key and no session."""


@lru_cache(maxsize=1)
def key_limits() -> Limiter:
    """Knocks by key or officer."""
    rate, burst = settings.TOCSIN_KEY_RATE
    return Limiter(rate=rate, burst=burst)


@lru_cache(maxsize=1)
def address_limits() -> Limiter:
    """Knocks by address, for callers without a key and for wrong keys."""
    rate, burst = settings.TOCSIN_IP_RATE
    return Limiter(rate=rate, burst=burst)


def _limit(limiter: Limiter, name: str, cost: float = 1.0) -> None:
    wait = limiter.take(name, cost)
    if wait:
        raise TooMany(wait)


class Key(HttpBearer):
    """``Authorization: Bearer <key>``. A wrong key is refused, never tried as something else."""

    openapi_name = "Key"

    def __call__(self, request: HttpRequest) -> Caller | None:
        """The caller behind the header, None without one."""
        given = request.headers.get("Authorization")
        if given is None:
            return None
        scheme, _, token = given.partition(" ")
        if scheme.lower() != "bearer":
            raise no_key("The Authorization header is not of the form `Bearer <key>`.")
        return self.authenticate(request, token.strip())

    def authenticate(self, request: HttpRequest, token: str) -> Caller:
        """The caller behind a secret.

        Raises:
            NoKey: wrong, revoked or of an officer who may not come in; costs the address ten knocks.
            TooMany: the key, or the address that tries wrong ones, knocks too often.
        """
        # A good key is never held up by what others at the same address or proxy try: 256 bits are not guessed.
        holder = accounts.holder_of_key(token)
        if holder is None:
            _limit(address_limits(), f"guess:{address_of(request)}", 10.0)
            raise no_key("This key is wrong or has been revoked.")
        request.META[OFFICER if holder.kind == "officer" else HOLDER] = True
        _limit(key_limits(), holder.actor.id)
        source = "" if holder.kind == "officer" else holder.label
        return Caller(actor=holder.actor, kind=holder.kind, source=source)


class Session(APIKeyCookie):
    """A signed-in officer's cookie, with the CSRF token for everything that changes something."""

    openapi_name = "Session"
    param_name = "sessionid"

    def __call__(self, request: HttpRequest) -> Caller | None:
        """The officer who is signed in, None when nobody is."""
        actor = accounts.actor_for_user(request.user)
        if actor is None:
            return None
        if check_csrf(request) is not None:
            raise Denied(
                "TOC-6001",
                "The CSRF token is missing or wrong.",
                field="X-CSRFToken",
                remedy="Send the value of the csrftoken cookie in the X-CSRFToken header, or use an API key.",
            )
        _limit(key_limits(), actor.id)
        if second_factor.missing(request.user, actor):
            if request.method in ("GET", "HEAD"):
                return None  # what everybody may read stays open
            raise Denied(
                "TOC-6001",
                "A second factor is needed before you may act from a screen.",
                field=None,
                remedy="Set one up at /accounts/second-factor, or act with an API key.",
            )
        return Caller(actor=actor, kind="officer")

    def authenticate(self, request: HttpRequest, key: str | None) -> Caller | None:  # noqa: ARG002 - ninja's signature
        """Not used: :meth:`__call__` decides."""
        return None


class Anybody:
    """Lets everybody in, slowly; last in line, after key and session."""

    # Read by the OpenAPI document, where it becomes the empty requirement: nothing is needed.
    openapi_security_schema: ClassVar[dict[str, str]] = {"type": "none"}
    openapi_name = "Anybody"

    def __call__(self, request: HttpRequest) -> Caller:
        """The caller without a name."""
        _limit(address_limits(), f"ip:{address_of(request)}")
        return ANYBODY


SIGNED = [Key(), Session()]
"""For acts, and for what officers alone may see."""

PUBLIC = [Key(), Session(), Anybody()]
"""For what everybody may see; officers see more of it."""


def caller(request: HttpRequest) -> Caller:
    """Who was let in."""
    found = getattr(request, "auth", None)
    return found if isinstance(found, Caller) else ANYBODY
