"""Whose turn it is to write where the database lets one write at a time: SQLite, shared by processes of one machine.

SQLite itself lets those who wait look again after growing pauses, up to a tenth of a second, in no order. While one
process writes receipts and read tables without a break, another may look ten times in vain: an officer's click would
take a second. So whoever writes the ledger or what follows it takes a lock on a file beside the database first and
looks for it often; what nobody waits for looks less often, and so comes after what somebody does.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator

from django.db import connections

from tocsin.store.django import BUSY_S

LOOK_S = 0.001
"""How often somebody looks for whom an officer or a resident waits."""
LOOK_LATER_S = 0.008
"""How often all others look."""


@contextlib.contextmanager
def turn(using: str, *, first: bool) -> Iterator[None]:
    """Hold the turn. After ``BUSY_S`` it goes on without: the database has the last word, and says what is wrong.

    Args:
        using: Django's alias of the database; nothing is locked where it is not a file of SQLite.
        first: somebody waits for what will be written.
    """
    handle = _opened(using)
    if handle is None:
        yield
        return
    try:
        end, look = time.monotonic() + BUSY_S, LOOK_S if first else LOOK_LATER_S
        while not _taken(handle) and time.monotonic() < end:
            time.sleep(look)
        yield
    finally:
        os.close(handle)  # and with it the lock


@contextlib.contextmanager
def at_ease(using: str) -> Iterator[None]:
    """A transaction inside is not on the disk when it returns, on SQLite: for what can be made anew from the ledger.

    It lies in the log before every later one, so the next act that is recorded brings it to the disk too; and it spares
    that act the wait for a disk that is busy with what nobody waits for. Begin it outside of a transaction.
    """
    if connections[using].vendor != "sqlite":
        yield
        return
    _synchronous(using, "NORMAL")
    try:
        yield
    finally:
        _synchronous(using, "FULL")


def _synchronous(using: str, level: str) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute(f"PRAGMA synchronous={level}")


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _opened(using: str) -> int | None:
    own = connections[using]
    name = str(own.settings_dict["NAME"])
    if own.vendor != "sqlite" or not os.path.isfile(name):
        return None
    try:
        return os.open(f"{name}-turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:  # a folder that cannot be written: the database says so itself
        return None
