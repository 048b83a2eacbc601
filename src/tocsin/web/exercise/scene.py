"""What the exercise pages show: plain values made from the exercises of the folded state, and nothing of warnings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import h3

from tocsin.app.access import allow
from tocsin.app.actor import Actor
from tocsin.core.area import Area, AreaTree
from tocsin.core.text import pick
from tocsin.core.time import rfc3339, zone
from tocsin.warn import commands as cmd
from tocsin.warn import words as texts
from tocsin.warn.context import Context
from tocsin.warn.drill_events import DrillIssued
from tocsin.warn.rules import drill as rules
from tocsin.warn.siren_command import CHIME
from tocsin.warn.state import Drill, WarnState
from tocsin.web.desk import desk

LATEST = 10
"""Past exercises that the room lists."""

MOST_CELLS = 64
RESOLUTION = 7


def word(language: str) -> str:
    """The word that every text of an exercise begins with, in capitals; English where we lack the language."""
    known = texts.languages()
    return known.get(language, known["en"]).texts["word.drill"]


def running(state: WarnState, now: datetime) -> list[Drill]:
    """Exercises that go on, the newest first."""
    return [one for one in newest(state.drills.values()) if one.ended_at is None and one.expires > now]


def over(state: WarnState, now: datetime) -> list[Drill]:
    """The newest exercises that are over, by hand or by time."""
    return [one for one in newest(state.drills.values()) if one.ended_at is not None or one.expires <= now][:LATEST]


def newest(drills: Iterable[Drill]) -> list[Drill]:
    """Ordered by their beginning, the newest first."""
    return sorted(drills, key=lambda one: (one.started_at, one.id), reverse=True)


def real_work(state: WarnState) -> bool:
    """Whether a warning or a draft waits in the live room. Nothing more of it is ever said here."""
    return bool(state.drafts or state.live)


def row(one: Drill, state: WarnState, language: str) -> dict[str, Any]:
    """An exercise as a page shows it. Times are on the clocks of the city; ``expires`` in UTC is for the countdown."""
    return {
        "id": one.id,
        "exercise": one.exercise,
        "status": one.message.status,
        "areas": names(state.areas, one.areas, language),
        "headline": pick(one.headline, language),
        "instruction": pick(one.instruction, language),
        "since": clock(one.started_at),
        "until": clock(one.expires),
        "ended": clock(min(one.ended_at or one.expires, one.expires)),
        "expires": rfc3339(one.expires),
    }


def document(one: Drill) -> dict[str, Any]:
    """An exercise as the public page's script reads it: the frame of the drill stream, with its end and area names."""
    return {
        "drill": one.id,
        "exercise": one.exercise,
        "status": one.message.status,
        "areas": list(one.areas),
        "headline": one.headline,
        "instruction": one.instruction,
        "ended": one.ended_at is not None,
        "expires": rfc3339(one.expires),
    }


def clock(at: datetime) -> str:
    """Hours and minutes in the city."""
    return at.astimezone(zone(desk().sender.zone)).strftime("%H:%M")


def names(tree: AreaTree, areas: Iterable[str], language: str) -> str:
    """Areas by name, joined by commas."""
    return ", ".join(pick(tree[one].names, language) if one in tree else one for one in areas)


def areas(tree: AreaTree, language: str) -> list[dict[str, Any]]:
    """Every area with ground, parts under what holds them, in the order of their names."""
    found: list[dict[str, Any]] = []

    def add(area: Area, depth: int) -> None:
        below = [one for one in tree.descendants(area.id) if one != area.id]
        found.append(
            {
                "id": area.id,
                "name": pick(area.names, language),
                "depth": min(depth, 4),
                "above": list(tree.ancestors(area.id)),
                "below": below,
                "cells": sample(tree, area.id),
            }
        )
        for child in _by_name((tree[one] for one in tree.children(area.id)), language):
            add(child, depth + 1)

    for top in _by_name((one for one in tree if one.parent is None or one.parent not in tree), language):
        add(top, 0)
    return [one for one in found if one["cells"]]


def _by_name(found: Iterable[Area], language: str) -> list[Area]:
    return sorted(found, key=lambda one: (pick(one.names, language).casefold(), one.id))


def sample(tree: AreaTree, area_id: str) -> list[str]:
    """At most 64 cells of resolution 7 that stand for an area: one inside it and one inside each part with ground."""
    cells: dict[str, None] = {}
    for below in tree.descendants(area_id):
        held = tree[below].cells
        if held:
            cell = min(held, key=lambda one: (h3.get_resolution(one), one))
            cells[h3.cell_to_center_child(cell, RESOLUTION)] = None
    return list(cells)[:MOST_CELLS]


def concerns(drill: Drill, tree: AreaTree, area_id: str) -> bool:
    """Whether somebody in an area takes part: it is above, below or one of the exercise's."""
    line = {area_id, *tree.ancestors(area_id), *tree.descendants(area_id)}
    return not line.isdisjoint(drill.areas)


def chiming(state: WarnState, area_ids: Iterable[str]) -> int:
    """Sirens in these areas that know the exercise chime. Each plays it only where exercises are switched on."""
    covered = state.areas.closure(area_ids)
    return sum(one.siren.area in covered and CHIME in one.siren.tones for one in state.sirens.values())


def preview(command: cmd.StartDrill, actor: Actor) -> DrillIssued:
    """What would be said if this exercise began now. Nothing is recorded, signed or sent.

    Raises:
        Denied: the actor's roles do not reach so far (TOC-6002).
        Invalid, Refused: the rules of drills.
    """
    here = desk()
    state = here.state()
    allow(actor, command, state)
    context = Context(
        now=here.clock.now(),
        actor=actor.id,
        new_id=lambda: "preview",
        sign=lambda data: data,
        sender=here.sender,
        policy=here.policy,
    )
    fact = rules.start(state, command, context)[0]
    assert isinstance(fact, DrillIssued)  # noqa: S101 - what that rule makes
    return fact


def until(now: datetime, duration_s: int) -> str:
    """When an exercise that began now would end by itself, on the clocks of the city."""
    return clock(now + timedelta(seconds=duration_s))
