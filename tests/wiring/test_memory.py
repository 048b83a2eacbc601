"""A settled process looks through nothing that was loaded, and not in the middle of a decision."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from tocsin.wiring.memory import YOUNG, settle


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)


def test_what_is_loaded_is_frozen_and_a_decision_brings_no_look() -> None:
    loaded = [[number] for number in range(1000)]
    settle()
    assert gc.get_freeze_count() > len(loaded)
    assert gc.get_threshold()[0] == YOUNG
    looks: list[str] = []

    def saw(phase: str, _info: object) -> None:
        looks.append(phase)

    gc.callbacks.append(saw)
    try:
        made = [[number] for number in range(YOUNG // 4)]
    finally:
        gc.callbacks.remove(saw)
    assert (len(made), looks) == (YOUNG // 4, [])


def test_what_is_dropped_in_a_ring_is_still_found() -> None:
    settle()
    ring: list[object] = []
    ring.append(ring)
    del ring
    assert gc.collect() >= 1
