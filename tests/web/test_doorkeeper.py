"""Officers go in before the mass; nobody gets there by claiming it; who was told to wait is told so without Django."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from doors import Api, Officer
from tocsin.web.asking import Asking
from tocsin.web.doorkeeper import (
    AGAIN_S,
    HOLDER,
    KEPT,
    MOST_WAITING,
    OFFICER,
    SHARE,
    SMALL,
    YIELD_S,
    Asked,
    Doorkeeper,
    Known,
    Pass,
    name_of,
)

THREADS = 16
SENDERS, BULK, READERS = 4, 4, 6
PLAIN = Known()


class Clock:
    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def ticks() -> Clock:
    return Clock()


@pytest.fixture
def door(ticks: Clock) -> Doorkeeper[str]:
    return Doorkeeper(threads=THREADS, monotonic=ticks)


def asked(
    path: str = "/act", *, key: str = "", address: str = "10.0.0.1", method: str = "POST", length: int = 2
) -> Asked:
    return Asked(*name_of(key, "", address), method, path, length)


def known(door: Doorkeeper[str], key: str, *, officer: bool) -> None:
    """The key has been seen once."""
    first = asked(key=key)
    how = door.comes("first", first)
    assert isinstance(how, Pass)
    door.leaves(first, how, Known(officer=officer, holder=not officer))


def fill(door: Doorkeeper[str]) -> None:
    """All places of those who send something are taken."""
    for number in range(SENDERS):
        assert door.comes(f"in{number}", asked(address=f"10.0.1.{number}")) is Pass.SENDER


def test_an_officer_goes_in_while_the_mass_waits_for_its_turns(door: Doorkeeper[str]) -> None:
    known(door, "officer", officer=True)
    fill(door)
    assert door.comes("m", asked()) is None
    assert door.comes("o", asked(key="officer")) is Pass.OFFICER
    door.leaves(asked(), Pass.SENDER, PLAIN)
    assert list(door.turns()) == [], "there is room, and an officer inside"
    door.leaves(asked(key="officer"), Pass.OFFICER, Known(officer=True))
    assert list(door.turns()) == [("m", Pass.SENDER)]
    assert door.waiting == 0


def test_it_says_how_many_officers_are_inside_who_do_more_than_read() -> None:
    said: list[int] = []
    door = Doorkeeper[str](threads=THREADS, acting=said.append)
    known(door, "officer", officer=True)
    click, page = asked(key="officer"), asked(key="officer", method="GET")
    assert door.comes("page", page) is Pass.OFFICER
    assert said == []
    assert door.comes("click", click) is Pass.OFFICER
    door.leaves(page, Pass.OFFICER, Known(officer=True))
    assert said == [1]
    door.leaves(click, Pass.OFFICER, Known(officer=True))
    assert said == [1, 0]


def test_claiming_to_be_an_officer_opens_nothing(door: Doorkeeper[str]) -> None:
    known(door, "officer", officer=True)
    fill(door)
    assert door.comes("c", asked(key="officer2")) is None


def test_those_with_a_known_key_go_before_those_without_who_have_their_share(door: Doorkeeper[str]) -> None:
    known(door, "radar", officer=False)
    fill(door)
    for number in range(2 * SHARE):
        assert door.comes(f"a{number}", asked(address=f"10.1.0.{number}")) is None
        assert door.comes(f"r{number}", asked(key="radar")) is None
    went = []
    for _ in range(2 * SHARE):
        door.leaves(asked(), Pass.SENDER, PLAIN)
        went += [ticket for ticket, _ in door.turns()]
    assert went == ["a0", "r0", "r1", "r2", "a1", "r3", "r4", "r5"]
    while door.waiting:
        door.leaves(asked(), Pass.SENDER, PLAIN)
        went += [ticket for ticket, _ in door.turns()]
    assert len(set(went)) == 4 * SHARE, "and nobody is lost"


def test_when_too_many_wait_the_next_is_told_when_to_come_again(door: Doorkeeper[str]) -> None:
    known(door, "radar", officer=False)
    fill(door)
    for number in range(MOST_WAITING):
        assert door.comes(f"w{number}", asked()) is None
    assert door.comes("w", asked()) == AGAIN_S
    assert door.comes("r", asked(key="radar")) is None, "a flood of those without a key turns no sensor away"
    door.drops("w7")
    assert door.comes("w", asked()) is None, "one of them has gone"


def test_who_only_reads_waits_for_nobody_who_sends_and_never_takes_all_threads(door: Doorkeeper[str]) -> None:
    fill(door)
    page = asked("/static/board.js", method="GET", length=0)
    assert [door.comes(f"p{n}", page) for n in range(READERS)] == [Pass.READER] * READERS
    assert [door.comes(f"w{n}", page) for n in range(1000)] == [None] * 1000
    assert READERS + SENDERS + BULK < THREADS
    door.leaves(page, Pass.READER, PLAIN)
    assert list(door.turns()) == [("w0", Pass.READER)]


def test_nobody_enters_while_an_officer_is_inside_but_the_door_does_not_stay_shut(
    door: Doorkeeper[str], ticks: Clock
) -> None:
    known(door, "officer", officer=True)
    assert door.comes("o", asked(key="officer")) is Pass.OFFICER
    assert door.comes("m", asked()) is None
    assert list(door.turns()) == []
    ticks.at += YIELD_S  # a long download of an officer's
    assert list(door.turns()) == [("m", Pass.SENDER)]


def test_who_was_told_to_wait_and_comes_too_early_is_not_heard(door: Doorkeeper[str], ticks: Clock) -> None:
    report = asked("/api/v1/reports")
    assert door.comes("r", report) is Pass.SENDER
    door.leaves(report, Pass.SENDER, Known(again_s=7.0))
    ticks.at += 2.5
    assert door.comes("r", report) == 4.5
    assert door.comes("x", asked("/api/v1/reports", address="10.0.0.2")) is Pass.SENDER, "others are heard"
    assert door.comes("y", asked("/api/v1/health")) is Pass.SENDER, "and other questions"
    door.leaves(report, Pass.SENDER, PLAIN)
    ticks.at += 4.5
    assert door.comes("r", report) is Pass.SENDER


def test_a_key_that_is_no_officers_any_more_goes_with_the_others(door: Doorkeeper[str]) -> None:
    known(door, "officer", officer=True)
    assert door.comes("o", asked(key="officer")) is Pass.OFFICER
    door.leaves(asked(key="officer"), Pass.OFFICER, PLAIN)
    assert door.comes("o", asked(key="officer")) is Pass.SENDER


def test_a_part_of_a_page_that_asks_nobody_who_it_is_leaves_an_officer_one(door: Doorkeeper[str]) -> None:
    known(door, "officer", officer=True)
    part = asked("/static/board.js", key="officer", method="GET", length=0)
    assert door.comes("p", part) is Pass.OFFICER
    door.leaves(part, Pass.OFFICER, PLAIN)
    assert door.comes("o", asked(key="officer")) is Pass.OFFICER


def test_large_bodies_have_turns_apart(door: Doorkeeper[str]) -> None:
    large = asked(length=SMALL + 1)
    assert [door.comes(f"u{n}", large) for n in range(BULK)] == [Pass.BULK] * BULK
    assert door.comes("u", large) == AGAIN_S
    assert door.comes("m", asked()) is Pass.SENDER
    door.leaves(large, Pass.BULK, PLAIN)
    assert door.comes("u", large) is Pass.BULK


def test_what_is_remembered_is_bounded(door: Doorkeeper[str], ticks: Clock) -> None:
    known(door, "officer", officer=True)
    for number in range(KEPT):
        report = asked("/r", key=f"k{number}")
        assert door.comes("r", report) is Pass.SENDER
        door.leaves(report, Pass.SENDER, Known(holder=True, again_s=60.0))
    assert len(door._known) == len(door._told) == KEPT
    assert door.comes("o", asked(key="officer")) is Pass.SENDER, "the one not seen longest was forgotten"


def asking(head: str, proxies: tuple[str, ...] = (), client: str = "10.0.0.1") -> Asking:
    return Asking(f"{head}\r\n\r\n".encode("latin-1"), 0, (client, 4000), proxies)


def test_the_loop_reads_who_asks_for_what() -> None:
    said = asking("POST /a%20b?c=d HTTP/1.1\r\nHost: x")
    assert (said.asked, said.last) == (Asked(b"10.0.0.1", False, "POST", "/a b"), False)
    assert asking("GET http://x/page HTTP/1.1").asked.path == "/page"
    assert asking("GET / HTTP/1.0").last
    assert asking("GET / HTTP/1.1\r\nConnection: Close").last
    assert Asking(b"nonsense", 0, None, ()).asked == Asked(b"", False, "nonsense", "/")


def test_an_address_behind_a_proxy_of_ours_is_the_one_that_it_saw() -> None:
    def who(forwarded: str, *proxies: str) -> bytes:
        return asking(f"GET / HTTP/1.1\r\nX-Forwarded-For: {forwarded}", proxies).asked.who

    assert who("1.2.3.4, 5.6.7.8", "10.0.0.1") == b"5.6.7.8"
    assert who("9.9.9.9, 5.6.7.8", "10.0.0.1") == b"5.6.7.8", "what the sender wrote before it makes no new one"
    assert who("1.2.3.4") == b"10.0.0.1"


def test_a_session_is_seen_beside_whatever_other_cookies_there_are() -> None:
    def who(*lines: str) -> bytes:
        found = asking("\r\n".join(("GET / HTTP/1.1", *lines))).asked
        assert found.credential
        return found.who

    same = {who(f"Cookie: {line}") for line in ("sessionid=s", 'seen={"a": 1}; sessionid=s', "a b; sessionid=s; c")}
    assert len(same) == 1
    others = {
        who("Cookie: sessionid=t", "Authorization: Bearer x"),
        who("cookie: sessionid=s", "AUTHORIZATION: Bearer x"),
    }
    assert len(same | others) == 3, "who is known by a session is not known by the key beside it"
    assert not asking("GET / HTTP/1.1\r\nCookie: other=s").asked.credential


def test_the_web_door_says_who_is_an_officer_and_who_holds_another_key(
    officer: Callable[..., Officer], sensor: Callable[..., Api], anybody: Api
) -> None:
    def found(api: Api) -> tuple[object, object]:
        meta = api.get("/warnings").wsgi_request.META
        return meta.get(OFFICER), meta.get(HOLDER)

    assert found(officer("anna", "duty").api) == (True, None)
    assert found(sensor("radar")) == (None, True)
    assert found(anybody) == (None, None)


def test_a_signed_in_officers_session_is_one(officer: Callable[..., Officer]) -> None:
    from django.contrib.auth import get_user_model
    from django.test import Client

    officer("boris", "duty")
    browser = Client()
    browser.force_login(get_user_model().objects.get(login="boris"))
    assert browser.get("/control").wsgi_request.META.get(OFFICER) is True
    assert Client().get("/control").wsgi_request.META.get(OFFICER) is None
