"""The thread that waits for the seat: it leads when the seat is free, and says so when it is lost."""

from __future__ import annotations

import asyncio
import threading

from tocsin.core.errors import Unavailable
from tocsin.workers.lead import Watchman
from workers.kit import until


class Seat:
    """A seat in memory."""

    def __init__(self) -> None:
        self.free = threading.Event()
        self.broken = threading.Event()
        self.fresh = threading.Event()
        self.opened = 0

    def _answer(self) -> None:
        if self.broken.is_set():
            raise Unavailable("TOC-8002", "Gone.", field="TOCSIN_DATABASE_URL", remedy="Wait.")

    def open(self) -> None:
        self._answer()
        self.opened += 1

    def take(self) -> bool:
        self._answer()
        return self.free.is_set()

    def check(self) -> None:
        self._answer()

    def news(self, within_s: float) -> bool:
        self._answer()
        heard = self.fresh.wait(min(within_s, 0.01))
        self.fresh.clear()
        return heard

    def close(self) -> None:
        pass


async def test_it_leads_once_the_seat_is_free_and_brings_news_before_and_after() -> None:
    seat, news = Seat(), []
    watchman = Watchman(seat, lambda: news.append(watchman.leading.is_set()))
    watchman.start()
    seat.fresh.set()
    await until(lambda: news == [False], "news while it stands by")
    seat.free.set()
    await until(watchman.leading.is_set, "the seat")
    seat.fresh.set()
    await until(lambda: news == [False, True], "news while it leads")
    await watchman.close()
    assert not watchman.lost.is_set()


async def test_a_leader_that_cannot_reach_its_seat_has_lost_it() -> None:
    seat = Seat()
    seat.free.set()
    watchman = Watchman(seat, lambda: None)
    watchman.start()
    await until(watchman.leading.is_set, "the seat")
    seat.broken.set()
    await until(watchman.lost.is_set, "the loss")
    await watchman.close()


async def test_who_stands_by_tries_again_until_the_database_is_back() -> None:
    seat = Seat()
    watchman = Watchman(seat, lambda: None)
    watchman.start()
    await until(lambda: seat.opened == 1, "a connection")
    seat.broken.set()
    await asyncio.sleep(0.05)
    seat.broken.clear()
    seat.free.set()
    await until(watchman.leading.is_set, "the seat")
    assert seat.opened > 1
    assert not watchman.lost.is_set()
    await watchman.close()
