"""Identifiers: ULIDs, which sort by time and stay unique across nodes and restarts; and those of keys."""

from __future__ import annotations

import hashlib

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(unix_ms: int, entropy: bytes) -> str:
    """A ULID of 48 bits of time and 80 bits of randomness: 26 characters of Crockford base 32.

    Args:
        unix_ms: milliseconds since 1970-01-01 UTC.
        entropy: exactly 10 random bytes.
    """
    if len(entropy) != 10:
        raise ValueError("a ULID takes 10 bytes of randomness")
    number = (unix_ms << 80) | int.from_bytes(entropy)
    return "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


def ulid_bytes(text: str) -> bytes:
    """The 16 bytes of a ULID.

    Raises:
        ValueError: it is none.
    """
    number = 0
    for letter in text:
        number = number << 5 | _CROCKFORD.index(letter)
    if len(text) != 26 or number >> 128:
        raise ValueError("a ULID has 26 letters and 128 bits")
    return number.to_bytes(16)


def key_id(public_key: bytes) -> str:
    """The first 16 hex digits of the SHA-256 of the raw public key, or of a certificate in DER."""
    return hashlib.sha256(public_key).hexdigest()[:16]
