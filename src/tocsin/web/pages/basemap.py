"""The basemap file, piece by piece: HTTP ranges (RFC 9110, section 14) over a file that is never read whole."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, parse_http_date_safe
from django.views.decorators.http import require_safe

from tocsin.core.errors import Unavailable
from tocsin.web.errors import answer, no_such

URL = "/basemap.pmtiles"
_MAX_AGE_S = 3600
_BLOCK = 64 * 1024
_MOST = 2 * 1024 * 1024
"""Bytes of one partial answer. Tiles and directories are far smaller, and an answer may be shorter than was asked."""

_whole = threading.BoundedSemaphore(2)
"""Whole files at once: a slow reader of a large file keeps a thread that an officer may need."""

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def address() -> str | None:
    """Where pages find the basemap; None when there is none."""
    return URL if settings.TOCSIN_BASEMAP else None


_BUSY = Unavailable("TOC-8002", "Others copy the whole basemap now.", remedy="Ask for ranges, or come back later.")


class _Blocks:
    """Blocks of a part of a file. The server calls ``close`` when it is done, also when the reader went away."""

    def __init__(self, path: Path, first: int, length: int, done: Callable[[], None] = lambda: None) -> None:
        self.left = length
        self._file: BinaryIO = path.open("rb")
        self._file.seek(first)
        self._done = done

    def __iter__(self) -> Iterator[bytes]:
        while self.left > 0:
            block = self._file.read(min(_BLOCK, self.left))
            if not block:
                return
            self.left -= len(block)
            yield block

    def close(self) -> None:
        if not self._file.closed:
            self._file.close()
            self._done()


@require_safe
def basemap(request: HttpRequest) -> HttpResponseBase:
    """The file or a part of it. 206 for one range, 416 beyond the end, 304 when the reader has it, 404 without one."""
    if settings.TOCSIN_BASEMAP:
        with contextlib.suppress(OSError):
            return _answer(request, Path(settings.TOCSIN_BASEMAP))
    return answer(no_such("There is no basemap here."), request)


def _answer(request: HttpRequest, path: Path) -> HttpResponseBase:
    stat = path.stat()
    etag, changed = f'"{stat.st_size:x}-{stat.st_mtime_ns:x}"', int(stat.st_mtime)
    unchanged = get_conditional_response(request, etag=etag, last_modified=changed)
    response = unchanged or _part(request, path, stat.st_size, etag, changed)
    response["ETag"] = etag
    response["Last-Modified"] = http_date(changed)
    response["Accept-Ranges"] = "bytes"
    response.headers.setdefault("Cache-Control", f"public, max-age={_MAX_AGE_S}")
    return response


def _part(request: HttpRequest, path: Path, size: int, etag: str, changed: int) -> HttpResponseBase:
    wanted = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    if wanted is None or wanted[1] == wanted[2] == "" or not _still_fits(request, etag, changed):
        # No range, several ranges or one that is no range: the whole file, as the standard allows.
        return _all(request, path, size)
    first, last = _span(wanted[1], wanted[2], size)
    if first >= size or last < first:
        refused = HttpResponse(status=416)
        refused["Content-Range"] = f"bytes */{size}"
        return refused
    last = min(last, first + _MOST - 1)
    response = _stream(request, _Blocks(path, first, last + 1 - first), 206)
    response["Content-Range"] = f"bytes {first}-{last}/{size}"
    return response


def _span(first: str, last: str, size: int) -> tuple[int, int]:
    """First and last byte; ``-n`` are the last n."""
    if not first:
        tail = int(last)
        return (max(0, size - tail), size - 1) if tail else (size, size - 1)
    return int(first), min(int(last), size - 1) if last else size - 1


def _still_fits(request: HttpRequest, etag: str, changed: int) -> bool:
    """Whether If-Range names the file as it is now; only then may a part be joined to older parts."""
    asked = request.headers.get("If-Range", "").strip()
    return not asked or asked == etag or parse_http_date_safe(asked) == changed


def _all(request: HttpRequest, path: Path, size: int) -> HttpResponseBase:
    if request.method == "HEAD":
        return _stream(request, _Blocks(path, 0, size), 200)
    if not _whole.acquire(blocking=False):
        busy = answer(_BUSY, request)
        busy["Retry-After"] = "60"
        return busy
    try:
        blocks = _Blocks(path, 0, size, _whole.release)
    except OSError:
        _whole.release()
        raise
    return _stream(request, blocks, 200)


def _stream(request: HttpRequest, blocks: _Blocks, status: int) -> HttpResponseBase:
    kind, length = "application/vnd.pmtiles", blocks.left
    response: HttpResponseBase
    if request.method == "HEAD":
        blocks.close()
        response = HttpResponse(status=status, content_type=kind)
    else:
        response = StreamingHttpResponse(blocks, status=status, content_type=kind)
    response["Content-Length"] = str(length)
    return response
