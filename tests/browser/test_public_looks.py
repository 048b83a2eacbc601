"""Every state of the resident's page: readable at 320 px, in both schemes, without a fault that axe-core knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from browser.kit import axe, overflows, shoot
from browser.resident import alert, area, choose, greet, shows
from fake_edge import FakeEdge
from tocsin.app.desk import Desk
from tocsin.app.memory_vault import MemoryVault
from tocsin.app.shelters import ShelterDesk
from tocsin.shelter.commands import RegisterShelters
from tocsin.shelter.events import Place, Shelter

pytestmark = pytest.mark.browser

SHELTERS = (
    Shelter(
        id="h01",
        names={"en": "School cellar", "ru": "Подвал школы"},
        area="north",
        kind="school",
        capacity=120,
        accessible=True,
        opened_by="school",
        floors_below=1,
        demo=True,
    ),
    Shelter(
        id="h02",
        names={"en": "Underpass at the market", "ru": "Переход у рынка"},
        area="north",
        kind="underpass",
        demo=True,
    ),
    Shelter(id="h03", area="north", kind="basement", hidden=True, demo=True),
)
PLACES = {
    "h01": Place(lon=36.575, lat=50.621),
    "h02": Place(lon=36.59, lat=50.63),
    "h03": Place(lon=36.5987, lat=50.6123, names={"en": "Sealed cellar"}),
}


@pytest.fixture(autouse=True)
def shelters(web_desk: Desk) -> None:
    """The sample city with shelters, one of them hidden."""
    from doors import ADMIN
    from tocsin.web.desk import set_desk

    own = ShelterDesk(web_desk, places=lambda: PLACES)
    own.do(RegisterShelters(shelters=SHELTERS), ADMIN)
    set_desk(web_desk, own, vault=MemoryVault())


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize(
    "phase", ["ok", "pre_alert", "alert", "unknown", "partial_clear", "ended all_clear", "ended expired"]
)
def test_every_state_is_calm_and_clear(
    open_page: Callable[..., Any], edge: FakeEdge, complaints: list[str], phase: str, language: str
) -> None:
    name, _, kind = phase.partition(" ")
    told = (
        [alert(level=name if name == "pre_alert" else "alert", end=kind or None)]
        if name not in ("ok", "unknown")
        else []
    )
    greet(edge, [area("city"), area("north", name, kind or None), area("south")], *told)
    page = open_page(f"/?area=north&lang={language}", locale="en-GB")
    shown = "ended_other" if kind == "expired" else name
    shows(page, shown)
    page.wait_for_selector("#nearlist .walk, #nearlist li")
    follows = "([a, b]) => !!(document.querySelector(a).compareDocumentPosition(document.querySelector(b)) & 4)"
    for pair in (("#todo", "#near"), ("#near", "#sound"), ("#sound", "#choose"), ("#nearlist", "#position")):
        assert page.evaluate(follows, pair), pair
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert axe(page) == []
    assert not overflows(page)
    shoot(page, f"public-{shown}-{language}")
    assert complaints == []


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_first_visit(open_page: Callable[..., Any], edge: FakeEdge, complaints: list[str], language: str) -> None:
    greet(edge)
    page = open_page(f"/?lang={language}")
    assert page.is_visible("#search")
    assert axe(page) == []
    assert not overflows(page)
    shoot(page, f"public-first-{language}")
    page.set_viewport_size({"width": 320, "height": 800})
    page.fill("#search", "district" if language == "en" else "район")
    page.wait_for_selector("#hits:visible [role=option]")
    page.press("#search", "ArrowDown")
    assert axe(page) == []
    shoot(page, f"public-search-{language}")
    assert complaints == []


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_lost_link(open_page: Callable[..., Any], edge: FakeEdge, language: str) -> None:
    greet(edge, [area("city"), area("north", "alert")], alert())
    page = open_page(f"/?area=north&lang={language}", clock=True)
    shows(page, "alert")
    page.wait_for_selector("#headline:visible")
    edge.greeting = []
    page.clock.fast_forward(47_000)
    shows(page, "unknown")
    page.wait_for_selector("#before:visible")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert axe(page) == []
    assert not overflows(page)
    shoot(page, f"public-lost-{language}")


def test_saved_places_and_the_list_of_areas(open_page: Callable[..., Any], edge: FakeEdge) -> None:
    greet(edge, [area("city"), area("north", "alert"), area("south"), area("east", "pre_alert")], alert())
    page = open_page("/")
    for name in ("North", "South", "East"):
        choose(page, name)
    shows(page, "pre_alert")
    page.click("#mine-show-north")
    shows(page, "alert")
    assert page.inner_text("#minelist [data-shown=pre_alert]") == "Be ready"
    assert axe(page) == []
    assert not overflows(page)
    shoot(page, "public-places")
    page.click("text=All areas")
    page.wait_for_selector("table")
    assert axe(page) == []
    assert not overflows(page)
    shoot(page, "public-areas")


def test_without_script_everything_is_there_to_read(
    open_page: Callable[..., Any], edge: FakeEdge, web_desk: Desk
) -> None:
    page = open_page("/?area=north", script=False)
    assert page.inner_text("#state") == "No warning"
    text = page.inner_text("#near")
    assert "School cellar" in text
    assert "Room for: unknown" in text
    assert "Sealed" not in text
    shoot(page, "public-noscript")
