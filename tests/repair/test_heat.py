"""The heat model against worked rows, a balance of energy, a single node, and plain sense."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.repair.heat import (
    PESSIMISTIC,
    START_C,
    TEXTBOOK,
    Flat,
    Hours,
    Stepper,
    crossings,
    hours_to_cold,
    network,
    steady,
    window_flow,
)

MIN = 1 / 60
NEVER = math.inf
HALF_MIN, TENTH, WHOLE = 0.5 * MIN, 0.05, 0.5
ROWS: list[tuple[str, bool, tuple[tuple[float, float], ...]]] = [
    ("open", False, ((7 * MIN, MIN), (1.6, TENTH), (5.8, TENTH), (12, WHOLE), (7.2, TENTH))),
    ("open", True, ((7 * MIN, MIN), (2.7, TENTH), (9.1, TENTH), (25, WHOLE), (16, WHOLE))),
    ("film1", False, ((5.8, TENTH), (19, WHOLE), (33, WHOLE), (54, WHOLE), (53, WHOLE))),
    ("film1", True, ((35, WHOLE), (NEVER, 0), (NEVER, 0), (NEVER, 0), (NEVER, 0))),
]


def hours(flat: Flat, outside_c: float = -10, wind_ms: float = 3, **more: Any) -> Hours:
    return Hours(*(row[0] for row in hours_to_cold(network([flat], outside_c, wind_ms, **more))))


@pytest.mark.parametrize(("cover", "heating", "row"), ROWS)
def test_worked_rows(cover: Any, heating: bool, row: tuple[tuple[float, float], ...]) -> None:
    told = hours(Flat(hole_m2=3, cover=cover, heating=heating))
    for value, (wanted, rounding) in zip(told, row, strict=True):
        if math.isinf(wanted):
            assert math.isinf(value)
        else:
            assert abs(value - wanted) <= rounding + 1e-9


def test_units() -> None:
    net = network([Flat(hole_m2=0, cover="glass")], -10)
    walls = 1 / (1 / net.h_em + 1 / net.h_ms)
    intact = float((net.h_w + walls + net.h_ve)[0])
    assert intact == pytest.approx(58.0, abs=0.05)
    assert intact * 31 / 1000 == pytest.approx(1.80, abs=0.005)
    broken = network([Flat(hole_m2=3)], -10)
    flow = float(window_flow(broken, np.array([21.0]))[0])
    assert flow == pytest.approx(0.729, abs=0.0005)
    assert flow * 1006 == pytest.approx(733, abs=0.5)
    assert flow * 1006 * 31 / 1000 == pytest.approx(22.7, abs=0.05)


def test_a_draught_through_two_sides_follows_the_orifice() -> None:
    net = network([Flat(hole_m2=3, two_sides=True)], -10, 4)
    density = 1.204 * 293.15 / 263.15
    wanted = density * 0.6 * (1.5 / math.sqrt(2)) * 4 * math.sqrt(0.75)
    assert float(window_flow(net, np.array([21.0]))[0]) == pytest.approx(wanted)


flats = st.builds(
    Flat,
    hole_m2=st.floats(0.1, 12),
    cover=st.sampled_from(["open", "film1", "film2", "plywood", "glass"]),
    two_sides=st.booleans(),
    heating=st.booleans(),
    heavy=st.booleans(),
    floor_m2=st.floats(15, 150),
)
outside = st.floats(-35, 12)
wind = st.floats(0, 20)


@settings(max_examples=40, deadline=None)
@given(flats, outside, wind, st.sampled_from([TEXTBOOK, PESSIMISTIC]))
def test_the_energy_balance_closes(flat: Flat, outside_c: float, wind_ms: float, assumed: Any) -> None:
    net = network([flat], outside_c, wind_ms, assumed)
    stepper = Stepper(net)
    gained = lost = turnover = 0.0
    for _ in range(480):
        now = stepper.step()
        source = float(net.to_air[0] + net.to_surface[0] + net.to_mass[0])
        share = 0.7 + 0.3 * float(net.share_surface[0] + net.share_mass[0])
        gained += 30 * (source + share * float(stepper.heat[0]))
        out = stepper.vent * (now.air - outside_c) + net.h_w * (now.surface - outside_c)
        lost += 30 * float((out + net.h_em * (now.mass - outside_c))[0])
        turnover += 30 * (abs(float(out[0])) + source)
    stored = float((net.c_air * (now.air - START_C) + net.c_mass * (now.mass - START_C))[0])
    assert abs(stored - (gained - lost)) <= 0.001 * max(turnover, 1.0)


def test_the_single_node_limit_is_an_exponential() -> None:
    # With air and surfaces tied to a mass that alone holds heat, the network is one node: exp(-t/τ).
    net = network([Flat(hole_m2=3, cover="film1", gains_w=0)], -10)
    tied = replace(net, h_is=net.h_is * 1e6, h_ms=net.h_ms * 1e6, c_air=net.c_air * 1e-3)
    tau_h = float((tied.c_mass / (tied.h_ve + tied.h_w + tied.h_em))[0]) / 3600
    levels = [(level, False) for level in (16.0, 10.0, 5.0, 0.0, -5.0)]
    told = crossings(tied, levels, horizon_h=200)[:, 0]
    for (level, _), value in zip(levels, told, strict=True):
        assert value == pytest.approx(tau_h * math.log(31 / (level + 10)), rel=0.01)


@settings(max_examples=40, deadline=None)
@given(flats, st.tuples(outside, wind), st.tuples(st.floats(0, 6), st.floats(0, 10), st.floats(0, 8)))
def test_more_hole_colder_or_windier_is_never_slower(
    flat: Flat, weather: tuple[float, float], more: tuple[float, float, float]
) -> None:
    (outside_c, wind_ms), (more_m2, colder, windier) = weather, more
    worse = msgspec.structs.replace(flat, hole_m2=flat.hole_m2 + (0 if flat.cover == "glass" else more_m2))
    cold = np.array([outside_c, outside_c, outside_c - colder, outside_c])
    moved = np.array([wind_ms, wind_ms, wind_ms, wind_ms + windier])
    told = np.array(hours_to_cold(network([flat, worse, flat, flat], cold, moved), horizon_h=72))
    assert (told[:, 1:] <= told[:, :1]).all()


@settings(max_examples=15, deadline=None)
@given(st.lists(flats, min_size=1, max_size=4), outside, wind)
def test_many_at_once_are_as_one_by_one(many: list[Flat], outside_c: float, wind_ms: float) -> None:
    together = np.array(hours_to_cold(network(many, outside_c, wind_ms), horizon_h=48))
    for column, flat in enumerate(many):
        alone = hours_to_cold(network([flat], outside_c, wind_ms), horizon_h=48)
        assert np.array_equal(together[:, column], np.array(alone)[:, 0])


@settings(max_examples=20, deadline=None)
@given(flats, outside, wind)
def test_time_leads_to_the_steady_state(flat: Flat, outside_c: float, wind_ms: float) -> None:
    net = network([flat], outside_c, wind_ms)
    end = steady(net)
    stepper = Stepper(net, end.air, end.mass)
    for _ in range(20):
        stepper.step()
    assert abs(float(stepper.now.operative[0] - end.operative[0])) < 1e-3
    far = Stepper(net, end.air + 2, end.mass + 1, step_s=300.0)
    apart = 1.0
    for _ in range(4):
        for _ in range(12 * 24):
            far.step()
        assert abs(float(far.now.mass[0] - end.mass[0])) < apart
        apart = abs(float(far.now.mass[0] - end.mass[0])) + 1e-6
    assert apart < 0.6


def test_the_pessimistic_end_is_never_later() -> None:
    for cover in ("open", "film1", "film2", "plywood"):
        for heating in (False, True):
            flat = Flat(hole_m2=3, cover=cover, heating=heating)
            early, late = hours(flat, assumed=PESSIMISTIC), hours(flat)
            assert all(one <= two for one, two in zip(early, late, strict=True))


def test_levels_already_passed_are_at_hour_nought() -> None:
    net = network([Flat(hole_m2=3)], -10)
    assert crossings(net, [(16.0, False), (9.0, False)], 5.0, 8.0).tolist() == [[0.0], [0.0]]
