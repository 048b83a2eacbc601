"""How the threads of a process share its one interpreter, and how a desk is ready before it is asked."""

from __future__ import annotations

import sys
import threading

from tocsin.app.desk import Desk
from tocsin.core.errors import TocsinError

SWITCH_S = 0.0005
"""A thread that comes back from the database, or the loop that hands out siren commands, waits at most so long for one
that reckons. At Python's 5 ms an officer's click, which comes back some thirty times, would wait for a flood at each.
"""

LOOK_S = 0.1


def share() -> None:
    """Let the threads of this process take short turns."""
    sys.setswitchinterval(SWITCH_S)


def attend(desk: Desk, over: threading.Event) -> None:
    """Fold in what others append, soon after they do, until it is over: an act then finds the state as of now, where it
    would else first fold in the receipts of a thousand sirens.
    """
    while not over.wait(LOOK_S):
        try:
            desk.state()
        except TocsinError:
            continue  # whoever acts is told; here it is only tried again
