"""The short way to the newest entries of a ledger in SQLite: the same entries, or none of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connections

from tocsin.core.errors import Broken
from tocsin.core.event import Event
from tocsin.core.ports import Reader
from tocsin.store.ledger import DjangoLedger
from tocsin.store.tail import MOST, Tail

AT = datetime(2024, 1, 4, 20, 58, tzinfo=UTC)


def event(name: str) -> Event:
    return Event(id=name, kind="test.said", version=1, subject="test/1", body={"n": name}, actor="source:t", at=AT)


@pytest.fixture
def ledger(db: str) -> DjangoLedger:
    return DjangoLedger(db)


@pytest.fixture
def tail(ledger: DjangoLedger, db: str) -> Iterator[Tail]:
    made = Tail(Path(str(connections[db].settings_dict["NAME"])))
    yield made
    made.close()


def test_it_gives_what_the_ledger_gives(ledger: DjangoLedger, tail: Tail) -> None:
    head = ledger.head()[0]
    assert tail.after(head) == []
    ledger.append([event("a"), event("b")])
    assert tail.after(head) == list(ledger.read(after=head))
    assert [entry.event.id for entry in tail.after(head + 1) or ()] == ["b"]


def test_of_what_is_not_committed_it_knows_nothing(ledger: DjangoLedger, tail: Tail) -> None:
    head = ledger.head()[0]
    seen: list[object] = []

    def decide(_reader: Reader) -> list[Event]:
        seen.append(tail.after(head))
        return [event("c")]

    ledger.transact(decide)
    assert seen == [[]]
    assert len(tail.after(head) or ()) == 1


def test_many_are_read_the_long_way(ledger: DjangoLedger, tail: Tail) -> None:
    head = ledger.head()[0]
    ledger.append([event(f"m{number}") for number in range(MOST + 1)])
    assert tail.after(head) is None
    assert len(tail.after(head + 1) or ()) == MOST


def test_a_file_that_does_not_answer_is_asked_the_long_way_and_again_later(
    tmp_path: Path, ledger: DjangoLedger, tail: Tail
) -> None:
    gone = Tail(tmp_path / "none.sqlite3")
    assert gone.after(0) is None
    assert not (tmp_path / "none.sqlite3").exists()
    (tmp_path / "none.sqlite3").write_bytes(b"no database at all, but long enough to be looked at" * 40)
    assert gone.after(0) is None
    tail.close()
    head = ledger.head()[0]
    ledger.append([event("d")])
    assert [entry.event.id for entry in tail.after(head) or ()] == ["d"]


def test_it_can_write_nothing(ledger: DjangoLedger, tail: Tail) -> None:
    assert tail.after(ledger.head()[0]) == []
    assert tail._base is not None
    with pytest.raises(Exception, match="readonly"):
        tail._base.execute("DELETE FROM ledger_entry")


def test_a_damaged_text_is_said(ledger: DjangoLedger, tail: Tail, db: str) -> None:
    head = ledger.head()[0]
    ledger.append([event("e")])
    with connections[db].cursor() as cursor:
        cursor.execute("DROP TRIGGER IF EXISTS ledger_entry_no_update")
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ledger_entry'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name}")
        cursor.execute("UPDATE ledger_entry SET event = 'nonsense' WHERE seq = %s", [head + 1])
    with pytest.raises(Broken):
        tail.after(head)
