"""Covers never miss a touched cell and hold few that are not touched."""

import contextlib
import math
import random

import h3
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Point, Polygon, box, mapping

from tocsin.core.errors import Invalid
from tocsin.warn.target import ancestors, contains, cover, parse_cells

BELGOROD = (36.6, 50.6)


def outline(cell):
    return Polygon([(lon, lat) for lat, lon in h3.cell_to_boundary(cell)])


def touched(area, resolution=7):
    """By brute force: every cell whose outline the geometry touches, flooding out from the cells of its corners."""
    seeds = {h3.latlng_to_cell(y, x, resolution) for x, y in shapely.get_coordinates(area)}
    front = set().union(*(h3.grid_disk(c, 2) for c in seeds))
    seen, found = set(front), set()
    while front:
        cell = front.pop()
        if outline(cell).intersects(area):
            found.add(cell)
            for near in h3.grid_disk(cell, 1):
                if near not in seen:
                    seen.add(near)
                    front.add(near)
    return found


def flat(cells, resolution=7):
    return set(h3.uncompact_cells(cells, resolution))


coordinates = st.tuples(st.floats(-175, 175), st.floats(-75, 75))


@st.composite
def polygons(draw):
    lon, lat = draw(coordinates)
    size = 10 ** draw(st.floats(-6, -0.9))
    flatten = 10 ** draw(st.floats(-5, 0))
    turn = draw(st.floats(0, math.pi))
    radii = draw(st.lists(st.floats(0.05, 1), min_size=3, max_size=14))
    ring = []
    for i, radius in enumerate(radii):
        angle = 2 * math.pi * i / len(radii)
        x, y = radius * size * math.cos(angle), radius * size * flatten * math.sin(angle)
        ring.append((lon + x * math.cos(turn) - y * math.sin(turn), lat + x * math.sin(turn) + y * math.cos(turn)))
    holes = []
    if draw(st.booleans()):
        holes.append([(lon + (x - lon) * 0.5, lat + (y - lat) * 0.5) for x, y in ring])
    return shapely.make_valid(Polygon(ring, holes))


@settings(max_examples=150, deadline=None)
@given(polygons())
def test_every_touched_cell_is_covered_and_few_others(area):
    if area.geom_type not in ("Polygon", "MultiPolygon"):
        return
    covered, exact = flat(cover(mapping(area))), touched(area)
    assert exact <= covered
    near = area.buffer(5e-5)
    assert all(outline(cell).intersects(near) for cell in covered - exact)


@settings(max_examples=100, deadline=None)
@given(polygons(), st.randoms(use_true_random=False))
def test_the_cell_that_a_device_computes_inside_is_covered(area, rng):
    """The device asks H3 itself, whose cell edges are arcs: no point inside may fall through."""
    if area.geom_type not in ("Polygon", "MultiPolygon"):
        return
    covered = set(cover(mapping(area)))
    west, south, east, north = area.bounds
    points = [Point(rng.uniform(west, east), rng.uniform(south, north)) for _ in range(40)]
    inside = [(p.x, p.y) for p in points if area.covers(p)] + shapely.get_coordinates(area).tolist()
    assert all(contains(covered, h3.latlng_to_cell(y, x, 7)) for x, y in inside)


@settings(max_examples=150, deadline=None)
@given(coordinates, st.floats(0, 1), st.integers(0, 5))
def test_a_sliver_along_a_cell_edge_meets_both_sides(place, share, side):
    """Points on the arc between two corners, where the straight edge and the true one part by centimetres."""
    cell = h3.latlng_to_cell(place[1], place[0], 7)
    ring = list(h3.cell_to_boundary(cell))
    (lat1, lon1), (lat2, lon2) = ring[side % len(ring)], ring[(side + 1) % len(ring)]
    lat, lon = lat1 + (lat2 - lat1) * share, lon1 + (lon2 - lon1) * share
    tiny = 1e-7
    covered = set(cover(mapping(box(lon - tiny, lat - tiny, lon + tiny, lat + tiny))))
    assert contains(covered, cell)
    for dy in (-tiny, 0, tiny):
        for dx in (-tiny, 0, tiny):
            assert contains(covered, h3.latlng_to_cell(lat + dy, lon + dx, 7))


def unit(lat, lon):
    lat, lon = math.radians(lat), math.radians(lon)
    return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)


