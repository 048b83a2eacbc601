"""A short run of what ``make chaos`` does at length: real processes, a few faults of a fixed seed, every law."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import pytest

from chaos.faults import KINDS
from chaos.laws import broken
from chaos.run import _chosen, play


@pytest.mark.processes
def test_a_night_of_faults_loses_nothing_and_sounds_nothing_twice() -> None:
    report = play(faults=4, seed=7)
    assert report.violations == []
    assert report.faults.total() == 4
    assert len(report.recoveries_ms) == report.nights >= 1
    assert report.looks > 0


def test_the_seed_chooses_the_faults_and_no_two_touch_the_same() -> None:
    first, again = (_chosen(random.Random(3), list(KINDS), 6) for _ in range(2))
    assert first == again
    assert len({kind.touches for kind, _, _ in first}) == len(first)


def a_city(updates: list[dict[str, Any]], starts: list[dict[str, Any]], ledger: list[dict[str, Any]]) -> Any:
    """What the laws look at, without a city."""
    return SimpleNamespace(
        pages={"a": SimpleNamespace(updates=lambda: updates)},
        stack=SimpleNamespace(
            ledger=lambda: ledger,
            sirens={"a": "s"},
            mqtt=SimpleNamespace(starts=lambda _siren: starts),
        ),
    )


ISSUED = {"seq": 1, "id": "E", "kind": "warning.issued", "body": {"content": {"areas": ["a"]}}}
UPDATE = {"seq": 1, "areas": [{"id": "a", "phase": "alert"}]}
START = {"command_id": "E.s", "tone": "wail"}


def test_a_sound_night_breaks_no_law() -> None:
    assert broken(a_city([UPDATE], [START], [ISSUED])) == []


@pytest.mark.parametrize(
    ("updates", "starts", "said"),
    [
        ([UPDATE, UPDATE], [START], "update 1 came twice"),
        ([{**UPDATE, "seq": 9}], [START], "no entry 9"),
        ([UPDATE], [START, START], "E.s began 2 times"),
        ([UPDATE], [{**START, "command_id": "X.s"}], "X.s belongs to no warning"),
        ([{"seq": 1, "areas": [{"id": "a", "phase": "ended"}]}], [START], "an end at 1, which is warning.issued"),
    ],
)
def test_what_may_not_be_is_found(updates: list[Any], starts: list[Any], said: str) -> None:
    assert any(said in fault for fault in broken(a_city(updates, starts, [ISSUED])))
