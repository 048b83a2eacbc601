"""One suite for everything that keeps dead letters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tocsin.app.letters import Letter, Letters, MemoryLetters, letter_id

AT = datetime(2024, 1, 4, 21, 0, tzinfo=UTC)

Make = Callable[..., Letters]


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def make(request: pytest.FixtureRequest) -> Make:
    if request.param == "memory":
        return MemoryLetters
    alias = request.getfixturevalue("db" if request.param == "sqlite" else "pg")
    from tocsin.store.letters import DjangoLetters

    return lambda **more: DjangoLetters(alias, **more)


def letter(n: int, *, minutes: int = 0) -> Letter:
    at = AT + timedelta(minutes=minutes or n)
    return Letter(
        id=letter_id("written.edge-1", str(n), "{}"),
        subject="written.edge-1",
        sender="edge-1",
        about=f"edge-1:{n}:t",
        reason="refused: ValueError",
        tries=1,
        first_at=at,
        last_at=at,
        text="{}",
    )


def test_a_letter_comes_back_as_it_was_kept(make: Make) -> None:
    letters = make()
    letters.keep(letter(1))
    assert letters.find(letter(1).id) == letter(1)
    assert letters.find("0" * 16) is None
    assert letters.counts() == {"waiting": 1, "taken": 0, "aside": 0}


def test_the_same_letter_again_counts_its_tries_and_keeps_its_first_moment(make: Make) -> None:
    letters = make()
    letters.keep(letter(1))
    letters.settle(letter(1).id, "aside")
    letters.keep(msgspec.structs.replace(letter(1, minutes=9), reason="not safe", tries=2))
    (one,) = letters.newest(5)
    assert (one.tries, one.reason, one.standing) == (3, "not safe", "waiting")
    assert (one.first_at, one.last_at) == (AT + timedelta(minutes=1), AT + timedelta(minutes=9))


def test_those_that_wait_stand_first_and_the_newest_before_the_older(make: Make) -> None:
    letters = make()
    for n in (1, 2, 3, 4):
        letters.keep(letter(n))
    assert letters.settle(letter(4).id, "taken")
    assert [one.about for one in letters.newest(3)] == ["edge-1:3:t", "edge-1:2:t", "edge-1:1:t"]
    assert letters.newest(10)[-1].standing == "taken"


def test_what_does_not_wait_is_not_settled_again(make: Make) -> None:
    letters = make()
    letters.keep(letter(1))
    assert letters.settle(letter(1).id, "taken")
    assert not letters.settle(letter(1).id, "aside")
    assert not letters.settle("0" * 16, "aside")
    assert letters.counts() == {"waiting": 0, "taken": 1, "aside": 0}


def test_old_ones_are_forgotten_and_the_oldest_gives_way(make: Make) -> None:
    letters = make(most=3)
    for n in (3, 1, 2, 4, 5):
        letters.keep(letter(n))
    assert [one.about for one in letters.newest(9)] == ["edge-1:5:t", "edge-1:4:t", "edge-1:3:t"]
    assert letters.forget(AT + timedelta(minutes=5)) == 2
    assert [one.about for one in letters.newest(9)] == ["edge-1:5:t"]


def test_a_sign_that_no_database_keeps_is_replaced(make: Make) -> None:
    letters = make()
    letters.keep(msgspec.structs.replace(letter(1), text='{"seq": "\0"}', about="a\0b"))
    found = letters.find(letter(1).id)
    assert found is not None
    assert found.about in {"a\0b", "a\ufffdb"}
