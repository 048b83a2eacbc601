"""Mistakes that a tired officer makes, and what the screen must not let them become."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from browser.control_room import detect, fixtures, send
from tocsin.app.desk import Desk

pytestmark = pytest.mark.browser

officers, screen = fixtures()

Screen = Callable[..., Any]


def ready(page: Any) -> Any:
    page.wait_for_selector('[data-link="good"]')
    return page


def test_letters_typed_into_a_field_that_has_gone_are_no_orders(screen: Screen, web_desk: Desk) -> None:
    thread = detect(web_desk)
    page = ready(screen())
    page.click(f"#open-{thread.id}")
    page.wait_for_selector("[name=confirm]:focus")
    page.keyboard.type("north district a")
    send(web_desk, thread)  # a colleague is faster
    page.wait_for_selector(".ctl-over:focus")  # it is said where the officer is, and nowhere else
    page.keyboard.type("nap")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.get_by_text("Nothing more can be done with it here").wait_for()
    assert page.locator("[data-act], [data-panel=new]").count() == 0
    assert web_desk.state().threads[thread.id].status == "live"


@pytest.mark.parametrize("act", ["all-clear", "cancel", "end"])
def test_enter_pressed_twice_opens_a_panel_and_ends_nothing(screen: Screen, web_desk: Desk, act: str) -> None:
    thread = send(web_desk, detect(web_desk))
    page = ready(screen())
    page.focus(f'a[href$="/{thread.id}/{act}"]')
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-panel=live] h2:focus")  # the title is read first
    page.keyboard.press("Enter")
    page.keyboard.press(" ")
    page.click("#part-detections h2")  # the page is alive and has taken all of it
    assert page.is_visible(f'[data-panel=live] form[action$="/{act}"]')
    assert web_desk.state().threads[thread.id].status == "live"


def test_danger_seen_again_stops_an_all_clear_that_was_about_to_be_sent(screen: Screen, web_desk: Desk) -> None:
    thread = send(web_desk, detect(web_desk))
    page = ready(screen())
    page.click(f"#a-{thread.id}")
    page.wait_for_selector("[data-act=all_clear]")
    web_desk.clock.move(90)  # type: ignore[attr-defined]
    detect(web_desk, id_="d-2")
    page.get_by_text("This has changed since you opened it").wait_for()
    assert page.is_disabled('button:has-text("Give the all clear")')
    page.click("button:has-text('Show it as it is now')")
    page.get_by_text("radar-a").first.wait_for()
    page.click('button:has-text("Give the all clear")')
    page.wait_for_selector(f"#ended-{thread.id}")


def test_an_answer_that_cannot_be_shown_is_no_truth(screen: Screen, web_desk: Desk) -> None:
    page = ready(screen(clock=True))
    page.route(
        "**/control/board*", lambda route: route.fulfill(json={"seq": 1, "at": "", "parts": {"gone": "<p></p>"}})
    )
    page.clock.fast_forward(34_000)
    for _ in range(3):  # it goes on answering, and that does not help
        with page.expect_response("**/control/board*"):
            page.clock.fast_forward(1_000)
    page.wait_for_selector('[data-link="lost"]')
    assert "State unknown" in page.inner_text("#link")


def test_a_machine_that_slept_does_not_take_the_evening_for_now(screen: Screen) -> None:
    """While a lid is shut the monotonic clock stands still on many machines, and the wall clock goes on."""
    page = ready(screen())
    page.route("**/control/board*", lambda _route: None)  # no answer yet
    page.evaluate("{ const before = Date.now; Date.now = () => before() + 7_200_000; }")
    page.wait_for_selector('[data-link="lost"]')


def test_a_send_without_an_answer_says_so_and_keeps_the_focus(screen: Screen, web_desk: Desk) -> None:
    thread = send(web_desk, detect(web_desk))
    page = ready(screen())
    page.click(f"#a-{thread.id}")
    page.route("**/all-clear", lambda route: route.abort())
    page.focus("[data-act=all_clear] form button")
    page.keyboard.press("Enter")
    page.get_by_text("It is not known whether it was done").wait_for()
    assert "Give the all clear" in page.evaluate("document.activeElement.textContent")
    page.unroute("**/all-clear")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#ended-{thread.id}")


def test_a_screen_without_script_says_what_it_is_and_loads_itself_anew(screen: Screen, web_desk: Desk) -> None:
    page = screen(java_script_enabled=False)
    assert page.is_visible("noscript .ctl-still")
    assert page.is_hidden("#still")
    thread = detect(web_desk)
    page.wait_for_selector(f"#open-{thread.id}")  # it came by itself


def test_a_screen_whose_script_never_came_does_not_look_calm(screen: Screen, site: str) -> None:
    page = ready(screen())
    assert page.locator("#still").count() == 0
    page.route("**/*.js", lambda route: route.abort())
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{site}/control")
    assert page.is_visible("#still")
    assert "does not follow the night" in page.inner_text("#still")
    page.emulate_media(reduced_motion="no-preference")
    page.goto(f"{site}/control")
    assert page.is_hidden("#still")  # it does not flash by while the script is on its way
    page.evaluate("document.getElementById('still').getAnimations().forEach((one) => one.finish())")
    assert page.is_visible("#still")


def test_the_exercise_room_says_when_it_hears_nothing_of_real_work(screen: Screen) -> None:
    page = screen(path="/drill/control", clock=True)
    page.clock.fast_forward(6_000)
    assert page.is_hidden("#unheard")
    page.context.clear_cookies()
    page.clock.fast_forward(20_000)
    page.clock.fast_forward(20_000)
    page.wait_for_selector("#unheard:visible")
    assert page.is_hidden("#real")


def test_a_lost_link_is_said_once_and_not_every_second(screen: Screen) -> None:
    page = ready(screen(clock=True))
    page.route("**/control/board*", lambda route: route.abort())
    page.clock.fast_forward(34_000)
    page.wait_for_selector('[data-link="lost"]')
    page.evaluate(
        "window.heard = 0; new MutationObserver(() => window.heard++)"
        ".observe(document.getElementById('link-said'), { childList: true, characterData: true, subtree: true })"
    )
    said, shown = page.text_content("#link-said"), page.inner_text("#link-text")
    assert "State unknown" in said
    page.clock.fast_forward(5_000)
    page.wait_for_selector(f"#link-text:not(:text-is({shown!r}))")  # its age goes on for the eyes
    assert page.text_content("#link-said") == said
    assert page.evaluate("window.heard") == 0
    page.unroute("**/control/board*")
    page.clock.fast_forward(2_000)
    page.wait_for_selector('[data-link="good"]')
    assert page.text_content("#link-said") == ""
