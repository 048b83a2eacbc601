"""Frames on a byte stream: 4 bytes of length, big-endian, then JSON in UTF-8."""

from __future__ import annotations

from typing import Any

import msgspec

from tocsin.bus.subjects import Frame

MAX_TO_HUB = 64 * 1024
"""Bytes of one frame that a subscriber may send."""
MAX_FROM_HUB = 64 * 1024 * 1024
"""Bytes of one frame that the hub may send: a state with its backlog."""


class BadFrame(ValueError):
    """The stream does not hold a frame that may be read."""


def pack(frame: Any, limit: int = MAX_FROM_HUB) -> bytes:
    """One frame as bytes.

    Raises:
        BadFrame: it is longer than ``limit``.
    """
    body = msgspec.json.encode(frame)
    if len(body) > limit:
        raise BadFrame(f"a frame of {len(body)} bytes is over the limit of {limit}")
    return len(body).to_bytes(4) + body


def unpack(body: bytes | bytearray | memoryview) -> Frame:
    """Read the JSON of one frame.

    Raises:
        BadFrame: not a JSON object.
    """
    try:
        frame = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise BadFrame(str(fault)) from fault
    if not isinstance(frame, dict):
        raise BadFrame("a frame is a JSON object")
    return frame


def length_of(head: bytes | bytearray, limit: int) -> int:
    """The length that the first four bytes announce.

    Raises:
        BadFrame: it is over the limit.
    """
    length = int.from_bytes(head[:4])
    if length > limit:
        raise BadFrame(f"a frame of {length} bytes is announced, {limit} are allowed")
    return length


class Unpacker:
    """Cuts a stream into frames; holds at most one frame of ``limit`` bytes."""

    __slots__ = ("_buffer", "_limit")

    def __init__(self, limit: int) -> None:
        self._buffer = bytearray()
        self._limit = limit

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are complete with these bytes.

        Raises:
            BadFrame: the stream cannot be read on.
        """
        self._buffer += data
        frames, start = [], 0
        while len(self._buffer) - start >= 4:
            length = length_of(self._buffer[start : start + 4], self._limit)
            if len(self._buffer) - start - 4 < length:
                break
            frames.append(unpack(self._buffer[start + 4 : start + 4 + length]))
            start += 4 + length
        del self._buffer[:start]
        return frames
