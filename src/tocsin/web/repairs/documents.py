"""Needs, crews, plan and weather as plain values for the API and the pages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from tocsin.core.time import rfc3339

if TYPE_CHECKING:
    from tocsin.app.repair import QueueRow
    from tocsin.repair.events import WeatherObserved
    from tocsin.repair.state import KnownCrew, Need, Reading, RepairState


def need(one: Need, row: QueueRow | None, *, home: Mapping[str, Any] | None) -> dict[str, Any]:
    """A need. ``row``: how it stands in the queue; ``home``: what is sealed of it, for who may see that."""
    return {
        "id": one.id,
        "area": one.area,
        "building": one.building,
        "state": one.state,
        "open": one.open,
        "opening": msgspec.to_builtins(one.opening),
        "skills": list(one.skills),
        "crew": one.crew,
        "pinned": one.pin is not None,
        "report": one.report,
        "claim": one.claim,
        "follows": one.follows,
        "merged": list(one.merged),
        "merged_into": one.merged_into,
        "opened_at": rfc3339(one.opened_at),
        "reopened": one.reopened,
        "evidence": list(one.evidence),
        "materials": dict(one.materials),
        "urgency": urgency(row) if row is not None else None,
        "history": [_step(step) for step in one.history],
        "home": dict(home) if home is not None else None,
    }


def urgency(row: QueueRow) -> dict[str, Any]:
    """Why a need stands where it stands."""
    told = row.urgency
    return {
        "band": told.band,
        "score": round(told.score.value, 1),
        "sum": told.score.said(),
        "why": row.why,
        "deadline": rfc3339(told.deadline) if told.deadline else None,
        "deadline_kind": told.deadline_kind,
        "hours": {level: [hours(one.sooner), hours(one.later)] for level, one in told.hours.items()},
        "advice": list(told.advice),
    }


def hours(value: float | None) -> float | None:
    """Hours to about half a minute; None for never."""
    return None if value is None else round(value, 2)


def _step(step: Any) -> dict[str, Any]:
    return {
        "entry": step.seq,
        "at": rfc3339(step.at),
        "by": step.actor,
        "kind": step.kind,
        "state": step.state,
        "note": step.note,
        "said_at": rfc3339(step.said_at) if step.said_at else None,
    }


def left(known: KnownCrew) -> dict[str, float]:
    """What a crew still carries, never below nothing."""
    return {name: max(0.0, round(amount - known.used.get(name, 0.0), 2)) for name, amount in known.crew.stock.items()}


def crew(known: KnownCrew) -> dict[str, Any]:
    """A crew."""
    one = known.crew
    return {
        "id": one.id,
        "names": one.names,
        "area": one.area,
        "skills": list(one.skills),
        "stock": dict(one.stock),
        "left": left(known),
        "shift_from": rfc3339(one.shift_from),
        "shift_to": rfc3339(one.shift_to),
        "stopped": known.stopped,
        "members": list(one.members),
    }


def plan(state: RepairState, crews: Collection[str]) -> dict[str, Any] | None:
    """The last plan with the routes of these crews; None before the first."""
    made = state.plan
    if made is None:
        return None
    return {
        "id": made.plan_id,
        "at": rfc3339(state.planned_at) if state.planned_at else "",
        "trigger": made.trigger,
        "rule": made.rule,
        "cost": round(made.cost, 1),
        "routes": [
            {"crew": route.crew, "stops": [_stop(stop) for stop in route.stops]}
            for route in made.routes
            if route.crew in crews
        ],
        "unplanned": list(made.unplanned),
    }


def _stop(stop: Any) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(stop)
    return told | {"arrive": rfc3339(stop.arrive), "done": rfc3339(stop.done), "score": round(stop.score, 1)}


def weather(one: WeatherObserved, now: datetime) -> dict[str, Any]:
    """An observation and its age in seconds."""
    return {
        "at": rfc3339(one.at),
        "temperature_c": one.temperature_c,
        "op": one.op,
        "wind_ms": one.wind_ms,
        "source": one.source,
        "wording": one.wording,
        "age_s": max(0.0, round((now - one.at).total_seconds(), 3)),
    }


def reading(one: Reading) -> dict[str, Any]:
    """A thermometer as it was read."""
    return {
        "need": one.need,
        "building": one.building,
        "at": rfc3339(one.at),
        "temperature_c": one.temperature_c,
        "outside_c": one.outside_c,
    }
