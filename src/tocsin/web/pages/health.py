"""Whether the door is open, in one word, for supervisors and balancers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from tocsin.core.errors import TocsinError
from tocsin.web.desk import desk

_migrated = False


def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """``ok`` when the ledger can be read, else 503 with the error's code."""
    try:
        desk().ledger.head()
    except TocsinError as error:
        return _plain(error.code, status=503)
    return _plain("ok")


def readyz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """``ready`` when this door can do its part: the tables are those of this version and the ledger folds; else 503."""
    from tocsin.store.django import unmigrated

    global _migrated  # noqa: PLW0603 - tables do not grow older under a running process
    try:
        behind = not _migrated and unmigrated()
        desk().state()
    except TocsinError as error:
        return _not_ready(error.code)
    if behind:
        return _not_ready("TOC-8002")
    _migrated = True
    return _plain("ready")


def _not_ready(why: str) -> HttpResponse:
    response = _plain(why, status=503)
    response["Retry-After"] = "2"
    return response


def _plain(text: str, status: int = 200) -> HttpResponse:
    response = HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response
