"""The delivery board: how far a notice came by each channel, counted, with the pace of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tocsin.core.delivery import Counts, Line
from tocsin.core.errors import TocsinError
from tocsin.web.control.scene import Scene
from tocsin.web.following import deliveries

SHOWN = ("delivered", "accepted", "sent", "queued", "failed", "exhausted", "gone", "withdrawn")
"""In the order of the numbers beside the bar."""

_BAR = (("done", ("delivered",)), ("way", ("accepted", "sent")), ("lost", ("exhausted", "gone")), ("wait", ("failed",)))
"""Parts of the bar from its start; what is queued or withdrawn is its empty rest."""

WIDTH = 200.0
"""Units of the bar."""


def newest(scene: Scene, warning_id: str) -> list[dict[str, Any]]:
    """The channels of the newest notice of a warning that concerned anybody."""
    return next((notice["channels"] for notice in notices(scene, warning_id)), [])


def notices(scene: Scene, warning_id: str) -> list[dict[str, Any]]:
    """Every notice of a warning that concerned anybody, newest first, with its channels."""
    found: dict[str, list[Line]] = {}
    for line in _lines(warning_id):
        if line.counts.targeted:
            found.setdefault(line.notice_id, []).append(line)
    return [
        {
            "act": scene.w[f"dlv_act_{lines[0].act}"],
            "at": scene.clock(min(line.began for line in lines)),
            "channels": [_row(scene, line) for line in lines],
        }
        for lines in found.values()
    ]


def _lines(warning_id: str) -> Sequence[Line]:
    try:
        return deliveries().board(warning_id)
    except TocsinError:  # the rest of the board must not wait for this
        return []


def _row(scene: Scene, line: Line) -> dict[str, Any]:
    counts, w = line.counts, scene.w
    settled = counts.targeted - counts.queued - counts.failed
    return {
        "name": w.get(f"dlv_{line.channel}", line.channel),
        "channel": line.channel,
        "targeted": scene.number(counts.targeted),
        "settled": scene.number(settled),
        "percent": 100 * settled // counts.targeted,
        "numbers": [
            {"key": key, "label": w[f"dlv_{key}"], "n": scene.number(n)} for key in SHOWN if (n := getattr(counts, key))
        ],
        "bar": list(bar(counts)),
        "pace": _pace(scene, line),
        "done": line.done,
    }


def bar(counts: Counts) -> Iterable[dict[str, Any]]:
    """The parts of the bar that are not empty: name, start and width."""
    at = 0.0
    for name, columns in _BAR:
        width = WIDTH * sum(getattr(counts, column) for column in columns) / max(counts.targeted, 1)
        if width:
            yield {"name": name, "x": f"{at:.2f}", "width": f"{width:.2f}"}
        at += width


def _pace(scene: Scene, line: Line) -> str:
    """How many a second were handed on, from being queued to the last; "" before the first."""
    if line.last_at is None:
        return ""
    seconds = max((line.last_at - line.began).total_seconds(), 0.001)
    rate = line.counts.reached / seconds
    return scene.w["dlv_pace"].format(n=scene.number(round(rate)) if rate >= 10 else f"{rate:.1f}")
