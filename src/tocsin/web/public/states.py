"""The states of areas in words, as the server says them: for lists, and for the place that was chosen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tocsin.core.area import Area, AreaTree
from tocsin.core.text import pick
from tocsin.core.time import zone
from tocsin.warn import actions
from tocsin.warn.phase import WORST_FIRST, AreaPhase, phases
from tocsin.warn.state import UNOBSERVED, Thread, WarnState
from tocsin.web import documents
from tocsin.web.desk import desk
from tocsin.web.words import words


def rows(state: WarnState, now: datetime, language: str) -> list[dict[str, Any]]:
    """One row an area, parts indented under what holds them, in the order of their names."""
    tree, said = state.areas, phases(state, now)
    found: list[dict[str, Any]] = []

    def add(area: Area, depth: int) -> None:
        found.append(row(tree, area, with_parts(area.id, state, said), language) | {"depth": min(depth, 4)})
        for child in _by_name((tree[c] for c in tree.children(area.id)), language):
            add(child, depth + 1)

    for top in _by_name((a for a in tree if a.parent is None or a.parent not in tree), language):
        add(top, 0)
    return found


def _by_name(areas: Iterable[Area], language: str) -> list[Area]:
    return sorted(areas, key=lambda a: (pick(a.names, language).casefold(), a.id))


def row(tree: AreaTree, area: Area, said: AreaPhase, language: str) -> dict[str, Any]:
    """An area's state in words: id, name, shown (shape and colour), state, sentence, since, leaf."""
    shown, sentence = shown_as(said["phase"], said["kind"])
    text = words(language)
    since = datetime.fromisoformat(said["since"]) if said["since"] else None
    return {
        "id": area.id,
        "name": pick(area.names, language),
        "above": " · ".join(pick(tree[a].names, language) for a in tree.ancestors(area.id)),
        "shown": shown,
        "state": text[f"state_{shown}"],
        "sentence": text[f"say_{sentence}"],
        "since": clock(since, area.zone) if since else "",
        "leaf": not tree.children(area.id),
    }


def chosen(area_id: str, state: WarnState, now: datetime, language: str) -> dict[str, Any]:
    """The state of the chosen area. Danger in a part of it is danger for whoever chose the whole."""
    area, said = state.areas[area_id], phases(state, now)
    worst = with_parts(area_id, state, said)
    found = row(state.areas, area, worst, language)
    thread = _leading(worst, state)
    if thread is not None:
        found |= _warning(thread, state, area.zone, language)
    found["steps"] = _steps(worst, thread, language)
    return found


def _leading(worst: AreaPhase, state: WarnState) -> Thread | None:
    """The warning that speaks loudest: of the level that is shown, and the newest of those."""
    if not worst["levels"]:
        return None
    first = max(worst["levels"], key=lambda one: (one["level"] == worst["phase"], one["raised_at"]))
    return state.threads[first["warning"]]


def _steps(worst: AreaPhase, thread: Thread | None, language: str) -> tuple[actions.Step, ...]:
    if thread is not None:
        return actions.steps(thread.content.threat, thread.content.level, language)
    if worst["phase"] == "ended":
        return actions.after("other", worst["kind"], language)
    return actions.steps("other", worst["phase"], language)


def _warning(thread: Thread, state: WarnState, zone_name: str, language: str) -> dict[str, Any]:
    sender = desk().sender
    told = documents.texts(thread, state, sender)
    said = {part: pick(told[part], language) for part in ("headline", "description", "instruction")}
    # The agreed description says until when; said twice, a reader looks for the difference.
    until = clock(thread.expires, zone_name) if thread.expires else ""
    text, last = words(language), thread.messages[-1]
    sent = text["sent"].format(time=clock(datetime.fromisoformat(last.sent), zone_name))
    return {
        **said,
        "until": "" if not until or until[11:16] in said["description"] else text["until"].format(time=until),
        "from": f"{text['source'].format(name=pick(sender.names, language))} · {sent}",
        "cap": documents.cap_path(last.identifier),
    }


def with_parts(area_id: str, state: WarnState, said: dict[str, AreaPhase]) -> AreaPhase:
    """The worst of an area and its parts: nobody who reads one line of the whole may think a part safe that is not."""
    parts = [said[part] for part in state.areas.descendants(area_id) if _worrying(said[part])]
    return min([said[area_id], *parts], key=lambda one: WORST_FIRST.index(one["phase"]))


def _worrying(one: AreaPhase) -> bool:
    unseen = one["phase"] == "ended" and one["kind"] in UNOBSERVED
    return unseen or one["phase"] in ("alert", "pre_alert", "unknown")


def shown_as(phase: str, kind: str | None) -> tuple[str, str]:
    """``(shape and word, sentence)`` of a phase. Only an observed all-clear is shown as one (rule R4)."""
    if phase != "ended":
        return phase, phase
    return ("ended" if kind == "all_clear" else "ended_other"), f"ended_{kind}"


def clock(at: datetime, zone_name: str) -> str:
    """A moment by the clocks of a place: ``2024-01-04 23:58:00``."""
    return at.astimezone(zone(zone_name)).strftime("%Y-%m-%d %H:%M:%S")
