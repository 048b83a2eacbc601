"""The ledger in real databases: many processes, full disks, killed writers, changed tables."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connections, transaction
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tocsin.core.errors import Refused, Unavailable
from tocsin.core.event import GENESIS, Event
from tocsin.record.audit import verify
from tocsin.record.chain import Stored, raw_public, sign_checkpoint
from tocsin.record.export import entry_line, export, verify_export
from tocsin.store import ledger as ledger_module
from tocsin.store.check import check_tables
from tocsin.store.cursors import Cursors
from tocsin.store.ledger import DjangoLedger

AT = datetime(2024, 1, 4, 20, 58, 0, 123456, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = raw_public(KEY)
APPENDER = Path(__file__).with_name("appender.py")

both = pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])


def event(name: str, **body: object) -> Event:
    return Event(id=name, kind="test.said", version=1, subject="test/1", body=body, actor="source:t", at=AT)


@pytest.fixture
def alias(kind: str, request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue("db" if kind == "sqlite" else "pg"))


@pytest.fixture
def start(alias: str, request: pytest.FixtureRequest) -> Iterator[Callable[[str, int], subprocess.Popen[str]]]:
    url = "sqlite:" if alias == "default" else request.getfixturevalue("postgres_url")
    home = request.getfixturevalue("django_home")
    started: list[subprocess.Popen[str]] = []

    def run(name: str, count: int) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, str(APPENDER), str(home), url, name, str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


@both
@pytest.mark.processes
def test_processes_never_fork_the_chain_or_leave_a_gap(
    alias: str, start: Callable[[str, int], subprocess.Popen[str]]
) -> None:
    processes = [start(f"p{n}", 40) for n in range(3)]
    for process in processes:
        go(process)
    ledger = DjangoLedger(alias)
    for n in range(10):
        ledger.append([event(f"own.{n}", after=-1)])
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    entries = list(ledger.read())
    assert [entry.seq for entry in entries] == list(range(1, 131))
    assert all(entry.event.body["after"] in (-1, entry.seq - 1) for entry in entries)
    assert check_tables([], using=alias) == (130, [])


@both
@pytest.mark.processes
def test_a_killed_writer_leaves_whole_entries_and_no_lock(
    alias: str, start: Callable[[str, int], subprocess.Popen[str]]
) -> None:
    process = start("victim", 100_000)
    go(process)
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    process.kill()
    process.wait(60)
    ledger = DjangoLedger(alias)
    (last,) = ledger.append([event("after")])
    count, findings = check_tables([], using=alias)
    assert (count, findings) == (last.seq, [])
    assert count >= 2


@both
def test_a_transaction_around_the_ledger_is_refused(alias: str, kind: str) -> None:
    ledger = DjangoLedger(alias)
    with transaction.atomic(using=alias), pytest.raises(Refused, match="inside another transaction"):
        ledger.append([event("a")])
    assert ledger.head() == (0, GENESIS)


@both
def test_few_statements_for_one_append(alias: str, kind: str) -> None:
    ledger = DjangoLedger(alias)
    ledger.append([event("a")])
    seen: list[str] = []

    def count(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        seen.append(sql.split()[0])
        return execute(sql, params, many, context)

    with connections[alias].execute_wrapper(count):
        ledger.append([event("b"), event("c"), event("d")])
    assert [word for word in seen if word != "BEGIN"] == (["SELECT"] * (1 if kind == "sqlite" else 3)) + ["INSERT"]


def test_a_commit_is_one_fsync_setting(db: str) -> None:
    DjangoLedger(db).head()
    with connections[db].cursor() as cursor:
        for pragma, value in (("journal_mode", "wal"), ("synchronous", 2), ("busy_timeout", 10_000)):
            cursor.execute(f"PRAGMA {pragma}")
            assert cursor.fetchone()[0] == value


def test_a_full_disk_is_unavailable_and_nothing_is_half_written(db: str) -> None:
    ledger = DjangoLedger(db)
    ledger.append([event("a")])
    head = ledger.head()
    with connections[db].cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        # SQLite's own way of being full: the database may not grow any more.
        cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
    try:
        with pytest.raises(Unavailable) as fault:
            ledger.append([event("b"), event("c", text="x" * 1_000_000)])
        assert fault.value.code == "TOC-7005"
        assert "full" in fault.value.message
        assert ledger.head() == head
        assert [entry.event.id for entry in ledger.read()] == ["a"]
    finally:
        connections[db].close()  # the limit belongs to the connection
    assert ledger.append([event("b")])[0].seq == 2
    assert check_tables([], using=db) == (2, [])


@both
def test_a_read_only_database_is_unavailable(alias: str, kind: str) -> None:
    ledger = DjangoLedger(alias)
    connections[alias].close()  # an old connection would be replaced in the middle, and the setting lost with it
    ledger.append([event("a")])
    on, off = (
        ("PRAGMA query_only = ON", "PRAGMA query_only = OFF")
        if kind == "sqlite"
        else ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off")
    )
    with connections[alias].cursor() as cursor:
        cursor.execute(on)
    try:
        with pytest.raises(Unavailable) as fault:
            ledger.append([event("b")])
        with pytest.raises(Unavailable):
            ledger.add_checkpoint(sign_checkpoint("city", *ledger.head(), AT, KEY))
    finally:
        with connections[alias].cursor() as cursor:
            cursor.execute(off)
    assert fault.value.code == "TOC-7005"
    assert ledger.head()[0] == 1
    assert ledger.append([event("b")])[0].seq == 2


@both
def test_a_writer_that_waits_too_long_gives_up(alias: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process holds the database; the wait is shortened here."""
    monkeypatch.setattr(ledger_module, "BUSY_S", 1)
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        connection = connections[alias]
        with transaction.atomic(using=alias):
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_xact_lock(%s)", (ledger_module._LOCK_KEY,))
            holding.set()
            done.wait(60)
        connections.close_all()

    thread = threading.Thread(target=hold)
    thread.start()
    assert holding.wait(60)
    ledger = DjangoLedger(alias)
    if kind == "sqlite":
        with connections[alias].cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 100")
    try:
        with pytest.raises(Unavailable) as fault:
            ledger.append([event("a")])
    finally:
        done.set()
        thread.join(60)
        connections[alias].close()
    assert fault.value.code == "TOC-7005"
    assert ledger.append([event("a")])[0].seq == 1


