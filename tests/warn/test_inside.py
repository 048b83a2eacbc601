"""What an index finds is what looking at every position, or every cell, would find."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import h3.api.basic_int as h3int
import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Polygon, box, mapping

from tocsin.core.errors import Invalid
from tocsin.warn import inside, zorder
from tocsin.warn.alert import Circle
from tocsin.warn.inside import CellIndex, PositionIndex
from tocsin.warn.target import contains, cover
from tocsin.warn.zone import drawn, zone


def truly(area, lon, lat):
    """The slow way: an edge at a time, in exact fractions; what lies on an edge is inside."""
    west, south, east, north = area.bounds
    return south <= lat <= north and any(
        _truly(area, lon + turn, lat) for turn in (-360.0, 0.0, 360.0) if west <= lon + turn <= east
    )


def _truly(area, x, y):
    odd = False
    for ring in shapely.get_rings(shapely.get_parts(area)):
        for (xa, ya), (xb, yb) in itertools.pairwise(shapely.get_coordinates(ring).tolist()):
            if y < min(ya, yb) or y > max(ya, yb):
                continue
            side = _side_of((xa, ya), (xb, yb), (x, y))
            if side == 0 and min(xa, xb) <= x <= max(xa, xb):
                return True
            if (ya <= y) != (yb <= y) and (side > 0) == (yb > ya):
                odd = not odd
    return odd


def _side_of(a, b, place):
    xa, ya, xb, yb, x, y = (Fraction(number) for number in (*a, *b, *place))
    return (xb - xa) * (y - ya) - (yb - ya) * (x - xa)


@st.composite
def areas(draw):
    """Stars, with holes and in several parts, anywhere, also over the antimeridian and up to a pole."""
    step = draw(st.sampled_from([1 / 8, 1.0, 1e-4, None]))
    size = draw(st.sampled_from([1e-4, 0.1, 3.0, 40.0]))
    # Numbers as maps have them: to nine digits, and never some 10⁻³⁰⁰ from zero.
    where = st.integers(-(180 * 10**9), 180 * 10**9) | st.sampled_from([-180 * 10**9, 180 * 10**9, 0])
    lon, lat = draw(where) / 1e9, draw(st.integers(-(89 * 10**9), 89 * 10**9)) / 1e9
    parts = []
    for part in range(draw(st.integers(1, 2))):
        radii = draw(st.lists(st.integers(200, 1000), min_size=3, max_size=12))
        ring = []
        for i, radius in enumerate(radii):
            angle = 2 * math.pi * i / len(radii)
            x = lon + size * (radius / 1000 * math.cos(angle) + 2.5 * part)
            y = min(max(lat + size * radius / 1000 * math.sin(angle), -90.0), 90.0)
            ring.append((round(x / step) * step, round(y / step) * step) if step else (x, y))
        holes = [[(lon + (x - lon) / 2, lat + (y - lat) / 2) for x, y in ring]] if draw(st.booleans()) else []
        parts.append(Polygon(ring, holes))
    area = MultiPolygon(parts)
    if not area.is_valid:  # rounding let it cross itself
        area = shapely.union_all([part.buffer(0) for part in parts])
    west, south, east, north = area.bounds if not area.is_empty else (999.0,) * 4
    return area if west >= -540 and east <= 540 and south >= -90 and north <= 90 else box(1, 1, 2, 2)


def places(area, rng, count=12):
    """Positions where it is hard: corners, middles of edges, a hair beside them; and anywhere near."""
    corners = shapely.get_coordinates(area)
    chosen = corners[[rng.randrange(len(corners)) for _ in range(count)]]
    middles = (chosen + np.roll(chosen, 1, axis=0)) / 2
    beside = chosen * [[1 + rng.choice([-1, 0, 1]) * 2.0**-52, 1 + rng.choice([-1, 0, 1]) * 2.0**-52] for _ in chosen]
    west, south, east, north = area.bounds
    free = [(rng.uniform(west, east), rng.uniform(south, north)) for _ in range(count)]
    lattice = np.round(np.array(free) * 8) / 8
    found = np.concatenate([chosen, middles, beside, free, lattice])
    lons = (found[:, 0] + 180) % 360 - 180  # as positions come: between -180 and 180
    return np.where(np.abs(lons - found[:, 0]) < 1e-9, found[:, 0], lons), np.clip(found[:, 1], -90, 90)


@settings(max_examples=120, deadline=None)
@given(areas(), st.randoms(use_true_random=False), st.sampled_from([16, 64, 512]))
def test_an_index_finds_what_looking_at_every_position_finds(area, rng, side):
    lons, lats = places(area, rng)
    index = PositionIndex().add(np.arange(len(lons)), lons, lats)
    index.part()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inside, "_side", lambda _count: side)
        found = sorted(index.inside(area).tolist())
    east = np.where(lons == 180, -180.0, lons)
    assert found == [n for n in range(len(lons)) if truly(area, float(east[n]), float(lats[n]))]


@settings(max_examples=60, deadline=None)
@given(st.data(), areas(), st.randoms(use_true_random=False))
def test_adds_and_removals_need_no_rebuild(data, area, rng):
    """Random adds and removals beside a dictionary, with parts that merge early."""
    index, model, fresh = PositionIndex(), {}, itertools.count()
    lons, lats = places(area, rng, 8)
    east = np.where(lons == 180, -180.0, lons)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inside, "_LEAST", 20)
        for _ in range(data.draw(st.integers(1, 8))):
            if model and data.draw(st.booleans()):
                gone = data.draw(st.lists(st.sampled_from(sorted(model)), unique=True))
                at = [model.pop(one) for one in gone]
                assert index.remove(np.array(gone, int), lons[at], lats[at]) == len(gone)
                assert index.remove(np.array(gone, int), lons[at], lats[at]) == 0
            else:
                at = data.draw(st.lists(st.integers(0, len(lons) - 1), max_size=30))
                ids = [next(fresh) for _ in at]
                model.update(zip(ids, at, strict=True))
                index.add(np.array(ids, int), lons[at], lats[at])
            assert len(index) == len(model)
            wanted = [one for one, at in model.items() if truly(area, float(east[at]), float(lats[at]))]
            assert sorted(index.inside(area).tolist()) == sorted(wanted)


def test_an_outline_of_a_hundred_thousand_corners():
    rng = np.random.default_rng(5)
    angle = np.linspace(0, 2 * np.pi, 100_000, endpoint=False)
    radius = 1 + sum(np.cos(k * angle + k * k) / k for k in range(3, 60, 4)) / 8
    area = Polygon(np.c_[36 + 2 * radius * np.cos(angle), 50 + radius * np.sin(angle)])
    assert area.is_valid
    lons, lats = rng.uniform(33, 39, 60_000), rng.uniform(48, 52, 60_000)
    found = PositionIndex().add(np.arange(60_000), lons, lats).inside(area)
    shapely.prepare(area)
    assert np.array_equal(np.sort(found), np.flatnonzero(shapely.intersects_xy(area, lons, lats)))


def test_a_comb_whose_edges_all_run_through_everything_is_drawn_coarsely(monkeypatch):
    monkeypatch.setattr(zorder, "_MOST", 5000)
    teeth = [(x / 50, y) for x in range(200) for y in ((0.1, 4.0) if x % 2 else (4.0, 0.1))]
    area = Polygon([*teeth, (5, 0), (-1, 0)])
    lons, lats = np.random.default_rng(2).uniform(0, 4, (2, 5000))
    assert area.is_valid
    assert len(zorder.ranges(area, 512).low) < 5000
    found = PositionIndex().add(np.arange(5000), lons, lats).inside(area)
    assert np.array_equal(np.sort(found), np.flatnonzero(shapely.intersects_xy(area, lons, lats)))


def test_an_area_round_the_earth_finds_nobody_twice():
    lons, lats = np.linspace(-180, 180, 721), np.full(721, 71.0)
    index = PositionIndex().add(np.arange(721), lons, lats)
    for area in (box(-180, 70, 180, 90), box(0, 70, 360, 90), box(-190, 70, 190, 90)):
        assert sorted(index.inside(area).tolist()) == list(range(721))


def test_an_empty_area_and_an_empty_index_find_nobody():
    assert PositionIndex().inside(box(0, 0, 1, 1)).tolist() == []
    assert PositionIndex().add(np.array([1]), np.array([0.5]), np.array([0.5])).inside(Polygon()).tolist() == []
    assert CellIndex().inside(()).tolist() == []


def test_a_position_takes_thirty_two_bytes_and_a_cell_sixteen():
    positions = PositionIndex().add(np.arange(100), np.zeros(100), np.zeros(100)).part()
    cells = CellIndex().add(np.arange(100), np.full(100, 0x872830828FFFFFF, np.uint64)).part()
    assert sum(column.nbytes for column in positions) == 32 * 100
    assert sum(column.nbytes for column in cells) == 16 * 100


@pytest.mark.parametrize(("lon", "lat"), [(181, 0), (0, 91), (math.nan, 0), (0, math.inf)])
def test_a_position_off_the_earth_is_refused(lon, lat):
    with pytest.raises(Invalid, match="off the Earth") as told:
        PositionIndex().add(np.array([1]), np.array([float(lon)]), np.array([float(lat)]))
    assert told.value.code == "TOC-2002"


def test_ids_that_do_not_fit_are_refused():
    with pytest.raises(Invalid, match="one id"):
        PositionIndex().add(np.array([1, 2]), np.array([0.0]), np.array([0.0]))
    with pytest.raises(Invalid, match="one id"):
        CellIndex().add(np.array([-1]), np.array([0x872830828FFFFFF], np.uint64))
    with pytest.raises(Invalid, match="not an H3 cell"):
        CellIndex().add(np.array([1]), np.array([7], np.uint64))


def of(cells):
    return np.array(cells, np.uint64)


@settings(max_examples=30, deadline=None)
@given(areas(), st.randoms(use_true_random=False))
def test_a_cell_that_the_area_touches_is_inside(area, rng):
    """Beside the walk up from every cell, with subscriptions of several cells, after removals."""
    west, south, east, north = area.bounds
    if max(east - west, north - south) > 0.5 or max(abs(west), abs(east)) > 180:
        area = box(36, 50, 36.4, 50.3)
        west, south, east, north = area.bounds
    covered = cover(mapping(area))
    middle = h3int.latlng_to_cell((south + north) / 2, (west + east) / 2, 7)
    around = h3int.grid_disk(middle, 6)
    held = {one: rng.sample(around, rng.randint(1, 6)) for one in range(60)}
    pairs = [(one, cell) for one, cells in held.items() for cell in cells]
    index = CellIndex().add(np.array([one for one, _ in pairs]), of([cell for _, cell in pairs]))
    for one in rng.sample(sorted(held), 20):
        cells = held.pop(one)
        assert index.remove(np.full(len(cells), one), of(cells)) == len(cells)
    known = set(covered)
    wanted = [one for one, cells in held.items() if any(contains(known, h3int.int_to_str(cell)) for cell in cells)]
    assert index.inside(covered).tolist() == wanted


def test_ids_far_apart_are_found_once_each_too():
    cell = 0x872830828FFFFFF
    index = CellIndex().add(np.array([5, 10**15, 5]), of([cell, cell, cell]))
    assert index.inside([h3int.int_to_str(h3int.cell_to_parent(cell, 4))]).tolist() == [5, 10**15]


radii = st.sampled_from([0.0, 0.05, 2.0, 60.0, 900.0, 4000.0, 8900.0])


@settings(max_examples=80, deadline=None)
@given(st.floats(-90, 90), st.floats(-180, 180), radii, st.randoms(use_true_random=False))
def test_a_drawn_circle_holds_the_whole_circle_and_hardly_more(lat, lon, radius, rng):
    area = drawn(Circle(lat=lat, lon=lon, radius_km=radius))
    assert area.is_valid
    turns, shares = [rng.uniform(0, 360) for _ in range(60)], [rng.uniform(0, 1) ** 0.2 for _ in range(60)]
    told = [Geodesic.WGS84.Direct(lat, lon, t, s * radius * 1000) for t, s in zip(turns, shares, strict=True)]
    lons, lats = np.array([one["lon2"] for one in told]), np.array([one["lat2"] for one in told])
    index = PositionIndex().add(np.arange(60), lons, lats)
    assert sorted(index.inside(area).tolist()) == list(range(60))
    if abs(lat) + radius / 111 < 80:
        far = [Geodesic.WGS84.Direct(lat, lon, t, max(radius, 0.001) * 1005) for t in turns]
        outside = PositionIndex().add(
            np.arange(60), np.array([o["lon2"] for o in far]), np.array([o["lat2"] for o in far])
        )
        assert outside.inside(area).tolist() == []


def test_a_zone_of_polygons_and_circles_is_their_union():
    square = mapping(box(179, 10, 180, 11))
    both = zone([square, mapping(box(0, 0, 1, 1))], [Circle(lat=50, lon=36, radius_km=10)])
    index = PositionIndex().add(np.arange(4), np.array([-180.0, 0.5, 36.1, 37.0]), np.array([10.5, 0.5, 50.0, 50.0]))
    assert sorted(index.inside(both).tolist()) == [0, 1, 2]
    over = {"type": "Polygon", "coordinates": [[[179, 0], [-179, 0], [-179, 1], [179, 1], [179, 0]]]}
    beyond = PositionIndex().add(np.arange(3), np.array([179.5, -179.5, 0.0]), np.array([0.5, 0.5, 0.5]))
    assert sorted(beyond.inside(zone([over])).tolist()) == [0, 1]


@pytest.mark.parametrize("circle", [(91, 0, 1), (0, 181, 1), (0, 0, -1), (math.nan, 0, 1)])
def test_a_circle_off_the_earth_is_refused(circle):
    with pytest.raises(Invalid, match="off the Earth"):
        drawn(Circle(lat=circle[0], lon=circle[1], radius_km=circle[2]))


def test_a_circle_wider_than_half_the_way_round_is_the_earth():
    assert drawn(Circle(lat=10, lon=10, radius_km=15_000)).equals(box(-180, -90, 180, 90))
