"""One JSON document with everything; it can be read back."""

from __future__ import annotations

import msgspec

from tocsin.core.event import canonical
from tocsin.record.bundle import Bundle, unreadable

NAME = "json"
MIME = "application/json"
ENDING = "json"


def write(bundle: Bundle) -> bytes:
    """The document in canonical form (RFC 8785)."""
    return canonical(bundle)


def read(data: bytes) -> Bundle:
    """The bundle of a document.

    Raises:
        Invalid: it is none (TOC-12003).
    """
    try:
        return msgspec.json.decode(data, type=Bundle)
    except (msgspec.MsgspecError, UnicodeError) as fault:
        raise unreadable(str(fault)) from fault
