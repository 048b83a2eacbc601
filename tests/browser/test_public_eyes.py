"""For eyes, ears and hands of every kind: enlarged, without motion, in forced colours, read aloud, in other words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from browser.kit import axe, overflows, shoot
from browser.resident import alert, area, choose, greet, says, shows, update, whole
from browser.test_public_looks import PLACES, SHELTERS
from doors import ADMIN
from fake_edge import FakeEdge
from tocsin.app.desk import Desk
from tocsin.app.memory_vault import MemoryVault
from tocsin.app.shelters import ShelterDesk
from tocsin.shelter.commands import RegisterShelters
from tocsin.web.desk import set_desk

pytestmark = pytest.mark.browser

BIG = "document.documentElement.style.fontSize = '200%'"
CUT = """() => [...document.querySelectorAll('main *, header *, footer *')].filter((one) => {
  const style = getComputedStyle(one);
  const hides = style.overflowX !== 'visible' && !one.closest('.maphost') && !one.closest('.visually-hidden');
  return one.checkVisibility() && hides && one.scrollWidth > one.clientWidth + 1 && one.tagName !== 'INPUT';
}).map((one) => one.outerHTML.slice(0, 120))"""
"""Elements whose text is cut off."""

SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const one of list.getEntries())
    window.shifts.push([one.value, one.sources.map((from) => from.node?.id || from.node?.nodeName)]);
}).observe({ type: 'layout-shift', buffered: true });
"""
MOST = {320: 0.35, 1280: 0.15}
"""Layout shift of one turn, by width. What to do comes in between, so what is below it moves; more may not."""
STILL = {"place", "say", "state", "age", "sentence"}
"""What stands where it stood, whatever happens: the name, the state, how old that is."""


@pytest.fixture
def shelters(web_desk: Desk) -> None:
    own = ShelterDesk(web_desk, places=lambda: PLACES)
    own.do(RegisterShelters(shelters=SHELTERS), ADMIN)
    set_desk(web_desk, own, vault=MemoryVault())


@pytest.mark.parametrize(
    "how",
    [("400 % of 1280", 320, False), ("200 % of 1280", 640, False), ("text alone", 320, True), ("both", 640, True)],
)
@pytest.mark.parametrize("language", ["en", "ru", "uk", "de"])
def test_enlarged_nothing_is_cut_off_and_nobody_scrolls_sideways(
    open_page: Callable[..., Any], edge: FakeEdge, shelters: None, how: tuple[str, int, bool], language: str
) -> None:
    """The browser's zoom is a narrower window with more dots a pixel; enlarged text alone is a larger root font."""
    name, width, text = how
    greet(edge, [area("city"), area("north", "alert")], alert())
    page = open_page(f"/?area=north&lang={language}", width=width, device_scale_factor=4 if not text else 1)
    shows(page, "alert")
    page.wait_for_selector("#near[data-area=north]")
    if text:
        page.evaluate(BIG)
    assert not overflows(page), name
    assert page.evaluate(CUT) == []
    page.goto(page.url.split("?")[0] + "areas")
    if text:
        page.evaluate(BIG)
    assert not overflows(page), name


def test_without_motion_nothing_moves(open_page: Callable[..., Any], edge: FakeEdge) -> None:
    greet(edge)
    page = open_page("/?area=north", reduced_motion="reduce")
    shows(page, "ok")
    edge.send("update", update([area(phase="alert")], alert(), 2), 2)
    shows(page, "alert")
    assert page.evaluate("document.getAnimations().length") == 0
    moves = """() => [...document.querySelectorAll('*')].filter((one) => {
      const style = getComputedStyle(one);
      return style.animationName !== 'none'
        || style.transitionDuration.split(', ').some((one) => parseFloat(one) > 0);
    }).map((one) => one.outerHTML.slice(0, 80))"""
    assert page.evaluate(moves) == []


def test_in_forced_colours_shape_and_word_remain(open_page: Callable[..., Any], edge: FakeEdge) -> None:
    greet(edge, [area("city"), area("north", "alert")], alert())
    page = open_page("/?area=north", forced_colors="active")
    shows(page, "alert")
    assert page.is_visible("#say .shape-alert")
    assert page.inner_text("#state") == "Danger"
    assert page.evaluate("getComputedStyle(document.getElementById('say')).borderTopStyle") != "none"
    assert axe(page) == []
    shoot(page, "public-forced")


