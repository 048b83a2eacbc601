"""Who sits there is asked again when a draft is opened, never at the last click, and never by what ends a warning."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator

import pytest
from django.test import Client, override_settings

from control_kit import PASSWORD, Screen
from doors import Api, Officer, draft
from tocsin.app.desk import Desk
from tocsin.warn.state import Thread
from tocsin.web import second_factor

AGAIN = "/accounts/reauthenticate/?next=/control/drafts/"
MIN = 60


class Later:
    """The clock by which a sign-in ages."""

    def __init__(self) -> None:
        self.minutes = 0.0

    def time(self) -> float:
        return time.time() + self.minutes * MIN


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    made = Later()
    monkeypatch.setattr(second_factor, "time", made)
    return made


@pytest.fixture
def screen(desk: Desk, officer: Callable[..., Officer]) -> Iterator[Screen]:
    """A duty officer of a real city who has just signed in."""
    from django.core.cache import cache

    cache.clear()
    desk.sender = dataclasses.replace(desk.sender, demo=False)
    made = officer("olga", "duty")
    client = Client()
    with override_settings(TOCSIN_SECOND_FACTOR="offered"):
        assert client.post("/accounts/login/", {"login": "olga", "password": PASSWORD}).status_code == 302
        yield Screen(client, made.actor, desk)


@pytest.fixture
def thread(screen: Screen, duty: Api) -> Thread:
    made = duty.post("/warnings", draft()).json()["warning"]
    return screen.desk.state().threads[made]


def test_a_fresh_sign_in_is_not_asked(screen: Screen, thread: Thread, later: Later) -> None:
    later.minutes = 14
    assert AGAIN not in screen.get(f"/control/drafts/{thread.id}")
    later.minutes = 19  # read for five minutes, then sent
    assert screen.send(thread).status_code == 302
    assert screen.thread(thread).status == "live"


def test_an_old_one_is_asked_when_the_draft_is_opened(screen: Screen, thread: Thread, later: Later) -> None:
    later.minutes = 16
    assert AGAIN + thread.id in screen.get(f"/control/drafts/{thread.id}")
    later.minutes = 21
    head = screen.desk.ledger.head()
    refused = screen.send(thread)
    assert refused.status_code == 403
    assert AGAIN + thread.id in refused.content.decode()
    assert screen.desk.ledger.head() == head
    body = {"sha256": thread.message.sha256, "confirm": "North District"}
    answer = screen.client.post(f"/api/v1/warnings/{thread.id}/issue", body, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "TOC-6008")
    assert screen.client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
    later.minutes = 0  # the record of it holds the true time
    assert AGAIN not in screen.get(f"/control/drafts/{thread.id}")
    assert screen.send(thread).status_code == 302


def test_what_ends_a_warning_never_asks(screen: Screen, thread: Thread, later: Later) -> None:
    screen.send(thread)
    later.minutes = 600
    assert screen.on_live(thread, "cancel").status_code == 302
    assert screen.thread(thread).status == "ended"


def test_a_key_is_a_secret_of_its_own(screen: Screen, thread: Thread, duty: Api, later: Later) -> None:
    later.minutes = 600
    body = {"sha256": thread.message.sha256, "confirm": "North District"}
    assert duty.post(f"/warnings/{thread.id}/issue", body).status_code == 200


@pytest.mark.parametrize(("most_s", "demo"), [(0, False), (900, True)])
def test_where_nobody_is_asked(screen: Screen, thread: Thread, later: Later, most_s: int, demo: bool) -> None:
    later.minutes = 600
    screen.desk.sender = dataclasses.replace(screen.desk.sender, demo=demo)
    with override_settings(TOCSIN_REAUTH_S=most_s):
        assert AGAIN not in screen.get(f"/control/drafts/{thread.id}")
        assert screen.send(thread).status_code == 302
