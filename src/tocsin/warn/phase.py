"""The phase of an area, from what is in force, what ended and what is unknown (rules R1 to R7).

Two views. *Direct*: what warnings that name the area itself say; this is what the live path carries, so that one
document serves every client. *Full*: the worst of the direct phases of the area and of everything above it, which is
what a person who stands there must be told. Clients combine direct states in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from tocsin.core.time import rfc3339
from tocsin.warn.around import live_naming
from tocsin.warn.events import Phase
from tocsin.warn.state import UNOBSERVED, Ended, Thread, WarnState

WORST_FIRST: tuple[Phase, ...] = ("alert", "pre_alert", "unknown", "ended", "partial_clear", "ok")
"""Which phase wins where several areas cover one place. An end named for the place itself beats a partial clear
of a wider area; neither ever beats an alert, a pre-alert or not knowing."""

ENDED_SHOWN = timedelta(hours=1)
"""How long an observed end is shown before the phase reads ``ok`` again."""


class AreaPhase(dict[str, Any]):
    """An AreaState document: id, names, phase, kind, since, levels, demo."""


def _levels(threads: Iterable[Thread]) -> list[dict[str, str]]:
    return [
        {
            "level": thread.content.level,
            "threat": thread.content.threat,
            "reason": _public_reason(thread),
            "raised_at": rfc3339(thread.issued_at or thread.drafted_at),
            "warning": thread.id,
        }
        for thread in threads
    ]


_BY_RULE = {
    "officer": "an officer's decision",
    "two_persons": "the decision of two officers",
    "break_glass": "an officer's decision under fire",
}


def _public_reason(thread: Thread) -> str:
    """Why the level stands, by the rule that issued it. What officers wrote for one another is not for the public."""
    return _BY_RULE.get(thread.rule, thread.content.reason)


def _shown(end: Ended, now: datetime) -> bool:
    """An end that nobody observed stays visible until something observed replaces it (R2, R4)."""
    return end.kind in UNOBSERVED or now - end.at < ENDED_SHOWN


def direct(state: WarnState, area_id: str, now: datetime) -> tuple[Phase, str | None, datetime | None, list[Thread]]:
    """``(phase, kind of end, since, threads in force)`` of the warnings that name the area itself."""
    live = live_naming(state, area_id)
    naming = [thread for thread in live if area_id in thread.content.areas]
    if naming:
        phase: Phase = "alert" if any(t.content.level == "alert" for t in naming) else "pre_alert"
        leading = [t for t in naming if phase == "pre_alert" or t.content.level == "alert"]
        return phase, None, min(t.issued_at or t.drafted_at for t in leading), naming
    if area_id in state.unknown:
        return "unknown", None, None, []
    parted = [thread for thread in live if area_id in thread.parted]
    if parted:
        return "partial_clear", None, max(t.updated_at or t.drafted_at for t in parted), []
    end = state.ended.get(area_id)
    if end is not None and _shown(end, now):
        return "ended", end.kind, end.at, []
    return "ok", None, None, []


def _document(
    state: WarnState, area_id: str, found: tuple[Phase, str | None, datetime | None, list[Thread]]
) -> AreaPhase:
    phase, kind, since, threads = found
    area = state.areas[area_id]
    return AreaPhase(
        id=area_id,
        names=area.names,
        phase=phase,
        kind=kind,
        since=rfc3339(since) if since else None,
        levels=_levels(threads),
        demo=area.demo,
    )


def direct_state(state: WarnState, area_id: str, now: datetime) -> AreaPhase:
    """The AreaState document of the live path."""
    return _document(state, area_id, direct(state, area_id, now))


def _rank(found: tuple[Phase, str | None, datetime | None, list[Thread]]) -> tuple[int, float]:
    phase, _kind, since, _threads = found
    newest_first = -since.timestamp() if phase == "ended" and since is not None else 0.0
    return WORST_FIRST.index(phase), newest_first


def full_state(state: WarnState, area_id: str, now: datetime) -> AreaPhase:
    """What a person in the area must be told: the worst of the area and everything above it; among several ends the
    newest, so that an old all-clear of a part never hides that the whole ran out later; else the nearest.

    The levels are those of every warning that covers the area, each with its own reason and time (R1).
    """
    found = [direct(state, here, now) for here in (area_id, *state.areas.ancestors(area_id))]
    worst = min(found, key=_rank)
    threads = {thread.id: thread for item in found for thread in item[3]}
    document = _document(state, area_id, worst)
    document["levels"] = _levels(threads.values())
    if document["phase"] in ("ok", "ended") and _stands_below(state, area_id):
        document |= {"phase": "partial_clear", "kind": None}
    return document


def _stands_below(state: WarnState, area_id: str) -> bool:
    """Whether some part is not clear: who shows one state for the whole must then not show a safe one (R3, R10).

    Looked for from what stands, upwards: a region has thousands of parts, and is asked about whenever one changes.
    """
    tree = state.areas
    if len(tree.descendants(area_id)) <= 1:
        return False
    standing = chain(state.unknown, chain.from_iterable(state.threads[i].content.areas for i in state.live))
    return any(part != area_id and area_id in tree.ancestors(part) for part in standing)


def phases(state: WarnState, now: datetime) -> dict[str, AreaPhase]:
    """The full phase of every area."""
    return {area.id: full_state(state, area.id, now) for area in state.areas}
