"""When a process looks for garbage: not in the middle of a warning."""

from __future__ import annotations

import gc

YOUNG = 5_000
"""New objects between two looks at the young ones: Python's own 700 would make it look five times in one issue, and all
of 20,000 stop every thread for eight milliseconds."""


def settle() -> None:
    """Call this once everything is loaded. What is there now lives as long as the process: it is never looked through
    again, which took 50 ms whenever it fell due, and what a decision makes and drops is mostly gone before a look.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 50, 20)
