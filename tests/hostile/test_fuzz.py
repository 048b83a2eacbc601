"""A short run of what `make fuzz` does at length: the same inputs every time, and all that once broke a door."""

from __future__ import annotations

from itertools import islice

import pytest

from fuzz.harness import allowed_ms, mutated, too_slow
from fuzz.place import found
from fuzz.targets import targets

TARGETS = targets()
INPUTS = {"cap": 150}
"""So many inputs of each door; the dearer ones take fewer."""


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_that_is_sent_breaks_a_door(name: str) -> None:
    target = TARGETS[name]
    seeds = [*target.SEEDS, *found(name)]
    for data in (*seeds, *islice(mutated(seeds, target.WORDS, seed=1), INPUTS.get(name, 400))):
        try:
            target.take(data)
        except Exception as fault:
            fault.add_note(f"by {data!r}")
            raise


def test_the_inputs_are_the_same_every_time() -> None:
    target = TARGETS["mqtt"]
    one, other = (list(islice(mutated(target.SEEDS, target.WORDS, seed=7), 50)) for _ in range(2))
    assert one == other
    assert len(set(one)) > 40


def test_a_door_that_costs_too_much_is_named_and_a_busy_moment_is_not() -> None:
    times = iter([0.0, 9.0, 9.0, 9.001])
    assert too_slow(lambda _: None, b"x", clock=lambda: next(times)) is None
    ever = iter(range(100))
    assert too_slow(lambda _: None, b"x", clock=lambda: float(next(ever))) == 1000.0
    assert allowed_ms(b"x" * 4096) == 200.0
