"""A basemap in one file: is it a PMTiles archive of version 3 that browsers can draw?

The format is https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md: 127 bytes of header, directories, tiles.
"""

from __future__ import annotations

import struct
from pathlib import Path

import msgspec

from tocsin.core.errors import Invalid

_HEADER = 127
_VERSION = 3
_VECTOR = 1
_READABLE = {1: "none", 2: "gzip"}
"""Compressions that every browser can undo; brotli (3) and zstd (4) are not among them."""


class Basemap(msgspec.Struct, frozen=True):
    """What the header says. ``bounds``: west, south, east, north in degrees."""

    size: int
    min_zoom: int
    max_zoom: int
    bounds: tuple[float, float, float, float]


def inspect(path: Path) -> Basemap:
    """Read the header of the file.

    Raises:
        Invalid: it cannot be read, or browsers could not draw it (TOC-8001).
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEADER)
        size = path.stat().st_size
    except OSError as fault:
        raise _unusable(
            f"cannot be read: {fault.strerror}", "Give the path of a file that this process may read."
        ) from fault
    if len(head) < _HEADER or head[:7] != b"PMTiles":
        raise _unusable("is no PMTiles archive", "Make one with `pmtiles convert` or `pmtiles extract`.")
    if head[7] != _VERSION:
        raise _unusable(f"is of PMTiles version {head[7]}", "Convert it to version 3 with `pmtiles convert`.")
    start, length = struct.unpack_from("<QQ", head, 56)
    if start + length > size:
        raise _unusable(f"has {size} bytes and should have {start + length}", "Copy it again; it was cut short.")
    inside, tiles, kind = head[97], head[98], head[99]
    if kind != _VECTOR or tiles not in _READABLE or inside not in _READABLE:
        raise _unusable("does not hold vector tiles, plain or gzipped", "Take a basemap of vector tiles (MVT).")
    west, south, east, north = (number / 1e7 for number in struct.unpack_from("<iiii", head, 102))
    return Basemap(size=size, min_zoom=head[100], max_zoom=head[101], bounds=(west, south, east, north))


def _unusable(why: str, remedy: str) -> Invalid:
    return Invalid("TOC-8001", f"The basemap {why}.", field="TOCSIN_BASEMAP", remedy=remedy)
