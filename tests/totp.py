"""One-time codes by RFC 6238, as an authenticator app makes them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time

STEP_S = 30


def code_of(secret: str, *, at: float | None = None, later: int = 0) -> str:
    """The six digits of a base32 secret at a Unix time, or ``later`` steps after it."""
    counter = int((time.time() if at is None else at) // STEP_S) + later
    key = base64.b32decode(secret, casefold=True)
    digest = hmac.new(key, struct.pack(">Q", counter), hashlib.sha1).digest()
    start = digest[-1] & 0xF
    value = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{value % 1_000_000:06d}"
