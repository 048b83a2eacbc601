"""Server-sent events as bytes (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import random
from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder()


def dumps(data: Any) -> bytes:
    """JSON on one line."""
    return _ENCODER.encode(data)


def event(name: str, data: Any, id: int | None = None) -> bytes:  # noqa: A002 - the field's own name
    """One event; ``data`` is JSON without a line break, so one ``data:`` line is enough."""
    head = f"event: {name}\n" if id is None else f"event: {name}\nid: {id}\n"
    return head.encode() + b"data: " + _ENCODER.encode(data) + b"\n\n"


def retry() -> bytes:
    """Ask the client to wait 1 to 5 s before it comes back, so that not all come at once."""
    return b"retry: %d\n\n" % (1000 + 4000 * random.random())  # noqa: S311 - spreads load
