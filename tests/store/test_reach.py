"""The count of subscriptions follows the address book, and never makes anybody wait for it."""

from __future__ import annotations

from datetime import UTC, datetime

import h3
import msgspec
import pytest

from tocsin.app.memory_addresses import MemoryAddressBook
from tocsin.core.errors import Unavailable
from tocsin.core.subscription import Wish
from tocsin.store import reach as reaching
from tocsin.store.reach import Reach

AT = datetime(2026, 1, 1, tzinfo=UTC)
HERE = h3.latlng_to_cell(50.6, 36.6, 7)
NEAR = h3.grid_ring(HERE, 1)[0]
FAR = h3.latlng_to_cell(48.0, 30.0, 7)
COVER = (h3.cell_to_parent(HERE, 5), NEAR)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def book():
    made = MemoryAddressBook()
    for number, cells in enumerate([(HERE,), (HERE, NEAR), (FAR,), (FAR, NEAR)]):
        made.add(wish(number, cells), AT)
    return made


def wish(number, cells, channel="webpush"):
    return Wish(channel=channel, address={"at": number}, cells=cells, language="ru")


def test_a_subscription_with_several_cells_counts_once(book, tmp_path):
    reach = Reach(book, tmp_path / "index", monotonic=Clock())
    assert reach._seen is None
    reach.freshen()
    assert reach.count(COVER) == 3
    assert reach.count([FAR]) == 2
    assert reach.count([]) == 0


def test_new_ones_are_added_and_changes_come_with_the_next_rebuild(book, tmp_path):
    clock = Clock()
    reach = Reach(book, tmp_path / "index", monotonic=clock)
    reach.freshen()
    book.add(wish(9, (HERE,), "email"), AT)
    book.remove(1)
    clock.now = 10
    reach.freshen()
    assert reach.count(COVER) == 4
    clock.now = reaching.REBUILD_S
    reach.freshen()
    assert reach.count(COVER) == 3


def test_a_process_that_starts_counts_from_the_file(book, tmp_path):
    Reach(book, tmp_path / "index", monotonic=Clock()).freshen()
    book.add(wish(9, (HERE,)), AT)
    after = []
    again = Reach(book, tmp_path / "index", monotonic=Clock())
    book.cells = lambda channel, last=0, real=book.cells, **more: after.append(last) or real(channel, last, **more)
    again.freshen()
    assert again.count(COVER) == 4
    assert after == [4, 4, 0, 0]  # first what the file lacks, so that an answer is there early


def test_of_a_pre_alert_those_are_counted_who_asked_for_it(book, tmp_path):
    book.change(1, level="pre_alert")
    Reach(book, tmp_path / "index", monotonic=Clock()).freshen()
    later = book.add(msgspec.structs.replace(wish(9, (HERE,)), level="pre_alert"), AT)
    again = Reach(book, tmp_path / "index", monotonic=Clock())
    again.freshen()
    assert (again.count(COVER), again.count(COVER, "pre_alert")) == (4, 2)
    assert list(book.cells("webpush", level="pre_alert")) == [(1, (HERE,)), (later.id, (HERE,))]


def test_files_of_two_moments_are_not_mixed(book, tmp_path):
    Reach(book, tmp_path / "index", monotonic=Clock()).freshen()
    early = (tmp_path / "index.early").read_bytes()
    book.add(wish(9, (HERE,)), AT)
    Reach(book, tmp_path / "index", monotonic=Clock()).freshen()
    (tmp_path / "index.early").write_bytes(early)
    again = Reach(book, tmp_path / "index", monotonic=Clock())
    assert again._kept() is None
    again.freshen()
    assert again.count(COVER) == 4


def test_asking_starts_the_count_and_does_not_wait_for_it(book, tmp_path):
    reach = Reach(book, tmp_path / "index")
    started = []
    reach._behind = lambda: started.append(1)
    assert reach.count(COVER) is None
    for _ in range(1000):
        if started:
            break
    reach.freshen()
    assert reach.count(COVER) == 3


def test_a_book_that_does_not_answer_leaves_the_last_count(book, tmp_path, caplog):
    clock = Clock()
    reach = Reach(book, tmp_path / "index", monotonic=clock)
    reach.freshen()

    def silent():
        raise Unavailable("TOC-8002", "no answer", field="book", remedy="wait")

    book.counts = silent
    clock.now = 100
    reach._behind()
    assert reach.count(COVER) == 3
    assert "could not be counted: Unavailable" in caplog.text
