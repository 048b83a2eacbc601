"""The two files between a demonstration's player and its pages: whole or absent, bounded, believed only when sane."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import msgspec
import pytest

from tocsin.wiring.playbill import ASKED_FILE, MOST_ASKED, MOST_TOLD, TOLD_FILE, Asked, Playbill, Told, nights


def told(**changes: object) -> Told:
    first = Told(round="r1", told_at=time.time(), night="n", stage="waiting", speed=30)
    return msgspec.structs.replace(first, **changes)


def test_what_is_asked_is_taken_once(tmp_path: Path) -> None:
    bill = Playbill(tmp_path)
    assert bill.take() is None
    bill.ask(Asked(act="play", round="r1", speed=60))
    bill.ask(Asked(act="pause", round="r1"))
    assert bill.take() == Asked(act="pause", round="r1")
    assert bill.take() is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"{",
        b"[]",
        b'{"act": "erase", "round": "r1"}',
        b'{"act": "play", "round": "r1", "speed": 0}',
        b'{"act": "play", "round": "r1", "speed": 1e9}',
        b'{"act": "play", "round": "r1", "home": "/"}',
        b'{"act": "play", "round": "' + b"r" * 200 + b'"}',
        b'{"act": "play", "round": "r1"}' + b" " * MOST_ASKED,
    ],
)
def test_a_wish_that_is_none_is_thrown_away(tmp_path: Path, wrong: bytes) -> None:
    (tmp_path / ASKED_FILE).write_bytes(wrong)
    assert Playbill(tmp_path).take() is None
    assert list(tmp_path.iterdir()) == []


def test_what_is_told_is_heard_until_it_is_old(tmp_path: Path) -> None:
    bill = Playbill(tmp_path)
    assert bill.told() is None
    bill.tell(told(stage="playing"))
    heard = bill.told()
    assert heard is not None
    assert heard.stage == "playing"
    bill.tell(told(told_at=time.time() - 60))
    assert bill.told() is None


def test_what_cannot_be_read_is_as_if_nobody_played(tmp_path: Path) -> None:
    for wrong in (b"{", b"null", b" " * (MOST_TOLD + 1)):
        (tmp_path / TOLD_FILE).write_bytes(wrong)
        assert Playbill(tmp_path).told() is None


def test_readers_never_see_half_a_file(tmp_path: Path) -> None:
    bill = Playbill(tmp_path)
    bill.tell(told(sounding={f"s{n}": "wail" for n in range(500)}))
    ended = threading.Event()

    def write() -> None:
        while not ended.is_set():
            bill.tell(told(sounding={f"s{n}": "wail" for n in range(500)}))

    writers = [threading.Thread(target=write) for _ in range(2)]
    for one in writers:
        one.start()
    try:
        assert all(bill.told() is not None for _ in range(200))
    finally:
        ended.set()
        for one in writers:
            one.join()


def test_both_nights_are_known() -> None:
    assert set(nights()) == {"belgorod-2024-01-05", "port-almen-2024-04-06"}