@settings(max_examples=300, deadline=None)
@given(st.tuples(st.floats(-170, 170), st.floats(40, 75)), st.integers(0, 5))
def test_between_a_cells_straight_edge_and_its_true_one(place, side):
    """There the straight outline names one cell and H3 the other: a thorn that ends there must meet the true one."""
    cell = h3.latlng_to_cell(place[1], place[0], 7)
    ring = list(h3.cell_to_boundary(cell))
    (lat1, lon1), (lat2, lon2) = ring[side % len(ring)], ring[(side + 1) % len(ring)]
    x, y, z = (a + b for a, b in zip(unit(lat1, lon1), unit(lat2, lon2), strict=True))
    arc_lat, lon = math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x))
    chord_lat = lat1 + (lat2 - lat1) * (lon - lon1) / (lon2 - lon1) if lon1 != lon2 else arc_lat
    lat = (arc_lat + chord_lat) / 2
    straight = next((c for c in h3.grid_disk(cell, 1) if outline(c).contains(Point(lon, lat))), cell)
    base_lat, base_lon = h3.cell_to_latlng(straight)
    thorn = Polygon([(base_lon, base_lat), (base_lon + 1e-4, base_lat + 1e-4), (lon, lat)])
    assert contains(set(cover(mapping(thorn))), h3.latlng_to_cell(lat, lon, 7))


def test_the_excess_over_the_touched_cells_is_small():
    rng = random.Random(7)
    exact = extra = 0
    for _ in range(40):
        lon, lat = rng.uniform(-170, 170), rng.uniform(-70, 70)
        area = Point(lon, lat).buffer(rng.uniform(0.01, 0.3))
        covered, wanted = flat(cover(mapping(area))), touched(area)
        assert wanted <= covered
        exact, extra = exact + len(wanted), extra + len(covered - wanted)
    assert extra <= exact * 0.005, f"{extra} cells too many on {exact}"


def test_a_corner_that_touches_counts():
    lon, lat = BELGOROD
    cell = h3.latlng_to_cell(lat, lon, 7)
    corner_lat, corner_lon = h3.cell_to_boundary(cell)[0]
    area = box(corner_lon, corner_lat, corner_lon + 0.2, corner_lat + 0.2)
    assert contains(set(cover(mapping(area))), cell)


def test_a_hole_is_left_out():
    lon, lat = BELGOROD
    ring = box(lon - 0.5, lat - 0.5, lon + 0.5, lat + 0.5)
    area = Polygon(ring.exterior.coords, [box(lon - 0.3, lat - 0.3, lon + 0.3, lat + 0.3).exterior.coords])
    assert not contains(set(cover(mapping(area))), h3.latlng_to_cell(lat, lon, 7))
    assert contains(set(cover(mapping(ring))), h3.latlng_to_cell(lat, lon, 7))


def test_many_parts_are_all_covered():
    lon, lat = BELGOROD
    parts = MultiPolygon([box(lon, lat, lon + 0.001, lat + 0.001), box(-lon, -lat, -lon + 0.001, -lat + 0.001)])
    covered = set(cover(mapping(parts)))
    assert contains(covered, h3.latlng_to_cell(lat + 5e-4, lon + 5e-4, 7))
    assert contains(covered, h3.latlng_to_cell(-lat + 5e-4, -lon + 5e-4, 7))


@pytest.mark.parametrize(
    "ring",
    [
        pytest.param([[179, 60], [-179, 60], [-179, 61], [179, 61], [179, 60]], id="jump"),
        pytest.param([[179, 60], [181, 60], [181, 61], [179, 61], [179, 60]], id="beyond-180"),
        pytest.param([[-181, 60], [-179, 60], [-179, 61], [-181, 61], [-181, 60]], id="beyond-minus-180"),
    ],
)
def test_the_antimeridian(ring):
    covered = set(cover({"type": "Polygon", "coordinates": [ring]}))
    split = MultiPolygon([box(179, 60, 180, 61), box(-180, 60, -179, 61)])
    assert flat(covered) ^ flat(cover(mapping(split))) == set()
    rng = random.Random(3)
    for _ in range(2000):
        lon = rng.uniform(-1, 1)
        cell = h3.latlng_to_cell(rng.uniform(60, 61), lon - 180 if lon > 0 else lon + 180, 7)
        assert contains(covered, cell)
    assert not contains(covered, h3.latlng_to_cell(60.5, 0, 7))