def test_a_thread_that_never_returns_does_not_hold_the_others_for_ever(
    db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "BUSY_S", 0.05)
    lock = ledger_module._process_lock(db)
    with lock, pytest.raises(Unavailable, match="another thread"):
        DjangoLedger(db).append([event("a")])
    assert DjangoLedger(db).append([event("a")])[0].seq == 1


@pytest.mark.postgres
def test_a_lost_connection_is_unavailable_once_and_then_replaced(pg: str) -> None:
    ledger = DjangoLedger(pg)
    ledger.append([event("a")])
    with connections[pg].cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]

    def cut() -> None:
        with connections[pg].cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", (pid,))
        connections.close_all()

    thread = threading.Thread(target=cut)
    thread.start()
    thread.join(60)
    with pytest.raises(Unavailable):
        ledger.append([event("b")])
    assert ledger.append([event("b")])[0].seq == 2


@pytest.mark.postgres
def test_a_server_that_answers_before_it_writes_is_made_to_write(pg: str) -> None:
    ledger, seen = DjangoLedger(pg), []
    with connections[pg].cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")

    def decide(_reader: object) -> list[Event]:
        with connections[pg].cursor() as cursor:
            cursor.execute("SHOW synchronous_commit")
            seen.append(cursor.fetchone()[0])
        return [event("a")]

    ledger.transact(decide)
    connections[pg].close()
    assert seen == ["on"]


@pytest.mark.postgres
def test_a_writer_that_freezes_with_the_lock_loses_it_while_others_still_wait(
    pg: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tocsin.store.ledger.BUSY_S", 2)
    holds, over, faults = threading.Event(), threading.Event(), []

    def freeze(_reader: object) -> list[Event]:
        holds.set()
        assert over.wait(60)
        return [event("a")]

    def write() -> None:
        try:
            DjangoLedger(pg).transact(freeze)
        except Unavailable as fault:
            faults.append(fault.code)
        finally:
            connections.close_all()

    thread = threading.Thread(target=write)
    thread.start()
    assert holds.wait(60)
    other = DjangoLedger(pg)
    monkeypatch.setattr(other, "_lock", threading.Lock())  # as in another process
    (only,) = other.append([event("b")])
    over.set()
    thread.join(60)
    assert (only.seq, faults) == (1, ["TOC-7005"])
    assert DjangoLedger(pg).append([event("a")])[0].seq == 2


def filled(alias: str) -> DjangoLedger:
    ledger = DjangoLedger(alias)
    for n in range(1, 7):
        ledger.append([event(f"e{n}", text="Тревога", n=n)])
        if n in (3, 6):
            ledger.add_checkpoint(sign_checkpoint("city", *ledger.head(), AT, KEY))
    return ledger


def named(alias: str) -> set[int]:
    _count, findings = check_tables([PUBLIC], using=alias, origin="city")
    return {seq for f in findings for seq in range(f.seq, f.through + 1)}


def run(alias: str, sql: str, *values: object) -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, values)


@both
def test_an_untouched_table_has_no_findings_and_exports(alias: str, kind: str) -> None:
    ledger = filled(alias)
    assert check_tables([PUBLIC], using=alias, origin="city") == (6, [])
    assert verify(ledger.stored(), ledger.checkpoints(), [PUBLIC], origin="city") == []
    lines = list(export(ledger, origin="city", public_key=PUBLIC))
    assert verify_export(lines, PUBLIC) == (6, [])
    assert lines[3:] == [entry_line(entry) for entry in ledger.read()]


