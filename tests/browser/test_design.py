"""The page of the visual language in a real browser: every component in both schemes, narrow and wide."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest

from browser.kit import WIDTHS, axe, overflows, shoot, strangers

pytestmark = pytest.mark.browser

Open = Callable[..., Any]

STRIPS = """async (picture) => {
  const image = await createImageBitmap(await (await fetch("data:image/png;base64," + picture)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const grey = (x, y, wide, high) => {
    const { data } = context.getImageData(x, y, wide, high);
    const found = [];
    for (let at = 0; at < data.length; at += 4)
      found.push(0.2126 * data[at] + 0.7152 * data[at + 1] + 0.0722 * data[at + 2]);
    return found;
  };
  const [wide, high] = [image.width, image.height];
  return [grey(0, 10, wide, 1), grey(0, high - 10, wide, 1), grey(10, 0, 1, high), grey(wide - 10, 0, 1, high)];
}"""
"""The grey values along the four edges of a picture, ten pixels inside."""


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of."""
    return []


@pytest.fixture
def open_page(browser: Any, site: str, complaints: list[str]) -> Iterator[Open]:
    """Open the page at a width and in a scheme."""
    contexts = []

    def go(*, width: int = 320, scheme: str = "light", language: str = "en", **more: Any) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            locale=language,
            # The test, not the page, evaluates axe-core.
            bypass_csp=True,
            **more,
        )
        contexts.append(context)
        page = context.new_page()
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda fault: complaints.append(str(fault)))
        page.goto(f"{site}/design")
        page.locator("#turn").wait_for()
        return page

    yield go
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", [320, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_fault_and_nobody_else_asked(
    open_page: Open, site: str, complaints: list[str], width: int, scheme: str
) -> None:
    page = open_page(width=width, scheme=scheme)
    assert axe(page) == []
    assert not overflows(page)
    page.click("#edges")
    assert axe(page) == []
    assert not overflows(page)
    assert strangers(page.asked, site) == []
    assert complaints == []


@pytest.mark.parametrize("language", ["en", "ru", "uk", "de"])
def test_it_fits_320_pixels_and_twice_the_text(open_page: Open, language: str) -> None:
    page = open_page(width=320, language=language)
    assert page.get_attribute("html", "lang") == language
    assert not overflows(page)
    page.set_viewport_size({"width": 640, "height": 800})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert not overflows(page)


@pytest.mark.parametrize("language", ["en", "ru", "uk", "de"])
def test_nothing_moves_when_the_state_turns(open_page: Open, language: str) -> None:
    page = open_page(language=language)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        places = set()
        for turn in page.locator("[data-turn]").all():
            turn.click()
            assert turn.get_attribute("aria-pressed") == "true"
            places.add(page.evaluate("document.querySelector('#small_signs').getBoundingClientRect().top + scrollY"))
            assert page.locator("#turned .state-shape g:visible").count() == 1
        assert len(places) == 1, width


def test_the_appearance_can_be_chosen_against_the_device(open_page: Open) -> None:
    page = open_page(scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.get_by_text("Light", exact=True).click()
    light = page.evaluate(ground)
    assert light != dark
    contrasts = page.locator(".swatch [data-contrast]").all_inner_texts()
    assert all(float(one) >= 1 for one in contrasts)
    page.emulate_media(color_scheme="light")
    page.get_by_text("Dark", exact=True).click()
    assert page.evaluate(ground) == dark
    page.get_by_text("As the device", exact=True).click()
    assert page.evaluate(ground) == light


def test_what_is_touched_is_big_enough_and_shows_its_focus(open_page: Open) -> None:
    page = open_page(width=320)
    small = page.evaluate(
        """[...document.querySelectorAll('main :is(.button, .chips span, .chips button, input, select), .languages a')]
        .filter((one) => one.checkVisibility() && !(one.matches('.chips input')))
        .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect().height])
        .filter(([, high]) => high < 44)"""
    )
    assert small == []
    page.locator("#edges").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1440])
def test_a_grey_photograph_shows_an_exercise_on_every_edge(open_page: Open, scheme: str, width: int) -> None:
    page = open_page(width=width, scheme=scheme)
    page.click("#edges")
    for top in (0, 900):
        page.evaluate("(top) => scrollTo(0, top)", top)
        picture = base64.b64encode(page.screenshot()).decode()
        for strip in page.evaluate(STRIPS, picture):
            crossings = sum((one > 128) != (other > 128) for one, other in pairwise(strip))
            assert crossings >= 20
            assert max(strip) - min(strip) > 150


def test_in_forced_colours_every_small_sign_keeps_its_shape(open_page: Open) -> None:
    page = open_page(forced_colors="active")
    shapes = set()
    for sign in page.locator("#small_signs .row .tag").all():
        look = sign.evaluate(
            """(one) => {
              const style = getComputedStyle(one, "::before");
              return [style.clipPath, style.borderRadius, style.backgroundImage, style.borderTopWidth].join();
            }"""
        )
        shapes.add(look)
    assert len(shapes) == 7
    assert not overflows(page)


def test_on_paper_it_is_light_and_without_what_one_presses(open_page: Open) -> None:
    page = open_page(scheme="dark")
    page.emulate_media(media="print")
    assert page.locator(".button:visible, .chips:visible, .top:visible").count() == 0
    word = page.locator("#states .state-word").first
    assert word.evaluate("(one) => getComputedStyle(one).color") == "rgb(20, 32, 43)"


def test_without_script_every_component_is_there(browser: Any, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/design")
    assert page.locator("#states .state:visible").count() == 7
    assert page.locator("#turn:visible, #look:visible").count() == 0
    context.close()


def test_pictures_of_it(open_page: Open) -> None:
    shoot(open_page(), "design")
