"""What a file of evidence is, by its own bytes: never by its name, nor by what its sender calls it."""

from __future__ import annotations

import msgspec

from tocsin.report.events import EvidenceKind

HEAD = 32
"""Bytes from the start of a file that :func:`look` needs."""


class Look(msgspec.Struct, frozen=True):
    """Kind and media type. ``pixels``: it is a picture that can be drawn anew, so that it can have a public copy."""

    kind: EvidenceKind
    mime: str
    pixels: bool = False


_STILL = frozenset({b"heic", b"heix", b"mif1", b"msf1", b"avif"})
"""Brands of the ISO media format that are pictures; they are kept, and have no public copy."""


_SIGNS: tuple[tuple[int, bytes, Look], ...] = (
    (0, b"\xff\xd8\xff", Look("photo", "image/jpeg", True)),
    (0, b"\x89PNG\r\n\x1a\n", Look("photo", "image/png", True)),
    (8, b"WEBP", Look("photo", "image/webp", True)),
    (0, b"\x1aE\xdf\xa3", Look("video", "video/webm")),
    (0, b"%PDF-", Look("document", "application/pdf")),
)


def look(head: bytes) -> Look | None:
    """What the file is, by its first :data:`HEAD` bytes; None for everything that is not taken."""
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        if brand in _STILL:
            return Look("photo", "image/avif" if brand == b"avif" else "image/heic")
        return Look("video", "video/quicktime" if brand == b"qt  " else "video/mp4")
    return next((found for place, sign, found in _SIGNS if head.startswith(sign, place)), None)
