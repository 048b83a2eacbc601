"""Waits before another attempt: they double, end somewhere, and are not the same for all."""

from __future__ import annotations

import pytest

from tocsin.channels import siren as channel_module
from tocsin.core.again import Again
from tocsin.siren import link as link_module


def test_each_wait_is_drawn_below_the_double_of_the_last_and_never_above_the_longest() -> None:
    again = Again(0.5, 5.0)
    bounds = [0.5, 1.0, 2.0, 4.0, 5.0, 5.0, 5.0]
    assert all(bound / 2 <= again.after(success=False) <= bound for bound in bounds)


def test_after_a_success_it_begins_anew() -> None:
    again = Again(0.5, 5.0)
    for _ in range(10):
        again.after(success=False)
    assert again.after(success=True) <= 0.5
    assert again.after(success=False) <= 1.0


def test_a_city_does_not_come_all_at_the_same_moment() -> None:
    assert len({Again(1.0, 5.0).after(success=False) for _ in range(100)}) > 50


@pytest.mark.parametrize(
    ("first", "longest", "most"),
    [
        (link_module.FIRST_WAIT_S, link_module.LONGEST_WAIT_S, 5.0),
        (channel_module.FIRST_WAIT_S, channel_module.LONGEST_WAIT_S, 2.0),
    ],
)
def test_however_long_a_broker_was_away_city_and_sirens_are_back_within_seconds(
    first: float, longest: float, most: float
) -> None:
    again = Again(first, longest)
    assert max(again.after(success=False) for _ in range(100)) <= most
