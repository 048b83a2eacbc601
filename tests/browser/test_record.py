"""The public record in a browser: readable at every width and in both schemes, and whole without script."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from browser.kit import SHOTS, axe, overflows, shoot, strangers
from pictures_kit import picture, video
from record_story import PAGE, Story, show, tell
from tocsin.app.desk import Desk
from tocsin.app.publication import Publication

pytestmark = pytest.mark.browser

PATHS = {
    "record": "/record",
    "record-night": f"/record/{PAGE}",
    "record-days": "/record/days?year=2024",
    "record-corrections": "/record/corrections",
}


def shoot_one(page: Any, name: str) -> None:
    """A picture of what is shown now, for those who look."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


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


def until(figure: Any, holds: str) -> None:
    """Wait until something holds of a figure's video. The page's own rules let no text become script."""
    ask = f"const ask = () => ({holds})(node) ? done() : setTimeout(ask, 20); ask();"
    figure.locator("video").evaluate(f"node => new Promise(done => {{ {ask} }})")


@pytest.fixture
def shown(story: Story, tmp_path: Path) -> tuple[str, str]:
    """A photo and a video of the night, released."""
    from tocsin.store.evidence import EvidenceRoom
    from tocsin.store.files import FolderFiles
    from tocsin.web.desk import set_evidence

    set_evidence(EvidenceRoom(FolderFiles(tmp_path / "evidence")), Publication(delay_s=0))
    return show(story, "photo", picture(notes=True)), show(story, "video", video())


def test_released_media_are_watched_picture_by_picture_and_large(
    open_page: Callable[..., Any], shown: tuple[str, str], site: str, complaints: list[str]
) -> None:
    page = open_page(f"/record/{PAGE}?lang=en", width=1440)
    figure = page.locator("figure[data-media=video]")
    at = "node => node.querySelector('video').currentTime"
    playing = "node => !node.querySelector('video').paused"
    figure.scroll_into_view_if_needed()
    until(figure, "video => video.readyState >= 1")
    figure.get_by_role("button", name="One frame forward").click()
    figure.get_by_role("button", name="One frame forward").click()
    assert figure.evaluate(at) == pytest.approx(0.08)
    figure.get_by_role("button", name="One frame back").click()
    assert figure.evaluate(at) == pytest.approx(0.04)
    figure.locator("video").focus()
    page.keyboard.press(".")
    assert figure.evaluate(at) == pytest.approx(0.08)
    page.keyboard.press("m")
    figure.get_by_role("button", name="Sound on").wait_for()
    figure.get_by_role("button", name="Play", exact=True).click()
    until(figure, "video => video.currentTime > 0.1")
    figure.evaluate("node => node.querySelector('video').pause()")
    figure.get_by_role("button", name="Enlarge").click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_role("button", name="One frame forward").click()
    assert axe(page) == []
    dialog.get_by_role("button", name="Close").click(trial=True)
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / "record-video-large.png")
    page.keyboard.press("Escape")
    assert not figure.evaluate(playing)
    assert figure.evaluate(at) > 0.1
    page.locator("figure[data-media=photo]").get_by_role("button", name="Enlarge").click()
    assert page.locator("dialog[open] img").evaluate("node => node.naturalWidth") == 320
    dialog.get_by_role("button", name="Close").click()
    assert page.locator("dialog[open]").count() == 0
    assert axe(page) == []
    shoot(page, "record-media")
    assert complaints == []
    assert strangers(page.asked, site) == []


def test_on_paper_everything_is_open_and_nothing_is_pressed(
    open_page: Callable[..., Any], shown: tuple[str, str]
) -> None:
    page = open_page(f"/record/{PAGE}?lang=en", width=768)
    until(page.locator("figure[data-media=video]"), "video => video.readyState >= 1")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("blockquote", has_text="At least 130 windows").first.is_visible()
    for gone in ("nav.languages", ".rec-nav", ".rec-play", "#at", "[data-to]", "footer"):
        assert not page.locator(gone).first.is_visible(), gone
    for there in ("figure[data-media=photo] img", "#bulletin", ".rec-timeline", ".rec-paper"):
        page.locator(there).first.wait_for()
    assert not page.locator("figure video").is_visible()
    assert not overflows(page)
    shoot_one(page, "record-print")
    if SHOTS:
        page.pdf(path=Path(SHOTS) / "record-print.pdf", format="A4")


def test_a_night_is_told_of_by_plain_links_and_copied(
    open_page: Callable[..., Any], site: str, complaints: list[str]
) -> None:
    page = open_page(f"/record/{PAGE}?lang=en", permissions=["clipboard-read", "clipboard-write"])
    found = {link.get_attribute("data-to"): link for link in page.locator("[data-to]").all()}
    assert list(found) == ["telegram", "vk", "ok", "x", "facebook", "whatsapp", "mail"]
    for name, link in found.items():
        href = link.get_attribute("href")
        assert f"record%2F{PAGE}" in href, name
        assert "utm_" not in href
        assert link.get_attribute("referrerpolicy") == "no-referrer"
    page.click("[data-act=copy]")
    page.wait_for_selector("#done:not(:empty)")
    assert page.evaluate("navigator.clipboard.readText()") == page.input_value("#permalink")
    with page.expect_download() as taken:
        page.click("[data-form=csv]")
    assert PAGE in taken.value.suggested_filename
    assert complaints == []
    assert strangers(page.asked, site) == []


def test_another_language_keeps_the_hour_and_the_filters(open_page: Callable[..., Any], site: str) -> None:
    page = open_page(f"/record/{PAGE}?lang=en&at=2024-01-05T01:00")
    page.click("nav.languages a[lang=ru]")
    page.wait_for_url(f"{site}/record/{PAGE}?at=2024-01-05T01%3A00&lang=ru")
    assert page.input_value("#at") == "2024-01-05T01:00"
    page.goto(f"{site}/record?q=rockets&happened=damage")
    page.click("nav.languages a[lang=en]")
    assert page.input_value("[name=q]") == "rockets"
    assert page.locator("[name=happened]").input_value() == "damage"


def test_without_script_a_night_is_whole(open_page: Callable[..., Any]) -> None:
    page = open_page(f"/record/{PAGE}?lang=en", script=False)
    said = page.inner_text("main")
    for part in ("168 (sources differ: 142 to 168)", "Sirens sounded shortly before midnight.", "Corrections"):
        assert part in said
    assert not page.is_visible("[data-act=keep]")
