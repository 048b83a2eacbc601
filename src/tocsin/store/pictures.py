"""Pictures: what they look like, what they say of a place, and a public copy made anew from their pixels."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any, BinaryIO

import msgspec
from PIL import Image, ImageOps

from tocsin.core.errors import Invalid

MOST_PIXELS = 60_000_000
"""A picture of more pixels is refused unread: a file of a few kilobytes can claim to be a wall."""

PUBLIC_SIDE = 1600
"""Pixels of the longer side of a public copy."""

_FORMATS = ("JPEG", "PNG", "WEBP")
_GPS, _EXIF = 0x8825, 0x8769
_TAKEN, _OFFSET = 36867, 36881
_FAULTS = (
    OSError,
    SyntaxError,
    ValueError,
    ArithmeticError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a picture gave.

    Attributes:
        phash: 64 bits in hex: is each of 8 × 8 cells lighter than its neighbour?
        public: the public copy, JPEG.
        captured_at: only when the picture states the offset of its clock.
        private: ``gps`` and ``taken`` as the picture has them; for the vault alone.
    """

    phash: str
    public: bytes
    captured_at: datetime | None
    private: dict[str, Any]


def see(source: BinaryIO) -> Seen:
    """Read a picture whole.

    Raises:
        Invalid: it is damaged, or has more than :data:`MOST_PIXELS` (TOC-10005).
    """
    try:
        with Image.open(source, formats=_FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise _unusable("has too many pixels", "Send it smaller; 8,000 by 6,000 pixels are plenty.")
            private, captured = _told(image)
            image.draft("RGB", (PUBLIC_SIDE, PUBLIC_SIDE))  # a JPEG need not be unpacked larger than it is shown
            upright = ImageOps.exif_transpose(image)
            return Seen(phash=_phash(upright), public=_public(upright), captured_at=captured, private=private)
    except _FAULTS as fault:
        raise _unusable("cannot be read", "Take it again, or send it as JPEG, PNG or WebP.") from fault


def _unusable(why: str, remedy: str) -> Invalid:
    return Invalid("TOC-10005", f"The picture {why}.", field="file", remedy=remedy)


def _public(image: Image.Image) -> bytes:
    """The copy: fresh pixels on a fresh sheet, so that nothing that was hung on the original comes along."""
    small = image.convert("RGBA") if image.has_transparency_data else image.convert("RGB")
    small.thumbnail((PUBLIC_SIDE, PUBLIC_SIDE), Image.Resampling.LANCZOS)
    sheet = Image.new("RGB", small.size, "white")
    sheet.paste(small, mask=small.getchannel("A") if small.mode == "RGBA" else None)
    out = io.BytesIO()
    sheet.save(out, "JPEG", quality=85, optimize=True)
    return out.getvalue()


def _phash(image: Image.Image) -> str:
    cells = list(image.convert("L").resize((9, 8), Image.Resampling.BOX).tobytes())
    bits = [cells[9 * row + column] < cells[9 * row + column + 1] for row in range(8) for column in range(8)]
    return f"{sum(bit << place for place, bit in enumerate(reversed(bits))):016x}"


def _told(image: Image.Image) -> tuple[dict[str, Any], datetime | None]:
    """What the picture's own notes say; notes that cannot be read say nothing."""
    try:
        notes = image.getexif()
        gps, exif = dict(notes.get_ifd(_GPS)), dict(notes.get_ifd(_EXIF))
        private: dict[str, Any] = {}
        place = _place(gps)
        if place is not None:
            private["gps"] = place
        taken, offset = str(exif.get(_TAKEN, "")), str(exif.get(_OFFSET, ""))
        if taken:
            private["taken"] = f"{taken} {offset}".strip()[:40]
        captured = datetime.strptime(f"{taken}{offset}", "%Y:%m:%d %H:%M:%S%z").astimezone(UTC) if offset else None
    except (*_FAULTS, TypeError, KeyError, OverflowError):
        return {}, None
    return private, captured


def _place(gps: dict[int, Any]) -> list[float] | None:
    """``[lon, lat]`` in degrees, when the picture says both."""
    if not {1, 2, 3, 4} <= set(gps):
        return None
    lat, lon = (sum(float(part) / 60**n for n, part in enumerate(gps[tag])) for tag in (2, 4))
    return [round(-lon if gps[3] == "W" else lon, 6), round(-lat if gps[1] == "S" else lat, 6)]
