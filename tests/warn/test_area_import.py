"""Areas are imported whole or not at all, and every reason is told with its place in the file."""

from __future__ import annotations

import copy
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.area import Area, AreaTree
from tocsin.core.errors import CATALOGUE, Invalid
from tocsin.warn.area_import import SIZE_LIMIT, read_areas
from tocsin.warn.target import cover


def square(lon: float = 20.0, lat: float = 50.0, side: float = 0.2) -> list[list[float]]:
    return [[lon, lat], [lon + side, lat], [lon + side, lat + side], [lon, lat + side], [lon, lat]]


def feature(area_id: str = "a", *, ring: list | None = None, geometry: object = ..., **properties: object) -> dict:
    shape = {"type": "Polygon", "coordinates": [ring or square()]} if geometry is ... else geometry
    return {
        "type": "Feature",
        "properties": {"id": area_id, "names": {"en": f"Name {area_id}"}} | properties,
        "geometry": shape,
    }


def file(*features: object, **head: object) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)} | head).encode()


def read(*features: object, **options):
    return read_areas(file(*features), **options)


def errors(result) -> list[tuple[str, str]]:
    return [(f.code, f.field) for f in result.findings if f.severity == "error"]


def test_a_good_file_becomes_areas_with_cells_parents_first():
    child = feature("b", ring=square(20.05, 50.05, 0.05), parent="a", kind="district", lead_time_s=45, population=10)
    result = read(child, feature("a", kind="city", zone="Europe/Warsaw", aliases=["Old"]), cover=cover)
    assert result.ok
    assert result.findings == ()
    assert [area.id for area in result.areas] == ["a", "b"]
    city, district = result.areas
    assert city.cells == cover(city.geometry)
    assert set(district.cells)
    assert (city.zone, city.aliases, city.kind) == ("Europe/Warsaw", ("Old",), "city")
    assert (district.parent, district.lead_time_s, district.population, district.zone) == ("a", 45, 10, "UTC")


def test_one_fault_keeps_the_whole_file_out():
    result = read(feature("a"), feature("b", ring=square(21), population=-1))
    assert not result.ok
    assert result.areas == ()
    assert errors(result) == [("TOC-2006", "features[1].properties.population")]


def test_every_fault_is_told_and_not_only_the_first():
    result = read(
        feature("a", population=-1, lead_time_s=181, zone="Moon/Tycho"),
        feature("b", geometry=None),
        feature("B!", ring=square(20.3)),
        {"type": "Feature", "properties": None, "geometry": {"type": "Polygon", "coordinates": [square(22)]}},
        feature("c", parent="nowhere", ring=square(20.5)),
    )
    assert errors(result) == [
        ("TOC-2006", "features[0].properties.population"),
        ("TOC-2006", "features[0].properties.lead_time_s"),
        ("TOC-2006", "features[0].properties.zone"),
        ("TOC-2002", "features[1].geometry"),
        ("TOC-2005", "features[2].properties.id"),
        ("TOC-2005", "features[3]"),
        ("TOC-2004", "features[4].properties.parent"),
    ]
    for finding in result.findings:
        assert finding.code in CATALOGUE
        assert finding.message.endswith(".")
        assert finding.remedy.endswith(".")
    assert result.findings[3].name == "Name b"


def bent(change) -> list[list[float]]:
    ring = square()
    change(ring)
    return ring


RING = "features[0].geometry.coordinates[0]"
BAD_RINGS = [
    (bent(lambda r: r.pop()), RING, "open"),
    ([[20.0, 50.0], [20.1, 50.0], [20.0, 50.0]], RING, "at least 4"),
    ([], RING, "at least 4"),
    ("ring", RING, "at least 4"),
    (bent(lambda r: r.__setitem__(1, [math.nan, 50.0])), RING + "[1]", "not finite"),
    (bent(lambda r: r.__setitem__(1, [10**400, 50.0])), RING + "[1]", "outside the world"),
    (bent(lambda r: r.__setitem__(2, [20.2, math.inf])), RING + "[2]", "not finite"),
    (bent(lambda r: r.__setitem__(1, [190.0, 50.0])), RING + "[1]", "outside the world"),
    (bent(lambda r: r.__setitem__(1, [20.2, -91.0])), RING + "[1]", "latitude, longitude"),
    (bent(lambda r: r.__setitem__(3, [20.0])), RING + "[3]", "pair of numbers"),
    (bent(lambda r: r.__setitem__(3, ["20", "50.2"])), RING + "[3]", "pair of numbers"),
    (bent(lambda r: r.__setitem__(3, [True, False])), RING + "[3]", "pair of numbers"),
    ([[20.0, 50.0], [20.2, 50.2], [20.2, 50.0], [20.0, 50.2], [20.0, 50.0]], RING[:-3], "Self-intersection[20.1 50.1]"),
    ([[20.0, 50.0]] * 4, RING[:-3], "crosses itself"),
]


