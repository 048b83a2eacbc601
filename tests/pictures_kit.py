"""Small pictures for tests: with a place in their notes, too many pixels, or alike."""

from __future__ import annotations

import io
import struct
import subprocess
import tempfile
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

GPS = {1: "N", 2: (50.0, 36.0, 44.28), 3: "E", 4: (36.0, 35.0, 55.32)}
SECRETS = (b"Lantern Street 48", b"Anna Example", b"GPS-MARK")


def picture(seed: int = 1, *, form: str = "JPEG", size: tuple[int, int] = (320, 240), notes: bool = False) -> bytes:
    """A picture of some boxes; with ``notes`` it says where it was taken, by whom and when."""
    image = Image.new("RGB", size, (40, 60, 80))
    draw = ImageDraw.Draw(image)
    for n in range(6):
        x, y = (seed * 37 + n * 53) % size[0], (seed * 91 + n * 29) % size[1]
        draw.rectangle((x, y, x + 60, y + 40), fill=((seed * 50 + n * 40) % 256, (n * 70) % 256, 120))
    more: dict[str, Any] = {}
    if notes:
        exif = Image.Exif()
        exif[270], exif[315] = "Lantern Street 48", "Anna Example"
        exif.get_ifd(0x8825).update(GPS)
        exif.get_ifd(0x8769).update({36867: "2024:01:05 00:31:07", 36881: "+03:00"})
        more = {"exif": exif.tobytes(), "icc_profile": b"GPS-MARK" * 40}
        if form == "JPEG":
            more |= {"comment": b"Lantern Street 48", "xmp": b"<x:xmpmeta>Anna Example</x:xmpmeta>"}
    out = io.BytesIO()
    image.save(out, form, **more)
    return out.getvalue()


def bomb(side: int = 20_000) -> bytes:
    """A PNG of a few hundred bytes that claims ``side`` × ``side`` pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")


@lru_cache(maxsize=2)
def video(*, notes: bool = False) -> bytes:
    """A second of moving bars with a tone, 25 pictures; with ``notes`` it says where it was taken."""
    from tocsin.store.evidence import found_ffmpeg

    command = [found_ffmpeg(), "-v", "error", "-f", "lavfi", "-i", "testsrc=duration=1:size=160x120:rate=25"]
    command += ["-f", "lavfi", "-i", "sine=duration=1", "-pix_fmt", "yuv420p", "-shortest"]
    said = ["-metadata", "title=Lantern Street 48", "-metadata", "location=+50.6123+036.5987/"] if notes else []
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "made.mp4"
        subprocess.run([*command, *said, "-movflags", "use_metadata_tags", str(out)], check=True, timeout=60)
        return out.read_bytes()
