"""Our own drawings, one SVG file each, on a grid of 24 (signs) or 64 (pictograms, states), in the text's colour."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

HERE = Path(__file__).parent

STATES = ("alert", "pre_alert", "unknown", "ok", "partial_clear", "ended", "ended_other")
"""What ``data-shown`` may be; ``state_<one>.svg`` is its shape."""

ACTIONS = (
    "indoors",
    "shelter",
    "basement",
    "inner_room",
    "two_walls",
    "away_from_windows",
    "lie_down",
    "no_lift",
    "close_windows",
    "ventilation_off",
    "upstairs",
    "phone_on",
    "wait",
    "do_not_touch",
    "take_water",
    "help_others",
)
"""Pictograms of what to do."""

_PARTS = re.compile(r'<svg xmlns="http://www.w3.org/2000/svg" (?P<look>[^>]*)>(?P<body>.*)</svg>\s*', re.DOTALL)


def names() -> tuple[str, ...]:
    """Every icon there is."""
    return tuple(sorted(path.stem for path in HERE.glob("*.svg")))


@lru_cache(maxsize=256)
def parts(name: str) -> tuple[str, str]:
    """``(attributes, elements)`` of an icon.

    Raises:
        LookupError: no icon has that name.
    """
    if name not in names():
        raise LookupError(f"there is no icon {name!r}")
    found = _PARTS.fullmatch((HERE / f"{name}.svg").read_text("utf-8"))
    if found is None:
        raise LookupError(f"the icon {name!r} is not one svg element")
    return found["look"], found["body"]
