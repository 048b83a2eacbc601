"""What the first warning of a process would pay for, paid when the process starts.

Words are looked up in every language, outlines are simplified, each shape of message is judged once and kept: see
``render.py``, ``outline.py`` and ``cap_judged.py``. A process that has rehearsed issues its first warning as fast as
its hundredth. What is written here is dropped: it is no fact, bears no signature and reaches nobody.
"""

from __future__ import annotations

import contextlib

from tocsin.core.errors import TocsinError
from tocsin.warn import render, threats
from tocsin.warn.context import Context
from tocsin.warn.events import Level
from tocsin.warn.rules import draft
from tocsin.warn.state import WarnState

MOST_AREAS = 500
"""Areas that are gone through; as many outlines are kept."""


def rehearse(state: WarnState, context: Context) -> int:
    """Write and judge what might be sent: every danger and level for one area, and one danger for every area;
    how many warnings that were.
    """
    areas = [area.id for area in state.areas if any(state.areas[d].cells for d in state.areas.descendants(area.id))]
    wanted: list[tuple[str, Level, str]] = [
        (threat, level, areas[0]) for threat in threats.names() for level in threats.LEVELS if areas
    ]
    wanted += [(threat, "alert", area) for threat in threats.names()[:1] for area in areas[1:MOST_AREAS]]
    return sum(_one(state, context, *one) for one in wanted)


def _one(state: WarnState, context: Context, threat: str, level: Level, area: str) -> int:
    with contextlib.suppress(TocsinError):  # what cannot be said is told to the officer who wants to say it
        content = draft.compose(state, context, threat=threat, level=level, areas=(area,), reason="rehearsal")
        message = draft.message_of(state, context, content)
        render.correction(context, state.areas, content, [message])
        return 1
    return 0
