"""Which process goes first, and which stands back, when there is not enough of their machine for all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

BY = 5
"""By how much (``nice``)."""
FIRST_BY = 2
"""Not by so much that an officer's door, which works for the sirens too, is starved in its turn."""


def stand_back(by: int = BY) -> None:
    """Let the other processes of this machine go first.

    Linux may share its processors out to sessions first, and only within one by ``nice`` (autogroups, sched(7)). A
    process that leads its session, as each that `tocsin up` starts, says it for the session too.
    """
    os.nice(by - min(0, os.nice(0)))  # also behind whoever started us and goes first
    _say(by)


def go_first(by: int = FIRST_BY) -> None:
    """Go before the other processes of this machine, where the system lets us: root, or ``LimitNICE`` of a unit. One
    that needs a processor seldom and briefly may else wait for it as long as its whole work takes.
    """
    with contextlib.suppress(PermissionError):
        os.nice(-by)
        _say(-by)


def _say(nice: int) -> None:
    if os.getsid(0) == os.getpid():
        with contextlib.suppress(OSError):  # another system, or a kernel without it
            Path("/proc/self/autogroup").write_text(str(nice), encoding="ascii")