@pytest.mark.parametrize(("ring", "field", "says"), BAD_RINGS)
def test_a_bad_ring_is_told_with_its_place(ring, field, says):
    one = feature("a")
    one["geometry"]["coordinates"] = [ring]
    result = read(one)
    assert errors(result) == [("TOC-2002", field)]
    assert says in result.findings[0].message


def test_a_ring_deep_in_a_multipolygon_is_named():
    geometry = {"type": "MultiPolygon", "coordinates": [[square()], [square(21), square(21.05, 50.05, 0.05)[:-1]]]}
    result = read(feature("a", geometry=geometry))
    assert errors(result) == [("TOC-2002", "features[0].geometry.coordinates[1][1]")]


def test_a_hole_is_legal_and_worth_a_look():
    geometry = {"type": "Polygon", "coordinates": [square(), square(20.05, 50.05, 0.05)]}
    result = read(feature("a", geometry=geometry))
    assert result.ok
    assert [(f.severity, f.field) for f in result.findings] == [("warning", RING[:-3] + "[1]")]


def test_winding_is_free_and_heights_are_dropped():
    ring = [[lon, lat, 120.5] for lon, lat in reversed(square())]
    result = read(feature("a", ring=ring))
    assert result.findings == ()
    assert result.areas[0].geometry["coordinates"][0] == [p[:2] for p in ring]


@pytest.mark.parametrize(
    "geometry", [None, {}, {"type": "Point", "coordinates": [20, 50]}, "POLYGON", {"type": "Polygon"}]
)
def test_an_area_without_an_outline_is_refused_unless_allowed(geometry):
    assert errors(read(feature("a", geometry=geometry))) == [("TOC-2002", "features[0].geometry")]
    allowed = read(feature("a", geometry=geometry), allow=("a",), cover=cover)
    assert allowed.areas[0].geometry is None
    assert allowed.areas[0].cells == ()
    assert [f.severity for f in allowed.findings] == ["warning"]


PSEUDO = [
    {"names": {"en": "Select All"}},
    {"names": {"en": "Whole country"}},
    {"names": {"en": "Parts of the country"}},
    {"names": {"en": "In Certain Areas of The Country"}},
    {"names": {"ru": "Вся страна"}},
    {"names": {"ru": "В некоторых районах страны."}},
    {"names": {"uk": "По всій країні"}},
    {"names": {"de": "Teile des Landes"}},
    {"names": {"he": "בחר הכל"}},
    {"lat": 0, "lng": 0},
]


@pytest.mark.parametrize("properties", PSEUDO)
def test_a_pseudo_area_is_flagged_and_never_geocoded(properties):
    result = read(feature("p", **properties))
    assert errors(result) == [("TOC-2003", "features[0]")]
    allowed = read(feature("p", **properties), allow=("p",), cover=cover)
    assert allowed.areas[0].geometry is None
    assert allowed.areas[0].cells == ()
    assert [(f.severity, f.code) for f in allowed.findings] == [("warning", "TOC-2003")]


def test_an_area_around_latitude_and_longitude_nought_is_a_pseudo_area_and_one_on_the_equator_is_not():
    assert errors(read(feature("a", ring=square(-0.1, -0.1)))) == [("TOC-2003", "features[0]")]
    assert read(feature("a", ring=square(109.3, -0.1))).ok
    assert read(feature("a", ring=square(0.0, 51.4))).ok


@pytest.mark.parametrize("name", ["Allerton", "Partizansk", "All Saints", "Countryside", "Часовой"])
def test_a_real_name_that_looks_a_little_like_it_is_kept(name):
    assert read(feature("a", names={"en": name})).ok


def test_allowing_an_id_that_is_not_there_is_worth_a_look():
    result = read(feature("a"), allow=("zz",))
    assert result.ok
    assert [(f.severity, f.field, f.name) for f in result.findings] == [("warning", "allow", "zz")]


