"""The seat of the one leading worker, and news of the ledger: a connection of its own to PostgreSQL."""

from __future__ import annotations

import contextlib
import os

import psycopg

from tocsin.core.errors import Unavailable
from tocsin.store.ledger import NEWS

LEAD_KEY = 0x544F434C454144  # "TOCLEAD": whoever holds this advisory lock leads
_ANSWER_S = 3
"""A leader whose database does not answer for so long gives up its seat; the server frees it after a little more."""


class Seat:
    """Who leads. The lock belongs to the connection, so a leader that dies loses it at that moment.

    Used by one thread. Sync, like all of the store.

    Args:
        url: ``postgresql://…``, the database of the ledger.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.Connection | None = None

    def open(self) -> None:
        """Connect, and listen for news of the ledger.

        Raises:
            Unavailable: the database does not answer (TOC-8002).
        """
        try:
            self._connection = psycopg.connect(
                self._url,
                autocommit=True,
                application_name=f"tocsin-worker-{os.getpid()}",
                connect_timeout=_ANSWER_S,
                keepalives_idle=1,
                keepalives_interval=1,
                keepalives_count=_ANSWER_S - 1,
                tcp_user_timeout=_ANSWER_S * 1000,
            )
            # The server lets go of a leader whose machine has vanished, later than that leader has given up itself.
            for name, value in (("idle", 2), ("interval", 1), ("count", _ANSWER_S)):
                self._connection.execute(f"SET tcp_keepalives_{name} = {value}".encode())
            self._connection.execute(f"LISTEN {NEWS}".encode())
        except psycopg.Error as fault:
            raise _gone(fault) from fault

    def take(self) -> bool:
        """Take the seat if it is free.

        Raises:
            Unavailable: the database does not answer (TOC-8002).
        """
        return bool(self._one("SELECT pg_try_advisory_lock(%s)", (LEAD_KEY,)))

    def check(self) -> None:
        """See that the connection, and with it the seat, is still ours.

        Raises:
            Unavailable: it is not (TOC-8002).
        """
        self._one("SELECT 1", ())

    def news(self, within_s: float) -> bool:
        """Wait for a new entry in the ledger; whether there was one.

        Raises:
            Unavailable: the database does not answer (TOC-8002).
        """
        try:
            return any(True for _ in self._open().notifies(timeout=within_s, stop_after=1))
        except psycopg.Error as fault:
            raise _gone(fault) from fault

    def close(self) -> None:
        """Leave the seat: it is free when this returns, not only once the server has noticed."""
        if self._connection is not None:
            if not self._connection.closed:
                with contextlib.suppress(psycopg.Error):  # then the server frees it by itself
                    self._connection.execute(b"SELECT pg_advisory_unlock_all()")
            self._connection.close()
            self._connection = None

    def _open(self) -> psycopg.Connection:
        assert self._connection is not None  # noqa: S101 - open() comes first
        return self._connection

    def _one(self, sql: str, values: tuple[int, ...]) -> object:
        try:
            row = self._open().execute(sql.encode(), values).fetchone()
        except psycopg.Error as fault:
            raise _gone(fault) from fault
        return None if row is None else row[0]


def _gone(fault: psycopg.Error) -> Unavailable:
    # The driver's own words may hold the address, and with it a password.
    return Unavailable(
        "TOC-8002",
        f"The database does not answer: {type(fault).__name__}.",
        field="TOCSIN_DATABASE_URL",
        remedy="Look at the database; the worker tries again by itself.",
    )
