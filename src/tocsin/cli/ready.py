"""How a process without a port of its own says that it does its work."""

from __future__ import annotations

import os
from pathlib import Path


def ready_file(run: Path, pid: int) -> Path:
    """The file that says so, of the process with that id."""
    return run / f"ready-{pid}"


def forget_ready(run: Path) -> None:
    """Remove the files of processes that are no more: a process id comes back."""
    for path in run.glob("ready-*"):
        try:
            os.kill(int(path.name.rpartition("-")[2]), 0)
        except (OSError, ValueError):
            path.unlink(missing_ok=True)
