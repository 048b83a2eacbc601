"""A request as the server's loop sees it before any thread does: who asks for what, and how to say "come again"."""

from __future__ import annotations

import time
from collections.abc import Container
from functools import lru_cache
from typing import Any

from django.http.cookie import parse_cookie
from gunicorn.util import http_date

from tocsin.web import errors
from tocsin.web.doorkeeper import HOLDER, OFFICER, Asked, Known, name_of
from tocsin.web.gather import path_of
from tocsin.web.limits import peer_of

SESSION = "sessionid"
"""Name of the session cookie."""

_FIRST = b"HTTP/1.1 429 Too Many Requests\r\n"
_READ = {
    b"authorization": "HTTP_AUTHORIZATION",
    b"cookie": "HTTP_COOKIE",
    b"x-forwarded-for": "HTTP_X_FORWARDED_FOR",
    b"connection": "HTTP_CONNECTION",
}


class Asking:
    """What one request asks, read from its head.

    Args:
        data: the head, and whatever comes behind it.
        length: bytes of the body.
        client: who is at the other end, as the system says it.
        proxies: addresses whose ``X-Forwarded-For`` is believed (its last entry).
    """

    __slots__ = ("asked", "last")

    def __init__(self, data: bytes, length: int, client: Any, proxies: Container[str]) -> None:
        lines = data.lstrip(b"\r\n").partition(b"\r\n\r\n")[0].split(b"\r\n")
        first = lines[0].split(b" ")
        found: dict[str, str] = {}
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            known = _READ.get(name.lower())
            if known is not None:
                text = value.strip(b" \t").decode("latin-1")
                found[known] = f"{found[known]},{text}" if known in found else text
        found["REMOTE_ADDR"] = str(client[0]) if isinstance(client, tuple) and client else ""
        session = parse_cookie(found.get("HTTP_COOKIE", "")).get(SESSION, "")
        who, credential = name_of(found.get("HTTP_AUTHORIZATION", ""), session, peer_of(found, proxies))
        path = path_of(first[1] if len(first) > 1 else b"")
        self.asked = Asked(who, credential, first[0].decode("latin-1"), path, length)
        """What the doorkeeper is asked."""
        self.last = first[-1] != b"HTTP/1.1" or "close" in found.get("HTTP_CONNECTION", "").lower()
        """Whether nothing may follow on its connection."""


def come_again(wait_s: float, asked: Asked, *, close: bool) -> bytes:
    """The whole answer 429 that Django would give to the API, or a plain line to a page."""
    headers, content = _told(errors.whole_seconds(wait_s), asked.path.startswith("/api/"))
    headers += f"Date: {_date(int(time.time()))}\r\nConnection: {'close' if close else 'keep-alive'}\r\n\r\n".encode()
    return headers if asked.method == "HEAD" else headers + content


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    return str(http_date(second))


@lru_cache(maxsize=256)
def _told(seconds: int, api: bool) -> tuple[bytes, bytes]:
    error = errors.TooMany(seconds)
    given = errors.answer(error)
    if not api:
        given.content = f"{error.message} {error.remedy}\n"
        given["Content-Type"] = "text/plain; charset=utf-8"
    given["Content-Length"] = str(len(given.content))
    given["X-Content-Type-Options"] = "nosniff"
    headers = "".join(f"{name}: {value}\r\n" for name, value in given.items()).encode("latin-1")
    return _FIRST + headers, bytes(given.content)


def known_of(environ: dict[str, Any], resp: Any) -> Known:
    """What became of a request, from what the application left in its environ and began to answer."""
    again = ""
    if resp.status_code == 429:
        again = next((value for name, value in resp.headers if name.lower() == "retry-after"), "")
    officer = bool(environ.get(OFFICER))
    return Known(officer, bool(environ.get(HOLDER)) and not officer, float(again) if again.isdigit() else 0.0)
