"""Whether the door is open, in one word, for supervisors and balancers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from tocsin.core.errors import TocsinError
from tocsin.web.desk import desk


def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """``ok`` when the ledger can be read, else 503 with the error's code."""
    try:
        desk().ledger.head()
    except TocsinError as error:
        return HttpResponse(f"{error.code}\n", status=503, content_type="text/plain; charset=utf-8")
    response = HttpResponse("ok\n", content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response
