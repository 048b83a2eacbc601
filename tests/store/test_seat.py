"""One seat for many workers, and news of the ledger, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from contracts.test_ledger import event
from tocsin.core.errors import Unavailable
from tocsin.store.ledger import DjangoLedger
from tocsin.store.seat import Seat

pytestmark = pytest.mark.postgres


@pytest.fixture
def seats(pg: str, postgres_url: str) -> Iterator[tuple[Seat, Seat]]:
    made = Seat(postgres_url), Seat(postgres_url)
    for seat in made:
        seat.open()
    yield made
    for seat in made:
        seat.close()


def test_one_has_the_seat_until_it_leaves(seats: tuple[Seat, Seat]) -> None:
    first, second = seats
    assert first.take()
    assert not second.take()
    first.check()
    first.close()
    assert second.take()


def test_who_is_cut_off_has_lost_the_seat_and_hears_so(seats: tuple[Seat, Seat], postgres_url: str) -> None:
    first, second = seats
    assert first.take()
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory' AND granted")
    with pytest.raises(Unavailable, match="does not answer"):
        first.check()
    assert second.take()


def test_a_commit_is_heard_and_one_that_is_taken_back_is_not(seats: tuple[Seat, Seat], pg: str) -> None:
    first, _ = seats
    ledger = DjangoLedger(pg)
    ledger.append([event("a")])
    assert first.news(10)
    with pytest.raises(RuntimeError, match="no"):
        ledger.transact(lambda _reader: (_ for _ in ()).throw(RuntimeError("no")))
    assert not first.news(0.05)


def test_a_database_that_is_not_there_is_named_without_its_password() -> None:
    seat = Seat("postgresql://tocsin:secret-word@127.0.0.1:1/none")
    with pytest.raises(Unavailable) as fault:
        seat.open()
    assert "secret-word" not in str(fault.value)
    assert fault.value.field == "TOCSIN_DATABASE_URL"
