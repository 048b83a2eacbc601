"""What every test may use.

Django can be configured once in a process, so the whole run shares one configuration: the web's, in a temporary home,
with two databases. ``default`` is a SQLite file of that home; ``pg`` is a PostgreSQL server of the run's own, started
when the first test asks for it. A test that touches a database takes ``db`` (SQLite) or ``pg`` (PostgreSQL): both give
the alias, migrated and empty.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import postgres
from second_try import pytest_runtest_teardown

__all__ = ["pytest_runtest_teardown"]

HOME = Path(tempfile.mkdtemp(prefix="tocsin-test-"))
CLUSTER = postgres.Cluster()


def pytest_configure() -> None:
    from django.conf import settings

    from tocsin.store.django import configure, database
    from tocsin.web.config import django_settings
    from tocsin.web.options import WebOptions

    made = django_settings(WebOptions(home=HOME, key_file=HOME / "keys" / "web.key", hosts=("testserver",)))
    made["DATABASES"]["pg"] = database(CLUSTER.url, home=HOME)
    made["PASSWORD_HASHERS"] = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast: no password here is a secret
    settings.configure(**made)
    configure("sqlite:", home=HOME)


RERUN = {"processes", "browser", "mosquitto"}
"""Marks of tests that wait for other processes on a machine that is not theirs alone."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits for real processes goes first, so that no test process is left with it at the end; and is tried once
    more when it fails: pytest says so in a line of its own.
    """
    if os.environ.get("LONG") != "1":
        items[:] = [item for item in items if item.get_closest_marker("long") is None]
        items[:] = _in_one_language(items)
    slow = {"processes": 0, "browser": 1}
    ranks: dict[Path, int] = {}
    for item in items:
        marks = {mark.name for mark in item.iter_markers()}
        ranks[item.path] = min([ranks.get(item.path, 2), *(slow[name] for name in marks & set(slow))])
        if marks & RERUN:
            item.add_marker(pytest.mark.flaky(reruns=1))
    if os.environ.get("PYTEST_XDIST_WORKER"):
        items.sort(key=lambda item: ranks[item.path])


def _in_one_language(items: list[pytest.Item]) -> list[pytest.Item]:
    """Without the further languages of a browser's test that runs in several: they say little more and take as long."""
    kept, seen = [], set()
    for item in items:
        name = (item.path, getattr(item, "originalname", item.name))
        given = getattr(item, "callspec", None)
        further = given is not None and not {"ru", "uk", "de"}.isdisjoint(
            value for value in given.params.values() if isinstance(value, str)
        )
        if item.get_closest_marker("browser") is None or not further or name not in seen:
            kept.append(item)
        seen.add(name)
    return kept


def pytest_unconfigure() -> None:
    CLUSTER.stop()
    shutil.rmtree(HOME, ignore_errors=True)


@pytest.fixture(scope="session")
def django_home() -> Path:
    """The folder in which the SQLite database lies."""
    return HOME


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a running PostgreSQL server that this run owns."""
    from django.db import connections

    postgres.required()
    CLUSTER.start()
    yield CLUSTER.url
    connections["pg"].close()
    CLUSTER.stop()


@pytest.fixture(scope="session")
def _sqlite_tables() -> Iterator[None]:
    from django.db import connections

    from tocsin.store.django import migrate

    migrate("default")
    yield
    connections["default"].close()


@pytest.fixture(scope="session")
def _postgres_tables(postgres_url: str) -> None:
    from tocsin.store.django import migrate

    migrate("pg")


def empty(alias: str) -> None:
    """Take every row out of every table, except what migrations put there."""
    from django.db import connections

    connection = connections[alias]
    tables = set(connection.introspection.django_table_names(only_existing=True)) - {"django_content_type"}
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(sorted(tables))} RESTART IDENTITY CASCADE")
            return
        cursor.execute("PRAGMA foreign_keys = OFF")
        for table in tables:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - names come from the models
        cursor.execute("PRAGMA foreign_keys = ON")


@pytest.fixture
def db(_sqlite_tables: None) -> str:
    """The alias of an empty SQLite database."""
    empty("default")
    return "default"


@pytest.fixture
def pg(_postgres_tables: None) -> str:
    """The alias of an empty PostgreSQL database."""
    empty("pg")
    return "pg"
