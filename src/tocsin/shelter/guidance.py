"""What somebody does who must go to a shelter, as data: reachable in time, or the nearest cover now (rule R32).

Nothing here is a text. Pages turn the names into words of a language; the steps are also the names of pictograms.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from tocsin.shelter.events import DoorState, DrillTime, Season

Act = Literal["shelter", "cover"]
Why = Literal["reachable", "too_far", "no_lead_time", "door_closed", "no_shelter", "way_unknown"]

COVER = ("indoors", "inner_room", "two_walls", "away_from_windows", "lie_down")
"""Nearest cover now: inside, away from the outer walls, two walls between oneself and the street."""

SHELTER = ("shelter", "no_lift", "take_water", "help_others")


class Guidance(msgspec.Struct, frozen=True, kw_only=True):
    """What to do and why. ``spare_s``: seconds that are left on arrival, None when it is not known or not reachable."""

    act: Act
    why: Why
    steps: tuple[str, ...]
    spare_s: int | None = None


def reachable(walk_s: float, lead_time_s: int) -> bool:
    """Whether one arrives before the danger does. A lead time of 0 means that nobody can count on any."""
    return lead_time_s > 0 and walk_s <= lead_time_s


def guide(walk_s: float | None, lead_time_s: int, *, door: DoorState = "unknown", known: bool = True) -> Guidance:
    """What to do, from the walk to the nearest shelter.

    Args:
        walk_s: seconds on foot, None when nobody knows where one is.
        lead_time_s: seconds from the warning to the danger that residents can count on.
        door: what is known of the door now. Unknown does not hold anybody up: it is said beside, and one goes.
        known: whether any shelter is known at all.
    """
    why: Why = "reachable"
    if not known:
        why = "no_shelter"
    elif lead_time_s <= 0:
        why = "no_lead_time"
    elif walk_s is None:
        why = "way_unknown"
    elif door == "closed":
        why = "door_closed"
    elif not reachable(walk_s, lead_time_s):
        why = "too_far"
    if why != "reachable" or walk_s is None:
        return Guidance(act="cover", why=why, steps=COVER)
    return Guidance(act="shelter", why=why, steps=SHELTER, spare_s=int(lead_time_s - walk_s))


class GroupTime(msgspec.Struct, frozen=True, kw_only=True):
    """What a drill says of one group. ``in_time`` is None when the group was not timed in that season."""

    group: str
    people: int
    seconds: int | None
    in_time: bool | None


def groups(drills: Iterable[DrillTime], season: Season, lead_time_s: int) -> tuple[GroupTime, ...]:
    """Every group that was ever timed, the slowest first and those not timed in this season before all (rule R32).

    A summer's time says nothing of the winter: 300 children who took three minutes then took eight in the snow.
    """
    timed: dict[str, dict[Season, DrillTime]] = {}
    for drill in drills:
        timed.setdefault(drill.group, {})[drill.season] = drill
    found = []
    for group, by_season in timed.items():
        now = by_season.get(season)
        latest = max(by_season.values(), key=lambda drill: drill.on)
        seconds = now.seconds if now else None
        in_time = reachable(seconds, lead_time_s) if seconds is not None else None
        found.append(GroupTime(group=group, people=(now or latest).people, seconds=seconds, in_time=in_time))
    return tuple(sorted(found, key=lambda one: (one.seconds is not None, -(one.seconds or 0), one.group)))
