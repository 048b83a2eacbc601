"""Exercises in a real browser: the room, the public page, and that neither can be taken for the live ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from browser.kit import aside, axe, complains, overflows, shoot, strangers
from fake_edge import FakeEdge
from tocsin.core.time import rfc3339
from tocsin.warn import commands as cmd

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"


def now(seconds: float = 0) -> str:
    return rfc3339(datetime.now(UTC) + timedelta(seconds=seconds))


def hello() -> dict[str, Any]:
    return {"protocol": 1, "server_time": now(), "generated_at": now(), "seq": 1, "cells": [], "ping_s": 15}


def drill(**changes: Any) -> dict[str, Any]:
    return {
        "seq": 7,
        "at": now(),
        "drill": "d1",
        "exercise": "Schools",
        "status": "Exercise",
        "areas": ["north"],
        "headline": {"en": "EXERCISE: trial of the warning system", "ru": "УЧЕНИЯ: проверка"},
        "instruction": {"en": "EXERCISE. Go to the yard.", "ru": "УЧЕНИЯ. Выходите во двор."},
        "expires": now(900),
        "ended": False,
        "cap": "/drill/cap/d1.xml",
    } | changes


@pytest.fixture
def right_time(web_desk: Any) -> None:
    """The server's clock is that of the browser."""
    web_desk.clock.at = datetime.now(UTC)


@pytest.fixture
def open_page(browser: Any, site: str, edge: FakeEdge, right_time: None) -> Iterator[Callable[..., Any]]:
    opened: list[tuple[Any, list[str], list[str]]] = []

    def go(path: str, *, width: int = 320, language: str = "en", script: bool = True, **more: Any) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": 800}, locale=language, java_script_enabled=script, **more
        )
        page = context.new_page()
        asked: list[str] = []
        faults: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda line: faults.append(line.text) if complains(line) else None)
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.goto(site + path)
        opened.append((context, asked, faults))
        return page

    yield go
    try:
        for _, asked, faults in opened:
            assert faults == []
            assert strangers(asked, site, edge.url) == []
    finally:
        for context, _, _ in opened:
            context.close()


@pytest.fixture
def trainer(_sqlite_tables: None, web_desk: Any, open_page: Any) -> Callable[..., Any]:
    """A page on which a duty officer has signed in."""
    from conftest import empty
    from tocsin.app.actor import Grant
    from tocsin.store import accounts

    aside(lambda: empty("default"))
    grants = [Grant(role="duty"), Grant(role="approver")]
    aside(lambda: accounts.create_officer("duty", password=PASSWORD, grants=grants))

    def go(path: str, **how: Any) -> Any:
        page = open_page(f"/accounts/login/?next={path}", **how)
        page.locator("button[value=duty]").click()
        page.wait_for_url(lambda url: url.endswith(path) and "login" not in url)
        return page

    return go


def wait_state(page: Any, kind: str) -> None:
    page.locator(f'#now[data-drill="{kind}"]').wait_for()


def test_an_exercise_appears_and_ends_on_the_page_of_those_who_take_part(open_page: Any, edge: FakeEdge) -> None:
    edge.greeting = [("hello", hello(), None)]
    page = open_page("/exercise?area=north")
    wait_state(page, "none")
    shoot(page, "exercise-none")
    edge.send("drill", drill(), 7)
    wait_state(page, "running")
    assert page.inner_text("#state").upper() == "EXERCISE"
    assert "EXERCISE: trial" in page.inner_text("#headline")
    assert "Go to the yard" in page.inner_text("#sentence")
    assert "Left: 1" in page.inner_text("#left")
    assert [path.split("?")[0] for path, _ in edge.requests] == ["/drill"]
    shoot(page, "exercise-running")
    assert axe(page) == []
    assert not overflows(page)
    edge.send("drill", drill(ended=True), 8)
    wait_state(page, "over")
    shoot(page, "exercise-over")