def test_one_area_with_swapped_axes_among_others_is_found():
    others = [feature(f"a{n}", ring=square(36 + n / 4, 50)) for n in range(4)]
    swapped = feature("s", ring=[[lat, lon] for lon, lat in square(36.5, 50.5)])
    result = read(*others, swapped)
    assert errors(result) == [("TOC-2002", "features[4].geometry")]
    assert "swapped" in result.findings[0].message


def test_a_whole_file_with_swapped_axes_is_found_against_the_box_of_the_city():
    box = (36.0, 50.0, 37.0, 51.0)
    swapped = feature("s", ring=[[lat, lon] for lon, lat in square(36.5, 50.5)])
    assert "swapped" in read(swapped, within=box).findings[0].message
    assert "outside the box" in read(feature("s"), within=box).findings[0].message
    assert read(feature("s", ring=square(36.5, 50.5)), within=box).ok


def test_a_box_may_cross_the_antimeridian():
    box = (179.0, -20.0, -178.0, -15.0)
    assert read(feature("f", ring=square(179.2, -17.5)), within=box).ok
    assert read(feature("f", ring=square(-179.2, -17.5)), within=box).ok
    assert not read(feature("f", ring=square(170, -17.5)), within=box).ok


def test_an_id_used_twice_and_a_name_borne_twice_by_siblings():
    result = read(feature("a"), feature("a", ring=square(21)))
    assert errors(result) == [("TOC-2005", "features[1].properties.id")]
    one = feature("b", ring=square(20.01, 50.01, 0.05), parent="a", names={"en": "Kam'yane", "uk": "Кам’яне"})
    two = feature("c", ring=square(20.1, 50.1, 0.05), parent="a", names={"en": "KAM’YANE", "uk": "кам'яне"})
    result = read(feature("a"), one, two)
    assert set(errors(result)) == {
        ("TOC-2005", "features[2].properties.names.en"),
        ("TOC-2005", "features[2].properties.names.uk"),
    }
    two["properties"]["names"]["uk"] = "Кам'янка"
    assert read(feature("a"), one, two).ok
    two["properties"] |= {"parent": None, "names": one["properties"]["names"]}
    assert read(feature("a"), one, two).ok


def test_a_loop_of_parents_is_found_at_each_of_its_areas():
    result = read(feature("a", parent="b"), feature("b", parent="a"), feature("c", parent="b"))
    assert errors(result) == [
        ("TOC-2004", "features[0].properties.parent"),
        ("TOC-2004", "features[1].properties.parent"),
    ]
    assert errors(read(feature("a", parent="a"))) == [("TOC-2004", "features[0].properties.parent")]


def test_a_parent_may_be_known_already_and_a_loop_may_run_through_it():
    tree = AreaTree().with_area(Area(id="top", parent="low", names={"en": "Top"}))
    assert read(feature("a", parent="top"), known=tree.with_area(Area(id="low", names={"en": "Low"}))).ok
    assert errors(read(feature("low", parent="top"), known=tree)) == [("TOC-2004", "features[0].properties.parent")]


def test_a_child_far_outside_its_parent_is_an_error_and_one_across_its_edge_is_worth_a_look():
    far = read(feature("a"), feature("b", ring=square(21), parent="a"))
    assert errors(far) == [("TOC-2004", "features[1].properties.parent")]
    across = read(feature("a"), feature("b", ring=square(20.1, 50.0, 0.15), parent="a"))
    assert across.ok
    assert [f.severity for f in across.findings] == ["warning"]
    assert read(feature("a"), feature("b", ring=square(20.1, 50.1, 0.1001), parent="a")).findings == ()


