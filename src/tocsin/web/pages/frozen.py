"""CAP messages as they were signed, for ever. Drafts are not here; exercises have an address of their own."""

from __future__ import annotations

import hashlib
import threading

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from tocsin.warn.state import WarnState
from tocsin.web.desk import desk
from tocsin.web.errors import answer, no_such

CAP_TYPE = "application/cap+xml"
_FOREVER = "public, max-age=31536000, immutable"


class Shelf:
    """Identifier → bytes of what went out, made again from the state only when something unknown is asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seq = -1
        self._live: dict[str, str] = {}
        self._drill: dict[str, str] = {}

    def find(self, identifier: str, state: WarnState, *, drill: bool) -> str | None:
        """The XML text of a message, or None. Exercises and real messages never stand on one shelf."""
        with self._lock:
            shelf = self._drill if drill else self._live
            if identifier not in shelf and state.seq != self._seq:
                self._fill(state)
                shelf = self._drill if drill else self._live
            return shelf.get(identifier)

    def _fill(self, state: WarnState) -> None:
        # Only ``messages`` are what went out; a draft's bytes and a prepared correction stay where they are.
        self._live = {m.identifier: m.xml for t in state.threads.values() for m in t.messages if m.xml}
        self._drill = {d.message.drill_identifier: d.message.drill_xml for d in state.drills.values()}
        self._seq = state.seq


_shelf = Shelf()


def forget() -> None:
    """Begin with an empty shelf, when the process was given another desk."""
    global _shelf  # noqa: PLW0603 - goes with the one desk of the process
    _shelf = Shelf()


@require_safe
def cap(request: HttpRequest, identifier: str) -> HttpResponse:
    """The frozen bytes of a message that went out to the public."""
    return _serve(request, identifier, drill=False)


@require_safe
def drill_cap(request: HttpRequest, identifier: str) -> HttpResponse:
    """The frozen bytes of an exercise message."""
    return _serve(request, identifier, drill=True)


def _serve(request: HttpRequest, identifier: str, *, drill: bool) -> HttpResponse:
    xml = _shelf.find(identifier, desk().state(), drill=drill)
    if xml is None:
        return answer(
            no_such("There is no such message.", field="identifier", remedy="The feed names every message in force."),
            request,
        )
    data = xml.encode()
    etag = f'"{hashlib.sha256(data).hexdigest()}"'
    response = get_conditional_response(request, etag=etag) or HttpResponse(data, content_type=CAP_TYPE)
    response["ETag"] = etag
    response["Cache-Control"] = _FOREVER
    # Anybody's map or reader may show a public warning.
    response["Access-Control-Allow-Origin"] = "*"
    return response
