"""A PMTiles archive of version 3, written by hand: one directory, tiles as given, nothing compressed."""

from __future__ import annotations

import json
import struct

WORLD = (-180.0, -85.0, 180.0, 85.0)


def varint(number: int) -> bytes:
    """Seven bits a byte, lowest first."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def tile_id(zoom: int, x: int, y: int) -> int:
    """Place of a tile on the Hilbert curve of its zoom, after all tiles of lower zooms."""
    found = ((1 << 2 * zoom) - 1) // 3
    step = (1 << zoom) >> 1
    while step:
        right, down = int(bool(x & step)), int(bool(y & step))
        found += step * step * ((3 * right) ^ down)
        if not down:
            if right:
                x, y = step - 1 - (x & (step - 1)), step - 1 - (y & (step - 1))
            x, y = y, x
        step >>= 1
    return found


def archive(
    tiles: dict[tuple[int, int, int], bytes],
    bounds: tuple[float, float, float, float] = WORLD,
    *,
    layers: tuple[str, ...] = (),
    version: int = 3,
    kind: int = 1,
    compression: int = 1,
) -> bytes:
    """The bytes of an archive that holds these tiles, by (zoom, x, y)."""
    entries = sorted((tile_id(*at), data) for at, data in tiles.items())
    ids, last, starts, at = [], 0, [], 0
    for number, data in entries:
        ids.append(varint(number - last))
        starts.append(varint(at + 1))
        last, at = number, at + len(data)
    lengths = [varint(len(data)) for _, data in entries]
    root = b"".join((varint(len(entries)), *ids, *(varint(1) for _ in entries), *lengths, *starts))
    about = json.dumps({"vector_layers": [{"id": name, "fields": {}} for name in layers]}).encode()
    body = b"".join(data for _, data in entries)
    zooms = [zoom for zoom, _, _ in tiles] or [0]
    west, south, east, north = (round(degrees * 1e7) for degrees in bounds)
    meta_at = 127 + len(root)
    body_at = meta_at + len(about)
    head = b"PMTiles" + bytes([version])
    head += struct.pack("<QQQQQQQQ", 127, len(root), meta_at, len(about), body_at, 0, body_at, len(body))
    head += struct.pack("<QQQ", len(entries), len(entries), len(entries))
    head += bytes([1, 1, compression, kind, min(zooms), max(zooms)])
    head += struct.pack("<iiii", west, south, east, north)
    head += bytes([min(zooms)]) + struct.pack("<ii", (west + east) // 2, (south + north) // 2)
    return head + root + about + body
