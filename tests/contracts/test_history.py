"""One suite for every keeper of imported histories."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tocsin.record.rows import HistoryStore, MemoryHistory, Row, digest

ROWS = tuple(
    Row(
        number=n + 2,
        region=f"region-{n % 3}",
        name=f"Region {n % 3}",
        place="" if n % 2 else "Lake raion / Reed hromada",
        start=1_700_000_000 + 60 * n,
        end=1_700_000_900 + 60 * n,
        flags=("invented_end", "late") if n % 5 == 0 else (),
    )
    for n in range(9001)
)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[HistoryStore]:
    if request.param == "memory":
        yield MemoryHistory()
        return
    from tocsin.store.history import DjangoHistory

    alias = request.getfixturevalue("db" if request.param == "sqlite" else "pg")
    yield DjangoHistory(alias)


def test_rows_come_back_in_their_order_and_hash_to_their_digest(store: HistoryStore) -> None:
    key = digest(ROWS)
    store.keep(key, ROWS)
    assert tuple(store.rows(key)) == ROWS
    assert digest(store.rows(key)) == key


def test_keeping_them_twice_changes_nothing(store: HistoryStore) -> None:
    key = digest(ROWS[:5])
    store.keep(key, ROWS[:5])
    store.keep(key, ROWS[:5])
    assert tuple(store.rows(key)) == ROWS[:5]


def test_an_unknown_digest_has_no_rows(store: HistoryStore) -> None:
    assert tuple(store.rows("0" * 64)) == ()


def test_sets_are_kept_apart(store: HistoryStore) -> None:
    one, two = ROWS[:3], ROWS[3:7]
    store.keep(digest(one), one)
    store.keep(digest(two), two)
    assert tuple(store.rows(digest(one))) == one
    assert tuple(store.rows(digest(two))) == two
