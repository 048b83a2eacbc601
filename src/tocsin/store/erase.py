"""Erasing for good: on SQLite the bytes are overwritten in the file, and the journal that held them is emptied."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from django.db import Error, connections


@contextlib.contextmanager
def overwriting(using: str) -> Iterator[None]:
    """What is deleted or replaced inside leaves no bytes behind; copies in backups are their keeper's business.

    The journal is emptied as soon as no reader needs it. On PostgreSQL the server's own vacuum does as much.
    """
    _overwrite(using, True)
    try:
        yield
    finally:
        _overwrite(using, False)


def _overwrite(using: str, on: bool) -> None:
    connection = connections[using]
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA secure_delete = {'ON' if on else 'OFF'}")
        if not on and not connection.in_atomic_block:
            with contextlib.suppress(Error):  # a reader holds it: the next checkpoint does the same
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
