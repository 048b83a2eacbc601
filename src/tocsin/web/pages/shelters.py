"""Shelters of an area for everybody: ``/shelters.json``."""

from __future__ import annotations

import hashlib

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from tocsin.core.time import rfc3339
from tocsin.web import shelters
from tocsin.web.desk import desk
from tocsin.web.errors import answer, no_such
from tocsin.web.words import current

_MAX_AGE_S = 30


@require_safe
@gzip_page  # nothing here is secret: hidden shelters are left out before a byte is written
def shelters_json(request: HttpRequest) -> HttpResponse:
    """``GET /shelters.json?area=ID[&lang=ru]``: the public shelters of an area, its parts and, when few, around it.

    The ETag follows what is said and not the time at which it is said, so that nothing new costs nothing.
    """
    area = request.GET.get("area", "")
    if area not in desk().state().areas:
        return answer(no_such("There is no such area.", field="area", remedy="List them with GET /api/v1/areas."))
    told = shelters.documents(area, current())
    etag = f'"{hashlib.sha256(msgspec.json.encode(told)).hexdigest()[:32]}"'
    data = msgspec.json.encode(told | {"generated_at": rfc3339(desk().clock.now())})
    response = get_conditional_response(request, etag=etag) or HttpResponse(data, content_type="application/json")
    response["ETag"] = etag
    response["Cache-Control"] = f"public, max-age={_MAX_AGE_S}"
    response["Access-Control-Allow-Origin"] = "*"
    patch_vary_headers(response, ("Accept-Language", "Cookie"))
    return response
