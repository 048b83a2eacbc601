"""Reachable in time, or the nearest cover now (rule R32)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelter.rig import drill
from tocsin.shelter.guidance import COVER, SHELTER, Why, groups, guide, reachable
from tocsin.web import icons
from tocsin.web.words import words

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "guidance.json").read_text())


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=str)
def test_reachable_or_the_nearest_cover(case: dict[str, Any]) -> None:
    told = guide(case["walk_s"], case["lead_s"], door=case["door"], known=case["known"])
    assert told.why == case["why"]
    assert told.act == ("shelter" if case["why"] == "reachable" else "cover")
    assert told.steps == (SHELTER if told.act == "shelter" else COVER)


@given(st.none() | st.floats(0, 1e6), st.integers(0, 180), st.sampled_from(["open", "closed", "unknown"]))
def test_nobody_is_sent_where_there_is_no_time_to_go(walk_s: float | None, lead_s: int, door: str) -> None:
    told = guide(walk_s, lead_s, door=door)  # type: ignore[arg-type]
    if told.act == "shelter":
        assert walk_s is not None
        assert reachable(walk_s, lead_s)
        assert told.spare_s is not None
        assert 0 <= told.spare_s <= lead_s
    else:
        assert told.spare_s is None


def test_a_class_that_was_not_timed_in_this_season_has_no_known_time() -> None:
    drills = [
        drill("5A", 170, "winter"),
        drill("5A", 60, "summer"),
        drill("6B", 55, "summer"),
        drill("1A", 480, "winter"),
    ]
    found = groups(drills, "winter", 180)
    assert [(one.group, one.seconds, one.in_time) for one in found] == [
        ("6B", None, None),
        ("1A", 480, False),
        ("5A", 170, True),
    ]
    assert [one.in_time for one in groups(drills, "summer", 0)] == [None, False, False]


def test_every_step_has_a_drawing_and_every_reason_its_words() -> None:
    for step in (*COVER, *SHELTER):
        assert icons.parts(step)
    text = words("en")
    assert set(GOLDEN["words"]) == set(get_args(Why))
    for key in GOLDEN["words"].values():
        assert text[key]
