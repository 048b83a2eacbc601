"""The queues behind docs/scale.md, beside what theory knows of them."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[1] / "bench"))
from _queues import Measured, everybody, minute, pushed, returned, serve


def dice() -> np.random.Generator:
    return np.random.default_rng(1)


def found(**changes: float) -> Measured:
    one = np.array([10.0])
    return Measured(
        **{"decide": one, "append": one, "bus": one, "fixed": 1.0, "write": 0.01, "back": 0.1, "push": 0.2, **changes}
    )


def test_who_comes_to_a_busy_server_waits_for_those_before() -> None:
    assert serve(np.array([0.0, 1.0, 10.0]), np.array([4.0, 2.0, 1.0])).tolist() == [4.0, 6.0, 11.0]


@pytest.mark.parametrize("load", [0.3, 0.6, 0.8])
def test_the_mean_wait_is_that_of_pollaczek_and_khinchine(load: float) -> None:
    came = np.cumsum(dice().exponential(1 / load, 200_000))
    waited = serve(came, np.ones(len(came))) - came - 1
    assert waited.mean() == pytest.approx(load / (2 * (1 - load)), rel=0.05)


def test_an_alert_to_all_ends_with_the_last_client_of_a_process() -> None:
    took = everybody(found(), 1000, 10, dice())
    assert took.min() == pytest.approx(31.0)
    assert took.max() == pytest.approx(31.0 + 0.01 * 100)


def test_the_ledger_takes_one_issue_after_the_other() -> None:
    few, many = (minute(found(), areas, 3000, 1, dice()) for areas in (2, 2900))
    assert few.max() == pytest.approx(20 + 10 + 1.01)
    assert np.quantile(many, 0.99) > 100, "2,900 issues of 20 ms fill a minute"


def test_twice_the_workers_take_half_the_time() -> None:
    assert pushed(found(), 1000, 10) == 20.0
    assert pushed(found(), 1000, 20) == 10.0


def test_nobody_is_back_before_the_wait_that_the_edge_asks_for() -> None:
    took = returned(found(), 1000, 4, dice())
    assert took.min() >= 1000
    assert took.max() <= 5000 + 250 * 0.1
