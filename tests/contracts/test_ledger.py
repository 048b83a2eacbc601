"""One suite for every ledger: plain Python, SQLite, PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tocsin.core import points
from tocsin.core.errors import Invalid, Refused
from tocsin.core.event import GENESIS, Entry, Event
from tocsin.core.ports import Ledger
from tocsin.record.audit import verify
from tocsin.record.chain import raw_public, sign_checkpoint
from tocsin.record.memory import MemoryLedger

AT = datetime(2024, 1, 4, 20, 58, 0, 123456, tzinfo=UTC)
Make = Callable[..., Ledger]


def event(name: str, **body: object) -> Event:
    return Event(id=name, kind="test.said", version=1, subject=f"test/{name}", body=body, actor="source:t", at=AT)


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def make(request: pytest.FixtureRequest) -> Make:
    if request.param == "memory":
        return MemoryLedger
    alias = request.getfixturevalue("db" if request.param == "sqlite" else "pg")
    from tocsin.store.ledger import DjangoLedger

    return lambda **extra: DjangoLedger(alias, **extra)


@pytest.fixture
def ledger(make: Make) -> Ledger:
    return make()


@pytest.fixture
def at_point() -> Iterator[Callable[[Callable[[str], None]], None]]:
    def use(hook: Callable[[str], None]) -> None:
        points.on_reach = hook

    yield use
    points.on_reach = None


def in_thread(work: Callable[[], None]) -> threading.Thread:
    def run() -> None:
        from django.db import connections

        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_an_empty_ledger_has_the_genesis_head(ledger: Ledger) -> None:
    assert ledger.head() == (0, GENESIS)
    assert list(ledger.read()) == []
    assert ledger.checkpoints() == []


def test_entries_are_numbered_chained_and_read_back_as_they_were_given(ledger: Ledger) -> None:
    first = ledger.append([event("a", n=1), event("b", n=2)])
    second = ledger.append([event("c")])
    assert [e.seq for e in first + second] == [1, 2, 3]
    assert [e.prev for e in first + second] == [GENESIS, first[0].hash, first[1].hash]
    assert list(ledger.read()) == first + second
    assert ledger.head() == (3, second[0].hash)
    assert verify(ledger.read(), [], []) == []


def test_every_adapter_makes_the_same_hashes(ledger: Ledger) -> None:
    same = [event("a", text='тревога\u2028 "é" \x00', number=1e20, deep=[{"x": (1, 2.5, None)}]), event("b")]
    assert ledger.append(same) == MemoryLedger().append(same) == list(ledger.read())


def test_values_come_back_exactly(ledger: Ledger) -> None:
    body = {"f": 0.1, "big": 1e20, "small": 5e-324, "int": 2**53 - 1, "text": "𐍈\ud7ff\x00\r\n", "none": None}
    (entry,) = ledger.append([event("a", **body)])
    assert entry.event.body == body
    assert entry.event.at == AT
    (again,) = ledger.read()
    assert again == entry
    assert type(again.event.body["big"]) is float


def test_a_local_offset_is_kept_as_the_same_instant(ledger: Ledger) -> None:
    local = AT.astimezone(timezone(timedelta(hours=3)))
    (entry,) = ledger.append([Event(**{**_fields(event("a")), "at": local})])
    assert entry.event.at == AT
    assert verify(ledger.read(), [], []) == []


def _fields(given: Event) -> dict[str, object]:
    return {name: getattr(given, name) for name in given.__struct_fields__}


def test_read_pages_from_after_up_to_limit(ledger: Ledger) -> None:
    ledger.append([event(f"e{n}") for n in range(450)])
    assert [e.seq for e in ledger.read(after=447)] == [448, 449, 450]
    assert [e.seq for e in ledger.read(after=10, limit=3)] == [11, 12, 13]
    assert [e.seq for e in ledger.read(limit=400)] == list(range(1, 401))
    assert len(list(ledger.read())) == 450
    assert list(ledger.read(after=450)) == []
    assert list(ledger.read(limit=0)) == []


def test_a_decision_sees_the_head_and_every_committed_entry(ledger: Ledger) -> None:
    ledger.append([event("a")])

    def decide(reader: object) -> list[Event]:
        assert reader.head()[0] == 1  # type: ignore[attr-defined]
        assert [e.event.id for e in reader.read()] == ["a"]  # type: ignore[attr-defined]
        return [event("b")]

    assert [e.seq for e in ledger.transact(decide)] == [2]


def test_no_event_writes_nothing_and_wakes_nobody(make: Make) -> None:
    woken: list[int] = []
    ledger = make(wake=woken.append)
    assert ledger.transact(lambda _reader: []) == []
    assert ledger.head() == (0, GENESIS)
    assert woken == []


def test_what_a_decision_raises_comes_out_and_leaves_the_ledger_unchanged(ledger: Ledger) -> None:
    def decide(_reader: object) -> list[Event]:
        raise LookupError("no")

    with pytest.raises(LookupError):
        ledger.transact(decide)
    assert ledger.head() == (0, GENESIS)
    assert [e.seq for e in ledger.append([event("a")])] == [1]


@pytest.mark.parametrize("events", [["a"], ["x", "a", "y"], ["x", "y", "x"]])
def test_a_known_event_id_is_refused_and_nothing_of_its_transaction_is_kept(ledger: Ledger, events: list[str]) -> None:
    ledger.append([event("a")])
    head = ledger.head()
    with pytest.raises(Refused) as refusal:
        ledger.append([event(name) for name in events])
    assert refusal.value.code == "TOC-7005"
    assert ledger.head() == head
    assert [e.event.id for e in ledger.read()] == ["a"]


@pytest.mark.parametrize(
    "change",
    [
        {"at": AT.replace(tzinfo=None)},
        {"id": ""},
        {"id": "a\x00"},
        {"id": "x" * 201},
        {"subject": "ж" * 501},
        {"kind": ""},
        {"body": {"n": float("nan")}},
        {"body": {"n": 2**53}},
        {"body": {"t": "\ud800"}},
        {"body": {"t": 1j}},
    ],
    ids=str,
)
def test_what_has_no_canonical_form_is_refused_before_anything_is_written(
    ledger: Ledger, change: dict[str, object]
) -> None:
    bad = Event(**{**_fields(event("b")), **change})
    with pytest.raises(Invalid) as refusal:
        ledger.append([event("a"), bad])
    assert refusal.value.code == "TOC-7005"
    assert ledger.head() == (0, GENESIS)


def test_a_nested_transaction_is_refused(ledger: Ledger) -> None:
    def decide(_reader: object) -> list[Event]:
        ledger.append([event("inner")])
        return [event("outer")]

    with pytest.raises(Refused, match="inside another transaction"):
        ledger.transact(decide)
    assert ledger.head() == (0, GENESIS)
    assert ledger.append([event("after")])[0].seq == 1


def test_wake_is_told_the_new_head_after_the_commit(make: Make) -> None:
    heads: list[tuple[int, int]] = []
    ledger = make(wake=lambda head: heads.append((head, reader.head()[0])))
    reader = ledger
    ledger.append([event("a"), event("b")])
    assert heads == [(2, 2)]


def test_a_wake_that_fails_does_not_undo_or_hide_the_commit(make: Make) -> None:
    def wake(_head: int) -> None:
        raise OSError("no socket")

    ledger = make(wake=wake)
    assert [e.seq for e in ledger.append([event("a")])] == [1]


def test_the_points_stand_on_both_sides_of_the_commit(
    ledger: Ledger, at_point: Callable[[Callable[[str], None]], None]
) -> None:
    seen: list[tuple[str, int]] = []

    def hook(point: str) -> None:
        others: list[int] = []
        if not isinstance(ledger, MemoryLedger):  # another connection sees what is committed and nothing else
            in_thread(lambda: others.append(ledger.head()[0])).join()
        seen.append((point, others[0] if others else len(list(ledger.read()))))

    at_point(hook)
    ledger.append([event("a")])
    assert seen == [("ledger.before_commit", 0), ("ledger.after_commit", 1)]


def test_an_end_before_the_commit_keeps_nothing(
    ledger: Ledger, at_point: Callable[[Callable[[str], None]], None]
) -> None:
    def hook(point: str) -> None:
        if point == "ledger.before_commit":
            raise KeyboardInterrupt

    at_point(hook)
    with pytest.raises(KeyboardInterrupt):
        ledger.append([event("a")])
    points.on_reach = None
    assert ledger.head() == (0, GENESIS)
    assert ledger.append([event("a")])[0].seq == 1


def test_threads_never_fork_the_chain_or_leave_a_gap(ledger: Ledger) -> None:
    seen: list[Entry] = []

    def work(name: str) -> Callable[[], None]:
        def run() -> None:
            for n in range(25):
                seen.extend(ledger.transact(lambda reader, n=n: [event(f"{name}.{n}", after=reader.head()[0])]))

        return run

    threads = [in_thread(work(f"t{n}")) for n in range(6)]
    for thread in threads:
        thread.join(60)
    entries = list(ledger.read())
    assert [e.seq for e in entries] == list(range(1, 151))
    assert [e.event.body["after"] for e in entries] == list(range(150))
    assert sorted(seen, key=lambda e: e.seq) == entries
    assert verify(entries, [], []) == []


def test_checkpoints_are_kept_in_order(ledger: Ledger) -> None:
    key = Ed25519PrivateKey.generate()
    kept = []
    for name in "abc":
        seq, sealed = ledger.append([event(name)])[-1].seq, ledger.head()[1]
        kept.append(sign_checkpoint("city", seq, sealed, AT, key))
        ledger.add_checkpoint(kept[-1])
    assert ledger.checkpoints() == kept
    assert verify(ledger.read(), ledger.checkpoints(), [raw_public(key)], origin="city") == []
