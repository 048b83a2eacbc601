"""Officers go in before the mass; nobody gets there by claiming it; who was told to wait is told so without Django."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import pytest

from doors import Api, Officer
from tocsin.web.doorkeeper import OFFICER, SMALL, YIELD_S, Doorkeeper

WITHIN_S = 30.0


class Inside:
    """An application that says who is in it, and lets them out when it is told to."""

    def __init__(self) -> None:
        self.now: list[str] = []
        self.asked: list[str] = []
        self.changed = threading.Condition()
        self.open = False
        self.status = "200 OK"

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        name = environ["PATH_INFO"]
        with self.changed:
            self.now.append(name)
            self.asked.append(name)
            self.changed.notify_all()
            assert self.changed.wait_for(lambda: self.open, WITHIN_S)
            self.now.remove(name)
        if environ.get("HTTP_AUTHORIZATION") == "Bearer officer":
            environ[OFFICER] = True
        start_response(self.status, [("Retry-After", "7")] if self.status.startswith("429") else [])
        return [environ["wsgi.input"].read(5)]

    def until(self, true: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(true, WITHIN_S)

    def let_out(self) -> None:
        with self.changed:
            self.open = True
            self.changed.notify_all()


class Clock:
    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


class Said:
    """What a caller got."""

    status = ""
    headers: dict[str, str]
    body = b""


def ask(door: Doorkeeper, path: str, *, key: str = "", peer: str = "10.0.0.1", body: bytes = b"", **more: Any) -> Said:
    said = Said()

    def start(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
        said.status, said.headers = status, dict(headers)

    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": path, "REMOTE_ADDR": peer, "wsgi.input": io.BytesIO(body)}
    environ |= {"CONTENT_LENGTH": str(len(body))} | more
    if key:
        environ["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    said.body = b"".join(door(environ, start))
    return said


def beside(door: Doorkeeper, path: str, **given: Any) -> threading.Thread:
    thread = threading.Thread(target=ask, args=(door, path), kwargs=given, daemon=True)
    thread.start()
    return thread


@pytest.fixture
def inside() -> Inside:
    return Inside()


@pytest.fixture
def ticks() -> Clock:
    return Clock()


@pytest.fixture
def door(inside: Inside, ticks: Clock) -> Doorkeeper:
    return Doorkeeper(inside, threads=4, monotonic=ticks)


def known(door: Doorkeeper, inside: Inside) -> None:
    """The officer's key has been seen once."""
    inside.open = True
    ask(door, "/first", key="officer")
    inside.open = False
    inside.asked.clear()


def test_an_officer_goes_in_while_the_mass_waits_for_its_turns(door: Doorkeeper, inside: Inside) -> None:
    known(door, inside)
    mass = [beside(door, f"/m{n}", key="sensor") for n in range(2)]
    inside.until(lambda: len(inside.now) == 2)
    mass.append(beside(door, "/m2", key="sensor"))
    officer = beside(door, "/act", key="officer")
    inside.until(lambda: "/act" in inside.now)
    assert sorted(inside.now) == ["/act", "/m0", "/m1"], "the third of the mass is not in"
    inside.let_out()
    for one in (*mass, officer):
        one.join(WITHIN_S)
    assert sorted(inside.asked) == ["/act", "/m0", "/m1", "/m2"], "and nobody is lost"


def test_claiming_to_be_an_officer_opens_nothing(door: Doorkeeper, inside: Inside) -> None:
    known(door, inside)
    held = [beside(door, f"/m{n}", key="sensor") for n in range(2)]
    inside.until(lambda: len(inside.now) == 2)
    held += [beside(door, f"/c{n}", key=f"officer{n}") for n in range(2)]
    while door._waiting < 2:
        held[0].join(0.01)
    refused = ask(door, "/api/v1/warnings", key="officer9")
    assert (refused.status[:3], inside.now) == ("429", ["/m0", "/m1"])
    inside.let_out()
    for one in held:
        one.join(WITHIN_S)


def test_when_too_many_wait_the_next_is_told_when_to_come_again(
    door: Doorkeeper, inside: Inside, officer: object
) -> None:
    held = [beside(door, f"/m{n}") for n in range(2)]
    inside.until(lambda: len(inside.now) == 2)
    held += [beside(door, f"/w{n}") for n in range(2)]
    while door._waiting < 2:
        held[0].join(0.01)
    refused = ask(door, "/api/v1/reports", body=b"{}")
    assert (refused.status, refused.headers["Retry-After"]) == ("429 Too Many Requests", "1")
    assert msgspec.json.decode(refused.body)["error"]["code"] == "TOC-6005"
    page = ask(door, "/report")
    assert (page.status, page.headers["Content-Type"]) == ("429 Too Many Requests", "text/plain; charset=utf-8")
    inside.let_out()
    for one in held:
        one.join(WITHIN_S)


def test_a_page_and_its_parts_come_however_many_wait_to_send_something(door: Doorkeeper, inside: Inside) -> None:
    sent = [beside(door, f"/m{n}") for n in range(2)]
    inside.until(lambda: len(inside.now) == 2)
    read = [beside(door, f"/static/{n}.js", REQUEST_METHOD="GET") for n in range(20)]
    inside.until(lambda: len(inside.now) == 22)
    inside.let_out()
    for one in (*sent, *read):
        one.join(WITHIN_S)


