"""The newest entries of a ledger in SQLite, read where one stands: no thread, no lock, no waiting.

A reader of a WAL file never waits for a writer, and what was committed this moment lies in memory. So a relay can take
it without handing the question to another thread and back, which costs two changes of the processor when every
millisecond counts.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tocsin.core.event import Entry
from tocsin.record.chain import Stored

MOST = 16
"""Entries of one look: what is more is read the long way."""

_SQL = "SELECT seq, prev, hash, event FROM ledger_entry WHERE seq > ? ORDER BY seq LIMIT ?"


class Tail:
    """Looks at the end of the ledger in a SQLite file. For one thread.

    Args:
        path: the database file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._base: sqlite3.Connection | None = None

    def after(self, seq: int) -> list[Entry] | None:
        """The committed entries after ``seq`` in order; None where they must be read the long way: there are more than
        :data:`MOST`, or the file does not answer at once.

        Raises:
            Broken: a stored text is no event (TOC-7001).
        """
        try:
            if self._base is None:
                uri = f"{self._path.absolute().as_uri()}?mode=ro"
                self._base = sqlite3.connect(uri, uri=True, timeout=0, isolation_level=None)
            rows = self._base.execute(_SQL, (seq, MOST + 1)).fetchall()
        except sqlite3.Error:
            self.close()
            return None
        if len(rows) > MOST:
            return None
        return [Stored(seq=at, prev=prev, hash=sealed, text=text).entry() for at, prev, sealed, text in rows]

    def close(self) -> None:
        """Let go of the file; a later look opens it anew."""
        if self._base is not None:
            self._base.close()
            self._base = None
