"""The crew's phone: big buttons at 320 px, words kept without a network and sent once, the page opens without one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from browser.control_room import fixtures
from browser.kit import axe, eventually, overflows, shoot
from doors import START
from repair_facts import street
from tocsin.app.desk import Desk
from tocsin.web.desk import repairs

pytestmark = pytest.mark.browser

officers, screen = fixtures()
Go = Callable[..., Any]
TAP = 44
"""CSS pixels that a thumb needs (WCAG 2.2, 2.5.5)."""


@pytest.fixture
def flats(web_desk: Desk) -> list[str]:
    """Three flats, one crew, the cold, and a plan."""
    web_desk.clock.at = START  # type: ignore[attr-defined]
    return street(repairs(), 3, crews=1)


@pytest.fixture
def phone(screen: Go, flats: list[str]) -> Any:
    """The crew's page on a small phone."""
    page = screen("kira", "crew", path="/crew", width=320)
    page.wait_for_selector(".crw-flat")
    return page


def open_flat(page: Any) -> str:
    return str(page.locator(".crw-flat[open]:not([hidden])").first.get_attribute("data-need"))


def state(name: str) -> str:
    return str(repairs().state().needs[name].state)


def press_closed(page: Any, name: str) -> None:
    flat = page.locator(f"#flat-{name}")
    flat.locator("summary", has_text="Closed for now").click()
    flat.get_by_role("button", name="It is closed").click()


def until(page: Any, true: Callable[[], bool]) -> None:
    for _ in range(400):
        if true():
            return
        page.wait_for_timeout(25)
    raise AssertionError("it did not come")


def test_it_is_clean_fits_and_has_room_for_a_thumb(phone: Any, complaints: list[str]) -> None:
    assert axe(phone) == []
    assert not overflows(phone)
    for button in phone.locator("main button:visible, main summary:visible").all():
        box = button.bounding_box()
        assert box["height"] >= TAP, button.inner_text()
    shoot(phone, "crew")
    assert complaints == []


def test_dark_is_clean(screen: Go, flats: list[str]) -> None:
    page = screen("kira", "crew", path="/crew", width=320, color_scheme="dark")
    assert axe(page) == []


def test_on_the_way_and_closed(phone: Any) -> None:
    name = open_flat(phone)
    phone.locator(f"#flat-{name}").get_by_role("button", name="On the way").click()
    until(phone, lambda: state(name) == "on_the_way")
    phone.get_by_text("You said that you are on the way.").wait_for()
    press_closed(phone, name)
    until(phone, lambda: state(name) == "temporarily_closed")
    phone.wait_for_function("name => !document.getElementById('flat-' + name)", arg=name)
    assert open_flat(phone) != name


def test_without_a_network_words_are_kept_and_sent_once(phone: Any, complaints: list[str]) -> None:
    name = open_flat(phone)
    before = repairs().state().seq
    phone.context.set_offline(True)
    press_closed(phone, name)
    phone.get_by_text("Waiting to be sent: 1").wait_for()
    assert state(name) == "planned"
    assert open_flat(phone) != name
    phone.context.set_offline(False)
    phone.evaluate("for (let i = 0; i < 3; i++) dispatchEvent(new Event('online'))")
    until(phone, lambda: state(name) == "temporarily_closed")
    phone.wait_for_function("name => !document.getElementById('flat-' + name)", arg=name)
    assert repairs().state().seq == before + 2
    complaints.clear()  # the browser itself says that there was no network


def test_a_word_whose_answer_was_lost_counts_once(phone: Any) -> None:
    name = open_flat(phone)
    lost: list[int] = []

    def lose(route: Any) -> None:
        if not lost:
            route.fetch()  # the server has it, and the phone never hears so
            lost.append(1)
            route.abort()
        else:
            route.continue_()

    phone.route("**/crew/act", lose)
    press_closed(phone, name)
    until(phone, lambda: bool(lost))
    phone.evaluate("dispatchEvent(new Event('online'))")
    phone.wait_for_function("name => !document.getElementById('flat-' + name)", arg=name)
    need = repairs().state().needs[name]
    assert [step.state for step in need.history].count("temporarily_closed") == 1


def test_what_waits_outlives_the_page(phone: Any) -> None:
    name = open_flat(phone)
    phone.route("**/crew/act", lambda route: route.abort())
    press_closed(phone, name)
    phone.get_by_text("Waiting to be sent: 1").wait_for()
    phone.reload()
    phone.get_by_text("Waiting to be sent: 1").wait_for()
    assert not phone.locator(f"#flat-{name}").is_visible()
    phone.unroute("**/crew/act")
    phone.evaluate("dispatchEvent(new Event('online'))")
    until(phone, lambda: state(name) == "temporarily_closed")


def test_the_page_opens_without_a_network_and_says_how_old_it_is(phone: Any) -> None:
    name = open_flat(phone)
    phone.wait_for_function("navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller !== null)")
    phone.reload()  # through the worker, which keeps it
    phone.wait_for_selector(".crw-flat")
    assert eventually(phone, "async () => (await (await caches.open('tocsin-crew')).keys()).length > 0")
    phone.context.set_offline(True)
    phone.reload()
    phone.locator(f"#flat-{name}").wait_for()
    assert "ago" in phone.locator("#crw-ago").inner_text()
    phone.get_by_text("No network.").wait_for()
    phone.context.set_offline(False)


def test_without_script_every_button_is_a_form(screen: Go, flats: list[str]) -> None:
    page = screen("kira", "crew", path="/crew", width=320, java_script_enabled=False)
    name = open_flat(page)
    page.locator(f"#flat-{name}").get_by_role("button", name="On the way").click()
    page.wait_for_load_state()
    assert state(name) == "on_the_way"
