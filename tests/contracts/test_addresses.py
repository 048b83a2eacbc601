"""One suite for every address book: plain Python, SQLite, PostgreSQL."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import h3
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tocsin.app.memory_addresses import MemoryAddressBook, spans
from tocsin.core.errors import Invalid
from tocsin.core.ports import AddressBook
from tocsin.core.subscription import Wish

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HERE = h3.latlng_to_cell(50.6, 36.6, 7)
NEAR = sorted(h3.grid_ring(HERE, 1))[0]
FAR = h3.latlng_to_cell(48.0, 37.8, 7)


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def book(request: pytest.FixtureRequest) -> AddressBook:
    if request.param == "memory":
        return MemoryAddressBook()
    alias = request.getfixturevalue("db" if request.param == "sqlite" else "pg")
    from tocsin.store.addresses import DjangoAddressBook

    return DjangoAddressBook(alias)


def wish(n: int = 0, *cells: str, channel: str = "email", language: str = "ru", level: str = "alert") -> Wish:
    address = {"to": f"resident{n}@example.org"}
    return Wish(channel=channel, address=address, cells=cells or (HERE,), language=language, level=level)  # type: ignore[arg-type]


def ids(book: AddressBook, *cells: str, **how: object) -> list[int]:
    found = [one.id for one in book.by_cells("email", cells, **how)]  # type: ignore[arg-type]
    if not set(how) & {"limit", "upto"}:
        assert list(book.ids_by_cells("email", cells, **how)) == found  # type: ignore[arg-type]
    return found


def test_a_subscription_comes_back_as_it_was_asked_for(book: AddressBook) -> None:
    made = book.add(wish(1, NEAR, HERE, NEAR, level="pre_alert"), AT)
    assert made == book.get(made.id) == book.find("email", {"to": "resident1@example.org"}) == book.by_token(made.token)
    assert (made.cells, made.level, made.created, made.state) == (
        tuple(sorted((HERE, NEAR))),
        "pre_alert",
        AT,
        "active",
    )
    assert book.find("sms", {"to": "resident1@example.org"}) is None
    assert book.get(made.id + 1) is None


def test_what_is_printed_of_it_says_nothing_personal(book: AddressBook) -> None:
    made = book.add(wish(1), AT)
    assert not any(secret in f"{made!r} {wish(1)!r}" for secret in ("resident1", HERE, made.token))


def test_the_same_address_again_is_the_same_subscription_with_the_new_wish(book: AddressBook) -> None:
    first = book.add(wish(1, HERE), AT)
    again = book.add(wish(1, FAR, language="uk"), AT + timedelta(days=1))
    assert again == msgspec.structs.replace(first, cells=(FAR,), language="uk")
    assert ids(book, HERE) == []
    assert ids(book, FAR) == [first.id]
    assert book.counts() == {"email": {"active": 1}}


def test_ids_increase_and_are_never_used_again(book: AddressBook) -> None:
    one, two = book.add(wish(1), AT), book.add(wish(2), AT)
    book.remove(two.id)
    assert one.id < two.id < book.add(wish(3), AT).id


def test_who_does_not_confirm_is_not_written_to(book: AddressBook) -> None:
    asked = book.add(wish(1), AT, confirm=True)
    assert asked.state == "pending"
    assert ids(book, HERE) == list(book.by_ids([asked.id])) == []
    assert book.confirm("") is book.confirm("0" * 32) is book.confirm("a\x00") is None
    confirmed = book.confirm(asked.token)
    assert confirmed == msgspec.structs.replace(asked, state="active") == book.confirm(asked.token)
    assert ids(book, HERE) == [asked.id]


def test_a_stranger_who_asks_again_changes_nothing_that_the_holder_confirms(book: AddressBook) -> None:
    asked = book.add(wish(1), AT, confirm=True)
    strange = book.add(wish(1, FAR), AT, confirm=True)
    assert strange.id == asked.id
    assert book.confirm(asked.token) is None
    active = book.confirm(strange.token)
    assert book.add(wish(1, NEAR), AT, confirm=True) == active


def test_the_unconfirmed_are_forgotten_after_a_time(book: AddressBook) -> None:
    book.add(wish(1), AT, confirm=True)
    book.add(wish(2), AT)
    young = book.add(wish(3), AT + timedelta(days=2), confirm=True)
    assert book.forget_pending(AT + timedelta(days=1)) == 1
    assert book.counts() == {"email": {"active": 1, "pending": 1}}
    assert book.confirm(young.token) is not None


def test_cells_language_and_level_can_be_changed(book: AddressBook) -> None:
    made = book.add(wish(1), AT)
    changed = book.change(made.id, cells=(FAR,))
    assert changed == msgspec.structs.replace(made, cells=(FAR,)) == book.get(made.id)
    assert (ids(book, HERE), ids(book, FAR)) == ([], [made.id])
    later = book.change(made.id, language="de", level="pre_alert")
    assert later == msgspec.structs.replace(made, cells=(FAR,), language="de", level="pre_alert")
    assert book.change(made.id + 1, language="de") is None


def test_who_leaves_is_forgotten(book: AddressBook) -> None:
    made, other = book.add(wish(1), AT), book.add(wish(2), AT)
    book.remove(made.id)
    book.remove(made.id)
    assert book.get(made.id) is book.by_token(made.token) is book.find("email", made.address) is None
    assert ids(book, HERE) == [other.id]
    assert book.counts() == {"email": {"active": 1}}


def test_what_no_longer_answers_keeps_its_number_and_its_reason_alone(book: AddressBook) -> None:
    made, other = book.add(wish(1, HERE, FAR), AT), book.add(wish(2), AT)
    book.prune([made.id, made.id + 99], "410")
    book.prune([made.id], "404")
    gone = book.get(made.id)
    assert gone is not None
    assert (gone.state, gone.reason, gone.address, gone.cells, gone.token) == ("gone", "410", {}, (), "")
    assert (ids(book, HERE), ids(book, FAR)) == ([other.id], [])
    assert book.find("email", made.address) is book.by_token(made.token) is book.by_token("") is None
    assert book.change(made.id, language="de") is None
    assert book.counts() == {"email": {"active": 1, "gone": 1}}
    assert book.add(wish(1), AT).id > other.id


def test_a_warning_finds_everybody_below_its_compacted_cells_once(book: AddressBook) -> None:
    below = h3.cell_to_children(h3.cell_to_parent(HERE, 4), 7)
    inside = [book.add(wish(n, below[n], below[-n]), AT).id for n in range(1, 40)]
    book.add(wish(99, FAR), AT)
    book.add(wish(98, channel="sms"), AT)
    assert ids(book, h3.cell_to_parent(HERE, 4)) == ids(book, *below) == inside
    assert ids(book, below[3], below[-3], below[-4]) == [inside[2], inside[3]]
    assert ids(book) == []


def test_workers_share_the_book_by_ranges_of_ids(book: AddressBook) -> None:
    made = [book.add(wish(n), AT).id for n in range(10)]
    assert ids(book, HERE, after=made[3]) == made[4:]
    assert ids(book, HERE, after=made[3], upto=made[7]) == made[4:8]
    assert ids(book, HERE, after=made[1], limit=3) == made[2:5]
    assert ids(book, HERE, limit=0) == []


def test_a_pre_alert_reaches_only_those_who_want_it(book: AddressBook) -> None:
    one, two = book.add(wish(1), AT), book.add(wish(2, level="pre_alert"), AT)
    assert ids(book, HERE, level="alert") == [one.id, two.id]
    assert ids(book, HERE, level="pre_alert", limit=5) == [two.id]


def test_who_leaves_while_the_book_is_read_is_left_out(book: AddressBook) -> None:
    made = [book.add(wish(n), AT).id for n in range(4)]
    reading = book.by_cells("email", [HERE])
    book.remove(made[0])
    assert [one.id for one in reading] == made[1:]


def test_some_are_read_by_their_ids(book: AddressBook) -> None:
    one, two, three = (book.add(wish(n), AT) for n in range(3))
    book.prune([two.id], "410")
    assert list(book.by_ids([three.id, 999, two.id, one.id])) == [three, one]


def test_many_are_added_at_once_and_the_known_stay_as_they_are(book: AddressBook) -> None:
    known = book.add(wish(7, FAR), AT)
    assert book.add_many((wish(n % 600) for n in range(700)), AT) == 599
    assert book.get(known.id) == known
    found = list(book.by_cells("email", [HERE]))
    assert len(found) == len({one.id for one in found}) == len({one.token for one in found}) == 599
    assert list(book.cells("email")) == [(known.id, (FAR,)), *((one.id, one.cells) for one in found)]
    assert list(book.cells("email", level="pre_alert")) == []
    book.change(known.id, level="pre_alert")
    assert list(book.cells("email", level="pre_alert")) == [(known.id, (FAR,))]
    assert book.count_by_cell("email") == {HERE: 599, FAR: 1}
    assert book.count_by_cell("sms") == {}


@pytest.mark.parametrize(
    "bad",
    [
        {"cells": ()},
        {"cells": ("872830828fffffg",)},
        {"cells": (h3.cell_to_parent(HERE, 6),)},
        {"cells": tuple(h3.cell_to_children(h3.cell_to_parent(HERE, 4), 7)[:65])},
        {"language": "r"},
        {"level": "everything"},
        {"channel": "E-mail"},
        {"address": {}},
        {"address": {"to": "secret" * 1000}},
        {"address": {"to": object(), "secret": 1}},
    ],
)
def test_a_malformed_wish_is_refused_without_repeating_the_address(book: AddressBook, bad: dict[str, object]) -> None:
    with pytest.raises(Invalid) as refusal:
        book.add(msgspec.structs.replace(wish(1), **bad), AT)
    assert refusal.value.code == "TOC-13001"
    assert "secret" not in str(refusal.value)
    assert book.counts() == {}


def test_threads_that_add_one_address_make_one_subscription(book: AddressBook) -> None:
    from django.db import connections

    made: list[int] = []

    def work() -> None:
        try:
            made.append(book.add(wish(1), AT).id)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 6
    assert len(set(made)) == 1


@given(
    st.lists(st.tuples(st.floats(-89, 89), st.floats(-179, 179), st.integers(0, 7)), min_size=1, max_size=8),
    st.floats(-89, 89),
    st.floats(-179, 179),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_ranges_hold_exactly_the_cells_below(places: list[tuple[float, float, int]], lat: float, lon: float) -> None:
    over = {h3.latlng_to_cell(a, b, level) for a, b, level in places}
    inside = [h3.cell_to_center_child(cell, 7) for cell in over]
    for cell in [*inside, h3.latlng_to_cell(lat, lon, 7)]:
        below = any(h3.cell_to_parent(cell, level) in over for level in range(8))
        assert below == any(low <= int(cell, 16) <= high for low, high in spans(over))


def test_on_one_machine_nothing_of_who_left_is_in_the_files(db: str, django_home: Path) -> None:
    from tocsin.store.addresses import DjangoAddressBook

    book, secret = DjangoAddressBook(db), b"lantern-street"
    one, two = (book.add(msgspec.structs.replace(wish(), address={"to": f"lantern-street-{n}"}), AT) for n in (1, 2))
    assert any(secret in path.read_bytes() for path in django_home.glob("db.sqlite3*"))
    book.remove(one.id)
    book.prune([two.id], "410")
    assert not any(secret in path.read_bytes() for path in django_home.glob("db.sqlite3*"))
