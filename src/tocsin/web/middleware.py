"""What every request and answer passes: security headers, a limit on bodies, the reader's language."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_cache_control, patch_vary_headers

from tocsin.web import assets
from tocsin.web.config import API_BODY, body_doors
from tocsin.web.doorkeeper import OFFICER
from tocsin.web.errors import NoMethod, TooLarge, answer

Next = Callable[[HttpRequest], HttpResponse]

_YEAR_S = 365 * 24 * 3600


def policy() -> str:
    """The content security policy: ourselves and the live edge, no inline script, no style but ours, no frames."""
    return "; ".join(
        (
            "default-src 'self'",
            f"connect-src 'self' {settings.TOCSIN_EDGE_URL}",
            f"style-src 'self' {' '.join(assets.style_hashes())}",
            # The QR code of the second factor is an image inside the page.
            "img-src 'self' data:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


class Headers:
    """Sets the security headers, also on static files and errors."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response
        self.fixed = {
            "Content-Security-Policy": policy(),
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": "camera=(), microphone=(), geolocation=(self), payment=()",
        }
        if settings.TOCSIN_SECURE:
            self.fixed["Strict-Transport-Security"] = f"max-age={_YEAR_S}; includeSubDomains"

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in self.fixed.items():
            response.headers.setdefault(name, value)
        if request.path.startswith("/api/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class LetGo:
    """Undoes what ties a request to itself, when it is answered: it and all that hangs on it then go at once. Else they
    wait for the garbage collector, which stops every thread, an officer's too, to look for them. Outermost.
    """

    TIES = ("user", "auser", "_messages")

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.streaming:  # what is still to be written may ask for them
            for name in self.TIES:
                request.__dict__.pop(name, None)
        return response


class BodyLimit:
    """Refuses a body that is larger than its door takes, before anybody reads it."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response
        self.doors = body_doors(settings.TOCSIN_EVIDENCE_BODY)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        most = self.doors.get(request.path, API_BODY)
        # Without a length (chunked) the server would read without end; our clients all send one.
        length = request.headers.get("Content-Length") or "0"
        chunked = "chunked" in request.headers.get("Transfer-Encoding", "")
        if chunked or not length.isdigit() or int(length) > most:
            return answer(
                TooLarge(
                    "TOC-6003",
                    f"The body is larger than {most // 1024} KiB or does not say its length.",
                    field="Content-Length",
                    remedy="Send less, with a Content-Length header.",
                ),
                request,
            )
        return self.get_response(request)


class ApiMethods:
    """Gives the API's "method not allowed" the form that every other error has."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405 or response.headers.get("Content-Type") == "application/json":
            return response
        allow = response.headers.get("Allow", "")
        refused = answer(
            NoMethod(
                "TOC-6006",
                f"{request.method} is not offered at {request.path}.",
                field="method",
                remedy=f"Use {allow}." if allow else "See /api/v1/openapi.json.",
            ),
            request,
        )
        if allow:
            refused["Allow"] = allow
        return refused


class Language:
    """Chooses the language: ``?lang=`` (kept in a cookie), the cookie, else what the browser asks for."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response
        self.known = {code for code, _ in settings.LANGUAGES}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = request.GET.get("lang", "")
        kept = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        wanted = next((code for code in (asked, kept) if code in self.known), None)
        with translation.override(wanted or translation.get_language_from_request(request)):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language() or "en")
        page = response.headers.get("Content-Type", "").startswith("text/html")
        if page:
            # Messages and feeds are the same for everybody, so that shared caches may keep them.
            patch_vary_headers(response, ("Accept-Language", "Cookie"))
        if page and asked in self.known and asked != kept:
            # A cache that many share must not hand one reader's choice to the next.
            patch_cache_control(response, private=True)
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                asked,
                max_age=_YEAR_S,
                samesite="Lax",
                secure=settings.TOCSIN_SECURE,
                httponly=True,
            )
        return response


class Standing:
    """Tells the door when a signed-in officer was found behind a request: see ``web.doorkeeper``."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        found = getattr(request, "_cached_user", None)  # only where somebody asked: a page for all need not know
        if found is not None and found.is_authenticated:
            request.META[OFFICER] = True
        return response
