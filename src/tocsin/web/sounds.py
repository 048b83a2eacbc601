"""The tones as pages get them, to make the sounds in the browser from the same numbers as the sirens."""

from __future__ import annotations

from typing import Any

import msgspec

from tocsin.warn.tones import EDGE_S, TONES


def tones_document() -> dict[str, Any]:
    """What ``lib/sound.ts`` takes: the length of a fade in seconds, and for each tone its segments.

    A segment has ``from_hz``, ``to_hz``, ``seconds`` and ``level`` (0 to 1).
    """
    return {
        "edge_s": EDGE_S,
        "tones": {
            name: {
                "urgent": tone.urgent,
                "repeats": tone.repeats,
                "segments": [msgspec.structs.asdict(segment) for segment in tone.segments],
            }
            for name, tone in TONES.items()
        },
    }