def test_nobody_enters_while_an_officer_is_inside_but_the_door_does_not_stay_shut(
    door: Doorkeeper, inside: Inside, ticks: Clock
) -> None:
    known(door, inside)
    act = beside(door, "/act", key="officer")
    inside.until(lambda: inside.now == ["/act"])
    waits = beside(door, "/m", key="sensor")
    while not door._waiting:
        waits.join(0.01)
    assert inside.now == ["/act"]
    ticks.at += YIELD_S  # a long download of an officer's
    inside.until(lambda: sorted(inside.now) == ["/act", "/m"])
    inside.let_out()
    for one in (act, waits):
        one.join(WITHIN_S)


def test_who_was_told_to_wait_and_comes_too_early_is_not_heard(
    door: Doorkeeper, inside: Inside, ticks: Clock, officer: object
) -> None:
    inside.open, inside.status = True, "429 Too Many Requests"
    assert ask(door, "/api/v1/reports").headers == {"Retry-After": "7"}
    ticks.at += 2.5
    again = ask(door, "/api/v1/reports")
    assert (again.status, again.headers["Retry-After"]) == ("429 Too Many Requests", "5")
    assert len(inside.asked) == 1
    ask(door, "/api/v1/reports", peer="10.0.0.2")
    ask(door, "/api/v1/health")
    assert len(inside.asked) == 3, "others, and other addresses, are heard"
    ticks.at += 4.5
    ask(door, "/api/v1/reports")
    assert len(inside.asked) == 4


def test_an_address_behind_a_proxy_of_ours_is_the_one_that_it_saw(inside: Inside, ticks: Clock) -> None:
    door = Doorkeeper(inside, threads=4, proxies=("10.0.0.1",), monotonic=ticks)
    inside.open, inside.status = True, "429 Too Many Requests"
    ask(door, "/x", HTTP_X_FORWARDED_FOR="1.2.3.4, 5.6.7.8")
    ask(door, "/x", HTTP_X_FORWARDED_FOR="5.6.7.8, 1.2.3.4")
    assert len(inside.asked) == 2, "they are two"
    ask(door, "/x", HTTP_X_FORWARDED_FOR="9.9.9.9, 1.2.3.4")
    assert len(inside.asked) == 2, "what the sender wrote before it makes no new one"


def test_a_key_that_is_no_officers_any_more_goes_with_the_others(door: Doorkeeper, inside: Inside) -> None:
    known(door, inside)
    assert len(door._known) == 1
    inside.open = True
    door._app = lambda _environ, start: start("401 Unauthorized", []) or [b""]
    ask(door, "/act", key="officer")
    assert not door._known


def test_a_part_of_a_page_that_asks_nobody_who_it_is_leaves_an_officer_one(door: Doorkeeper, inside: Inside) -> None:
    known(door, inside)
    door._app = lambda _environ, start: start("200 OK", []) or [b""]
    ask(door, "/static/board.js", key="officer", REQUEST_METHOD="GET")
    assert len(door._known) == 1


def test_a_session_is_seen_beside_whatever_other_cookies_there_are(door: Doorkeeper) -> None:
    def app(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        environ[OFFICER] = True
        start("200 OK", [])
        return []

    door._app = app
    for cookies in ("sessionid=s", 'seen={"a": 1}; sessionid=s', "a b; sessionid=s; c"):
        ask(door, "/act", HTTP_COOKIE=cookies)
    assert len(door._known) == 1
    ask(door, "/act", HTTP_COOKIE="sessionid=t", key="x")
    ask(door, "/act", HTTP_COOKIE="sessionid=s", key="x")
    assert len(door._known) == 3, "who is known by a session is not known by the key beside it"


def test_small_bodies_are_read_before_their_turn_and_large_ones_have_turns_apart(
    door: Doorkeeper, inside: Inside
) -> None:
    inside.open = True
    assert ask(door, "/x", body=b"hello and more").body == b"hello"
    inside.open = False
    large = b"x" * (SMALL + 1)
    held = [beside(door, f"/u{n}", body=large) for n in range(2)]
    inside.until(lambda: len(inside.now) == 2)
    assert ask(door, "/page", body=large).status[:3] == "429"
    small = beside(door, "/m", body=b"{}")
    inside.until(lambda: "/m" in inside.now)
    inside.let_out()
    for one in (*held, small):
        one.join(WITHIN_S)


def test_the_web_door_says_who_is_an_officer(
    officer: Callable[..., Officer], sensor: Callable[..., Api], anybody: Api
) -> None:
    def found(api: Api) -> object:
        return api.get("/warnings").wsgi_request.META.get(OFFICER)

    assert found(officer("anna", "duty").api) is True
    assert (found(sensor("radar")), found(anybody)) == (None, None)


def test_a_signed_in_officers_session_is_one(officer: Callable[..., Officer]) -> None:
    from django.contrib.auth import get_user_model
    from django.test import Client

    officer("boris", "duty")
    browser = Client()
    browser.force_login(get_user_model().objects.get(login="boris"))
    assert browser.get("/control").wsgi_request.META.get(OFFICER) is True
    assert Client().get("/control").wsgi_request.META.get(OFFICER) is None
