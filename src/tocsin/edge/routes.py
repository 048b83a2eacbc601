"""What the edge answers to: four GETs, their HEADs, and the browser's question whether it may ask."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs

import httptools

from tocsin.core.errors import Invalid, Unavailable, Unknown
from tocsin.edge.answers import Answer, error
from tocsin.edge.live import Edge
from tocsin.edge.metrics import CONTENT_TYPE_LATEST, exposition
from tocsin.edge.sse import dumps
from tocsin.warn.target import parse_cells

_NOW = re.compile(r"/api/v1/now/([^/]{1,40})\.json")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}")
_MAX_EVENT_ID = 19
_METHODS = "GET, HEAD, OPTIONS"


def answer(edge: Edge, method: str, url: bytes, headers: Mapping[bytes, bytes]) -> Answer:
    """The answer to a request.

    Raises:
        Invalid: the request target or a parameter is malformed (TOC-5001, TOC-5002).
        Unknown: there is nothing at that path (TOC-6004).
        Unavailable: the edge has not heard from the worker yet (TOC-8002).
    """
    path, query = _target(url)
    if method == "OPTIONS":
        return Answer(
            status=204,
            headers={
                "Access-Control-Allow-Methods": _METHODS,
                "Access-Control-Allow-Headers": "Last-Event-ID, If-None-Match, Cache-Control",
                "Access-Control-Max-Age": "86400",
            },
        )
    if method not in ("GET", "HEAD"):
        return error(405, "TOC-5002", f"{method} is not allowed here.", "Send a GET.", {"Allow": _METHODS})
    if path in ("/live", "/drill"):
        return _stream(edge, path, query, headers)
    if found := _NOW.fullmatch(path):
        return _now(edge, found[1], headers)
    if path in _OF_ITSELF:
        return _OF_ITSELF[path](edge.health())
    raise Unknown("TOC-6004", "There is nothing at this path.", field="path", remedy="See docs/reference/live.md.")


def _ready(health: Mapping[str, Any]) -> Answer:
    return Answer(status=200 if health["ok"] else 503, body=dumps({"ready": health["ok"]}))


_OF_ITSELF: dict[str, Callable[[Mapping[str, Any]], Answer]] = {
    "/healthz": lambda health: Answer(body=dumps(health)),
    "/readyz": _ready,
    "/metrics": lambda health: Answer(body=exposition(health), headers={"Content-Type": CONTENT_TYPE_LATEST}),
}


@lru_cache(maxsize=1024)
def _target(url: bytes) -> tuple[str, Mapping[str, str]]:
    """The path and the fields of a request target. Kept, because thousands ask for the same when they come back."""
    try:
        parsed = httptools.parse_url(url)
        query = (parsed.query or b"").decode("ascii")
        fields = parse_qs(query, max_num_fields=10, errors="strict")
        return (parsed.path or b"/").decode("ascii"), {name: values[-1] for name, values in fields.items()}
    except (httptools.HttpParserInvalidURLError, ValueError) as fault:
        raise Invalid(
            "TOC-5002", "The request target is malformed.", field="url", remedy="Percent-encode what is not ASCII."
        ) from fault


@lru_cache(maxsize=4096)
def _cells(text: str) -> tuple[str, ...]:
    """The cells of a request; clients of one place share them."""
    return parse_cells(text)


def _stream(edge: Edge, path: str, query: Mapping[str, str], headers: Mapping[bytes, bytes]) -> Answer:
    cells = _cells(query.get("cells", ""))
    language = query.get("lang")
    if language is not None and not _LANGUAGE.fullmatch(language):
        raise Invalid("TOC-5002", "The language is malformed.", field="lang", remedy="Send a tag such as ru or en-GB.")
    stream = edge.live if path == "/live" else edge.drill
    given = headers.get(b"last-event-id", b"").decode("latin-1") or query.get("last_event_id", "")
    # An id that is not ours is no reason to refuse somebody a warning: such a client starts afresh.
    last = int(given) if given.isascii() and given.isdigit() and len(given) <= _MAX_EVENT_ID else None
    return Answer(headers={"Content-Type": "text/event-stream"}, stream=stream, cells=cells, last=last)


def _now(edge: Edge, cell: str, headers: Mapping[bytes, bytes]) -> Answer:
    (cell,) = parse_cells(cell, limit=1)
    if not edge.known():
        raise Unavailable(
            "TOC-8002", "Nothing is known here yet.", remedy="Ask again shortly, and do not take silence for safety."
        )
    body, tag = edge.now_body(cell)
    age = edge.truth.age_s(edge.clock.now())
    shared = {"ETag": tag, "Cache-Control": "public, max-age=2", "Tocsin-Source-Age": f"{age or 0:.3f}"}
    wanted = headers.get(b"if-none-match", b"").decode("latin-1")
    if wanted.strip() == "*" or tag in [one.strip().removeprefix("W/") for one in wanted.split(",")]:
        return Answer(status=304, headers=shared)
    return Answer(body=body, headers=shared)