@pytest.mark.parametrize(
    ("properties", "code", "key"),
    [
        ({"population": -1}, "TOC-2006", "population"),
        ({"population": 1.5}, "TOC-2006", "population"),
        ({"population": True}, "TOC-2006", "population"),
        ({"population": 10**30}, "TOC-2006", "population"),
        ({"lead_time_s": -1}, "TOC-2006", "lead_time_s"),
        ({"lead_time_s": 181}, "TOC-2006", "lead_time_s"),
        ({"lead_time_s": "15"}, "TOC-2006", "lead_time_s"),
        ({"zone": "Europe/Atlantis"}, "TOC-2006", "zone"),
        ({"zone": 3}, "TOC-2006", "zone"),
        ({"zone": "../etc/passwd"}, "TOC-2006", "zone"),
        ({"kind": "planet"}, "TOC-2006", "kind"),
        ({"demo": "yes"}, "TOC-2006", "demo"),
        ({"valid_from": "5.1.2024"}, "TOC-2006", "valid_from"),
        ({"valid_from": "2024-01-05", "valid_to": "2024-01-05"}, "TOC-2006", "valid_to"),
        ({"parent": 7}, "TOC-2004", "parent"),
        ({"aliases": "Old"}, "TOC-2005", "aliases"),
        ({"aliases": [""]}, "TOC-2005", "aliases"),
        ({"names": {}}, "TOC-2005", "names"),
        ({"names": ["Old"]}, "TOC-2005", "names"),
        ({"names": {"en": "a\u202eb"}}, "TOC-2005", "names.en"),
        ({"names": {"en": "a\nb", "de": "b"}}, "TOC-2005", "names.en"),
        ({"names": {"en": 4, "de": "b"}}, "TOC-2005", "names.en"),
        ({"names": {"english!": "a", "de": "b"}}, "TOC-2005", "names.english!"),
    ],
)
def test_a_property_out_of_range_is_told(properties, code, key):
    assert (code, f"features[0].properties.{key}") in errors(read(feature("a", **properties)))


@pytest.mark.parametrize("area_id", ["", "A", "a b", "a--b", "-a", "ä", "a_b", "x" * 65, None, 1.5, True])
def test_an_unusable_id_is_refused(area_id):
    assert errors(read(feature(area_id)))[0] == ("TOC-2005", "features[0].properties.id")


def test_names_may_come_in_other_forms_and_numbers_as_ids():
    one = feature("x", name="Plain", name_he="שם", **{"name:pt_BR": "Nome", "name_en": "Later"})
    one["properties"] |= {"id": 17}
    names = read(one).areas[0].names
    assert names == {"en": "Name x", "he": "שם", "pt-br": "Nome", "und": "Plain"}
    assert read(one).areas[0].id == "17"
    two = feature("x")
    del two["properties"]["id"]
    assert read(two | {"id": "y"}).areas[0].id == "y"


def test_a_misspelt_property_is_worth_a_look():
    result = read(feature("a", leadtime_s=30))
    assert result.ok
    assert "leadtime_s" in result.findings[0].message


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{}",
        b'{"type": "FeatureCollection"}',
        b'{"type": "FeatureCollection", "features": {}}',
        b'{"type": "FeatureCollection", "features": []}',
        b"[" * 100_000,
        b'{"type": ' + b"9" * 5000 + b"}",
        b" " * (SIZE_LIMIT + 1),
    ],
)
def test_what_is_not_geojson_is_refused(data):
    result = read_areas(data)
    assert result.areas == ()
    assert [f.code for f in result.findings] == ["TOC-2001"]


def test_other_coordinates_than_wgs_84_are_refused_and_a_byte_order_mark_is_read():
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
    assert ("TOC-2001", "crs") in errors(read_areas(file(feature("a"), crs=crs)))
    fine = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    assert read_areas(b"\xef\xbb\xbf" + file(feature("a"), crs=fine)).ok


@pytest.mark.parametrize("one", [None, 3, [], {}, {"type": "Polygon"}, {"type": "Feature", "properties": []}])
def test_what_is_not_a_feature_is_told(one):
    assert errors(read(feature("a"), one)) == [("TOC-2005", "features[1]")]


def test_cells_that_cannot_be_made_are_a_finding():
    def broken(geometry):
        raise Invalid("TOC-2002", "Too wide.", field="geometry", remedy="Cut it.")

    result = read(feature("a"), cover=broken)
    assert result.areas == ()
    assert errors(result) == [("TOC-2002", "features[0].geometry")]


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
KEYS = [
    "id",
    "names",
    "parent",
    "kind",
    "aliases",
    "valid_from",
    "population",
    "lead_time_s",
    "zone",
    "demo",
    "name_en",
]


@given(st.sampled_from(KEYS), JUNK)
def test_no_property_however_odd_breaks_the_reader(key, value):
    one = copy.deepcopy(feature("a"))
    one["properties"][key] = value
    result = read(one)
    assert result.ok == bool(result.areas)


@given(JUNK, st.sampled_from(["Polygon", "MultiPolygon", "GeometryCollection"]))
def test_no_geometry_however_odd_breaks_the_reader(coordinates, kind):
    result = read(feature("a", geometry={"type": kind, "coordinates": coordinates}))
    assert not result.ok


@given(JUNK)
def test_no_document_however_odd_breaks_the_reader(tree):
    assert not read_areas(json.dumps(tree).encode()).ok
