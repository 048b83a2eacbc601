"""Warnings when the page is closed: asked for on the page, shown by its worker, ended again.

No push service can be reached from here, so the browser's own subscription is stood in for; the worker is handed its
message by the browser itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from browser.kit import eventually, shoot
from browser.resident import choose, greet, shows
from channels.push_service import KEYS
from fake_edge import FakeEdge
from tocsin.app.memory_addresses import MemoryAddressBook
from tocsin.web.push import set_push

pytestmark = pytest.mark.browser
NOTIFIES = True

KEY = KEYS["p256dh"]
ENDPOINT = "https://push.example/send/abc"
STAND_IN = """(() => {
  const held = () => JSON.parse(localStorage.getItem("held") ?? "null");
  const unsubscribe = async () => { localStorage.removeItem("held"); return true; };
  const made = (said) => said && { ...said, toJSON: () => said, unsubscribe };
  PushManager.prototype.getSubscription = async () => made(held());
  PushManager.prototype.subscribe = async (options) => {
    const said = { endpoint: "%s", expirationTime: null, keys: %s };
    localStorage.setItem("held", JSON.stringify(said));
    localStorage.setItem("asked", JSON.stringify([options.userVisibleOnly, options.applicationServerKey.length]));
    return made(said);
  };
})()""" % (ENDPOINT, json.dumps(KEYS))  # noqa: UP031 - it is full of braces

MESSAGE = {
    "v": 1,
    "kind": "warning",
    "act": "alert",
    "level": "alert",
    "warning": "w1",
    "id": "01H",
    "title": "Rocket danger: North District",
    "body": "Go to shelter now.",
    "lang": "en",
    "from": "Sample City",
    "url": "/",
    "sent": "2024-01-05T06:01:00.000Z",
    "expires": "2024-01-05T07:01:00.000Z",
}


@pytest.fixture
def book() -> Iterator[MemoryAddressBook]:
    made = MemoryAddressBook()
    set_push(made, KEY)
    yield made
    set_push(None)


def kept(book: MemoryAddressBook) -> list[Any]:
    return [book.get(one) for one, _ in book.cells("webpush")]


@pytest.fixture
def phone(book: MemoryAddressBook, open_page: Callable[..., Any], edge: FakeEdge) -> Any:
    """A page that may notify, with a place chosen."""
    greet(edge)
    page = open_page(service_workers="allow", permissions=["notifications"], before=STAND_IN)
    choose(page, "North")
    shows(page, "ok")
    page.wait_for_selector("#pushon:visible")
    return page


def test_a_phone_is_warned_with_the_cells_of_its_places_until_it_leaves(
    phone: Any, book: MemoryAddressBook, complaints: list[str]
) -> None:
    shoot(phone, "push-offered")
    phone.click("#pushon")
    phone.wait_for_selector("#pushoff:visible")
    assert "This phone is warned for: North District" in phone.inner_text("#pushsaid")
    assert json.loads(phone.evaluate("localStorage.getItem('asked')")) == [True, 65]
    (one,) = kept(book)
    assert (one.address["endpoint"], one.language, one.level) == (ENDPOINT, "en", "alert")
    assert len(one.cells) >= 1
    shoot(phone, "push-on")

    phone.check("#pushearly")
    phone.wait_for_function("() => !document.getElementById('pushearly').disabled")
    assert kept(book)[0].level == "pre_alert"

    phone.click("#pushoff")
    phone.wait_for_selector("#pushon:visible")
    assert "no longer warned" in phone.inner_text("#pushsaid")
    assert book.counts() == {}
    assert phone.evaluate("localStorage.getItem('held')") is None
    assert complaints == []


def test_another_place_is_warned_for_as_well_and_a_new_page_knows(phone: Any, book: MemoryAddressBook) -> None:
    phone.click("#pushon")
    phone.wait_for_selector("#pushoff:visible")
    first = kept(book)[0].cells
    with phone.expect_response("**/api/v1/subscriptions"):
        choose(phone, "South")
    assert set(first) < set(kept(book)[0].cells)
    phone.reload()
    phone.wait_for_selector("#pushoff:visible")
    assert "South District" in phone.inner_text("#pushsaid")
    assert len(kept(book)) == 1


def test_a_phone_that_blocks_notifications_is_told_so(
    book: MemoryAddressBook, open_page: Callable[..., Any], edge: FakeEdge
) -> None:
    greet(edge)
    denied = "Notification.requestPermission = async () => 'denied';"
    denied += "Object.defineProperty(Notification, 'permission', { get: () => 'denied' });"
    page = open_page(service_workers="allow", before=STAND_IN + ";" + denied)
    choose(page, "North")
    page.click("#pushon")
    page.wait_for_selector("#pushsaid:visible")
    assert "Notifications are blocked" in page.inner_text("#pushsaid")
    assert book.counts() == {}


def test_an_iphone_is_told_to_put_the_page_on_its_home_screen(
    book: MemoryAddressBook, open_page: Callable[..., Any], edge: FakeEdge
) -> None:
    greet(edge)
    page = open_page(
        before="delete window.PushManager", user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)"
    )
    page.wait_for_selector("#pushsaid:visible")
    assert "Add to Home Screen" in page.inner_text("#pushsaid")
    assert not page.is_visible("#pushon")


def notes(page: Any, fit: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
    """The notifications that the worker shows, once they fit."""
    shown = (
        "async () => (await (await navigator.serviceWorker.ready).getNotifications())"
        ".map(({ title, body, tag, requireInteraction, data }) => ({ title, body, tag, requireInteraction, data }))"
    )
    found: list[dict[str, Any]] = eventually(page, shown, fit)
    return found


def test_the_worker_shows_what_is_pushed_and_the_end_takes_the_place_of_the_alarm(phone: Any, site: str) -> None:
    session = phone.context.new_cdp_session(phone)
    known: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda said: known.extend(one["registrationId"] for one in said["registrations"]),
    )
    session.send("ServiceWorker.enable")
    assert eventually(phone, "async () => (await navigator.serviceWorker.ready).active.state === 'activated'")
    for _ in range(200):  # the browser tells of it when it comes to it
        if known:
            break
        phone.wait_for_timeout(50)
    assert known

    def push(text: str) -> None:
        session.send("ServiceWorker.deliverPushMessage", {"origin": site, "registrationId": known[0], "data": text})

    push(json.dumps(MESSAGE))
    (alarm,) = notes(phone, lambda shown: len(shown) == 1)
    assert alarm == {
        "title": "Rocket danger: North District",
        "body": "Go to shelter now.\nSample City",
        "tag": "w1",
        "requireInteraction": True,
        "data": {"url": "/"},
    }
    push(json.dumps(MESSAGE | {"act": "all_clear", "id": "01J", "title": "All clear"}))
    (end,) = notes(phone, lambda shown: [one["title"] for one in shown] == ["All clear"])
    assert (end["title"], end["tag"], end["requireInteraction"]) == ("All clear", "w1", False)
    push("what nobody can read")
    titles = {one["title"] for one in notes(phone, lambda shown: len(shown) == 2)}
    assert titles == {"All clear", "There is news about a warning"}
