"""The record's editors in a browser: by keyboard, on a phone, without a fault that axe finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from browser.control_room import fixtures
from browser.kit import aside, axe, overflows, shoot
from record_story import PAGE, tell
from tocsin.app.desk import Desk

pytestmark = pytest.mark.browser
officers, screen = fixtures()


def test_a_page_is_revised_and_leads_to_the_evidence(
    screen: Callable[..., Any], web_desk: Desk, complaints: list[str]
) -> None:
    story = tell(web_desk, web_desk.clock)  # type: ignore[arg-type]  # the tests' clock
    page = screen("editor", "records", path="/control/record")
    assert axe(page) == []
    shoot(page, "editors")
    page.set_viewport_size({"width": 320, "height": 800})
    assert not overflows(page)
    page.locator(f"a[href$='{PAGE}']").first.press("Enter")
    page.locator("#f-title\\.en").fill("Rockets, and a blast")
    page.locator("#why-revise").fill("both were meant")
    assert not overflows(page)
    assert axe(page) == []
    shoot(page, "editors-page")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.locator("#why-revise").press("Enter")
    page.get_by_role("status").wait_for()  # one, not two
    told = aside(lambda: story.record.state().pages[PAGE])
    assert (told.words.title["en"], told.words.reason) == ("Rockets, and a blast", "both were meant")
    page.get_by_role("link", name="Evidence").press("Enter")
    page.locator("#evidence").wait_for()
    assert page.url.endswith("/control/claims#evidence")
    assert complaints == []