def test_what_began_before_one_came_is_there_at_once_and_after_a_lost_link(
    open_page: Any, edge: FakeEdge, web_desk: Any
) -> None:
    from tocsin.app.actor import Actor, Grant

    officer = Actor(id="officer:x", grants=(Grant(role="duty"),))
    made = web_desk.do(cmd.StartDrill(exercise="Schools", areas=("north",)), officer)
    edge.greeting = [("hello", hello(), None)]
    page = open_page("/exercise?area=north")
    wait_state(page, "running")
    web_desk.do(cmd.EndDrill(drill_id=made.facts[0].drill_id, reason="all came"), officer)
    edge.drop()  # the browser comes again and asks what runs
    wait_state(page, "over")


def test_without_a_link_it_says_that_it_does_not_know(open_page: Any, edge: FakeEdge, browser: Any) -> None:
    edge.greeting = [("hello", hello(), None)]
    page = open_page("/exercise?area=north")
    wait_state(page, "none")
    edge.send("drill", drill(), 7)
    wait_state(page, "running")
    page.evaluate("const real = Date.now; Date.now = () => real() + 31000")
    wait_state(page, "lost")
    assert "We do not know whether an exercise runs." in page.inner_text("#now")
    shoot(page, "exercise-lost")


def test_a_live_warning_on_that_stream_shows_nothing(open_page: Any, edge: FakeEdge) -> None:
    edge.greeting = [("hello", hello(), None)]
    page = open_page("/exercise")
    wait_state(page, "none")
    edge.send("drill", drill(status="Actual", drill="w1"), 8)
    edge.send("update", {"seq": 9, "alert": {"headline": {"en": "Drones"}}}, 9)
    edge.send("drill", drill(drill="d2", exercise="Second"), 10)
    wait_state(page, "running")
    assert "Second" in page.inner_text("#now")
    assert "Drones" not in page.inner_text("body")


def test_the_chime_is_a_choice(open_page: Any, edge: FakeEdge) -> None:
    edge.greeting = [("hello", hello(), None)]
    page = open_page("/exercise?area=north")
    button = page.get_by_role("button", name="Turn the exercise chime on")
    button.click()
    page.get_by_role("button", name="Turn the exercise chime off").click()
    assert page.locator("#sound").get_attribute("aria-pressed") == "false"


def test_without_script_it_is_readable(open_page: Any, web_desk: Any) -> None:
    from tocsin.app.actor import Actor, Grant

    officer = Actor(id="officer:x", grants=(Grant(role="duty"),))
    web_desk.do(cmd.StartDrill(exercise="Schools", areas=("north",)), officer)
    page = open_page("/exercise?area=north", script=False)
    assert "EXERCISE: Schools" in page.inner_text("main")
    assert not overflows(page)


def test_an_officer_runs_an_exercise_with_the_keyboard(trainer: Any, web_desk: Any) -> None:
    page = trainer("/drill/control", width=1440)
    shoot(page, "drill-room-empty")
    page.get_by_role("link", name="Prepare an exercise").press("Enter")
    page.get_by_label("Name of the exercise").fill("Schools of the north")
    page.get_by_label("North District").press("Space")
    shoot(page, "drill-start")
    assert axe(page) == []
    page.get_by_role("button", name="See what it will say").press("Enter")
    page.get_by_role("heading", name="Begin this exercise?").wait_for()
    shoot(page, "drill-confirm")
    assert axe(page) == []
    page.get_by_label("To begin, type the word EXERCISE").fill("North District")
    page.keyboard.press("Enter")
    page.get_by_text("The name of an area begins nothing here.").wait_for()
    assert not web_desk.state().drills
    page.get_by_label("To begin, type the word EXERCISE").fill("exercise")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Exercise room").wait_for()
    page.locator(".drill-left", has_text="Left: 1").wait_for()
    shoot(page, "drill-room")
    assert axe(page) == []
    page.get_by_role("button", name="End the exercise").press("Enter")
    page.get_by_text("The exercise has ended.").wait_for()
    assert [one.ended_at is not None for one in web_desk.state().drills.values()] == [True]


def test_who_prepares_an_exercise_hears_that_something_real_began(trainer: Any, web_desk: Any) -> None:
    from tocsin.app.actor import Actor, Grant

    page = trainer("/drill/control")
    page.get_by_role("link", name="Prepare an exercise").click()
    page.get_by_label("Name of the exercise").fill("Schools")
    assert not page.locator("#real").is_visible()
    other = Actor(id="officer:y", grants=(Grant(role="duty"),))
    web_desk.do(cmd.Draft(threat="drone", level="alert", areas=("north",), reason="seen from the tower"), other)
    page.locator("#real").wait_for()
    assert page.get_by_label("Name of the exercise").input_value() == "Schools"
    shoot(page, "drill-real-work")
    assert axe(page) == []


