"""Rules 30 to 36: polygons, circles, codes and heights, and the shapes that we compute ourselves."""

from __future__ import annotations

import math

import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, Polygon

from tocsin.core.errors import Invalid
from tocsin.warn.alert import Circle, Value
from tocsin.warn.cap_read import parse
from tocsin.warn.cap_rules import MAX_VERTICES, check, circle_polygon, simplify_outward
from tocsin.warn.cap_write import to_xml
from warn.cap_kit import RING, found, spoiled, with_area

POLYGON = "50.1,36.2 50.1,36.4 50.0,36.4 50.0,36.2 50.1,36.2"


def drawn(text: str) -> bytes:
    return spoiled((POLYGON, text))


def circled(text: str) -> bytes:
    return spoiled((f"<polygon>{POLYGON}</polygon>", f"<circle>{text}</circle>"))


def test_rule_30_an_area_has_a_name():
    assert found(spoiled(("North district", "")), 30, "error")
    assert found(spoiled((f"<polygon>{POLYGON}</polygon>", "")), 30, "warning")
    with pytest.raises(Invalid, match="Rule 30"):
        to_xml(with_area(desc=""))


def test_rule_30_polygons_circles_and_codes_stand_side_by_side():
    alert = with_area(polygons=(RING, RING), circles=(Circle(lat=50, lon=36, radius_km=3),))
    area = parse(to_xml(alert)).infos[0].areas[0]
    assert (len(area.polygons), len(area.circles), len(area.geocodes)) == (2, 1, 1)


@pytest.mark.parametrize(
    "bad",
    [
        "abc",
        "50.1;36.2 50.1,36.4 50.0,36.4 50.1,36.2",
        "50.1,36.2 50.1,36.4 50.1,36.2",
        "50.1,36.2 50.1,36.4 50.0,36.4 50.0,36.2",
        "95.1,36.2 95.1,36.4 95.0,36.4 95.1,36.2",
        "50.1,181 50.1,182 50.0,182 50.1,181",
        "50.1,36.2 50.0,36.4 50.1,36.4 50.0,36.2 50.1,36.2",
        "50.1,36.2 50.1,36.2 50.1,36.2 50.1,36.2",
        "nan,36.2 50.1,36.4 50.0,36.4 nan,36.2",
        "5e1,36.2 50.1,36.4 50.0,36.4 5e1,36.2",
        "50.1,36.2 50.1,36.4 50.0,36.4 50.1",
    ],
)
def test_rule_31_polygons_are_closed_simple_rings_on_the_globe(bad):
    assert found(drawn(bad), 31, "error")


def test_rule_31_any_white_space_separates_pairs():
    data = drawn("\n 50.1,36.2\t50.1,36.4\r\n\n50.0,36.4   50.0,36.2 50.1,36.2 \n")
    assert check(data) == []
    assert parse(data).infos[0].areas[0].polygons == (RING,)


def test_rule_31_winding_is_free():
    assert check(drawn(" ".join(reversed(POLYGON.split())))) == []


def test_rule_31_a_hole_is_refused_and_not_dropped():
    hole = "<polygon>50.06,36.28 50.06,36.32 50.04,36.32 50.04,36.28 50.06,36.28</polygon>"
    data = spoiled(("</polygon>", "</polygon>" + hole))
    [finding] = found(data, 31, "error")
    assert finding.path == "/alert/info[1]/area[1]/polygon[2]"
    assert len(parse(data).infos[0].areas[0].polygons) == 2


def test_rule_31_an_undrawable_polygon_is_kept_as_text():
    alert = parse(drawn("50.1,36.2 and so on"))
    assert alert.infos[0].areas[0].polygons == ()
    assert any("and so on" in text for text in alert.unknown)


@pytest.mark.parametrize("ring", [RING[:-1], RING[:2], ((0.0, math.nan),) * 4, ((0.0, math.inf),) * 4])
def test_rule_31_the_writer_repairs_nothing(ring):
    with pytest.raises(Invalid, match="Rule 31") as refusal:
        to_xml(with_area(polygons=(ring,)))
    assert refusal.value.field
    assert refusal.value.remedy


def test_rule_32_swapped_coordinates_are_seen_against_the_city():
    city = (49.5, 35.5, 50.5, 37.0)
    swapped = drawn("36.2,50.1 36.4,50.1 36.4,50.0 36.2,50.0 36.2,50.1")
    assert found(swapped, 32, "error", bbox=city)
    assert not found(spoiled(), 32, bbox=city)
    assert not found(swapped, 32), "alone, without a city, it may be meant"


def test_rule_32_swapped_coordinates_are_seen_against_the_other_areas():
    other = "<polygon>36.5,50.1 36.6,50.1 36.6,50.0 36.5,50.1</polygon>"
    assert found(spoiled(("</polygon>", "</polygon>" + other)), 32, "warning")


@pytest.mark.parametrize("bad", ["50,36", "50 36 5", "50,36,5", "50,36 -5", "95,36 5", "50,36 x", "50,36 99999"])
def test_rule_33_circles(bad):
    assert found(circled(bad), 33, "error")


def test_rule_33_radius_zero_is_a_point_when_read_and_nothing_when_written():
    assert not found(circled("50,36 0"), 33)
    assert found(circled("50,36 0"), 33, "error", strict_output=True)
    assert parse(circled(" 50.5 , 36\n 2 ")).infos[0].areas[0].circles == (Circle(lat=50.5, lon=36, radius_km=2),)


