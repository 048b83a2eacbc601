"""Geodesic distances against published geodesics and plain geometry."""

from __future__ import annotations

import math

import pytest

from tocsin.core.errors import Invalid
from tocsin.record.distance import area_to_line, beside, between, lines, ranking, read_line, to_line

# Karney's GeodSolve, WGS 84: JFK to LHR, and along the equator and a meridian.
KNOWN = [
    ((-73.8, 40.6), (-0.5, 51.6), 5551759.4003),
    ((0.0, 0.0), (1.0, 0.0), 111319.4908),
    ((0.0, 0.0), (0.0, 90.0), 10001965.7293),
]


@pytest.mark.parametrize(("one", "other", "metres"), KNOWN)
def test_between_two_positions(one: tuple[float, float], other: tuple[float, float], metres: float) -> None:
    assert between(one, other) == pytest.approx(metres, abs=0.001)
    assert between(other, one) == pytest.approx(metres, abs=0.001)


def test_the_nearest_point_of_a_segment_lies_between_its_ends() -> None:
    # From a point north of the equator the nearest of a segment along it is the foot of its meridian.
    found = to_line((10.0, 0.5), [[(0.0, 0.0), (30.0, 0.0)]])
    assert found == pytest.approx(between((10.0, 0.5), (10.0, 0.0)), abs=0.5)


def test_many_segments_are_all_looked_at() -> None:
    line = [[(x / 10, math.sin(x / 5) / 10) for x in range(200)], [(5.0, 3.0), (6.0, 3.0)]]
    point = (5.5, 2.7)
    dense = [(5 + n / 1000, 3.0) for n in range(1001)]
    assert to_line(point, line) == pytest.approx(min(between(point, one) for one in dense), rel=1e-3)


SQUARE = {"type": "Polygon", "coordinates": [[[36.5, 50.5], [36.7, 50.5], [36.7, 50.7], [36.5, 50.7], [36.5, 50.5]]]}
BORDER = {"type": "LineString", "coordinates": [[35.0, 50.2], [38.0, 50.2]]}


def test_an_area_to_a_border_from_its_edge_and_from_its_middle() -> None:
    found = area_to_line(SQUARE, BORDER)
    assert found.nearest_m == pytest.approx(33_000, rel=0.03)
    assert found.centre_m == pytest.approx(44_000, rel=0.03)
    assert found.nearest_m < found.centre_m
    touching = area_to_line(SQUARE, {"type": "LineString", "coordinates": [[36.6, 50.0], [36.6, 51.0]]})
    assert touching.nearest_m == 0.0


def test_a_claimed_about_stands_beside_the_computed() -> None:
    found = beside(40.0, area_to_line(SQUARE, BORDER))
    assert found.agrees
    assert found.differs_by == 0.0
    assert found.nearest_km < 40 < found.centre_km
    far = beside(120.0, area_to_line(SQUARE, BORDER))
    assert not far.agrees
    assert far.differs_by > 0.5


def test_lines_come_from_every_kind_of_geojson() -> None:
    collection = {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": BORDER}]}
    assert lines(collection) == lines(BORDER)
    assert len(lines(SQUARE)[0]) == 5
    assert lines({"type": "GeometryCollection", "geometries": [BORDER, BORDER]}) == lines(BORDER) * 2


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"type":"Point","coordinates":[1,2]}',
        b'{"type":"LineString","coordinates":[[1,2]]}',
        b'{"type":"LineString","coordinates":[[1,200],[1,2]]}',
        b'{"type":"FeatureCollection"}',
    ],
)
def test_what_is_no_line_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid) as caught:
        read_line(data)
    assert caught.value.code == "TOC-2001"


def test_equals_share_a_rank() -> None:
    found = ranking({"a": 3, "b": 5, "c": 5, "d": 1})
    assert [(one.rank, one.key) for one in found] == [(1, "b"), (1, "c"), (3, "a"), (4, "d")]
    assert [one.key for one in ranking({"a": 3, "b": 5}, least_first=True)] == ["a", "b"]
