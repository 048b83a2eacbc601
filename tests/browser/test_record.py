"""The public record in a browser: readable at every width and in both schemes, and whole without script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from browser.kit import axe, overflows, shoot, strangers
from record_story import PAGE, Story, tell
from tocsin.app.desk import Desk

pytestmark = pytest.mark.browser

PATHS = {
    "record": "/record",
    "record-night": f"/record/{PAGE}",
    "record-days": "/record/days?year=2024",
    "record-corrections": "/record/corrections",
}


@pytest.fixture(autouse=True)
def story(web_desk: Desk) -> Story:
    return tell(web_desk, web_desk.clock)  # type: ignore[arg-type]  # the tests' clock


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_page_is_calm_at_every_width(
    open_page: Callable[..., Any], site: str, complaints: list[str], name: str, language: str
) -> None:
    path = PATHS[name]
    page = open_page(f"{path}{'&' if '?' in path else '?'}lang={language}")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (320, 768, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            assert not overflows(page), (scheme, width)
        assert axe(page) == [], scheme
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    assert axe(page) == []
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = false")
    shoot(page, f"{name}-{language}")
    assert complaints == []
    assert strangers(page.asked, site) == []


def test_a_night_is_bookmarked_on_the_device_and_found_in_the_archive(
    open_page: Callable[..., Any], complaints: list[str]
) -> None:
    page = open_page(f"/record/{PAGE}?lang=en")
    page.click("[data-act=keep]")
    assert page.get_attribute("[data-act=keep]", "aria-pressed") == "true"
    page.goto(page.url.partition("/record/")[0] + "/record?lang=en")
    page.wait_for_selector("#kept:visible")
    assert "Rockets before midnight" in page.inner_text("#keptlist")
    page.click("#keptlist button")
    page.wait_for_selector("#kept", state="hidden")
    assert complaints == []


def test_without_script_a_night_is_whole(open_page: Callable[..., Any]) -> None:
    page = open_page(f"/record/{PAGE}?lang=en", script=False)
    said = page.inner_text("main")
    for part in ("168 (sources differ: 142 to 168)", "Sirens sounded shortly before midnight.", "Corrections"):
        assert part in said
    assert not page.is_visible("[data-act=keep]")
