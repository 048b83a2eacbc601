"""``/record/evidence/<id>``: released public copies, whole or in ranges, so that a video can be stepped through."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, cast

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from tocsin.core.errors import Unknown
from tocsin.web import custody

_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
_CHUNK = 64 * 1024


@require_safe
def copy(request: HttpRequest, evidence_id: str) -> HttpResponseBase:
    """The public copy, if the publication policy shows it now; otherwise there is no such address."""
    try:
        whole = custody.public_copy(evidence_id)
    except Unknown:
        raise Http404 from None
    whole["Accept-Ranges"] = "bytes"
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    return _part(whole, asked) if asked and asked[0] != "bytes=-" else whole


def _part(whole: FileResponse, asked: re.Match[str]) -> HttpResponseBase:
    """Only the bytes that were asked for (RFC 9110, section 14)."""
    source = cast(BinaryIO, whole.file_to_stream)
    size = source.seek(0, 2)
    first, last = asked[1], asked[2]
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if start > end:
        whole.close()
        refused = HttpResponse(status=416)
        refused["Content-Range"] = f"bytes */{size}"
        return refused
    source.seek(start)
    part = StreamingHttpResponse(_Part(source, end - start + 1), status=206, content_type=whole["Content-Type"])
    for name in ("Cache-Control", "Content-Security-Policy", "Content-Disposition", "Accept-Ranges"):
        if name in whole:
            part[name] = whole[name]
    part["Content-Range"] = f"bytes {start}-{end}/{size}"
    part["Content-Length"] = str(end - start + 1)
    return part


class _Part:
    """So many bytes from where the file stands. Closed with the answer, even when nobody read a byte of it."""

    def __init__(self, source: BinaryIO, left: int) -> None:
        self._source, self._left = source, left
        self.close = source.close

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk = self._source.read(min(_CHUNK, self._left)) if self._left > 0 else b""
        self._left -= len(chunk)
        if not chunk:
            raise StopIteration
        return chunk
