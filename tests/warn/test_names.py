"""The names in the cities that come with Tocsin: in each language of the city, in its own letters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import tocsin
from tocsin.core.text import pick
from tocsin.warn.words import languages, name_list

CITIES = sorted(path.parent for path in (Path(tocsin.__file__).parent / "cities").glob("*/city.json"))
LETTERS = {"en": "[A-Za-z]", "de": "[A-Za-zÄÖÜäöüß]", "ru": "[А-Яа-яЁё]", "uk": "[А-ЩЬЮЯЄІЇҐа-щьюяєіїґ]"}


def named(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """What has a name in a city, and the name in each language."""
    for feature in json.loads((folder / "areas.geojson").read_text(encoding="utf-8"))["features"]:
        yield f"area {feature['properties']['id']}", feature["properties"]["names"]
    for part in ("sirens.json", "shelters.geojson"):
        for feature in json.loads((folder / part).read_text(encoding="utf-8"))["features"]:
            yield f"{part} {feature['properties']['id']}", feature["properties"]["names"]
    city = json.loads((folder / "city.json").read_text(encoding="utf-8"))
    yield "city", city["names"]
    yield "sender", city["sender_name"]


@pytest.mark.parametrize("folder", CITIES, ids=lambda folder: folder.name)
def test_everything_has_a_name_in_each_language_of_its_city(folder: Path):
    spoken = json.loads((folder / "city.json").read_text(encoding="utf-8"))["languages"]
    assert set(spoken) <= set(languages())
    for what, names in named(folder):
        for tag in spoken:
            name = names.get(tag, "")
            assert name.strip() == name != "", (what, tag)
            assert all(re.fullmatch(LETTERS[tag], letter) for letter in name if letter.isalpha()), (what, tag, name)


@pytest.mark.parametrize("folder", CITIES, ids=lambda folder: folder.name)
def test_no_two_areas_of_a_city_share_a_name(folder: Path):
    areas = [names for what, names in named(folder) if what.startswith("area ")]
    for tag in {tag for names in areas for tag in names}:
        said = [pick(names, tag).casefold() for names in areas]
        assert len(set(said)) == len(said), tag


def test_a_list_of_places_is_read_in_the_language_asked_for_and_never_empty():
    places = [{"en": "Old Quay", "ru": "Старый причал"}, {"en": "Saltworks"}]
    assert name_list(places, "ru") == "Старый причал, Saltworks"
    assert name_list(places, "ru", room=20) == "Старый причал и ещё 1"