@pytest.mark.parametrize("language", ["ru", "uk", "de"])
def test_the_room_in_each_language_at_320_px(trainer: Any, language: str) -> None:
    page = trainer("/drill/control", language=language)
    origin = page.url.removesuffix("/drill/control")
    for path in ("/drill/control", "/drill/control/start", "/exercise"):
        page.goto(origin + path)
        assert not overflows(page), path
        assert axe(page) == [], path


LUMA = """async (png) => {
  const image = new Image();
  image.src = "data:image/png;base64," + png;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const ink = canvas.getContext("2d");
  ink.drawImage(image, 0, 0);
  const {data} = ink.getImageData(0, 0, image.width, image.height);
  const luma = (x, y) => {
    const i = 4 * (y * image.width + x);
    return 0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2];
  };
  const [w, h, inset] = [image.width, image.height, 2];
  const along = (n, at) => Array.from({length: n}, (_, i) => at(i));
  return {
    top: along(w, (i) => luma(i, inset)), bottom: along(w, (i) => luma(i, h - 1 - inset)),
    left: along(h, (i) => luma(inset, i)), right: along(h, (i) => luma(w - 1 - inset, i)),
  };
}"""
"""The brightness, without colour, of the pixels along each edge of a picture."""


def stripes(line: list[float]) -> int:
    """How often a row of pixels turns from clearly dark to clearly light or back."""
    turns, last = 0, None
    middle = (max(line) + min(line)) / 2
    if max(line) - min(line) < 90:
        return 0
    for value in line:
        side = value > middle
        turns += last is not None and side != last
        last = side
    return turns


def edges_of(browser: Any, page: Any) -> dict[str, int]:
    import base64

    looker = browser.new_page()  # of its own: the page's own policy allows no such script
    try:
        rows = looker.evaluate(LUMA, base64.b64encode(page.screenshot()).decode())
    finally:
        looker.close()
    return {name: stripes(row) for name, row in rows.items()}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1440])
def test_a_photograph_without_colour_shows_an_exercise_on_every_edge(
    trainer: Any, open_page: Any, browser: Any, scheme: str, width: int
) -> None:
    live = trainer("/control", width=width, color_scheme=scheme)
    public = open_page("/", width=width, color_scheme=scheme)
    room = trainer("/drill/control", width=width, color_scheme=scheme)
    page = open_page("/exercise", width=width, color_scheme=scheme)
    for striped in (room, page):
        found = edges_of(browser, striped)
        assert min(found.values()) >= 12, found
        boxes = [striped.locator(".edge").nth(i).bounding_box() for i in range(striped.locator(".edge").count())]
        assert len(boxes) == 4
        assert sorted((round(b["width"]), round(b["height"])) for b in boxes if b)[-1][0] >= width - 1
        words = striped.locator(".edge span").all_inner_texts()
        assert {one.upper() for one in words} == {"EXERCISE"}
        for i in range(4):  # the word itself stands in sight on each edge
            first = striped.locator(".edge").nth(i).locator("span").first.bounding_box()
            assert first
            assert first["x"] < width
            assert first["y"] < 800
    for plain in (live, public):
        found = edges_of(browser, plain)  # words may stand at the top and the bottom of a window, never at its sides
        assert max(found["left"], found["right"]) < 12, found


def test_the_two_rooms_differ_in_more_than_colour(trainer: Any) -> None:
    look = """() => {
      const style = (q) => getComputedStyle(document.querySelector(q));
      return {
        title: document.title, heading: document.querySelector("h1").textContent,
        classes: document.body.className, columns: document.querySelectorAll("main > section").length,
        case: style("h1").textTransform, border: style("h1").borderTopStyle, ground: style("body").backgroundImage,
      };
    }"""
    live = trainer("/control", width=1440).evaluate(look)
    room = trainer("/drill/control", width=1440).evaluate(look)
    for name in ("title", "heading", "classes", "case", "border", "ground"):
        assert live[name] != room[name], name
    assert room["title"].startswith("EXERCISE")
