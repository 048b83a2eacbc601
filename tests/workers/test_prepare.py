"""What is prepared ahead for Web Push: filled up for everybody of this worker's share, and no more than is wanted."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from channels.push_service import KEYS, opened
from tocsin.app.memory_addresses import MemoryAddressBook
from tocsin.core.subscription import Wish
from tocsin.store.push_pool import PushPool
from tocsin.warn import push_crypto as crypto
from tocsin.workers import prepare
from tocsin.workers.lanes import BLOCK, Share

AT = datetime(2026, 1, 2, tzinfo=UTC)
WISH = Wish(channel="webpush", address={}, cells=("872c0a0caffffff",), language="en")


def a_book(count: int, **keys: str) -> MemoryAddressBook:
    book = MemoryAddressBook()
    for n in range(count):
        address = {"endpoint": f"https://push.example/{n}", **KEYS, **keys}
        book.add(msgspec.structs.replace(WISH, address=address), AT)
    book.add(msgspec.structs.replace(WISH, channel="email", address={"to": "a@example.org"}), AT)
    return book


def test_everybody_has_what_is_wanted_and_a_message_sealed_with_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepare, "SLICE", 3)
    pool = PushPool(tmp_path / "pool.sqlite3", memory=tmp_path)
    made = prepare.Prepare(a_book(5), lambda: pool, Share())
    assert [tuple(made.walk()) for _ in range(2)] == [(9, False), (6, True)]
    assert [tuple(made.walk()) for _ in range(2)] == [(0, False), (0, True)]
    taken = pool.take(range(1, 9))
    assert set(taken) == {1, 2, 3, 4, 5}
    assert opened(crypto.seal(taken[3], crypto.padded(b"what was said"))) == b"what was said"
    assert sum(made.walk().made for _ in range(2)) == 5
    pool.close()


def test_a_worker_prepares_for_its_own_share(tmp_path: Path) -> None:
    pool = PushPool(tmp_path / "pool.sqlite3", memory=tmp_path)
    book = a_book(3)
    walked = [prepare.Prepare(book, lambda: pool, Share(n, 2)).walk().made for n in (1, 2)]
    assert BLOCK > 3
    assert walked == [9, 0]
    pool.close()


def test_keys_that_are_none_stop_nobody(tmp_path: Path) -> None:
    pool = PushPool(tmp_path / "pool.sqlite3", memory=tmp_path)
    book = a_book(1)
    book.add(msgspec.structs.replace(WISH, address={"endpoint": "https://push.example/x", "p256dh": "AAAA"}), AT)
    assert prepare.Prepare(book, lambda: pool, Share()).walk().made == 3
    pool.close()


async def test_it_goes_on_after_a_fault_and_ends_when_it_is_told(tmp_path: Path) -> None:
    tries: list[int] = []

    def pool() -> PushPool:
        tries.append(1)
        path = tmp_path if len(tries) == 1 else tmp_path / "pool.sqlite3"  # a folder is no pool
        return PushPool(path, memory=tmp_path)

    running = asyncio.create_task(prepare.Prepare(a_book(1), pool, Share(), rest_s=0.001).run())
    async with asyncio.timeout(30):
        while len(tries) < 2:
            await asyncio.sleep(0.005)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert running.cancelled()
