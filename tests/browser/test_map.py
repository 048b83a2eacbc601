"""The map in a real browser: states by hatch, outline, sign and word; a basemap of our own; nobody else asked."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from django.conf import settings
from numpy.typing import NDArray

import chromium
from browser.kit import SHOTS, axe, strangers
from web.pmtiles import archive, varint

pytestmark = pytest.mark.browser

STATES = ("alert", "pre_alert", "unknown", "ok", "partial_clear", "ended", "ended_other")
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def drawing_browser(_sqlite_tables: None) -> Iterator[Any]:
    """A browser that draws with the processor where there is no graphics card."""
    from playwright.sync_api import sync_playwright

    path = chromium.required()
    flags = [*chromium.FLAGS, "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=path, args=flags)
        yield made
        made.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of."""
    return []


@pytest.fixture
def open_map(drawing_browser: Any, site: str, complaints: list[str]) -> Iterator[Open]:
    """Open the map on the page of the visual language."""
    contexts = []

    def go(*, language: str = "en", wait: str = "ready", before: str = "", **more: Any) -> Any:
        context = drawing_browser.new_context(viewport={"width": 900, "height": 800}, locale=language, **more)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda fault: complaints.append(str(fault)))
        if before:
            page.add_init_script(before)
        page.goto(site + "/design")
        page.click("#map-show")
        page.wait_for_selector(f'#map-here[data-map="{wait}"]')
        page.wait_for_function("window.map !== undefined")
        return page

    yield go
    for context in contexts:
        context.close()


def turn(page: Any, **states: str) -> None:
    """Set states and wait until they stand in the picture."""
    before = int(page.get_attribute("#map-here", "data-map-turn") or 0)
    page.evaluate("states => map.set(states)", states)
    page.wait_for_function("before => Number(document.getElementById('map-here').dataset.mapTurn) > before", arg=before)


def drawn(page: Any) -> dict[str, str]:
    """Area → state, as it stands in the picture."""
    found: dict[str, str] = page.evaluate("map.drawn()")
    return found


GREY = """async (text) => {
  const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes]));
  const pen = new OffscreenCanvas(image.width, image.height).getContext("2d");
  pen.drawImage(image, 0, 0);
  const { data } = pen.getImageData(0, 0, image.width, image.height);
  let grey = "";
  for (let at = 0; at < data.length; at += 4)
    grey += String.fromCharCode(0.2126 * data[at] + 0.7152 * data[at + 1] + 0.0722 * data[at + 2]);
  return btoa(grey);
}"""


def grey(page: Any) -> NDArray[np.int16]:
    """The grey values of the map's picture, as a printer without colour would give them."""
    picture = base64.b64encode(page.locator("#map-here canvas").screenshot()).decode()
    return np.frombuffer(base64.b64decode(page.evaluate(GREY, picture)), np.uint8).astype(np.int16)


def test_areas_are_drawn_and_turn(open_map: Open, site: str, complaints: list[str]) -> None:
    page = open_map()
    assert page.get_attribute("#map-here canvas", "aria-label").startswith("Map of the areas")
    assert page.get_attribute("#map-here canvas", "tabindex") == "0"
    turn(page, north="alert", south="ok", east="ended")
    assert drawn(page) == {"north": "alert", "south": "ok", "east": "ended"}
    turn(page, north="ended", south="a word from the future")
    # Of whom nothing is said, or nothing that we understand, nothing is known.
    assert drawn(page) == {"north": "ended", "south": "unknown", "east": "unknown"}
    assert strangers(page.asked, site) == []
    assert complaints == []


def test_every_state_differs_without_colour(open_map: Open) -> None:
    page = open_map()
    seen = []
    for shown in STATES:
        turn(page, north=shown, south=shown, east=shown)
        seen.append(grey(page))
    for n, one in enumerate(seen):
        for other in seen[:n]:
            assert np.count_nonzero(np.abs(one - other) > 24) > 400, "two states look alike"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_it_follows_the_page(open_map: Open, scheme: str, language: str) -> None:
    page = open_map(color_scheme=scheme, language=language, reduced_motion="reduce")
    label = page.get_attribute("#map-here canvas", "aria-label")
    assert label.startswith("Карта районов" if language == "ru" else "Map of")
    turn(page, north="alert", south="pre_alert", east="unknown")
    assert [fault for fault in axe(page) if "map" in fault] == []
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.locator("#map-here").screenshot(path=Path(SHOTS) / f"map-{scheme}-{language}-1.png")
        turn(page, north="ok", south="partial_clear", east="ended")
        page.evaluate("map.focus('north')")
        page.locator("#map-here").screenshot(path=Path(SHOTS) / f"map-{scheme}-{language}-2.png")


