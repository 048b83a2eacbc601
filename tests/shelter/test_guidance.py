"""Reachable in time, or the nearest cover now (rule R32)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelter.rig import drill
from tocsin.shelter.guidance import COVER, SHELTER, groups, guide, reachable
from tocsin.web import icons
from tocsin.web.words import words


@pytest.mark.parametrize(
    ("walk_s", "lead_s", "more", "act", "why"),
    [
        (60.0, 60, {}, "shelter", "reachable"),
        (60.1, 60, {}, "cover", "too_far"),
        (0.0, 0, {}, "cover", "no_lead_time"),
        (None, 60, {}, "cover", "way_unknown"),
        (None, 60, {"known": False}, "cover", "no_shelter"),
        (10.0, 60, {"door": "closed"}, "cover", "door_closed"),
        (10.0, 60, {"door": "open"}, "shelter", "reachable"),
        (10.0, 60, {"door": "unknown"}, "shelter", "reachable"),
    ],
)
def test_reachable_or_the_nearest_cover(walk_s: float | None, lead_s: int, more: dict, act: str, why: str) -> None:  # type: ignore[type-arg]
    told = guide(walk_s, lead_s, **more)
    assert (told.act, told.why) == (act, why)
    assert told.steps == (SHELTER if act == "shelter" else COVER)


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
    for key in ("reachable", "too_far", "no_lead_time", "door_closed_cover", "no_shelter", "way_unknown"):
        assert text[f"shl_{key}"]
