"""How the threads of a process share its one interpreter, and how a desk is ready before it is asked."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Sequence
from typing import Any

from tocsin.app.desk import Desk
from tocsin.app.kept import PIECE, Kept, bring_up

SWITCH_S = 0.0001
"""A thread that comes back from the database, or the loop that hands out siren commands, waits at most so long for one
that reckons. At Python's 5 ms an officer's click, which comes back some thirty times, would wait for a flood at each.
"""

LOOK_S = 0.05
BITE = 25
"""Entries that the other rooms take in at a look: more would keep an officer's click waiting while a flood is taken in,
and in these rooms nobody's act is a matter of seconds."""


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
    while not over.wait(LOOK_S):
        desk.give_way()
        with contextlib.suppress(Exception):  # whoever acts is told; here it is only tried again, whatever it was
            _look(desk, rooms)


def _look(desk: Desk, rooms: Sequence[Kept[Any]]) -> None:
    head = desk.state().seq
    behind = max((head - room.seq for room in rooms), default=0)
    if behind > 0:
        bring_up(desk.ledger, rooms, bite=BITE if behind <= 4 * PIECE else None)
