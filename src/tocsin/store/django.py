"""Django's settings, made from one database address, for processes that need only the store."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tocsin.core.errors import Invalid

STORE_APP = "tocsin.store"
BUSY_S = 10
"""Seconds a writer waits for another writer before it gives up with TOC-7005."""


def database(url: str, *, home: Path) -> dict[str, Any]:
    """One entry of Django's ``DATABASES``.

    Args:
        url: ``sqlite:`` (the file ``db.sqlite3`` of the home folder), ``sqlite:///relative`` or ``sqlite:////absolute``,
            or ``postgresql://user:password@host:port/name`` in any form that libpq reads, Unix sockets included
            (``postgresql://user@/name?host=/run/postgresql``).
        home: the folder that holds what this machine keeps.

    Raises:
        Invalid: the address is of another kind or malformed (TOC-8001).
    """
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        return _sqlite(url, home)
    if scheme in {"postgresql", "postgres"}:
        return _postgresql(url)
    raise Invalid(
        "TOC-8001",
        f"{scheme!r} is no kind of database that Tocsin knows.",
        field="TOCSIN_DATABASE_URL",
        remedy="Write sqlite: or postgresql://user:password@host:port/name.",
    )


def _sqlite(url: str, home: Path) -> dict[str, Any]:
    path = unquote(urlsplit(url).path)
    # Three slashes mean a path relative to the home folder, four an absolute one, as elsewhere in Python.
    name = home / "db.sqlite3" if path in {"", "/"} else home / path[1:]
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(name.absolute()),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": BUSY_S,
            # A transaction that will write says so at once: an upgrade half-way could only fail.
            "transaction_mode": "IMMEDIATE",
            # FULL: in WAL mode this is the one fsync per commit; NORMAL would lose the last warnings with the power.
            # The log goes into the file in the worker's pauses (see tidy.py), not within whichever commit comes next;
            # the bound, in pages, is for a time without a worker.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=16384;",
        },
    }


_VANISHED = {
    "tcp_user_timeout": BUSY_S * 1000,
    "keepalives_idle": BUSY_S // 2,
    "keepalives_interval": 1,
    "keepalives_count": BUSY_S // 2,
}
"""A server that vanished with its machine, or behind a pulled cable, says no goodbye: without these a web process would
wait a quarter of an hour for its answer, and a worker that takes over would know nothing new."""


def _postgresql(url: str) -> dict[str, Any]:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        # Neither libpq's words nor the cause are passed on: they quote the address, and it may hold a password.
        raise Invalid(
            "TOC-8001",
            "The database address is malformed.",
            field="TOCSIN_DATABASE_URL",
            remedy="Write postgresql://user:password@host:port/name, with % signs and the like percent-encoded.",
        ) from None
    known = {key: str(parts.pop(key, "") or "") for key in ("dbname", "user", "password", "host", "port")}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": known["dbname"] or known["user"],
        "USER": known["user"],
        "PASSWORD": known["password"],
        "HOST": known["host"],
        "PORT": known["port"],
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": BUSY_S, **_VANISHED, **parts},
    }


def settings(database_url: str, *, home: Path, **extra: Any) -> dict[str, Any]:
    """Django settings for a process that needs the store and nothing else.

    Args:
        database_url: see :func:`database`.
        home: the folder that holds what this machine keeps.
        extra: settings that are added or take the place of ours. ``INSTALLED_APPS`` is joined to ours, ``DATABASES``
            adds aliases beside ``default``.

    Raises:
        Invalid: the database address is unusable (TOC-8001).
    """
    apps = ["django.contrib.contenttypes", "django.contrib.auth", STORE_APP]
    apps += [app for app in extra.pop("INSTALLED_APPS", ()) if app not in apps]
    made: dict[str, Any] = {
        "INSTALLED_APPS": apps,
        "DATABASES": {"default": database(database_url, home=home), **extra.pop("DATABASES", {})},
        "AUTH_USER_MODEL": "store.Officer",
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
        # Logging belongs to the process, not to the store.
        "LOGGING_CONFIG": None,
    }
    return made | extra


def configure(database_url: str, *, home: Path, **extra: Any) -> None:
    """Make Django ready in this process. The first call wins; every later one does nothing.

    Raises:
        Invalid: the database address is unusable (TOC-8001).
    """
    import django
    from django.apps import apps
    from django.conf import settings as django_settings

    if not django_settings.configured:
        django_settings.configure(**settings(database_url, home=home, **extra))
    if not apps.ready:
        django.setup()


def unmigrated(using: str = "default") -> bool:
    """Whether a migration of this version is not in the database yet.

    Raises:
        Unavailable: the database does not answer (TOC-8002).
    """
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    from tocsin.store.trouble import trouble

    with trouble(using, "TOC-8002", "the state of the tables could not be read"):
        executor = MigrationExecutor(connections[using])
        return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def migrate(using: str = "default") -> None:
    """Bring the tables of one database up to date. Safe to run again."""
    from django.core.management import call_command

    call_command("migrate", database=using, interactive=False, verbosity=0)
