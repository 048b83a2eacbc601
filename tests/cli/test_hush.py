"""What no log may hold is found in one, and what any log may hold is not mistaken for it."""

from __future__ import annotations

from tocsin.cli.hush import _leaves, spoken

HOME = {"address": "Shchorsa 47", "flat": "7", "lat": 50.61234567, "floor": 3, "people": [{"name": "Anna"}]}


def test_addresses_and_exact_places_are_looked_for_and_small_words_are_not() -> None:
    assert set(_leaves(HOME)) == {"Shchorsa 47", "50.6123"}


def test_a_round_number_is_no_place() -> None:
    assert list(_leaves({"depth": 2.0, "lat": 50.0})) == []


def test_a_line_that_says_one_is_found() -> None:
    secrets = list(_leaves(HOME))
    assert spoken("a need at 50.61239,36.5 was moved", secrets) == ["50.6123"]
    assert spoken("a need was moved", secrets) == []
