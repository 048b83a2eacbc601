"""The log of SQLite goes into the file when the worker says so, and not within a commit."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connections

from tocsin.core.event import Event
from tocsin.store.ledger import DjangoLedger
from tocsin.store.tidy import tidy

AT = datetime(2024, 1, 4, 20, 58, tzinfo=UTC)
SQLITES_OWN_BOUND = 1000 * 4096


def _write(ledger: DjangoLedger, name: str) -> None:
    body = {"text": "x" * 100_000}
    ledger.append(
        [
            Event(id=f"{name}{n}", kind="test.said", version=1, subject="test/1", body=body, actor="source:t", at=AT)
            for n in range(60)
        ]
    )


def test_no_commit_brings_the_log_into_the_file_but_a_tidy_does(db: str) -> None:
    file = Path(str(connections[db].settings_dict["NAME"]))
    ledger = DjangoLedger(db)
    tidy(db)
    before = file.stat().st_size
    _write(ledger, "a")
    assert file.with_name(file.name + "-wal").stat().st_size > SQLITES_OWN_BOUND
    assert file.stat().st_size == before
    tidy(db)
    assert file.stat().st_size > before + SQLITES_OWN_BOUND
    assert len(list(ledger.read())) >= 60


def test_it_waits_for_no_reader(db: str) -> None:
    ledger = DjangoLedger(db)
    reading = ledger.read()
    _write(ledger, "b")
    assert next(reading).seq == 1
    tidy(db)
    assert sum(1 for _ in reading) >= 59


@pytest.mark.postgres
def test_another_database_looks_after_itself(pg: str) -> None:
    tidy(pg)
    assert DjangoLedger(pg).head()[0] >= 0
