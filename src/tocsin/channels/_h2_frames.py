"""HTTP/2 frames and what a request is made of (RFC 9113, 4 to 7)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, NamedTuple

from tocsin.channels._hpack import Field

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST, SETTINGS, PUSH, PING, GOAWAY, WINDOW, CONTINUATION = 0, 1, 3, 4, 5, 6, 7, 8, 9
END_STREAM, ACK, END_HEADERS, PADDED, PRIORITY = 0x1, 0x1, 0x4, 0x8, 0x20
TABLE, PUSHING, STREAMS, WINDOW_SIZE, FRAME = 1, 2, 3, 4, 5
REFUSED, CANCEL, PROTOCOL, FLOW, COMPRESSION = 0x7, 0x8, 0x1, 0x3, 0x9
WINDOW_0 = 65_535
MOST_FRAME = 16_384
MOST_BLOCK = 65_536
MOST_WINDOW = 2**31 - 1
LAST_STREAM = 2**31 - 3
AT_ONCE = 1_000
"""Streams in flight on a connection, whatever more the other side allows."""
IDLE_S = 60.0
WRITE = 65_536
"""Bytes that leave in one write."""

frame_head = struct.Struct(">HBBBI").pack  # length in 16 + 8 bits, type, flags, stream
read_frame = struct.Struct(">HBBBI").unpack_from
read_setting = struct.Struct(">HI").iter_unpack

# No table for what comes back, and no pushed streams.
HELLO = PREFACE + b"\x00\x00\x0c\x04\x00\x00\x00\x00\x00" + struct.pack(">HIHI", TABLE, 0, PUSHING, 0)


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """One frame."""
    size = len(payload)
    return frame_head(size >> 8, size & 255, kind, flags, stream) + payload


class Head:
    """What the requests of a batch share.

    Args:
        authority: host and port.
        fields: headers beside the pseudo ones.
    """

    __slots__ = ("authority", "fields")

    def __init__(self, authority: bytes, fields: list[Field]) -> None:
        self.authority = authority
        self.fields = fields


class Request(NamedTuple):
    """One POST. ``answered(key, status, retry_after, detail)`` is called once; status 0: there was none."""

    key: Any
    path: bytes
    head: Head
    body: bytes
    answered: Callable[[Any, int, bytes, str], None]


class Stream:
    """A request under way, and what has come back of it."""

    __slots__ = ("after", "due", "request", "rest", "status", "window")

    def __init__(self, request: Request, due: float) -> None:
        self.request = request
        self.due = due
        self.status = 0
        self.after = b""
        self.rest = b""
        self.window = 0


class Broken(Exception):
    """The other side broke a rule; ``code`` as RFC 9113, 7 has them."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code
