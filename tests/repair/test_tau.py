"""What two thermometers tell of a building."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repair.rig import Repairs, opening
from tocsin.repair import commands as cmd
from tocsin.repair import cooling, tau
from tocsin.repair.heat import Flat, Stepper, network
from tocsin.repair.state import Reading
from warn.rig import START


def reading(hours: float, temperature_c: float, outside_c: float = -10, **more: Any) -> Reading:
    told: dict[str, Any] = {"need": "n1", "building": "b1", "since": START} | more
    at = START + timedelta(hours=hours)
    return Reading(at=at, temperature_c=temperature_c, outside_c=outside_c, **told)


@given(st.floats(3.5, 190), st.floats(0.5, 12), st.floats(-25, 5), st.floats(12, 22))
def test_it_finds_the_constant_of_an_exponential(hours: float, apart: float, outside_c: float, first_c: float) -> None:
    second_c = outside_c + (first_c - outside_c) * math.exp(-apart / hours)
    told = tau.between(reading(0, first_c, outside_c), reading(apart, second_c, outside_c))
    assert told is not None
    assert told.hours == pytest.approx(hours, rel=1e-6)
    assert not told.flagged
    assert told.low <= told.hours <= told.high


@pytest.mark.parametrize(("second_c", "flagged"), [(-9.0, True), (17.9, True), (12.0, False)])
def test_what_is_outside_3_to_200_hours_is_flagged(second_c: float, flagged: bool) -> None:
    told = tau.between(reading(0, 18), reading(1, second_c))
    assert told is not None
    assert told.flagged is flagged


@pytest.mark.parametrize(
    "second",
    [
        reading(2, 19),
        reading(2, -11),
        reading(0, 12),
        reading(2, 12, need="n2"),
        reading(2, 12, since=START + timedelta(hours=1)),
    ],
)
def test_no_constant_where_it_did_not_cool_or_was_changed(second: Reading) -> None:
    assert tau.between(reading(0, 18), second) is None


def cooled(here: Repairs, capacity: float, at_h: tuple[float, ...]) -> list[tuple[datetime, float]]:
    """What a thermometer shows in a flat behind film that holds heat by another factor than the textbook."""
    net = network([Flat(hole_m2=3, cover="film1")], -10.0)
    stepper = Stepper(replace(net, c_mass=net.c_mass * capacity, c_air=net.c_air * capacity))
    start, told = here.clock.now(), []
    for number in range(1, int(max(at_h) * 120) + 1):
        stepper.step()
        if number / 120 in at_h:
            told.append((start + timedelta(hours=number / 120), float(stepper.now.operative[0])))
    return told


@pytest.mark.parametrize("capacity", [0.3, 0.6, 1.0])
def test_readings_narrow_the_band_of_their_building(capacity: float) -> None:
    here = Repairs()
    here.weather(-10)
    here.open("n1", opening=opening(cover="film1"))
    here.open("n2", opening=opening(cover="film1"))
    here.open("n3", opening=opening(cover="film1"), building="b2")
    before = {row.need.id: row.urgency.hours["10"] for row in here.desk.queue()}
    told = cooled(here, capacity, (3.0, 9.0))
    for at, temperature_c in told:
        here.clock.at = at
        here.do(cmd.ReadThermometer(need_id="n1", at=at, temperature_c=temperature_c))
    factor = cooling.factors(here.state, here.policy)["b1"]
    assert factor.low <= capacity * 1.25
    assert factor.high >= capacity * 0.8
    assert factor.low <= factor.middle <= factor.high
    here.clock.at = told[0][0] - timedelta(hours=3)
    after = {row.need.id: row.urgency for row in here.desk.queue()}
    assert after["n3"].hours["10"] == before["n3"]
    assert after["n2"].assumed == ("learned", "learned")
    early, late = after["n2"].hours["10"], before["n2"]
    assert early.sooner is not None
    assert late.sooner is not None
    assert early.sooner > late.sooner or capacity < 0.5


def test_readings_of_a_heated_flat_teach_nothing() -> None:
    here = Repairs()
    here.weather(-10)
    here.open(opening=opening(cover="film1", heating=True))
    for hours, temperature_c in ((1, 17.0), (4, 16.0)):
        here.clock.move(3600 * hours)
        here.do(cmd.ReadThermometer(need_id="n1", at=here.clock.now(), temperature_c=temperature_c))
    assert cooling.factors(here.state, here.policy) == {}
