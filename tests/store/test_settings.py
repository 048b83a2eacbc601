"""Database addresses and Django's settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from tocsin.core.errors import Invalid
from tocsin.store.django import STORE_APP, configure, database, settings

HOME = Path("/srv/tocsin")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:", "/srv/tocsin/db.sqlite3"),
        ("sqlite:///", "/srv/tocsin/db.sqlite3"),
        ("sqlite:///other.db", "/srv/tocsin/other.db"),
        ("sqlite:////var/lib/city%20one.db", "/var/lib/city one.db"),
    ],
)
def test_sqlite_addresses(url: str, name: str) -> None:
    made = database(url, home=HOME)
    assert made["NAME"] == name
    assert made["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "synchronous=FULL" in made["OPTIONS"]["init_command"]


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("postgresql://u:p%40ss@db.example:5433/city", ("city", "u", "p@ss", "db.example", "5433")),
        ("postgres://u@db.example/city", ("city", "u", "", "db.example", "")),
        ("postgresql:///city?host=/run/postgresql&user=u", ("city", "u", "", "/run/postgresql", "")),
        ("postgresql://u@%2Frun%2Fpostgresql/city", ("city", "u", "", "/run/postgresql", "")),
        ("postgresql://u@host", ("u", "u", "", "host", "")),
    ],
)
def test_postgresql_addresses(url: str, wanted: tuple[str, ...]) -> None:
    made = database(url, home=HOME)
    assert tuple(made[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")) == wanted


def test_options_of_the_address_reach_the_driver() -> None:
    made = database("postgresql://u@h/d?sslmode=verify-full", home=HOME)
    assert made["OPTIONS"]["sslmode"] == "verify-full"
    assert made["OPTIONS"]["connect_timeout"] == 10


def test_a_postgresql_server_that_vanished_is_given_up_soon_and_the_address_may_say_otherwise() -> None:
    given = database("postgresql://u@h/d", home=HOME)["OPTIONS"]
    assert given["tcp_user_timeout"] == 10_000
    assert given["keepalives_idle"] + given["keepalives_interval"] * given["keepalives_count"] == 10
    assert database("postgresql://u@h/d?tcp_user_timeout=3000", home=HOME)["OPTIONS"]["tcp_user_timeout"] == "3000"


@pytest.mark.parametrize(
    "url", ["", "mysql://x", "db.sqlite3", "postgresql://u@h/d?nonsense=1", "postgresql://u:secret%zz@h/d"]
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(Invalid) as refusal:
        database(url, home=HOME)
    assert refusal.value.code == "TOC-8001"
    assert refusal.value.field == "TOCSIN_DATABASE_URL"
    assert "secret" not in str(refusal.value)


def test_extra_apps_and_databases_are_joined() -> None:
    made = settings("sqlite:", home=HOME, INSTALLED_APPS=["x", STORE_APP], DATABASES={"b": {}}, USE_TZ=True, DEBUG=True)
    assert made["INSTALLED_APPS"][-1] == "x"
    assert made["INSTALLED_APPS"].count(STORE_APP) == 1
    assert set(made["DATABASES"]) == {"default", "b"}
    assert made["DEBUG"] is True


def test_configuring_twice_changes_nothing() -> None:
    from django.conf import settings as live

    before = live.DATABASES["default"]["NAME"]
    configure("sqlite:////elsewhere.db", home=HOME)
    assert live.DATABASES["default"]["NAME"] == before


def test_the_migrations_are_what_the_models_say(db: str) -> None:
    from django.core.management import call_command

    call_command("makemigrations", "store", check=True, dry_run=True, verbosity=0)
