"""Areas by phase: the list beside the map, and the same states for the map."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tocsin.core.area import Area
from tocsin.warn.phase import AreaPhase, direct, full_state
from tocsin.web.control.scene import Scene

_ORDER = ("alert", "pre_alert", "unknown", "partial_clear", "ended_other", "ended", "ok")


def shown(said: AreaPhase) -> str:
    """The shape of a phase. Only an observed all-clear looks like one (R4)."""
    if said["phase"] != "ended":
        return str(said["phase"])
    return "ended" if said["kind"] == "all_clear" else "ended_other"


def phases(scene: Scene) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """``(rows, states)``: the officer's areas, the worst first, and for the map every area → state as shown."""
    rows: list[dict[str, Any]] = []
    states: dict[str, str] = {}
    for area, depth in tree(scene):
        said = full_state(scene.state, area.id, scene.now)
        parts = _only_its_parts(scene, area, said)
        # The map draws of an area what lies in none of its parts: there only what stands for the area itself counts.
        states[area.id] = "ok" if parts else shown(said)
        if not parts and scene.sees((area.id,)):
            rows.append(_row(scene, area, depth, said))
    return sorted(rows, key=lambda row: _ORDER.index(row["shown"])), states


def _only_its_parts(scene: Scene, area: Area, said: AreaPhase) -> bool:
    """Whether nothing stands for the area itself: its parts have rows of their own, and say where."""
    return said["phase"] == "partial_clear" and direct(scene.state, area.id, scene.now)[0] == "ok"


def _row(scene: Scene, area: Area, depth: int, said: AreaPhase) -> dict[str, Any]:
    since = datetime.fromisoformat(said["since"]) if said["since"] else None
    return {
        "id": area.id,
        "name": scene.name(area.id),
        "depth": depth,
        "shown": shown(said),
        "word": scene.w[f"state_{shown(said)}"],
        "since": scene.clock(since) if since else "",
        "age": scene.since(since) if since else "",
        "calm": shown(said) == "ok",
    }


def tree(scene: Scene) -> Iterator[tuple[Area, int]]:
    """Every area with its depth, parts after what holds them, by name."""
    areas = scene.state.areas

    def below(ids: list[str], depth: int) -> Iterator[tuple[Area, int]]:
        for area_id in sorted(ids, key=lambda one: (scene.name(one).casefold(), one)):
            yield areas[area_id], min(depth, 4)
            yield from below(list(areas.children(area_id)), depth + 1)

    yield from below([a.id for a in areas if a.parent is None or a.parent not in areas], 0)


def choices(scene: Scene, chosen: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Areas that the officer may warn: those with ground, where they are on duty."""
    found = []
    for area, depth in tree(scene):
        ground = any(scene.state.areas[d].cells for d in scene.state.areas.descendants(area.id))
        if ground and scene.may("duty", (area.id,)):
            names = {*area.names.values(), *area.aliases}
            found.append(
                {
                    "id": area.id,
                    "name": scene.name(area.id),
                    "depth": depth,
                    "find": " ".join(sorted(names)).casefold(),
                    "chosen": area.id in chosen,
                }
            )
    return found
