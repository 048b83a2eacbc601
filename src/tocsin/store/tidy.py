"""When SQLite brings its log into the file: in a pause, and never inside the commit of a warning."""

from __future__ import annotations

from django.db import connections

from tocsin.store.trouble import trouble


def tidy(using: str = "default") -> None:
    """Bring what is committed from the write-ahead log into the database file, without waiting for anybody and
    without making anybody wait. Other databases look after themselves.

    Raises:
        Unavailable: the database does not answer (TOC-8002).
    """
    connection = connections[using]
    if connection.vendor == "sqlite":
        with (
            trouble(using, "TOC-8002", "the log could not be brought into the database"),
            connection.cursor() as cursor,
        ):
            cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
