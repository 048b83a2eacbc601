"""From every earlier state of the tables, with rows in them, to the present one: nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from doors import SetClock, a_desk
from tocsin.core.event import Entry
from tocsin.store.check import check_tables
from tocsin.store.ledger import DjangoLedger
from tocsin.store.projections import Projector

STATES = sorted(path.stem for path in (Path(__file__).parents[2] / "src/tocsin/store/migrations").glob("0*.py"))
ALIAS = "upgrade"


@pytest.fixture
def empty(tmp_path: Path, db: str) -> Iterator[str]:
    """A SQLite file without any table."""
    connections.databases[ALIAS] = {**connections[db].settings_dict, "NAME": str(tmp_path / "old.sqlite3")}
    yield ALIAS
    connections[ALIAS].close()
    del connections[ALIAS], connections.databases[ALIAS]


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    """A few entries, as a city makes them when it is set up."""
    return list(a_desk(SetClock()).ledger.read())


def to(state: str) -> Any:
    executor = MigrationExecutor(connections[ALIAS])
    executor.migrate([("store", state)])
    return MigrationExecutor(connections[ALIAS]).loader.project_state([("store", state)]).apps


def fill(apps: Any, number: int) -> dict[str, int]:
    """A row in each table that the state has, through its own models; how many there are in each."""
    officer = apps.get_model("store", "Officer").objects.using(ALIAS).create(login="olga", password="x", ref="r" * 20)
    apps.get_model("store", "RoleGrant").objects.using(ALIAS).create(officer=officer, role="duty", area_id="north")
    apps.get_model("store", "ApiKey").objects.using(ALIAS).create(
        prefix="p", digest="d" * 64, label="radar", ref="k" * 20, owner_kind="sensor"
    )
    made = {"tocsin_officer": 1, "tocsin_role_grant": 1, "tocsin_api_key": 1}
    if number >= 2:
        table = apps.get_model("store", "SealedDocument")
        table.objects.using(ALIAS).create(reference="ref", kind="home", text='{"address":"Sealed Street 17"}')
        made[table._meta.db_table] = 1
    if number >= 3:
        table = apps.get_model("store", "HistorySet")
        table.objects.using(ALIAS).create(digest="e" * 64, rows=0)
        made[table._meta.db_table] = 1
    return made


def count(table: str) -> int:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - a name of ours
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("state", STATES)
def test_every_earlier_state_comes_up_with_its_rows(empty: str, entries: list[Entry], state: str) -> None:
    before = fill(to(state), int(state[:4]))
    ledger = DjangoLedger(empty)
    ledger.append([entry.event for entry in entries])
    to(STATES[-1])
    assert {table: count(table) for table in before} == before
    assert [entry.event for entry in ledger.read()] == [entry.event for entry in entries]
    assert check_tables([], using=empty) == (len(entries), [])
    assert Projector(ledger, using=empty).rebuild() == len(entries)
    plan = MigrationExecutor(connections[empty]).loader.graph.leaf_nodes("store")
    assert plan == [("store", STATES[-1])]


def test_the_models_are_those_of_the_last_state(empty: str) -> None:
    from django.core.management import call_command

    to(STATES[-1])
    call_command("makemigrations", "store", check=True, dry_run=True, verbosity=0)
