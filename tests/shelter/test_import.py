"""A file of shelters: taken whole or not at all, every fault with its place and its cure."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelter.rig import Shelters, collection, feature, place, shelter
from tocsin.cli.city import tree_of
from tocsin.core.errors import CATALOGUE
from tocsin.shelter.shelter_import import Home, ShelterImport, read_shelters
from warn.rig import AREAS

CITY = Home(areas=tree_of(AREAS), within=(36.3, 50.3, 36.8, 50.8), demo=True)


def read(*features: Any, home: Home = CITY) -> ShelterImport:
    return read_shelters(collection(*features), home)


def faults(result: ShelterImport) -> list[tuple[str, str]]:
    assert (result.shelters, result.places) == ((), {})
    assert all(one.message and one.remedy and one.code in CATALOGUE for one in result.findings)
    return [(one.code, one.field) for one in result.findings if one.severity == "error"]


def test_what_a_file_says_and_what_it_does_not() -> None:
    full = feature(
        "h01",
        names={"en": "School cellar", "ru": "Подвал школы"},
        kind="school",
        capacity=250,
        accessible=False,
        opened_by="residents with keys",
        floors_below=0,
        hidden_from_public=False,
        door="unknown",
        note="for people",
    )
    result = read(full, feature("h02", area=..., lon=36.56))
    assert result.findings == ()
    one, two = result.shelters
    assert (one.kind, one.capacity, one.accessible, one.opened_by, one.floors_below) == (
        "school",
        250,
        False,
        "residents",
        0,
    )
    assert (two.kind, two.capacity, two.accessible, two.opened_by, two.floors_below) == (
        "other",
        None,
        None,
        None,
        None,
    )
    assert two.area == "north-2"  # the smallest area around the point
    assert (result.places["h01"].lon, result.places["h01"].lat) == (36.51, 50.61)


def test_a_csv_says_the_same() -> None:
    text = (
        "id,name_en,area,kind,capacity,accessible,opened_by,floors_below,hidden_from_public,demo,lon,lat\n"
        "h01,School cellar,north-1,school,250,no,school,1,false,true,36.51,50.61\n"
        "007,1914,north-1,,,,,,,yes,36.511,50.611\n"
        "h03,Sealed,north-1,basement,unknown,,,,true,true,36.515,50.615\n"
    )
    result = read_shelters(text.encode(), CITY)
    assert result.findings == ()
    one, two, three = result.shelters
    assert (one.capacity, one.accessible, one.opened_by, one.floors_below, one.hidden) == (
        250,
        False,
        "school",
        1,
        False,
    )
    assert (two.id, two.names, two.capacity, two.accessible) == ("007", {"en": "1914"}, None, None)
    assert (three.hidden, three.names) == (True, {})
    assert result.places["h03"].names == {"en": "Sealed"}


@pytest.mark.parametrize(
    ("wrong", "code", "key"),
    [
        (feature("H 1"), "TOC-9002", ".id"),
        (feature("h1", names={}), "TOC-9002", ".names"),
        (feature("h1", names={"en": "a", "ru": "a\u202eb"}), "TOC-9002", ".names.ru"),
        (feature("h1", kind="bunker"), "TOC-9002", ".kind"),
        (feature("h1", capacity=0), "TOC-9002", ".capacity"),
        (feature("h1", capacity="250"), "TOC-9002", ".capacity"),
        (feature("h1", capacity=True), "TOC-9002", ".capacity"),
        (feature("h1", accessible="perhaps"), "TOC-9002", ".accessible"),
        (feature("h1", opened_by="Anna, 555 0199"), "TOC-9002", ".opened_by"),
        (feature("h1", floors_below=-1), "TOC-9002", ".floors_below"),
        (feature("h1", hidden_from_public="no"), "TOC-9002", ".hidden_from_public"),
        (feature("h1", area="atlantis"), "TOC-9003", ".area"),
        (feature("h1", area=7), "TOC-9003", ".area"),
        (feature("h1", area=..., lon=36.45), "TOC-9003", ".area"),
        (feature("h1", lon=36.49), "TOC-9003", ".lon"),
        (feature("h1", lon=36.9), "TOC-9003", ".lon"),
        (feature("h1", lon=50.61, lat=36.51), "TOC-9003", ".lon"),
        (feature("h1", lon=0, lat=0), "TOC-9003", ".lon"),
        (feature("h1", lon=200), "TOC-9003", ".lon"),
        (feature("h1", lon="36.51"), "TOC-9003", ".lon"),
        (feature("h1", lon=float("nan")), "TOC-9003", ".lon"),
        (feature("h1", demo=False), "TOC-8003", ".demo"),
    ],
)
def test_one_fault_keeps_the_whole_file_out(wrong: Any, code: str, key: str) -> None:
    found = faults(read(feature("h00"), wrong))
    assert found == [(code, f"features[1].properties{key}")]


def test_every_fault_is_named_at_once() -> None:
    result = read(feature("h1", capacity=-1, kind="bunker"), feature("h2", area="atlantis"), {"type": "Feature"})
    assert len(faults(result)) == 4


@pytest.mark.parametrize("swapped", [(50.61, 36.51), (139.7, 35.7)])
def test_swapped_axes_are_called_by_their_name(swapped: tuple[float, float]) -> None:
    homes = [CITY, Home(areas=CITY.areas, demo=True)] if swapped[0] < 90 else [Home(areas=CITY.areas, demo=True)]
    lon, lat = swapped
    for home in homes:
        wrong = feature("h1", lon=lon if lon < 90 else lat, lat=lat if lon < 90 else lon)
        (finding,) = read(wrong, home=home).findings
        assert "swapped" in finding.message


def test_a_short_way_outside_a_coarse_outline_is_forgiven() -> None:
    assert read(feature("h1", lon=36.498)).ok  # 140 m
    (finding,) = read(feature("h1", lon=36.495)).findings
    assert "m outside 'north-1'" in finding.message


def test_an_id_used_twice_is_one_shelter_too_many() -> None:
    assert faults(read(feature("h1"), feature("h1", lon=36.515))) == [("TOC-9004", "features[1].properties.id")]


def test_two_of_one_name_on_one_spot_are_worth_a_look() -> None:
    names = {"en": "Torggata 52"}
    result = read(feature("h1", names=names), feature("h2", names=names), feature("h3"))
    assert result.ok
    assert [(one.code, one.severity) for one in result.findings] == [("TOC-9004", "warning")]


def test_no_public_entry_stands_where_a_hidden_one_is() -> None:
    hidden = feature("h1", hidden_from_public=True, names={"en": "Sealed cellar"})
    result = read(hidden, feature("h2"))
    assert faults(result) == [("TOC-9004", "features[1].properties")]
    assert "Sealed" not in result.findings[0].message
    here = Shelters()
    here.register(shelter("h1", hidden=True))
    known = Home(areas=CITY.areas, demo=True, state=here.state, places={"h1": place()})
    assert faults(read(feature("h2"), home=known)) == [("TOC-9004", "features[0].properties")]
    # Another room of a hidden shelter, hidden itself, may stand there.
    assert read(hidden, feature("h3", hidden_from_public=True)).ok


@pytest.mark.parametrize("said", [..., None, False])
def test_hidden_stays_hidden_unless_it_is_revealed_by_name(said: Any) -> None:
    here = Shelters()
    here.register(shelter("h1", hidden=True))
    again = feature("h1", hidden_from_public=said, names={"en": "Sealed cellar"})
    home = Home(areas=CITY.areas, demo=True, state=here.state, places={"h1": place()})
    result = read(again, home=home)
    assert result.ok
    assert [one.severity for one in result.findings] == ["warning"]
    assert result.shelters[0].hidden
    assert result.shelters[0].names == {}
    revealed = read(again, home=Home(areas=CITY.areas, demo=True, state=here.state, reveal=("h1",)))
    assert revealed.findings == ()
    assert not revealed.shelters[0].hidden


def test_what_is_not_understood_is_said() -> None:
    result = read(feature("h1", door="open", capasity=20))
    assert result.ok
    assert ["door" in one.field or "capasity" in one.message for one in result.findings] == [True, True]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"{",
        b"[]",
        b'{"type": "FeatureCollection"}',
        b'{"features": []}',
        b"id,area\n1,2\n",
        b"id,name,lon,lat\n",
        b"id,name,lon,lat\nh1,a,b\n",
        b"[" * 100_000,
        b'{"features": ' + b"[" * 100_000,
    ],
)
def test_a_file_that_is_none(data: bytes) -> None:
    result = read_shelters(data, CITY)
    assert {code for code, _ in faults(result)} == {"TOC-9001"}


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
keys = st.sampled_from(
    ["id", "names", "name", "area", "kind", "capacity", "accessible", "opened_by", "hidden_from_public", "romtype"]
)


@given(st.lists(st.dictionaries(keys, plain, max_size=6), max_size=3), st.lists(plain, max_size=3))
def test_whatever_a_file_holds_it_is_taken_whole_or_refused_with_reasons(told: list[Any], point: list[Any]) -> None:
    features = [
        {"type": "Feature", "properties": one, "geometry": {"type": "Point", "coordinates": point}} for one in told
    ]
    result = read_shelters(json.dumps({"features": features}).encode(), CITY)
    assert result.ok or faults(result)
    assert result.ok == bool(result.shelters)


def dsb(adresse: str = "Torggata 52", **changes: Any) -> dict[str, Any]:
    told = {"adresse": adresse, "gnr": 15, "bnr": 1, "kommunenr": 901, "areal": 144, "byggear": 1990}
    told |= {"kategori": "76-Rom B", "kommune": "RISØR", "plasser": 240, "romtype": "Offentlig"} | changes
    return {"type": "Feature", "properties": told, "geometry": {"type": "Point", "coordinates": [36.51, 50.61]}}


def test_the_norwegian_list_is_read_as_it_is() -> None:
    home = Home(areas=CITY.areas)
    listed = [
        dsb(),
        dsb(),
        dsb(plasser=100),
        dsb("Kulturhuset", gnr=20, plasser=0),
        dsb("Telebygg", gnr=21, kategori="Ikke ferdigstilt"),
        dsb("Privat", gnr=22, romtype="Privat"),
    ]
    result = read(*listed, home=home)
    assert result.ok
    first, second, third = result.shelters
    assert first.id.startswith("no-901-15-1-")
    assert first.id != second.id
    assert third.id == "no-901-20-1"
    assert (first.names, first.capacity, first.kind) == ({"no": "Torggata 52"}, 240, "public")
    assert third.capacity is None
    assert all(
        (one.accessible, one.opened_by, one.floors_below, one.hidden) == (None, None, None, False)
        for one in result.shelters
    )
    assert [one.field[:11] for one in result.findings if one.code == "TOC-9002"] == [
        "features[1]",
        "features[3]",
        "features[4]",
        "features[5]",
    ]
    # The same list in another order gives the same identifiers.
    again = read(*reversed(listed), home=home)
    assert {one.id for one in again.shelters} == {one.id for one in result.shelters}
