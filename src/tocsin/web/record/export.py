"""The whole public record as a file: ``GET /record/export/<form>``."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from tocsin.core.errors import Refused
from tocsin.record.exports import forms
from tocsin.web.desk import record


@require_safe
def export(request: HttpRequest, form: str) -> HttpResponse:
    """Everything that is public, in that form. A form whose library is not installed is not offered."""
    del request
    found = forms().get(form)
    if found is None:
        raise Http404
    try:
        made = found.write(record().bundle())
    except Refused as fault:
        raise Http404 from fault
    response = HttpResponse(made, content_type=found.MIME)
    response["Content-Disposition"] = f'attachment; filename="tocsin-record.{found.ENDING}"'
    response["Cache-Control"] = "no-cache"
    return response
