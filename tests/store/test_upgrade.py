"""From every earlier state of the tables, with rows in them, to the present one: nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
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


MADE_ANEW = ("read_", "ledger_")
"""Tables that are made from the ledger, or are the ledger: those get their rows by its own ways."""


def value(field: Any, made: dict[Any, Any]) -> Any:
    """Something to put into a field, as old code might have."""
    if field.is_relation:
        return made[field.related_model]
    if field.has_default() or field.null:
        return field.get_default()
    kinds: dict[str, Any] = {
        "DateTimeField": datetime(2024, 1, 4, 21, tzinfo=UTC),
        "DateField": date(2024, 1, 4),
        "BooleanField": False,
        "BinaryField": b"old",
        "JSONField": {"old": 1},
        "FloatField": 1.0,
    }
    kind = field.get_internal_type()
    if kind.endswith("IntegerField"):
        return 7
    return kinds[kind] if kind in kinds else "old"[: field.max_length]


def fill(apps: Any) -> dict[str, int]:
    """A row in each table of the state that is not made anew, through its own models; how many are in each."""
    made: dict[Any, Any] = {}
    wait = [model for model in apps.get_models() if model._meta.app_label == "store"]
    while wait:
        model = wait.pop(0)
        fields = [field for field in model._meta.concrete_fields if not field.get_internal_type().endswith("AutoField")]
        if any(field.is_relation and field.related_model not in made for field in fields):
            wait.append(model)
        elif not model._meta.db_table.startswith(MADE_ANEW):
            values = {field.name: value(field, made) for field in fields}
            made[model] = model.objects.using(ALIAS).create(**values)
    return {model._meta.db_table: 1 for model in made}


def count(table: str) -> int:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - a name of ours
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("state", STATES)
def test_every_earlier_state_comes_up_with_its_rows(empty: str, entries: list[Entry], state: str) -> None:
    before = fill(to(state))
    assert len(before) >= 3 + STATES.index(state)
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
