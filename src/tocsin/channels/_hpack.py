"""Header compression for HTTP/2 (RFC 7541), as much of it as a client needs that asks for no dynamic table. Pure.

Out: a mirror of the peer's table, so that what every request of a batch shares goes over the wire once and is then a
byte or two. In: the client announces a table of size 0, so that each block stands by itself and only what is looked
for in it is read.
"""

from __future__ import annotations

from collections import deque

_STATIC_NAMES = {b":authority": 1, b":path": 4, b"authorization": 23, b"content-encoding": 26, b"content-length": 28}
_STATIC_NAMES |= {b"content-type": 31, b"user-agent": 58}
_STATUSES = {8: 200, 9: 204, 10: 206, 11: 304, 12: 400, 13: 404, 14: 500}
_RETRY_AFTER = 53
_STATIC = 61
_ENTRY = 32  # bytes that an entry counts beside its name and value (RFC 7541, 4.1)
POST_HTTPS = b"\x83\x87"
"""``:method: POST`` and ``:scheme: https``, both in the static table."""

Field = tuple[bytes, bytes]


class BadBlock(ValueError):
    """A header block that breaks the rules."""


def number(value: int, bits: int, first: int = 0) -> bytes:
    """An integer with a prefix of so many bits; ``first`` holds what stands above them (RFC 7541, 5.1)."""
    most = (1 << bits) - 1
    if value < most:
        return bytes((first | value,))
    out = bytearray((first | most,))
    value -= most
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def text(value: bytes) -> bytes:
    """A string as it is (RFC 7541, 5.2)."""
    return number(len(value), 7) + value


def literal(name: bytes, value: bytes, *, kept: bool = False) -> bytes:
    """A field in full; ``kept``: the peer puts it into its table."""
    bits, first = (6, 0x40) if kept else (4, 0)
    index = _STATIC_NAMES.get(name, 0)
    return number(index, bits, first) + (b"" if index else text(name)) + text(value)


class Encoder:
    """What is sent, with a mirror of the peer's table.

    Args:
        size: bytes that the peer's table may have.
    """

    def __init__(self, size: int = 4096) -> None:
        self._room = size
        self._used = 0
        self._entries: deque[Field] = deque()
        self._kept: dict[Field, int] = {}
        self.inserted = 0
        """Grows with each insertion: blocks made before count from another place."""

    def shared(self, fields: list[Field]) -> bytes:
        """The fields; the peer keeps those that it does not have, and has them from then on."""
        return b"".join(self._one(field) for field in fields)

    def _one(self, field: Field) -> bytes:
        if field in self._kept:
            return number(_STATIC + self.inserted - self._kept[field], 7, 0x80)
        size = len(field[0]) + len(field[1]) + _ENTRY
        if size > self._room // 2:
            return literal(*field)
        while self._used + size > self._room:
            old = self._entries.popleft()
            del self._kept[old]
            self._used -= len(old[0]) + len(old[1]) + _ENTRY
        self._entries.append(field)
        self._used += size
        self._kept[field] = self.inserted
        self.inserted += 1
        return literal(*field, kept=True)


def answer(block: bytes) -> tuple[int, bytes]:
    """``(status, retry-after)`` of a response; the second is b"" when it is not there or no plain number.

    Raises:
        BadBlock: the block is malformed, names what the table does not hold, or has no status.
    """
    if block[0:1] == b"\x88":
        return 200, b""
    status, after = 0, b""
    for index, value in _fields(block):
        if index in _STATUSES:
            status = status or (_STATUSES[index] if value is None else int(value or b"0"))
        elif index == _RETRY_AFTER:
            after = value or b""
        if status and status not in (408, 413, 429, 503):
            return status, b""
    if not status:
        raise BadBlock("no status")
    return status, after


def _fields(block: bytes) -> list[tuple[int, bytes | None]]:
    """``(index in the static table, or 0; value)``: None for that of the table, b"" for what is no plain number."""
    found: list[tuple[int, bytes | None]] = []
    at = 0
    try:
        while at < len(block):
            first = block[at]
            if first & 0x80:
                index, at = _number(block, at, 7)
                if not 0 < index <= _STATIC:
                    raise BadBlock("a table that was not offered is used")
                found.append((index, None))
                continue
            if first & 0xE0 == 0x20:
                size, at = _number(block, at, 5)
                if size:
                    raise BadBlock("a table that was not offered is used")
                continue
            index, at = _number(block, at, 6 if first & 0x40 else 4)
            if index > _STATIC:
                raise BadBlock("a table that was not offered is used")
            if not index:
                _, at = _text(block, at)
            value, at = _text(block, at)
            found.append((index, value))
    except IndexError as fault:
        raise BadBlock("a block that ends early") from fault
    return found


def _number(block: bytes, at: int, bits: int) -> tuple[int, int]:
    most = (1 << bits) - 1
    value = block[at] & most
    at += 1
    if value < most:
        return value, at
    for shift in range(0, 28, 7):
        byte = block[at]
        at += 1
        value += (byte & 127) << shift
        if byte < 128:
            return value, at
    raise BadBlock("a number without end")


def _text(block: bytes, at: int) -> tuple[bytes, int]:
    packed = block[at] & 0x80
    length, at = _number(block, at, 7)
    end = at + length
    if end > len(block):
        raise BadBlock("a block that ends early")
    raw = block[at:end]
    value = _digits(raw) if packed else raw
    return (value if value.isdigit() and length < 20 else b""), end


def _digits(raw: bytes) -> bytes:
    """A Huffman-coded string of digits (RFC 7541, appendix B); b"" for any other."""
    if len(raw) > 20:
        return b""
    bits = f"{int.from_bytes(raw, 'big'):0{8 * len(raw)}b}" if raw else ""
    out = bytearray()
    at = 0
    while at < len(bits):
        if bits[at : at + 5] in ("00000", "00001", "00010"):
            out.append(48 + int(bits[at : at + 5], 2))
            at += 5
        elif bits[at : at + 3] == "011" and bits[at : at + 6] >= "011001" and len(bits) - at >= 6:
            out.append(48 + int(bits[at : at + 6], 2) - 22)
            at += 6
        else:
            return bytes(out) if bits[at:] == "1" * (len(bits) - at) and len(bits) - at < 8 else b""
    return bytes(out)
