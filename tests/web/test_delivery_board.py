"""The delivery board: each channel's counts, pace and bar, on the screen "Now" and in a warning's history."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from channels.rigs import warning as a_warning
from control_kit import enter
from doors import Officer
from tocsin.app.desk import Desk
from tocsin.core.delivery import Counts, Step
from tocsin.web.control.delivery import WIDTH, bar
from tocsin.web.following import deliveries, set_following
from workers.kit import alarm


@pytest.fixture(autouse=True)
def _own_tables(desk: Desk) -> Iterator[None]:
    set_following()
    yield
    set_following()


def run(warning: str, channel: str, targeted: int, at: datetime, **moved: int) -> None:
    kept = deliveries()
    kept.begin([a_warning(warning=warning, id=f"n-{warning}")], [channel], "1/1", seq=9, at=at)
    found = next(one for one in kept.runs() if one.channel == channel)
    kept.step(found.id, Step(cursor=1, targeted=targeted))
    kept.step(found.id, Step(cursor=1, moved=moved, at=at + timedelta(seconds=2)))  # type: ignore[arg-type]


def plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_each_channel_says_how_far_it_came(desk: Desk, officer: Callable[..., Officer]) -> None:
    screen = enter(officer, desk, "duty1", "duty")
    warning = alarm(desk)
    now = desk.clock.now()
    run(warning, "email", 12_000, now, accepted=9_000, failed=200, exhausted=50)
    run(warning, "sms", 400, now, delivered=300, accepted=60, gone=40)
    run(warning, "webhook", 0, now)
    live = screen.client.get("/control/board").json()["parts"]["live"]
    said = plain(live)
    assert "E-mail 9,050 of 12,000 4,500 a second" in said
    assert "accepted by a server 9,000 · waiting 2,750 · to be tried again 200 · given up 50" in said
    assert "SMS 400 of 400" in said
    assert "delivered 300 · accepted by a server 60 · address gone 40" in said
    assert "Webhooks" not in said, "a channel by which nobody follows is not shown"
    assert re.findall(r'aria-valuenow="(\d+)"', live) == ["75", "100"]
    history = screen.get(f"/control/warnings/{warning}")
    assert "E-mail 9,050 of 12,000" in plain(history)


def test_what_is_accepted_is_never_shown_as_delivered(desk: Desk, officer: Callable[..., Officer]) -> None:
    screen = enter(officer, desk, "duty1", "duty")
    warning = alarm(desk)
    run(warning, "email", 10, desk.clock.now(), accepted=10)
    live = screen.client.get("/control/board").json()["parts"]["live"]
    assert 'data-stage="accepted"' in live
    assert 'data-stage="delivered"' not in live
    assert "ctl-bar-done" not in live


def test_an_officer_of_another_area_sees_nothing_of_it(desk: Desk, officer: Callable[..., Officer]) -> None:
    warning = alarm(desk, "north")
    run(warning, "email", 10, desk.clock.now(), accepted=10)
    other = enter(officer, desk, "south1", "duty", area="south")
    assert "ctl-delivery" not in other.client.get("/control/board").json()["parts"]["live"]


def test_the_parts_of_the_bar_stand_beside_one_another() -> None:
    parts = list(bar(Counts(targeted=10, delivered=2, accepted=3, failed=1, gone=1)))
    assert [part["name"] for part in parts] == ["done", "way", "lost", "wait"]
    at = 0.0
    for part in parts:
        assert float(part["x"]) == pytest.approx(at, abs=0.01)
        at += float(part["width"])
    assert at == pytest.approx(WIDTH * 7 / 10, abs=0.05)
