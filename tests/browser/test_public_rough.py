"""Rough networks and rough devices: whatever breaks, the resident's page says that it does not know, and comes back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from browser.resident import alert, area, choose, greet, says, shows
from browser.test_public_offline import with_worker
from doors import AREAS
from fake_edge import FakeEdge

pytestmark = pytest.mark.browser

GATE = "<!doctype html><title>Welcome</title><h1>Sign in to the hotel's network</h1>"


def gate(route: Any) -> None:
    route.fulfill(body=GATE, content_type="text/html; charset=utf-8")


def broken(route: Any) -> None:
    route.fulfill(status=502, body="<h1>Bad gateway</h1>", content_type="text/html")


def keeps(**changes: Any) -> str:
    """Script that puts a chosen place into the memory of the device before the page runs."""
    north = next(one for one in AREAS if one.id == "north")
    place = {
        "id": "north",
        "name": "North District",
        "above": ["city"],
        "below": [],
        "cells": [north.cells[0]],
        "lead_s": 60,
        "zone": "Europe/Moscow",
        "label": "",
    } | changes
    return f"localStorage.setItem('tocsin.places', {json.dumps(json.dumps([place]))});"


@pytest.mark.parametrize("answer", [gate, broken, "abort"])
@pytest.mark.parametrize("path", ["/?area=north", "/"])
def test_without_its_words_it_does_not_stay_calm_and_comes_back(
    open_page: Callable[..., Any], edge: FakeEdge, site: str, path: str, answer: Any
) -> None:
    greet(edge)
    page = open_page("/healthz", before=keeps())
    page.route("**/resident.json*", lambda route: route.abort() if answer == "abort" else answer(route))
    page.goto(site + path)
    shows(page, "unknown")
    assert page.inner_text("#state") == "State unknown"
    assert "No warning" not in page.inner_text("main")
    page.unroute("**/resident.json*")
    shows(page, "ok")
    assert page.inner_text("#place") == "North District"


def test_a_page_whose_script_never_comes_does_not_stay_calm(
    open_page: Callable[..., Any], edge: FakeEdge, site: str
) -> None:
    page = open_page("/healthz", reduced_motion="reduce")
    page.route("**/*.js", lambda route: route.abort())
    page.goto(site + "/?area=north")
    assert page.inner_text("#state") == "No warning"
    assert not page.is_visible("#old")
    finish = (
        "document.getElementById('old').getAnimations().map((one) => { one.currentTime = 46_000; return 1; }).length"
    )
    assert page.evaluate(finish) == 1
    page.wait_for_selector("#old", state="visible")
    assert "does not know what holds now" in page.inner_text("#old")
    covers = """() => {
      const [old, say] = ["old", "say"].map((id) => document.getElementById(id).getBoundingClientRect());
      return document.elementFromPoint(say.left + say.width / 2, say.top + say.height / 2).closest("#old") !== null
        && old.width > say.width - 10;
    }"""
    assert page.evaluate(covers)


def test_the_script_takes_the_watch_over(open_page: Callable[..., Any], edge: FakeEdge) -> None:
    greet(edge)
    page = open_page("/?area=north")
    shows(page, "ok")
    page.wait_for_selector("#old", state="detached")


@pytest.mark.parametrize("answer", [gate, broken])
def test_a_gate_that_answers_everything_leaves_it_unknown(
    open_page: Callable[..., Any], edge: FakeEdge, answer: Any
) -> None:
    greet(edge)
    page = open_page("/?area=north", clock=True)
    shows(page, "ok")
    page.route("**/live?*", answer)
    page.route("**/*.json*", answer)
    edge.drop()
    page.clock.fast_forward(31_000)
    shows(page, "unknown")
    greet(edge, [area("city"), area("north", "alert")], alert())
    page.unroute("**/live?*")
    page.clock.fast_forward(60_000)
    shows(page, "alert")


@pytest.mark.parametrize("answer", [gate, broken])
def test_the_list_of_areas_takes_no_foreign_page_and_no_old_copy_for_news(
    open_page: Callable[..., Any], answer: Any
) -> None:
    page = open_page("/areas", clock=True)
    assert "No warning" in page.inner_text("#rows")
    old = page.content()
    for told in (answer, lambda route: route.fulfill(body=old, content_type="text/html")):
        page.route("**/areas", told)
        for _ in range(4):
            with page.expect_response("**/areas"):
                page.clock.fast_forward(11_000)
        page.wait_for_function("() => !document.getElementById('rows').innerText.includes('No warning')")
        page.unroute("**/areas")
        with page.expect_response("**/areas"):
            page.clock.fast_forward(11_000)
        page.wait_for_function("() => document.getElementById('rows').innerText.includes('No warning')")


@pytest.mark.parametrize(
    "before",
    [
        "localStorage.setItem('tocsin.muted', '5'); localStorage.setItem('tocsin.sound', '\"x\"');",
        "localStorage.setItem('tocsin.muted', '[]'); localStorage.setItem('tocsin.last', '[{}]');",
        "localStorage.setItem('tocsin.places', '{\"a\":1}'); localStorage.setItem('tocsin.seen', '7');",
        keeps(zone="Nowhere/At all"),
        keeps(lead_s=None, cells=7),
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } });",
        "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };",
    ],
)
def test_nonsense_in_the_memory_of_the_device_stops_nothing(
    open_page: Callable[..., Any], edge: FakeEdge, complaints: list[str], before: str
) -> None:
    greet(edge, [area("city"), area("north", "alert")], alert())
    page = open_page("/", before=before)
    choose(page, "North")
    shows(page, "alert")
    page.click("#soundon")
    says(page, "soundsaid", "Sound is on")
    assert complaints == []


def test_when_drawing_fails_nothing_of_before_stays_in_sight(open_page: Callable[..., Any], edge: FakeEdge) -> None:
    greet(edge)
    page = open_page("/?area=north")
    shows(page, "ok")
    page.evaluate("document.getElementById('watch').remove()")
    shows(page, "unknown")
    assert page.title().startswith("State unknown")


def test_a_kept_place_follows_what_was_put_above_it(open_page: Callable[..., Any], edge: FakeEdge) -> None:
    """The district belonged to nobody when it was chosen; now it lies in a city, and the city is warned."""
    greet(edge, [area("city", "alert"), area("north")], alert(areas=["city"]))
    page = open_page("/", before=keeps(above=[]))
    shows(page, "alert")
    assert page.inner_text("#headline") == "Drones near North District"


def test_a_link_to_a_place_that_is_no_more_shows_no_other_place(open_page: Callable[..., Any], edge: FakeEdge) -> None:
    greet(edge)
    page = open_page("/?area=gone", before=keeps())
    says(page, "found", "This link names a place that we do not know.")
    assert not page.is_visible("#card")
    assert page.inner_text("#minelist .tag") == "No warning"


@pytest.mark.parametrize("answer", [gate, broken])
def test_the_worker_keeps_no_page_of_a_gate_and_shows_what_it_kept(
    open_page: Callable[..., Any], edge: FakeEdge, answer: Any
) -> None:
    greet(edge)
    page = with_worker(open_page)
    choose(page, "North")
    shows(page, "ok")
    page.context.route("**/*", answer)
    edge.drop()
    page.reload()
    if answer is gate:
        assert "hotel" in page.inner_text("h1")  # what the network says is shown, and not kept
        page.context.unroute("**/*")
        page.context.set_offline(True)
        page.reload()
    page.wait_for_selector("html[data-kept]")
    shows(page, "unknown")
    assert page.inner_text("#place") == "North District"


def test_a_full_device_still_opens_the_page(open_page: Callable[..., Any], edge: FakeEdge, site: str) -> None:
    greet(edge)
    page = with_worker(open_page)
    session = page.context.new_cdp_session(page)
    session.send("Storage.overrideQuotaForOrigin", {"origin": site, "quotaSize": 1})
    page.goto(site + "/")
    choose(page, "North")
    shows(page, "ok")
    assert page.get_attribute("html", "data-kept") is None
