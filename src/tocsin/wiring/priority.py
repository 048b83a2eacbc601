"""Which process stands back for the others of its machine when there is not enough of it for all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

BY = 5
"""By how much (``nice``)."""


def stand_back(by: int = BY) -> None:
    """Let the other processes of this machine go first.

    Linux may share its processors out to sessions first, and only within one by ``nice`` (autogroups, sched(7)). A
    process that leads its session, as each that `tocsin up` starts, says it for the session too.
    """
    os.nice(by)
    if os.getsid(0) == os.getpid():
        with contextlib.suppress(OSError):  # another system, or a kernel without it
            Path("/proc/self/autogroup").write_text(str(by), encoding="ascii")
