"""What concerns a place: open warnings and sirens, found by area. Pure.

By the state's indexes, so that an answer costs what is found, not what the whole city holds: in the minute in which
every district of a region is warned, deciding, telling and commanding must cost what they cost in a quiet hour.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tocsin.warn.state import SirenState, Thread, WarnState, since_issue


def live_naming(state: WarnState, area_id: str) -> list[Thread]:
    """Warnings in force that name the area itself, or had a part of it cleared, oldest first."""
    return sorted((state.threads[i] for i in state.naming.get(area_id, ()) if i in state.live), key=since_issue)


def open_around(state: WarnState, area_ids: Iterable[str]) -> list[Thread]:
    """What is open and names one of the areas, something below or above it: live, then drafts, oldest first each.

    In a tree two areas have ground in common where one is the other or lies above it.
    """
    named = tuple(area_ids)
    around = state.areas.closure(named).union(*(state.areas.ancestors(area) for area in named))
    if len(state.naming) < len(around):
        ids = {i for area, naming in state.naming.items() if area in around for i in naming}
    else:
        ids = {i for area in around for i in state.naming.get(area, ())}
    found = [state.threads[i] for i in ids]
    live = sorted((t for t in found if t.status == "live"), key=since_issue)
    return [*live, *sorted((t for t in found if t.status == "draft"), key=lambda t: (t.drafted_at, t.id))]


def sirens_in(state: WarnState, area_ids: Iterable[str]) -> Iterator[tuple[str, SirenState]]:
    """The sirens that stand in these very areas, by area and id: the first is there before the others are looked up."""
    for area in sorted(set(area_ids)):
        for siren_id in sorted(state.siren_areas.get(area, ())):
            yield siren_id, state.sirens[siren_id]
