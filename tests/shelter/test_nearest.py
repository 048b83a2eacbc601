"""Distances on foot: the golden file, an ellipsoid to compare with, and the edge of an outline."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st

from tocsin.shelter.nearest import DETOUR, EARTH_M, SPEED_M_S, metres, metres_to, nearest, walk_seconds

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "near.json").read_text())
SQUARE = {"type": "Polygon", "coordinates": [[[36.5, 50.5], [36.6, 50.5], [36.6, 50.6], [36.5, 50.6], [36.5, 50.5]]]}


def test_the_constants_are_those_of_the_golden_file() -> None:
    assert (GOLDEN["earth_m"], GOLDEN["detour"], GOLDEN["speed_m_s"]) == (EARTH_M, DETOUR, SPEED_M_S)


@pytest.mark.parametrize("pair", GOLDEN["pairs"], ids=lambda pair: pair["name"])
def test_distances_and_times_are_those_of_the_golden_file(pair: dict[str, dict[str, float]]) -> None:
    here, there = pair["from"], pair["to"]
    far = metres(here["lat"], here["lon"], there["lat"], there["lon"])
    assert far == pytest.approx(pair["metres"], abs=0.01)
    assert walk_seconds(far) == pytest.approx(pair["seconds"], abs=0.02)


def test_the_nearest_come_first() -> None:
    asked = GOLDEN["nearest"]
    here = (asked["from"]["lon"], asked["from"]["lat"])
    found = nearest(asked["places"], here, lambda one: (one["lon"], one["lat"]), asked["limit"])
    assert [one["id"] for _, one in found] == asked["ids"]
    assert [far for far, _ in found] == sorted(far for far, _ in found)


@given(st.floats(-80, 80), st.floats(-180, 180), st.floats(-0.1, 0.1), st.floats(-0.1, 0.1))
def test_the_sphere_is_good_enough_for_a_walk(lat: float, lon: float, up: float, right: float) -> None:
    true = Geodesic.WGS84.Inverse(lat, lon, lat + up, lon + right)["s12"]
    assert metres(lat, lon, lat + up, lon + right) == pytest.approx(true, rel=0.006, abs=0.01)


def test_the_way_to_an_outline_ends_at_its_edge() -> None:
    assert metres_to(SQUARE, (36.55, 50.55)) == 0
    assert metres_to(SQUARE, (36.55, 50.61)) == pytest.approx(metres(50.61, 36.55, 50.6, 36.55), rel=0.001)
    assert metres_to(SQUARE, (36.61, 50.55)) == pytest.approx(metres(50.55, 36.61, 50.55, 36.6), rel=0.001)
