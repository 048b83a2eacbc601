"""Which process goes first, and which stands back, when there is not enough of their machine for all."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import struct
import sys
from pathlib import Path

BY = 5
"""By how much (``nice``)."""
FIRST_BY = 2
"""Not by so much that an officer's door, which works for the sirens too, is starved in its turn."""
TURN_NS = 200_000
"""A fifth of a millisecond; the kernel's own turns are some milliseconds long."""

_SCHED_SETATTR = {"x86_64": 314, "aarch64": 274}
"""The number of the system call by machine; the C library has no name for it before glibc 2.41."""
_SCHED_ATTR = struct.Struct("=IIQiIQQQII")
"""``struct sched_attr``: its size, policy (0, the ordinary one), flags, nice, priority, runtime, two more times and two
bounds.
"""


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


def in_short_turns(ns: int = TURN_NS) -> None:
    """Come to a processor soon, for a short time each. Linux from 6.12 lets whoever asks for short turns go before who
    has longer ones and is in the middle of one, and takes nothing from anybody's share (EEVDF, sched_setattr(2)); it
    needs no right. Elsewhere nothing happens. For a process before it has threads, which inherit it.
    """
    number = _SCHED_SETATTR.get(platform.machine())
    if number is None or sys.platform != "linux":
        return
    asked = _SCHED_ATTR.pack(_SCHED_ATTR.size, 0, 0, os.nice(0), 0, ns, 0, 0, 0, 0)
    ctypes.CDLL(None).syscall(number, 0, ctypes.create_string_buffer(asked), 0)