def test_a_hole_across_the_antimeridian_is_left_out():
    ring = [[178, 60], [-178, 60], [-178, 62], [178, 62], [178, 60]]
    hole = [[-179, 60.5], [179, 60.5], [179, 61.5], [-179, 61.5], [-179, 60.5]]
    covered = set(cover({"type": "Polygon", "coordinates": [ring, hole]}))
    assert not contains(covered, h3.latlng_to_cell(61, 180, 7))
    assert contains(covered, h3.latlng_to_cell(61, 178.5, 7))
    assert contains(covered, h3.latlng_to_cell(61, -178.5, 7))


@pytest.mark.parametrize("south", [89.9, -90])
def test_the_poles(south):
    covered = set(cover(mapping(box(-180, south, 180, south + 0.1))))
    rng = random.Random(4)
    for _ in range(500):
        cell = h3.latlng_to_cell(rng.uniform(south, south + 0.1), rng.uniform(-180, 180), 7)
        assert contains(covered, cell)


def test_the_whole_earth_at_a_coarse_resolution():
    assert flat(cover(mapping(box(-180, -90, 180, 90)), 2), 2) == set(h3.uncompact_cells(list(h3.get_res0_cells()), 2))


def test_an_outline_that_crosses_itself_is_covered_on_both_sides():
    bow = {"type": "Polygon", "coordinates": [[[0, 50], [1, 51], [1, 50], [0, 51], [0, 50]]]}
    covered = set(cover(bow))
    assert contains(covered, h3.latlng_to_cell(50.5, 0.05, 7))
    assert contains(covered, h3.latlng_to_cell(50.5, 0.95, 7))


def test_an_oblast_of_5000_corners():
    lon, lat = BELGOROD
    rng = random.Random(5)
    ring = []
    for i in range(5000):
        angle, radius = 2 * math.pi * i / 5000, rng.uniform(0.9, 1.1)
        ring.append((lon + 1.6 * radius * math.cos(angle), lat + radius * math.sin(angle)))
    area = Polygon(ring)
    covered = set(cover(mapping(area)))
    assert len(covered) < len(flat(covered)) / 4, "compaction pays on an oblast"
    assert touched(area) <= flat(covered)


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [1, 2]},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon"},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]},
        {"type": "Polygon", "coordinates": [[[0, 89], [1, 91], [1, 89], [0, 89]]]},
        {"type": "Polygon", "coordinates": [[["a", 0], [1, 1], [1, 0], ["a", 0]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [float("nan"), 0], [0, 0]]]},
        {},
    ],
    ids=lambda g: str(g)[:40],
)
def test_unusable_geometry_is_refused(geometry):
    with pytest.raises(Invalid) as refusal:
        cover(geometry)
    assert refusal.value.code == "TOC-2002"
    assert refusal.value.field == "geometry"


def test_ancestors_run_from_the_cell_to_resolution_0():
    cell = h3.latlng_to_cell(50.6, 36.6, 7)
    line = ancestors(cell)
    assert line[0] == cell
    assert [h3.get_resolution(one) for one in line] == [7, 6, 5, 4, 3, 2, 1, 0]


CELL = h3.latlng_to_cell(50.6, 36.6, 7)


def test_cells_are_read_in_order_without_repeats():
    other = h3.latlng_to_cell(51.6, 36.6, 7)
    assert parse_cells(f"{other},{CELL.upper()}, {CELL},{other}") == (other, CELL)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",,",
        "zzz",
        CELL[:-1],
        CELL + "0",
        "0x" + CELL,
        "-" + CELL[1:],
        h3.cell_to_parent(CELL, 6),
        next(iter(h3.cell_to_children(CELL, 8))),
        "87283082fffffff",
        ",".join(sorted(h3.grid_disk(CELL, 5))[:65]),
        "," * 5000,
        "８" + CELL[1:],
    ],
    ids=lambda text: text[:24] or "empty",
)
def test_malformed_cells_are_refused(text):
    with pytest.raises(Invalid) as refusal:
        parse_cells(text)
    assert (refusal.value.code, refusal.value.field) == ("TOC-5001", "cells")
    assert "resolution 7" in refusal.value.remedy


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text):
    cells = ()
    with contextlib.suppress(Invalid):
        cells = parse_cells(text)
    assert all(h3.is_valid_cell(cell) and h3.get_resolution(cell) == 7 for cell in cells)