@given(lat=st.floats(-89, 89), lon=st.floats(-180, 180), radius=st.floats(0.01, 2000), n=st.integers(4, 90))
@settings(max_examples=150, deadline=None)
def test_rule_33_circles_are_geodesic(lat, lon, radius, n):
    ring = circle_polygon(Circle(lat=lat, lon=lon, radius_km=radius), n)
    assert len(ring) == n + 1
    assert ring[0] == ring[-1]
    for point in ring[:-1]:
        assert abs(point[0]) <= 90
        assert abs(point[1]) <= 180
        measured = Geodesic.WGS84.Inverse(lat, lon, *point)["s12"]
        assert measured == pytest.approx(radius * 1000, abs=0.001)


def test_rule_33_a_circle_at_50_degrees_is_as_wide_as_it_is_high():
    ring = circle_polygon(Circle(lat=50, lon=36, radius_km=10), 360)
    lats, lons = [lat for lat, _ in ring], [lon for _, lon in ring]
    high = Geodesic.WGS84.Inverse(min(lats), 36, max(lats), 36)["s12"]
    wide = Geodesic.WGS84.Inverse(50, min(lons), 50, max(lons))["s12"]
    assert high == pytest.approx(20_000, rel=1e-3)
    assert wide == pytest.approx(20_000, rel=1e-3)


def test_rule_33_a_polygon_drawn_outside_covers_the_circle():
    inner = circle_polygon(Circle(lat=50, lon=36, radius_km=10), 720)
    outer = Polygon(circle_polygon(Circle(lat=50, lon=36, radius_km=10), 24, outside=True))
    assert all(outer.covers(Point(point)) for point in inner)


def test_rule_34_codes_alone_are_legal_and_named():
    code = "<geocode><valueName>EMMA_ID</valueName><value>UA001</value></geocode>"
    data = spoiled((f"<polygon>{POLYGON}</polygon>", code))
    [finding] = check(data)
    assert (finding.rule, finding.severity) == (34, "warning")
    assert "EMMA_ID" in finding.message
    assert found(data.replace(b"UA001", b""), 34, "error")
    written = to_xml(with_area(polygons=(), geocodes=(Value(name="EMMA_ID", value="UA001"),)))
    assert parse(written).infos[0].areas[0].geocodes == (Value(name="EMMA_ID", value="UA001"),)


@pytest.mark.parametrize(
    "bad", ["<ceiling>5</ceiling>", "<altitude>9</altitude><ceiling>9</ceiling>", "<altitude>high</altitude>"]
)
def test_rule_35_ceiling_stands_above_an_altitude(bad):
    assert found(spoiled(("</polygon>", "</polygon>" + bad)), 35, "error")
    assert not found(spoiled(("</polygon>", "</polygon><altitude>0</altitude><ceiling>1.5</ceiling>")), 35)


@pytest.mark.parametrize(
    "ring",
    [
        "10,179 10,-179 11,-179 11,179 10,179",
        "90,0 80,90 80,-90 90,0",
        "-90,-180 -90,180 -80,180 -80,-180 -90,-180",
    ],
)
def test_rule_36_antimeridian_and_poles_do_not_crash(ring):
    assert not [f for f in check(drawn(ring), strict_output=True) if f.rule == 32]
    points = parse(drawn(ring)).infos[0].areas[0].polygons[0]
    assert simplify_outward(points * 30)


def test_rule_36_a_polygon_over_the_antimeridian_is_judged_as_one_piece():
    assert not found(drawn("10,179 10,-179 11,-179 11,179 10,179"), 31)
    ring = tuple(
        (lat, lon if lon <= 180 else lon - 360)
        for lat, lon in ((60 + math.sin(a / 200) * 3, 180 + math.cos(a / 200) * 3) for a in range(1257))
    )
    small = simplify_outward((*ring, ring[0]))
    assert len(small) - 1 <= MAX_VERTICES
    assert all(-180 <= lon <= 180 for _, lon in small)
    shifted = Polygon([(lon % 360, lat) for lat, lon in small])
    assert shifted.covers(Polygon([(lon % 360, lat) for lat, lon in ring]))


def test_rule_36_many_vertices_are_pointed_out():
    ring = circle_polygon(Circle(lat=50, lon=36, radius_km=9), 150)
    assert found(drawn(" ".join(f"{lat},{lon}" for lat, lon in ring)), 36, "warning")


@given(
    radii=st.lists(st.floats(0.05, 1.0), min_size=101, max_size=400),
    lat=st.floats(-80, 80),
    lon=st.floats(-170, 170),
    size=st.floats(1e-4, 5.0),
)
@settings(max_examples=60, deadline=None)
def test_rule_36_simplification_never_loses_a_point(radii, lat, lon, size):
    n = len(radii)
    star = [
        (lat + r * size * math.sin(2 * math.pi * i / n), lon + r * size * math.cos(2 * math.pi * i / n))
        for i, r in enumerate(radii)
    ]
    ring = (*star, star[0])
    small = simplify_outward(ring)
    assert small[0] == small[-1]
    assert len(small) - 1 <= MAX_VERTICES
    before, after = Polygon([(x, y) for y, x in ring]), Polygon([(x, y) for y, x in small])
    assert after.is_valid
    if before.is_valid:
        assert after.covers(before)
    assert all(after.covers(Point(x, y)) for y, x in ring)


def test_rule_36_a_small_sound_polygon_is_left_alone_and_a_crossed_one_is_covered():
    assert simplify_outward(RING) is RING
    crossed = ((50.1, 36.2), (50.0, 36.4), (50.1, 36.4), (50.0, 36.2), (50.1, 36.2))
    hull = Polygon(simplify_outward(crossed))
    assert hull.is_valid
    assert all(hull.covers(Point(point)) for point in crossed)


def test_rule_36_simplification_stays_close():
    ring = circle_polygon(Circle(lat=50, lon=36, radius_km=9), 2000)
    before, after = Polygon(ring), Polygon(simplify_outward(ring))
    assert before.area < after.area < 1.01 * before.area
