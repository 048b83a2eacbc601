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
import threading
import time
from collections.abc import Iterator
from typing import NamedTuple

from django.db import connections

from tocsin.store.django import BUSY_S

LOOK_S = 0.001
"""How often somebody looks for whom an officer or a resident waits."""
LOOK_LATER_S = 0.008
"""How often all others look."""
MOST_FREE = 8
"""Files that stay open between turns. Opening one costs an officer's click more than all else about its turn."""


class _File(NamedTuple):
    """An open file; its lock is one, whoever of its process, or of one that is forked from it, has it."""

    name: str
    handle: int


_free: list[_File] = []
_guard = threading.Lock()


@contextlib.contextmanager
def turn(using: str, *, first: bool) -> Iterator[None]:
    """Hold the turn. After ``BUSY_S`` it goes on without: the database has the last word, and says what is wrong.

    Args:
        using: Django's alias of the database; nothing is locked where it is not a file of SQLite.
        first: somebody waits for what will be written.
    """
    file = _file(using)
    if file is None:
        yield
        return
    try:
        end, look = time.monotonic() + BUSY_S, LOOK_S if first else LOOK_LATER_S
        while not _taken(file.handle) and time.monotonic() < end:
            time.sleep(look)
        yield
    finally:
        _give_back(file)


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


def _file(using: str) -> _File | None:
    """A file of nobody else's: one that is free, or one that is opened now."""
    own = connections[using]
    name = str(own.settings_dict["NAME"])
    if own.vendor != "sqlite":
        return None
    with _guard:
        found = next((one for one in _free if one.name == name), None)
        if found is not None:
            _free.remove(found)
    if found is not None:
        if _is_that_of(found):
            return found
        _closed(found.handle)  # the others lock another file of that name by now
    handle = _opened(name)
    return None if handle is None else _File(name, handle)


def _is_that_of(file: _File) -> bool:
    """Whether it is still what its name leads to."""
    try:
        ours, named = os.fstat(file.handle), os.stat(f"{file.name}-turn")
    except OSError:
        return False
    return (ours.st_dev, ours.st_ino) == (named.st_dev, named.st_ino)


def _closed(handle: int) -> None:
    """Close it, and with it end its lock."""
    with contextlib.suppress(OSError):
        os.close(handle)


def _give_back(file: _File) -> None:
    try:
        fcntl.flock(file.handle, fcntl.LOCK_UN)
    except OSError:  # not on every disk of a network; what was done in the turn is done
        _closed(file.handle)
        return
    with _guard:
        _free.append(file)
        gone = _free.pop(0) if len(_free) > MOST_FREE else None
    if gone is not None:
        _closed(gone.handle)


def _opened(name: str) -> int | None:
    if not os.path.isfile(name):
        return None
    try:
        return os.open(f"{name}-turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:  # a folder that cannot be written: the database says so itself
        return None


def _forked() -> None:
    """A forked process begins without the files of the one that it comes from: their locks are that one's."""
    global _guard  # noqa: PLW0603 - a thread that is not here may have held it
    _guard = threading.Lock()
    for file in _free:
        _closed(file.handle)
    _free.clear()


os.register_at_fork(after_in_child=_forked)
