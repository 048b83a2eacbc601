"""How the web door says no: one JSON form for every error, whoever raised it."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from tocsin.core.errors import TocsinError

DOCS_PATH = "/docs/errors"


class NoKey(TocsinError):
    """Nobody is known behind the request."""

    http: ClassVar[int] = 401


class NoMethod(TocsinError):
    """The address exists, the method does not."""

    http: ClassVar[int] = 405


class TooLarge(TocsinError):
    """The body is larger than this door takes."""

    http: ClassVar[int] = 413


class WrongType(TocsinError):
    """The body is not of the type that this door takes."""

    http: ClassVar[int] = 415


class NotJson(TocsinError):
    """The body cannot be read at all."""

    http: ClassVar[int] = 400


class TooMany(TocsinError):
    """The caller knocks too often. ``wait_s``: seconds until the next knock is heard."""

    http: ClassVar[int] = 429

    def __init__(self, wait_s: float) -> None:
        super().__init__(
            "TOC-6005",
            "Too many requests came from this key or address.",
            field=None,
            remedy=f"Wait {math.ceil(wait_s)} s; spread requests out, or listen to the live edge instead of asking.",
        )
        self.wait_s = wait_s


class Fault(TocsinError):
    """Something broke inside; the log holds the trace, the answer does not."""

    http: ClassVar[int] = 500


def no_key(message: str = "This needs an API key or a signed-in officer.") -> NoKey:
    """The error for a request that nobody stands behind."""
    return NoKey(
        "TOC-6001",
        message,
        field="Authorization",
        remedy="Send `Authorization: Bearer <key>`, or sign in and send the CSRF token.",
    )


def no_such(message: str, *, field: str | None = None, remedy: str = "See /api/v1/openapi.json.") -> TocsinError:
    """The error for an address or a thing that does not exist."""
    from tocsin.core.errors import Unknown

    return Unknown("TOC-6004", message, field=field, remedy=remedy)


def document(error: TocsinError) -> dict[str, Any]:
    """``{"error": …}``, with the documentation link pointing at this site's own copy of the reference."""
    body = error.as_dict()
    body["docs"] = f"{settings.TOCSIN_SITE_URL}{DOCS_PATH}#{error.code.lower()}"
    return {"error": body}


def whole_seconds(wait_s: float) -> int:
    """As ``Retry-After`` says it."""
    return max(1, math.ceil(wait_s))


def answer(error: TocsinError, request: HttpRequest | None = None) -> HttpResponse:
    """The error as an HTTP response."""
    response = HttpResponse(msgspec.json.encode(document(error)), status=error.http, content_type="application/json")
    response["Cache-Control"] = "no-store"
    if isinstance(error, NoKey):
        response["WWW-Authenticate"] = 'Bearer realm="tocsin"'
    if isinstance(error, TooMany):
        response["Retry-After"] = str(whole_seconds(error.wait_s))
    if request is not None and isinstance(error, TooLarge):
        response["Connection"] = "close"
    return response
