"""A short run of what ``make chaos`` does at length: real processes, a few faults of a fixed seed, every law."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import nats_server
import postgres
from chaos import ground
from chaos.kinds import KINDS, PROCESSES, Deck
from chaos.laws import Story, Watcher, broken
from chaos.run import Plan, _chosen, play


@pytest.mark.processes
def test_a_night_of_faults_loses_nothing_and_sounds_nothing_twice() -> None:
    report = play(Plan(faults=4, seed=7, longest=5.0))
    assert report.violations == []
    assert report.faults.total() == 4
    assert len(report.recoveries_ms) == report.nights >= 1
    assert report.looks > 0


@pytest.fixture
def placed() -> None:
    nats_server.required()
    postgres.required()
    why = ground.why_not()
    if why:
        pytest.skip(f"this machine lets no network be laid: {why}")


def a_run(folder: Path, *words: str) -> dict[str, Any]:
    """The report of a run on many machines, each a network of its own."""
    path = folder / "report.json"
    command = [sys.executable, "-m", "chaos.run", "--setting", "many", "--json", str(path), *words]
    here = Path(__file__).parents[1]
    subprocess.run(command, cwd=here, env={**os.environ, "PYTHONPATH": ""}, timeout=900, check=False)
    return json.loads(path.read_text("utf-8"))  # type: ignore[no-any-return]


@pytest.mark.long
@pytest.mark.processes
@pytest.mark.postgres
@pytest.mark.usefixtures("placed")
def test_each_process_may_come_up_where_no_name_is_known(tmp_path: Path) -> None:
    kinds = [f"{name} starts without names" for name in PROCESSES]
    told = a_run(tmp_path, "--only", "without names", "--faults", str(len(kinds)), "--a-night", "1")
    assert told["violations"] == []
    assert told["by_kind"] == dict.fromkeys(sorted(kinds), 1)
    assert told["names_unanswered"] >= len(kinds)


@pytest.mark.long
@pytest.mark.processes
@pytest.mark.postgres
@pytest.mark.usefixtures("placed")
def test_who_is_cut_off_says_unknown_in_time_and_comes_back(tmp_path: Path) -> None:
    told = a_run(tmp_path, "--only", "cut off", "--faults", "5", "--a-night", "1")
    assert told["violations"] == []
    assert set(told["by_kind"].values()) == {1}
    assert told["looks_after_loss"] > 0


@pytest.mark.parametrize("seed", range(5))
def test_the_seed_chooses_the_faults_and_no_two_touch_the_same(seed: int) -> None:
    first, again = (_chosen(dice, Deck(dice, list(KINDS)), 6) for dice in (random.Random(seed), random.Random(seed)))
    assert first == again
    touched = [one for kind, _, _ in first for one in kind.touches]
    assert len(set(touched)) == len(touched)


def test_every_kind_comes_before_any_comes_again() -> None:
    deck = Deck(random.Random(1), list(KINDS))
    dealt: list[str] = []
    while len(dealt) < 3 * len(KINDS):
        dealt += [kind.name for kind in deck.deal(6)]
        assert max(map(dealt.count, dealt)) - min(dealt.count(kind.name) for kind in KINDS) <= 1
    assert set(dealt) == {kind.name for kind in KINDS}


def a_city(updates: list[dict[str, Any]], starts: list[dict[str, Any]], ledger: list[dict[str, Any]]) -> Any:
    """What the laws look at, without a city."""
    return SimpleNamespace(
        pages={"a at edge": SimpleNamespace(area="a", updates=lambda: updates)},
        lost={},
        stack=SimpleNamespace(
            ledger=lambda after=0: [entry for entry in ledger if entry["seq"] > after],
            sirens={"a": "s"},
            mqtt=SimpleNamespace(starts=lambda _siren: starts),
        ),
    )


ISSUED = {"seq": 1, "id": "E", "kind": "warning.issued", "body": {"warning_id": "W", "content": {"areas": ["a"]}}}
ENDED = {"seq": 2, "id": "F", "kind": "warning.ended", "body": {"warning_id": "W"}}
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


def what_is_seen(phase: str, *, seq: int, age: float = 0.0, lost_s: float = 0.0) -> list[str]:
    """What a watcher says to one look at an area that was warned at entry 1 and cleared at entry 2."""
    city = a_city([], [], [ISSUED, ENDED])
    watcher = Watcher(city)
    watcher._story = Story(city)
    watcher._judge("a", {"seq": seq, "source_age_s": age, "areas": [{"id": "a", "phase": phase}]}, lost_s)
    watcher._compare()
    return watcher.violations


@pytest.mark.parametrize(
    ("phase", "seq", "lost_s"), [("ok", 0, 0.0), ("alert", 1, 29.0), ("ended", 2, 29.0), ("unknown", 1, 40.0)]
)
def test_what_is_known_or_unknown_in_time_may_be_shown(phase: str, seq: int, lost_s: float) -> None:
    assert what_is_seen(phase, seq=seq, lost_s=lost_s) == []


@pytest.mark.parametrize(
    ("phase", "seq", "age", "lost_s", "said"),
    [
        ("ended", 1, 0.0, 0.0, "calm at entry 1, without its end"),
        ("ok", 1, 0.0, 0.0, "calm at entry 1, without its end"),
        ("ok", 0, 0.0, 40.0, "40.0 s after truth was lost"),
        ("ended", 2, 40.0, 0.0, "by data 40.0 s old"),
    ],
)
def test_what_may_not_be_shown_is_found(phase: str, seq: int, age: float, lost_s: float, said: str) -> None:
    (found,) = what_is_seen(phase, seq=seq, age=age, lost_s=lost_s)
    assert said in found
