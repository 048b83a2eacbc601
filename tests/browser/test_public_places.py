"""Where I am: by name with the keyboard, by position without sending it, several places, sharing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from browser.resident import alert, area, choose, greet, says, shows
from browser.test_public_looks import PLACES, SHELTERS
from doors import ADMIN
from fake_edge import FakeEdge
from journeys.rig import until
from tocsin.app.desk import Desk
from tocsin.app.memory_vault import MemoryVault
from tocsin.app.shelters import ShelterDesk
from tocsin.shelter.commands import RegisterShelters
from tocsin.web.desk import set_desk

pytestmark = pytest.mark.browser

INSIDE_NORTH = {"latitude": 50.6251, "longitude": 36.5752, "accuracy": 25}
POSITION = ("50.62", "36.57")


def test_a_place_is_chosen_by_keyboard_alone(
    open_page: Callable[..., Any], edge: FakeEdge, complaints: list[str]
) -> None:
    greet(edge)
    page = open_page()
    page.focus("#search")
    assert page.get_attribute("#search", "role") == "combobox"
    page.keyboard.type("район")
    page.wait_for_selector("#hits:visible [role=option]")
    assert page.get_attribute("#search", "aria-expanded") == "true"
    says(page, "found", "Places found: 3")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    active = page.get_attribute("#search", "aria-activedescendant")
    assert page.get_attribute(f"#{active}", "aria-selected") == "true"
    name = page.inner_text(f"#{active} span >> nth=0")
    page.keyboard.press("Enter")
    page.wait_for_selector("#card:visible")
    assert page.inner_text("#place") == name
    assert page.evaluate("document.activeElement.id") == "place"
    assert page.get_attribute("#search", "aria-expanded") == "false"

    page.focus("#search")
    page.keyboard.type("nowhere")
    says(page, "found", "No area has that name.")
    page.keyboard.press("Escape")
    assert page.input_value("#search") == ""
    assert complaints == []


def test_a_position_becomes_a_cell_on_the_device_and_never_leaves_it(
    open_page: Callable[..., Any], edge: FakeEdge, complaints: list[str]
) -> None:
    import h3

    greet(edge)
    page = open_page(geolocation=INSIDE_NORTH, permissions=["geolocation"])
    page.click("#position")
    shows(page, "ok")
    assert page.inner_text("#place") == "North District"
    says(page, "positionsaid", "exact to about 25 m")
    assert not page.is_visible("#maybe")
    (asked,) = [url for url in page.asked if "/api/v1/areas" in url]
    query = parse_qs(urlsplit(asked).query)
    assert query["cell"] == [h3.latlng_to_cell(INSIDE_NORTH["latitude"], INSIDE_NORTH["longitude"], 7)]
    kept = page.evaluate("JSON.stringify(Object.entries(localStorage)) + document.cookie")
    everything = " ".join([*page.asked, *(path for path, _ in edge.requests), kept])
    for part in POSITION:
        assert part not in everything
    assert complaints == []


def test_a_rough_position_says_where_one_may_be_as_well(open_page: Callable[..., Any], edge: FakeEdge) -> None:
    greet(edge)
    near_south = {"latitude": 50.601, "longitude": 36.575, "accuracy": 90}
    page = open_page(geolocation=near_south | {"latitude": 50.6005}, permissions=["geolocation"])
    page.click("#position")
    shows(page, "ok")
    says(page, "positionsaid", "exact to about 90 m")


def test_outside_every_area_nothing_is_known_and_that_is_said(open_page: Callable[..., Any], edge: FakeEdge) -> None:
    greet(edge)
    far = {"latitude": 48.1, "longitude": 11.5, "accuracy": 10}
    page = open_page(geolocation=far, permissions=["geolocation"])
    page.click("#position")
    says(page, "positionsaid", "outside every area that we know")
    says(page, "positionsaid", "do not know whether it is safe")
    assert not page.is_visible("#card")


def test_a_device_that_keeps_its_position_to_itself(open_page: Callable[..., Any], edge: FakeEdge) -> None:
    greet(edge)
    page = open_page(permissions=[])
    page.click("#position")
    says(page, "positionsaid", "Choose your place by name")


def test_several_places_with_one_shown_large(open_page: Callable[..., Any], edge: FakeEdge) -> None:
    greet(edge, [area("city"), area("north"), area("south", "alert"), area("east")], alert(areas=["south"]))
    page = open_page()
    choose(page, "South")
    shows(page, "alert")
    choose(page, "North")
    shows(page, "ok")
    # One connection serves both places; the page asks for it a moment after it shows what the server said.
    until(lambda: len(parse_qs(urlsplit(edge.requests[-1][0]).query)["cells"][0].split(",")) == 2, "both places")
    assert page.inner_text("#minelist li:has(#mine-show-south) .tag") == "Danger"
    assert page.get_attribute("#mine-show-north", "aria-current") == "true"
    page.click("#mineedit")
    page.select_option("#mine-label-south", "family")
    page.wait_for_function("() => document.getElementById('mine-show-south').innerText === 'Family: South District'")
    page.reload()
    shows(page, "ok")
    page.click("#mine-show-south")
    shows(page, "alert")
    page.click("#mineedit")
    page.click("#mine-remove-south")
    page.wait_for_selector("#mine-show-south", state="detached")


def test_a_shared_link_shows_a_place_and_keeps_nothing(open_page: Callable[..., Any], edge: FakeEdge) -> None:
    greet(edge)
    page = open_page("/?area=north", before="delete Navigator.prototype.share")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    shows(page, "ok")
    assert page.evaluate("localStorage.getItem('tocsin.places')") in (None, "[]")
    page.click("#share")
    says(page, "shared", "The link is copied.")
    assert page.evaluate("navigator.clipboard.readText()").endswith("/?area=north")
    ru = page.get_attribute(".languages a[hreflang=ru]", "href")
    assert parse_qs(urlsplit(ru).query) == {"area": ["north"], "lang": ["ru"]}
    page.click(".languages a[hreflang=ru]")
    page.wait_for_selector("html[lang=ru]")
    assert page.inner_text("#place") == "Северный район"
    page.click("#keep")
    page.wait_for_selector("#mine:visible")
    assert urlsplit(page.url).query == ""
    page.click(".languages a[hreflang=en]")
    page.wait_for_selector("html[lang=en]")
    says(page, "place", "North District")


@pytest.mark.parametrize(
    ("lat", "said"),
    [
        (50.6212, ("about 1 min on foot", "You can be there in time")),
        (50.6280, ("min on foot", "take the nearest cover now")),
    ],
)
def test_the_walk_to_a_shelter_is_reckoned_on_the_device(
    open_page: Callable[..., Any],
    edge: FakeEdge,
    web_desk: Desk,
    lat: float,
    said: tuple[str, str],
) -> None:
    own = ShelterDesk(web_desk, places=lambda: PLACES)
    own.do(RegisterShelters(shelters=SHELTERS), ADMIN)
    set_desk(web_desk, own, vault=MemoryVault())
    greet(edge)
    here = {"latitude": lat, "longitude": 36.575, "accuracy": 5}
    page = open_page(geolocation=here, permissions=["geolocation"])
    page.click("#position")
    shows(page, "ok")
    page.wait_for_selector("#nearlist .walk")
    first = page.inner_text("#nearlist .shelters > li >> nth=0")
    assert "School cellar" in first
    assert all(part in first for part in said)
    assert "unknown" in first  # nobody has told of the door
    if "nearest cover" in said[1]:
        says(page, "nearsaid", "Two walls between you and the street")
    else:
        assert not page.is_visible("#nearsaid")
    assert str(lat) not in " ".join(page.asked)