def test_what_is_announced_is_announced_once(open_page: Callable[..., Any], edge: FakeEdge) -> None:
    greet(edge, [area("city"), area("north")])
    page = open_page("/?area=north", clock=True)
    shows(page, "ok")
    page.evaluate("""() => {
      window.said = [];
      for (const region of document.querySelectorAll('[aria-live], [role=status], [role=alert]'))
        new MutationObserver(() => window.said.push(`${region.id}: ${region.innerText.trim()}`))
          .observe(region, { childList: true, characterData: true, subtree: true });
    }""")
    edge.send("update", update([area(phase="alert")], alert(), 2), 2)
    shows(page, "alert")
    before = page.evaluate("window.said.length")
    assert 1 <= before <= 2
    age = page.inner_text("#age")
    for _ in range(10):  # the age and the stopwatch go on, silently
        page.clock.run_for(1000)
    assert page.inner_text("#age") != age
    assert page.evaluate("window.said.length") == before


@pytest.mark.parametrize("width", [320, 1280])
def test_right_after_the_state_turns_its_words_stand_where_they_stood(
    open_page: Callable[..., Any], edge: FakeEdge, shelters: None, width: int
) -> None:
    greet(edge)
    page = open_page("/?area=north", width=width, before=SHIFTS)
    shows(page, "ok")
    page.wait_for_selector("#near[data-area=north] #nearlist li")
    over = alert(end="all_clear", headline={"en": "All clear in North District"})
    turns = (
        ("alert", [area("city"), area("north", "alert")], [alert()]),
        ("ended", [area("city"), area("north", "ended", "all_clear")], [over]),
        ("unknown", [area("city"), area("north", "unknown")], []),
        ("ok", [area("city"), area("north")], []),
    )
    for shape, areas, alerts in turns:
        edge.send("state", whole(areas, alerts), 2)
        shows(page, shape)
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    shifts = page.evaluate("window.shifts")
    assert len(shifts) > 0, "the observer saw nothing: it measures nothing"
    assert STILL.isdisjoint(name for _, names in shifts for name in names), shifts
    assert max(value for value, _ in shifts) <= MOST[width], shifts


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ru", ("Северный район", "Опасность", "Беспилотники у Северного района", "Отбой")),
        ("uk", ("Северный район", "Небезпека", "Безпілотники", "Відбій")),
    ],
)
def test_a_night_in_another_language(
    open_page: Callable[..., Any], edge: FakeEdge, complaints: list[str], language: str, words: tuple[str, ...]
) -> None:
    """From the first visit over danger and a lost link to the all clear, with no English word."""
    place, danger, headline, clear = words
    texts = {language: headline, "en": "ENGLISH"}
    warned = alert(
        headline=texts, description=texts, instruction=texts, sender_names={language: place, "en": "ENGLISH"}
    )
    greet(edge)
    page = open_page("/", locale={"ru": "ru-RU", "uk": "uk-UA"}[language])
    assert page.get_attribute("html", "lang") == language
    choose(page, "Север")
    shows(page, "ok")
    assert page.inner_text("#place") == place
    edge.send("update", update([area(phase="alert")], warned, 2), 2)
    shows(page, "alert")
    assert danger in page.inner_text("#state")
    says(page, "headline", headline)
    assert "ENGLISH" not in page.inner_text("main")
    over = warned | {"end": "all_clear"}
    edge.send("update", update([area(phase="ended", kind="all_clear")], over, 3), 3)
    shows(page, "ended")
    assert clear in page.inner_text("#state")
    assert complaints == []


def test_every_heading_of_shelters_has_something_below_it(open_page: Callable[..., Any], edge: FakeEdge) -> None:
    greet(edge)
    page = open_page("/?area=south")
    shows(page, "ok")
    page.wait_for_selector("#near[data-area=south]")
    assert "We know of no shelter here" in page.inner_text("#near")
    page.route("**/shelters.json*", lambda route: route.fulfill(status=502, body="<p>no", content_type="text/html"))
    choose(page, "East")
    says(page, "near", "The list of shelters could not be loaded.")


def test_residents_see_no_error_reference(open_page: Callable[..., Any]) -> None:
    page = open_page("/")
    foot = page.inner_text(".foot")
    assert "Feed" in foot
    assert "Error" not in foot
    page.goto(page.url + "docs/errors")
    assert page.is_visible("h1")
