"""How the threads of a process share its one interpreter, and how a desk is ready before it is asked."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from tocsin.app.desk import Desk
from tocsin.app.kept import Kept, bring_up
from tocsin.core.errors import TocsinError

SWITCH_S = 0.0005
"""A thread that comes back from the database, or the loop that hands out siren commands, waits at most so long for one
that reckons. At Python's 5 ms an officer's click, which comes back some thirty times, would wait for a flood at each.
"""

LOOK_S = 0.1
ROOMS_S = 1.0
"""How often the states of the other rooms are brought up: nobody's act in them is a matter of seconds."""


def share() -> None:
    """Let the threads of this process take short turns."""
    sys.setswitchinterval(SWITCH_S)


def attend(desk: Desk, over: threading.Event, rooms: Sequence[Kept[Any]] = ()) -> None:
    """Fold in what others append, soon after they do, until it is over: an act then finds the state as of now, where it
    would else first fold in the receipts of a thousand sirens, or the whole ledger.

    Args:
        desk: the warning desk.
        over: set when this is to end.
        rooms: the states of the other rooms.
    """
    due = 0.0
    while not over.wait(LOOK_S):
        _tried(desk.state)
        if time.monotonic() >= due:
            _tried(lambda: bring_up(desk.ledger, rooms))
            due = time.monotonic() + ROOMS_S


def _tried(state: Callable[[], object]) -> None:
    with contextlib.suppress(TocsinError):  # whoever acts is told; here it is only tried again
        state()
