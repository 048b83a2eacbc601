"""Who goes in first: officers before the mass, in front of Django, so that turning somebody away costs next to nothing.

One process serves sensors, residents and the officer who presses "issue". Its threads share one interpreter: forty
detections a second and a flood of reports would each take their turn with that click. So:

- A credential that has proved to be an officer's, a key or a session, goes straight in. Nobody gets there by claiming
  it: the first request of each goes with everybody else's.
- Of everybody else who sends something a few are inside at once, and none enters while an officer is inside, but for
  a moment at most. A bounded number waits for its turn; whoever comes then is answered 429 with ``Retry-After``.
- Who only reads takes no turn: a resident's browser asks for a page and its parts in one breath, and when the sirens
  sound thousands do. A page that came without its parts would be worse than one that comes late.
- Who was answered 429 and comes again too early is answered so here. Django is not asked.
"""

from __future__ import annotations

import hashlib
import io
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.http.cookie import parse_cookie

from tocsin.web import errors
from tocsin.web.limits import peer_of

Environ = dict[str, Any]
App = Callable[[Environ, Any], Iterable[bytes]]

OFFICER = "tocsin.officer"
"""Set in the environ of a request, by whoever has found out, when an officer stands behind it."""

READS = frozenset(("GET", "HEAD", "OPTIONS"))

KEPT = 2_000
"""Credentials and answers that are remembered; those that were not seen longest are forgotten first."""
YIELD_S = 0.5
"""Longest that somebody waits because officers are inside: a long download of theirs must not close the door."""
WAIT_S = 10.0
"""Longest that somebody waits for a turn."""
SMALL = 64 * 1024
"""A body up to this is read before its turn, so that a slow sender holds up nobody. What is larger has turns apart."""
AGAIN_S = 1.0


class Doorkeeper:
    """A WSGI application around another.

    Args:
        app: Django's.
        threads: how many requests the server takes at once.
        proxies: addresses whose ``X-Forwarded-For`` is believed (its last entry).
        cookie: name of the session cookie.
        monotonic: seconds that never go back.
    """

    def __init__(
        self,
        app: App,
        *,
        threads: int,
        proxies: Iterable[str] = (),
        cookie: str = "sessionid",
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._proxies = frozenset(proxies)
        self._cookie = cookie
        self._monotonic = monotonic
        self._at_once = max(2, threads // 8)
        self._most_waiting = max(2, threads // 2)
        self._most_bulky = max(2, threads // 4)
        self._turn = threading.Condition()
        self._officers = self._inside = self._waiting = self._bulky = 0
        self._known: OrderedDict[bytes, None] = OrderedDict()
        self._told: OrderedDict[tuple[bytes, str, str], float] = OrderedDict()

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Serve one request, in its turn."""
        who, credential = self._who(environ)
        if credential and who in self._known:
            return self._as_officer(who, environ, start_response)
        asked = (who, str(environ.get("REQUEST_METHOD")), str(environ.get("PATH_INFO")))
        early = self._told.get(asked, 0.0) - self._monotonic()
        if early > 0:
            return _too_many(early, environ, start_response)
        if environ.get("REQUEST_METHOD") in READS:
            return self._ask(asked, environ, start_response)
        length = _length(environ)
        if length > SMALL:
            return self._as_bulk(asked, environ, start_response)
        if length:
            environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(length))
        if not self._enter():
            return _too_many(AGAIN_S, environ, start_response)
        try:
            return self._ask(asked, environ, start_response)
        finally:
            with self._turn:
                self._inside -= 1
                self._turn.notify_all()

    def _as_officer(self, who: bytes, environ: Environ, start_response: Any) -> Iterable[bytes]:
        with self._turn:
            self._officers += 1
        try:
            answer = self._app(environ, start_response)
        finally:
            with self._turn:
                self._officers -= 1
                self._turn.notify_all()
        # Revoked or signed out. A part of a page asks nobody who it is: the click that follows still comes first.
        if not environ.get(OFFICER) and environ.get("REQUEST_METHOD") not in READS:
            self._known.pop(who, None)
        return answer

    def _as_bulk(self, asked: tuple[bytes, str, str], environ: Environ, start_response: Any) -> Iterable[bytes]:
        with self._turn:
            if self._bulky >= self._most_bulky:
                return _too_many(AGAIN_S, environ, start_response)
            self._bulky += 1
        try:
            return self._ask(asked, environ, start_response)
        finally:
            with self._turn:
                self._bulky -= 1

    def _enter(self) -> bool:
        """Wait for a turn; False when too many wait, or it does not come."""
        with self._turn:
            if self._waiting >= self._most_waiting:
                return False
            self._waiting += 1
            began = self._monotonic()
            try:
                while self._inside >= self._at_once or (self._officers and self._monotonic() - began < YIELD_S):
                    if self._monotonic() - began >= WAIT_S:
                        return False
                    self._turn.wait(YIELD_S)
                self._inside += 1
                return True
            finally:
                self._waiting -= 1

    def _ask(self, asked: tuple[bytes, str, str], environ: Environ, start_response: Any) -> Iterable[bytes]:
        def started(status: str, headers: Sequence[tuple[str, str]], *more: Any) -> Any:
            if status.startswith("429"):
                again = next((value for name, value in headers if name.lower() == "retry-after"), "")
                if again.isdigit():
                    _keep(self._told, asked, self._monotonic() + int(again))
            return start_response(status, headers, *more)

        answer = self._app(environ, started)
        if environ.get(OFFICER):
            _keep(self._known, asked[0], None)
        return answer

    def _who(self, environ: Environ) -> tuple[bytes, bool]:
        """A name for whoever asks, and whether it is a credential; else it is the address."""
        key = environ.get("HTTP_AUTHORIZATION", "")
        session = parse_cookie(environ.get("HTTP_COOKIE", "")).get(self._cookie, "")
        if key or session:
            return hashlib.sha256(f"{key}\0{session}".encode("latin-1", "replace")).digest(), True
        return peer_of(environ, self._proxies).encode("latin-1", "replace"), False


def _keep(kept: OrderedDict[Any, Any], name: Any, value: Any) -> None:
    kept.pop(name, None)
    kept[name] = value  # in one step: another thread may drop it at any moment
    while len(kept) > KEPT:
        kept.popitem(last=False)


def _length(environ: Environ) -> int:
    given = str(environ.get("CONTENT_LENGTH") or "0")
    return int(given) if given.isdigit() else 0


def _too_many(wait_s: float, environ: Environ, start_response: Any) -> Iterable[bytes]:
    """The answer that Django would give to the API, or a plain line to a page."""
    error = errors.TooMany(wait_s)
    given = errors.answer(error)
    if not str(environ.get("PATH_INFO", "")).startswith("/api/"):
        given.content = f"{error.message} {error.remedy}\n"
        given["Content-Type"] = "text/plain; charset=utf-8"
    given["Content-Length"] = str(len(given.content))
    given["X-Content-Type-Options"] = "nosniff"
    if _length(environ):
        given["Connection"] = "close"  # its body was not read
    start_response("429 Too Many Requests", list(given.items()))
    return [given.content]