@pytest.mark.parametrize("column", ["event", "prev", "hash", "event_id", "kind", "subject"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seq=st.integers(1, 6), place=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_any_changed_byte_of_any_column_is_found_and_its_entry_is_named(
    db: str, column: str, seq: int, place: int, byte: int
) -> None:
    run(db, "DELETE FROM ledger_entry")
    run(db, "DELETE FROM ledger_checkpoint")
    filled(db)
    with connections[db].cursor() as cursor:
        cursor.execute(f"SELECT CAST({column} AS BLOB) FROM ledger_entry WHERE seq = %s", (seq,))  # noqa: S608 - our own names
        old = bytes(cursor.fetchone()[0])
        cursor.execute("SELECT CAST(event_id AS BLOB) FROM ledger_entry")
        ids = {bytes(row[0]) for row in cursor.fetchall()}
    place %= len(old)
    if old[place] == byte:
        byte = (byte + 1) % 256
    # Written as bytes, as a damaged disk would leave it: the column then holds what no text may hold.
    new = old[:place] + bytes([byte]) + old[place + 1 :]
    assume(column != "event_id" or new not in ids)  # the table itself refuses two of one id
    run(db, f"UPDATE ledger_entry SET {column} = CAST(%s AS TEXT) WHERE seq = %s", new, seq)  # noqa: S608
    assert seq in named(db)
    assert named(db) <= {seq, seq + 1}


@both
@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("DELETE FROM ledger_entry WHERE seq = 4", {4}),
        ("DELETE FROM ledger_entry WHERE seq = 1", {1}),
        ("DELETE FROM ledger_entry WHERE seq > 4", {5, 6}),
        ("DELETE FROM ledger_entry", {1, 2, 3, 4, 5, 6}),
        ("UPDATE ledger_entry SET seq = 99 WHERE seq = 6", {6}),
        ("UPDATE ledger_entry SET seq = -seq WHERE seq = 2", {-2, 1, 2}),
        ("UPDATE ledger_checkpoint SET seq = 2 WHERE seq = 3", {2}),
        ("UPDATE ledger_checkpoint SET text = text || ' ' WHERE seq = 3", {3}),
    ],
)
def test_what_is_deleted_or_moved_is_named(alias: str, kind: str, sql: str, wanted: set[int]) -> None:
    filled(alias)
    run(alias, sql)
    found = named(alias)
    assert wanted & found
    if -2 not in wanted:
        assert found == wanted


@both
def test_a_history_rewritten_in_place_is_found_by_its_checkpoint(alias: str, kind: str) -> None:
    ledger = filled(alias)
    kept = ledger.checkpoints()
    run(alias, "DELETE FROM ledger_entry WHERE seq > 4")
    ledger.append([event("forged"), event("forged too")])
    assert named(alias) == {6}
    run(alias, "DELETE FROM ledger_checkpoint")
    assert named(alias) == set()
    _count, findings = check_tables([PUBLIC], using=alias, checkpoints=kept, origin="city")
    assert [(f.seq, f.kind) for f in findings] == [(6, "checkpoint_mismatch")]


def test_swapped_numbers_are_named(db: str) -> None:
    filled(db)
    run(db, "UPDATE ledger_entry SET seq = 100 WHERE seq = 3")
    run(db, "UPDATE ledger_entry SET seq = 3 WHERE seq = 4")
    run(db, "UPDATE ledger_entry SET seq = 4 WHERE seq = 100")
    assert named(db) == {3, 4}


def test_the_ledger_is_bytes_on_the_disk_when_append_returns(db: str, django_home: Path) -> None:
    """Read by a program that knows nothing of Django, while our connection stays open."""
    entries = DjangoLedger(db).append([event("a", text="Тревога")])
    other = sqlite3.connect(f"file:{django_home / 'db.sqlite3'}?mode=ro", uri=True)
    try:
        rows = other.execute("SELECT seq, prev, hash, event FROM ledger_entry").fetchall()
    finally:
        other.close()
    assert [Stored(seq=s, prev=p, hash=h, text=t).entry() for s, p, h, t in rows] == entries
    assert os.path.getsize(django_home / "db.sqlite3-wal") > 0


@both
def test_cursors_keep_their_place(alias: str, kind: str) -> None:
    cursors = Cursors(alias)
    assert cursors.get("relay") == 0
    cursors.set("relay", 7)
    cursors.set("deliver", 2)
    cursors.set("relay", 9)
    assert (Cursors(alias).get("relay"), Cursors(alias).get("deliver")) == (9, 2)
    cursors.set("relay", 1)
    assert cursors.get("relay") == 1
