"""The real list of Norway's public shelters, where it stands beside the checkout."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tocsin.cli.city import tree_of
from tocsin.core.area import Area
from tocsin.shelter.shelter_import import Home, ShelterImport, read_shelters

FILE = Path(__file__).resolve().parents[3] / "shared" / "data" / "shelters" / "norway_dsb_shelters.geojson"
BOX = (4.0, 57.5, 31.5, 71.5)

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not FILE.exists(), reason="the corpus is not beside the checkout"),
]


@pytest.fixture(scope="module")
def read() -> ShelterImport:
    west, south, east, north = BOX
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    country = Area(id="norway", names={"no": "Norge"}, geometry={"type": "Polygon", "coordinates": [ring]})
    return read_shelters(FILE.read_bytes(), Home(areas=tree_of([country]), within=BOX))


def test_the_whole_list_can_be_imported(read: ShelterImport) -> None:
    features = json.loads(FILE.read_bytes())["features"]
    assert len(features) == 316
    assert read.ok
    left_out = [one for one in read.findings if "left out" in one.message or "taken once" in one.message]
    assert len(read.shelters) + len(left_out) == 316
    assert len({one.id for one in read.shelters}) == len(read.shelters) == len(read.places)


def test_what_it_does_not_say_is_unknown(read: ShelterImport) -> None:
    for one in read.shelters:
        assert (one.accessible, one.opened_by, one.floors_below) == (None, None, None)
        assert one.capacity is None or one.capacity > 0
        assert one.area == "norway"
    assert sum(1 for one in read.shelters if one.capacity is None) == 14
    left_out = 146_659 - sum(one.capacity or 0 for one in read.shelters)
    assert left_out == 26 + 20 + 100 + 100  # two that are not finished, two that are listed twice word for word


def test_two_rooms_of_one_house_are_two(read: ShelterImport) -> None:
    rooms = [one for one in read.shelters if one.names["no"] == "Betzy Kjelsbergs vei 182"]
    assert sorted(one.capacity or 0 for one in rooms) == [450, 537]
