"""Copies of the database while it is written to, and databases made from such copies."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.db import connections

from tocsin.core.errors import Invalid, Unavailable
from tocsin.core.ports import Checkpoint
from tocsin.record.audit import Finding
from tocsin.store.archive import unusable
from tocsin.store.check import check_tables
from tocsin.store.django import BUSY_S

VOLATILE = ("django_session", "usersessions_usersession")
"""Tables whose rows are in no backup: who holds the backup must not be signed in by it."""

PROGRAM_S = 3600
"""Longest that pg_dump or pg_restore may take."""

_COPY = "backup"


def kind(using: str = "default") -> str:
    """``sqlite`` or ``postgresql``."""
    return str(connections[using].vendor)


def copy_sqlite(target: Path, using: str = "default") -> None:
    """Copy a SQLite database as it is at one instant, while others write; without sessions, compact, one file.

    Raises:
        Broken: the copy fails SQLite's own check (TOC-8005).
        Unavailable: the database or the disk does not do its part (TOC-8002).
    """
    source = connections[using].settings_dict["NAME"]
    try:
        with (
            closing(sqlite3.connect(f"file:{quote(str(source))}?mode=ro", uri=True, timeout=BUSY_S)) as live,
            closing(sqlite3.connect(target, isolation_level=None)) as copy,
        ):
            live.backup(copy)  # in one step: a snapshot, which in WAL mode holds nobody up
            copy.execute("PRAGMA journal_mode = DELETE")
            have = {name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            for table in have.intersection(VOLATILE):
                copy.execute(f"DELETE FROM {table}")  # noqa: S608 - a name of ours
            copy.execute("VACUUM")
            sound = copy.execute("PRAGMA integrity_check").fetchall()
    except sqlite3.DatabaseError as fault:
        raise _gone(f"The database could not be copied: {fault}.") from fault
    if sound != [("ok",)]:
        raise unusable(f"The database is corrupted: {sound[0][0][:200]}.", "See docs/how-to/keep-and-restore.md.")


def check_sqlite(
    path: Path, public_keys: Iterable[bytes], *, checkpoints: Iterable[Checkpoint] = (), origin: str | None = None
) -> tuple[int, str, list[Finding]]:
    """Recompute the ledger in a SQLite file; ``(last entry, its hash, what is wrong)``."""
    with _opened(path) as alias:
        count, findings = check_tables(public_keys, using=alias, checkpoints=checkpoints, origin=origin)
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT hash FROM ledger_entry ORDER BY seq DESC LIMIT 1")
            row = cursor.fetchone()
    return count, str(row[0]) if row else "", findings


@contextmanager
def _opened(path: Path) -> Iterator[str]:
    """A SQLite file as a database of Django's for a while, without a journal beside it."""
    model = connections["default"].settings_dict
    settings = {**model, "ENGINE": "django.db.backends.sqlite3", "NAME": str(path), "OPTIONS": {"timeout": BUSY_S}}
    connections.databases[_COPY] = settings
    try:
        yield _COPY
    finally:
        connections[_COPY].close()
        del connections[_COPY]
        del connections.databases[_COPY]


def dump_postgresql(target: Path, using: str = "default") -> None:
    """Dump a PostgreSQL database as it is at one instant, without sessions, in pg_restore's own form.

    Raises:
        Unavailable: pg_dump is missing or fails (TOC-8002).
    """
    without = [f"--exclude-table-data={table}" for table in VOLATILE]
    _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", *without, f"--file={target}", using=using)
    _run("pg_restore", "--list", str(target), using="")


def load_postgresql(source: Path, using: str = "default") -> None:
    """Fill an empty PostgreSQL database from a dump, all or nothing.

    Raises:
        Invalid: the database holds tables (TOC-8005).
        Unavailable: pg_restore is missing or fails; the database is empty as before (TOC-8002).
    """
    if connections[using].introspection.table_names():
        raise Invalid(
            "TOC-8005",
            "The database is not empty.",
            field="TOCSIN_DATABASE_URL",
            remedy="Make an empty database; nothing is ever restored over another.",
        )
    flags = ("--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges")
    _run("pg_restore", *flags, str(source), using=using)


def _run(program: str, *arguments: str, using: str) -> None:
    told = dict(connections[using].settings_dict) if using else {}
    # The password goes by the environment: every user of the machine can read a command line.
    environ = os.environ | ({"PGPASSWORD": str(told["PASSWORD"])} if told.get("PASSWORD") else {})
    where = [f"--dbname={_conninfo(told)}"] if told else []
    try:
        done = subprocess.run(  # noqa: S603 - no shell; our own words
            [program, *where, *arguments], check=False, env=environ, capture_output=True, timeout=PROGRAM_S
        )
    except (OSError, subprocess.SubprocessError) as fault:
        raise _gone(f"{program} could not be run: {type(fault).__name__}.") from fault
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise _gone(f"{program} failed: {said[0][:300]}")


def _conninfo(told: dict[str, Any]) -> str:
    from psycopg.conninfo import make_conninfo

    names = {"dbname": "NAME", "user": "USER", "host": "HOST", "port": "PORT"}
    given = {name: told[key] for name, key in names.items() if told.get(key)}
    return make_conninfo("", **given, **told.get("OPTIONS", {}))


def _gone(message: str) -> Unavailable:
    return Unavailable(
        "TOC-8002",
        message,
        field="TOCSIN_DATABASE_URL",
        remedy="Run `tocsin doctor`; for PostgreSQL install client programs as new as the server.",
    )
