"""The resident's page in a real browser: it turns states, says when it does not know, and asks nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from browser.resident import alert, area, choose, greet, hello, now, says, shows, update, whole
from fake_edge import FakeEdge

pytestmark = pytest.mark.browser


def test_it_turns_from_calm_to_danger_to_all_clear(
    open_page: Callable[..., Any], edge: FakeEdge, site: str, complaints: list[str]
) -> None:
    greet(edge)
    page = open_page()
    assert not page.is_visible("#card")
    assert page.inner_text("#choose") == "Where are you?"
    choose(page, "North")
    shows(page, "ok")
    assert page.inner_text("#state") == "No warning"
    assert page.is_visible("#say .shape-ok")
    assert not page.is_visible("#say .shape-alert")

    edge.send("update", update([area(phase="alert")], alert(), 2), 2)
    shows(page, "alert")
    assert page.inner_text("#state") == "Danger"
    assert page.inner_text("#headline") == "Drones near North District"
    assert page.inner_text("#instruction") == "Go to the basement now."
    assert page.inner_text("#watch").startswith("Time to reach cover:")
    assert page.get_attribute("#cap", "href") == "/cap/tocsin-1.xml"
    assert "Sample City" in page.inner_text("#from")
    assert page.get_attribute("#say", "aria-live") == "assertive"
    assert page.title().startswith("Danger · North District")

    over = alert(msg_type="Update", end="all_clear", headline={"en": "All clear in North District"})
    edge.send("update", update([area(phase="ended", kind="all_clear")], over, 3), 3)
    shows(page, "ended")
    assert page.inner_text("#state") == "All clear"
    assert page.inner_text("#headline") == "All clear in North District"
    assert not page.is_visible("#watch")

    hosts = {urlsplit(url).netloc for url in page.asked}
    assert hosts <= {urlsplit(site).netloc, urlsplit(edge.url).netloc}
    assert complaints == []


def test_it_asks_for_coarse_cells_and_never_for_a_position(open_page: Callable[..., Any], edge: FakeEdge) -> None:
    import h3

    greet(edge)
    page = open_page()
    choose(page, "Sample")
    shows(page, "ok")
    path, _ = edge.requests[-1]
    asked = parse_qs(urlsplit(path).query)
    assert set(asked) == {"cells", "lang"}
    cells = asked["cells"][0].split(",")
    assert len(cells) == 3  # one for each part of the city
    assert {h3.get_resolution(cell) for cell in cells} == {7}


def test_danger_in_a_part_is_danger_for_the_whole(open_page: Callable[..., Any], edge: FakeEdge) -> None:
    greet(edge, [area("city"), area("north", "alert"), area("south")], alert())
    page = open_page()
    choose(page, "Sample")
    shows(page, "alert")
    assert " ".join(page.inner_text("#partlist").split()) == "North District: Danger"


def test_danger_in_the_whole_is_danger_for_the_part(open_page: Callable[..., Any], edge: FakeEdge) -> None:
    greet(edge, [area("city", "alert"), area("north")], alert(areas=["city"]))
    page = open_page()
    choose(page, "North")
    shows(page, "alert")
    assert page.inner_text("#headline") == "Drones near North District"


def test_after_thirty_seconds_without_truth_it_does_not_know(open_page: Callable[..., Any], edge: FakeEdge) -> None:
    greet(edge, [area("city"), area("north", "alert")], alert())
    page = open_page(clock=True)
    choose(page, "North")
    shows(page, "alert")
    page.clock.fast_forward(20_000)
    assert page.get_attribute("#card", "data-shown") == "alert"
    # The socket is open all the while: it is the age of the data that counts.
    edge.greeting = []
    page.clock.fast_forward(14_000)
    shows(page, "unknown")
    # Over that socket nothing will ever come: the page tries another one by itself.
    assert len(edge.requests) == 2
    assert page.inner_text("#age").startswith("Link lost 3")
    assert "does not mean that it is safe" in page.inner_text("#sentence")
    assert not page.is_visible("#headline")
    # What was in force stays in sight, as what was known last.
    assert page.inner_text("#beforesaid").startswith("Before the link was lost: Danger, ")
    assert "Stay in cover until you know more." in page.inner_text("#beforesaid")
    assert page.inner_text("#beforeheadline") == "Drones near North District"
    assert page.inner_text("#instruction") == "Go to the basement now."
    assert page.locator("#steps li:visible").count() >= 2

    # That the edge answers again says nothing yet of what holds.
    edge.send("hello", hello())
    edge.send("ping", {"server_time": now(400), "data_age_s": 0.4, "seq": 1})
    says(page, "clock", "slow")  # so both were heard
    assert page.get_attribute("#card", "data-shown") == "unknown"
    edge.send("state", whole([area("city"), area("north", "alert")], [alert()]), 2)
    shows(page, "alert")
    assert not page.is_visible("#before")


def test_a_ping_over_stale_data_does_not_count_as_truth(open_page: Callable[..., Any], edge: FakeEdge) -> None:
    greet(edge)
    page = open_page()
    choose(page, "North")
    shows(page, "ok")
    edge.send("ping", {"server_time": now(), "data_age_s": 45.0, "seq": 1})
    shows(page, "unknown")
    assert page.inner_text("#age").startswith("Link lost 4")


def test_it_comes_back_after_a_lost_connection(open_page: Callable[..., Any], edge: FakeEdge) -> None:
    greet(edge)
    page = open_page()
    choose(page, "North")
    shows(page, "ok")
    greet(edge, [area("city"), area("north", "alert")], alert())
    edge.drop()
    shows(page, "alert")
    assert edge.requests[-1][1] == "1"  # it said which event it had seen last


@pytest.mark.parametrize(
    ("phase", "shape", "word"),
    [
        ("pre_alert", "pre_alert", "Be ready"),
        ("unknown", "unknown", "State unknown"),
        ("a word from the future", "unknown", "State unknown"),
        ("partial_clear", "partial_clear", "Partly cleared"),
        ("ended cancelled", "ended_other", "Warning ended"),
        ("ended expired", "ended_other", "Warning ended"),
    ],
)
def test_every_phase_has_a_word_and_a_shape(
    open_page: Callable[..., Any], edge: FakeEdge, phase: str, shape: str, word: str
) -> None:
    name, _, kind = phase.partition(" ") if phase.startswith("ended") else (phase, "", "")
    greet(edge, [area("city"), area("north", name, kind or None)])
    page = open_page()
    choose(page, "North")
    shows(page, shape)
    assert page.inner_text("#state") == word
    assert page.is_visible(f"#say .shape-{shape}")


def test_an_area_that_the_edge_does_not_know_is_unknown(open_page: Callable[..., Any], edge: FakeEdge) -> None:
    greet(edge, [area("city")])
    page = open_page()
    choose(page, "North")
    page.get_by_text("outside every area that we know").wait_for()
    shows(page, "unknown")


def test_the_choice_stays_on_the_device(open_page: Callable[..., Any], edge: FakeEdge) -> None:
    greet(edge)
    page = open_page()
    choose(page, "север")
    shows(page, "ok")
    assert page.inner_text("#place") == "North District"
    page.reload()
    shows(page, "ok")
    assert page.inner_text("#place") == "North District"
    # Nobody who looks at addresses of pages learns it; lists of shelters are asked for by area.
    assert all("area=" not in url for url in page.asked if "/shelters.json" not in url)


def test_it_speaks_the_reader_s_language(open_page: Callable[..., Any], edge: FakeEdge) -> None:
    greet(edge, [area("city"), area("north", "alert")], alert())
    page = open_page("/?lang=ru")
    choose(page, "Северный")
    shows(page, "alert")
    assert page.inner_text("#state") == "Опасность"
    assert page.inner_text("#headline") == "Беспилотники у Северного района"
    assert page.get_attribute("html", "lang") == "ru"
    page.goto(page.url.split("?")[0])
    assert page.get_attribute("html", "lang") == "ru"  # kept in a cookie


@pytest.mark.parametrize("language", ["en", "ru", "uk", "de"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_narrow_screen(open_page: Callable[..., Any], edge: FakeEdge, language: str, scheme: str) -> None:
    greet(edge, [area("city"), area("north", "alert")], alert())
    page = open_page(f"/?lang={language}", color_scheme=scheme)
    choose(page, "North")
    shows(page, "alert")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert "invented" in page.inner_text(".demo") or language != "en"
    assert page.is_visible(".demo")


def test_without_script_the_server_says_the_state(open_page: Callable[..., Any], edge: FakeEdge) -> None:
    page = open_page("/?area=north", script=False)
    assert page.inner_text("#state") == "No warning"
    page.fill("#search", "южный")
    page.click("#find")
    assert page.inner_text("#place") == "South District"
    page.fill("#search", "district")
    page.click("#find")
    assert page.locator("#results li").count() == 3
    page.click("noscript a[href='/areas']")
    assert "South District" in page.inner_text("table")
    assert edge.requests == []
