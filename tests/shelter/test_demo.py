"""The shelters of the demonstration cities can be imported, and are what is promised."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest

import tocsin
from tocsin.cli.areas import areas_of
from tocsin.cli.city import bundled, tree_of
from tocsin.shelter.shelter_import import Home, ShelterImport, read_shelters

CITIES = sorted(path.parent.name for path in (Path(tocsin.__file__).parent / "cities").glob("*/city.json"))


@lru_cache
def read(name: str) -> ShelterImport:
    city, areas, _, shelters = bundled(name)
    home = Home(areas=tree_of(areas_of(areas, city)), within=city.within, demo=city.demo)
    return read_shelters(shelters, home)


@pytest.mark.parametrize("name", CITIES)
def test_a_demonstrations_shelters_are_whole_and_invented(name: str) -> None:
    result = read(name)
    assert result.findings == ()
    assert result.shelters
    city = bundled(name)[0]
    for shelter in result.shelters:
        names = result.places[shelter.id].names if shelter.hidden else shelter.names
        assert shelter.demo
        assert set(names) == set(city.languages)
        assert "invented" not in names["en"]  # said once, above every page, not in each name


def test_the_demonstrations_have_the_size_that_is_promised() -> None:
    count = {name: len(read(name).shelters) for name in CITIES}
    assert count == {"belgorod-demo": 25, "port-almen": 9}
    told = read("belgorod-demo").shelters
    assert any(one.hidden for one in told)
    for field in ("capacity", "accessible", "opened_by"):
        assert any(getattr(one, field) is None for one in told), field