def test_it_is_dressed_anew_when_the_look_turns(open_map: Open, complaints: list[str]) -> None:
    page = open_map(color_scheme="light")
    turn(page, north="alert", south="ok", east="ok")
    light = grey(page).mean()
    page.emulate_media(color_scheme="dark")
    turn(page, north="alert", south="ok", east="ended")
    assert grey(page).mean() < light / 2
    assert complaints == []


def test_an_area_is_brought_into_view_and_given_back(open_map: Open) -> None:
    page = open_map(reduced_motion="reduce")
    turn(page, north="alert", south="ok", east="ok")
    page.evaluate("map.focus('east')")
    page.wait_for_function("!('north' in map.drawn()) && 'east' in map.drawn()")
    page.evaluate("map.destroy()")
    assert page.inner_html("#map-here") == ""


def test_without_webgl_it_says_so(open_map: Open, complaints: list[str]) -> None:
    page = open_map(
        wait="none",
        before="""const whole = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
          return kind.startsWith("webgl") ? null : whole.call(this, kind, ...more);
        };""",
    )
    assert page.inner_text("#map-here") == "This browser cannot draw the map. The list says the same."
    page.evaluate("map.set({north: 'alert'}); map.focus('north'); map.resize()")
    assert not any("/draw" in url for url in page.asked)
    assert complaints == []


def test_when_the_areas_do_not_come_it_says_so(open_map: Open, web_desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from tocsin.web.pages import mapdata

    monkeypatch.setattr(mapdata, "_collection", lambda *_: b"no areas")
    page = open_map(wait="none")
    assert "could not be loaded" in page.inner_text("#map-here")


def ring(*at: tuple[int, int]) -> list[int]:
    """A polygon's outline as MVT commands: move, line, close; steps in zigzag numbers."""
    steps = [(x - px, y - py) for (x, y), (px, py) in zip(at, ((0, 0), *at), strict=False)]
    zigzag = [[(n << 1) ^ (n >> 31) for n in step] for step in steps]
    rest = [number for step in zigzag[1:] for number in step]
    return [1 << 3 | 1, *zigzag[0], len(steps[1:]) << 3 | 2, *rest, 1 << 3 | 7]


def field(number: int, data: bytes) -> bytes:
    """A field of bytes in protocol buffers."""
    return varint(number << 3 | 2) + varint(len(data)) + data


def tile(layer: str, outline: list[int]) -> bytes:
    """A vector tile of one layer with one polygon (MVT 2.1)."""
    feature = varint(3 << 3) + varint(3) + field(4, b"".join(map(varint, outline)))
    body = field(1, layer.encode()) + field(2, feature) + varint(5 << 3) + varint(4096) + varint(15 << 3) + varint(2)
    return field(3, body)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the basemap is, once a test has written it."""
    path = tmp_path / "base.pmtiles"
    monkeypatch.setattr(settings, "TOCSIN_BASEMAP", str(path))
    return path


@pytest.mark.parametrize("layer", ["water", "earth"])
def test_a_basemap_lies_below(open_map: Open, site: str, file: Path, complaints: list[str], layer: str) -> None:
    """One tile of the world, all water: what is no area turns from paper to water."""
    bare = open_map(color_scheme="light")
    without = np.median(grey(bare))
    complaints.clear()  # The file was not there.
    file.write_bytes(
        archive({(0, 0, 0): tile(layer, ring((0, 0), (4096, 0), (4096, 4096), (0, 4096)))}, layers=(layer,))
    )
    page = open_map(color_scheme="light")
    turn(page, north="alert", south="ok", east="ok")
    ranges = [url for url in page.asked if urlsplit(url).path == "/basemap.pmtiles"]
    assert ranges
    assert strangers(page.asked, site) == []
    assert (np.median(grey(page)) != without) == (layer == "water")
    assert "OpenStreetMap" in page.inner_text("#map-here")
    assert complaints == []


def test_a_basemap_that_went_away_leaves_the_areas(open_map: Open, file: Path) -> None:
    page = open_map()
    turn(page, north="alert", south="ok", east="ok")
    assert drawn(page)["north"] == "alert"
