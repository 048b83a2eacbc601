"""The dispatcher's screen in a browser: pins by drag and by keyboard, no script, three widths, a map on request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from browser.control_room import fixtures
from browser.kit import axe, overflows, shoot
from doors import START
from repair_facts import DISPATCHER, street
from tocsin.app.desk import Desk
from tocsin.repair import commands as cmd
from tocsin.web.desk import repairs

pytestmark = pytest.mark.browser

officers, screen = fixtures()
ROOM = "/control/repair"
Go = Callable[..., Any]


@pytest.fixture
def flats(web_desk: Desk) -> list[str]:
    """Six flats, two crews, the cold, and a plan."""
    web_desk.clock.at = START  # type: ignore[attr-defined]
    return street(repairs(), 6)


def first(page: Any) -> str:
    return str(page.locator(".rep-need").first.get_attribute("data-need"))


def test_the_screen_is_clean_and_fits_at_three_widths(screen: Go, flats: list[str], complaints: list[str]) -> None:
    page = screen("dina", "dispatcher", path=ROOM)
    page.wait_for_selector(".rep-need")
    assert axe(page) == []
    for width in (320, 768, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert not overflows(page), width
    shoot(page, "repair")
    assert complaints == []


def test_dark_is_clean(screen: Go, flats: list[str]) -> None:
    page = screen("dina", "dispatcher", path=ROOM, color_scheme="dark", width=320)
    assert axe(page) == []


def test_a_flat_is_dragged_to_the_head_of_a_route(screen: Go, flats: list[str]) -> None:
    page = screen("dina", "dispatcher", path=ROOM)
    row = page.locator(".rep-need").last
    name = str(row.get_attribute("data-need"))
    row.scroll_into_view_if_needed()
    row.locator("h3").drag_to(page.locator("[data-drop]").first)
    page.wait_for_url(f"**{ROOM}#need-{name}")
    pin = repairs().state().needs[name].pin
    assert pin is not None
    assert (pin.crew, pin.position) == ("crew-1", 0)
    assert page.locator(f"#need-{name} .tag").first.inner_text() == "pinned"


def test_a_flat_is_pinned_with_the_keyboard(screen: Go, flats: list[str]) -> None:
    page = screen("dina", "dispatcher", path=ROOM)
    name = first(page)
    page.locator(f"#pin-{name} summary").focus()
    page.keyboard.press("Enter")
    page.locator(f"#pin-place-{name}").fill("2")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{ROOM}#need-{name}")
    pin = repairs().state().needs[name].pin
    assert pin is not None
    assert pin.position == 1


def test_it_works_without_script(screen: Go, flats: list[str]) -> None:
    page = screen("dina", "dispatcher", path=ROOM, java_script_enabled=False)
    name = first(page)
    page.locator(f"#close-{name} summary").click()
    page.locator(f"#close-{name} button").click()
    page.wait_for_load_state()
    assert repairs().state().needs[name].state == "temporarily_closed"


def test_what_happens_elsewhere_appears_by_itself(screen: Go, flats: list[str]) -> None:
    page = screen("dina", "dispatcher", path=ROOM)
    page.wait_for_selector(".rep-need")
    repairs().do(cmd.StopCrew(crew_id="crew-1", reason="the van broke down"), DISPATCHER)
    page.get_by_text("Stopped: the van broke down").wait_for()


def test_no_answer_is_said(screen: Go, flats: list[str]) -> None:
    page = screen("dina", "dispatcher", path=ROOM, clock=True)
    page.route("**/control/repair/board", lambda route: route.abort())
    page.clock.run_for(20_000)
    page.locator("#repair-lost").wait_for()
    assert "this may be old" in page.locator("#repair-lost").inner_text()


def test_the_map_comes_only_when_asked_for(screen: Go, flats: list[str]) -> None:
    page = screen("dina", "dispatcher", path=ROOM)
    page.wait_for_selector(".rep-need")
    assert not any("needs.json" in url or "draw" in url for url in page.asked)
    page.locator("#rep-map-show").click()
    page.wait_for_selector("#rep-map[data-map]", timeout=60_000)
    assert page.locator("#rep-map").get_attribute("data-map") in ("ready", "none")
    if page.locator("#rep-map").get_attribute("data-map") == "ready":
        assert any("needs.json" in url for url in page.asked)


def test_an_observer_sees_no_address(screen: Go, flats: list[str]) -> None:
    page = screen("olga", "observer", path=ROOM)
    page.wait_for_selector(".rep-need")
    assert "Sealed Street" not in page.content()
    assert page.locator("#rep-map-show").count() == 0
