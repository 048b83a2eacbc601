"""What the dispatcher's screen says, as plain values."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from tocsin.core.text import pick
from tocsin.web.desk import repairs
from tocsin.web.repairs import documents, homes
from tocsin.web.repairs.say import cold, materials, plain, reasons, weather_line

if TYPE_CHECKING:
    from tocsin.app.repair import QueueRow
    from tocsin.repair.events import Stop
    from tocsin.repair.state import KnownCrew, Need, RepairState
    from tocsin.web.control.scene import Scene

OLD_S = 3 * 3600
"""A temperature older than this is said to be old."""

COLD = "10"
"""The level whose hours order a dispatcher's eye: at 10 °C a home is no place to stay."""

CLOSINGS = ("temporarily_closed", "glazed", "no_longer_needed", "refused")
"""What a dispatcher may write down without a crew."""


def context(seen: Scene) -> dict[str, Any]:
    """Everything that the parts of the screen show."""
    own = repairs()
    state = own.state()
    rows = [row for row in own.queue(seen.now) if _sees(seen, row.need.area)]
    stops = _stops(state)
    shown = [need(seen, state, row, stops) for row in rows]
    crews = [crew(seen, state, one) for _, one in sorted(state.crews.items()) if _sees(seen, one.crew.area)]
    plan = state.plan
    visible = {row.need.id for row in rows}
    return {
        "seq": state.seq,
        "local": seen.clock(seen.now),
        "needs": shown,
        "crews": crews,
        "counts": [(band, sum(1 for one in shown if one["band"] == band)) for band in ("P1", "P2", "P3", "P4")],
        "weather": weather(seen, state),
        "alarm": bool(seen.state.live),
        "plan_age": bool(state.planned_at),
        "plan_says": _plan_says(seen, state),
        "unplanned": [name for name in (plan.unplanned if plan else ()) if name in visible],
        "acts": seen.holds("dispatcher"),
        "weathers": seen.holds("dispatcher") or seen.holds("duty"),
        "closings": [(name, seen.w[f"rpr_state_{name}"]) for name in CLOSINGS],
    }


def _plan_says(seen: Scene, state: RepairState) -> str:
    if state.plan is None or state.planned_at is None:
        return ""
    why = seen.w[f"rpr_trigger_{state.plan.trigger}"]
    return seen.w["rpr_plan_age"].format(age=seen.since(state.planned_at), trigger=why)


def _sees(seen: Scene, area: str) -> bool:
    return seen.sees((area,)) if area in seen.state.areas else True


def _stops(state: RepairState) -> dict[str, tuple[str, Stop]]:
    routes = state.plan.routes if state.plan else ()
    return {stop.need: (route.crew, stop) for route in routes for stop in route.stops}


def place(seen: Scene, one: Need) -> str:
    """Where it is, for dispatchers of the area; the area's name for everybody else."""
    home = homes.for_dispatcher(seen.actor, one) or {}
    flat = str(home.get("flat") or "")
    words = [str(home.get("address") or ""), seen.w["rpr_flat"].format(flat=flat) if flat else ""]
    said = ", ".join(word for word in words if word)
    return said or seen.name(one.area)


def need(seen: Scene, state: RepairState, row: QueueRow, stops: dict[str, tuple[str, Stop]]) -> dict[str, Any]:
    """One line of the queue."""
    one, w, told = row.need, seen.w, row.urgency
    name, stop = stops.get(one.id, ("", None))
    goes = w["rpr_waits"]
    if name and stop is not None:
        goes = w["rpr_crew_at"].format(crew=crew_name(seen, state, name), time=clock(seen, stop.arrive))
    return {
        "id": one.id,
        "area": seen.name(one.area),
        "place": place(seen, one),
        "band": told.band,
        "band_word": w[f"rpr_band_{told.band}"],
        "cold": cold(w, documents.urgency(row)["hours"][COLD], known=bool(state.weather)),
        "sum": told.score.said(),
        "why": why(seen, row),
        "state": w[f"rpr_state_{one.state}"],
        "on_the_way": one.state == "on_the_way",
        "goes": goes,
        "crew": name,
        "late": stop.late if stop else False,
        "pinned": one.pin is not None,
        "pin_crew": one.pin.crew if one.pin else "",
        "pin_place": one.pin.position + 1 if one.pin else 1,
        "broken": reasons(w, one.opening),
        "reopened": one.reopened,
    }


def why(seen: Scene, row: QueueRow) -> str:
    """Why it stands here, in one line: its deadline if it has one, then what an hour of waiting costs, and whom."""
    w, told = seen.w, row.urgency
    said = []
    if told.deadline is not None and told.deadline_kind:
        said.append(w[f"rpr_why_{told.deadline_kind}"].format(time=clock(seen, told.deadline)))
    score = told.score
    cost, weight, hours = plain(round(score.cost, 1)), plain(round(score.weight, 1)), plain(round(score.hours, 1))
    said.append(w["rpr_why_cost"].format(cost=cost, weight=weight, hours=hours))
    return "; ".join(said)


def crew_name(seen: Scene, state: RepairState, crew_id: str) -> str:
    """A crew by its name in the officer's language."""
    known = state.crews.get(crew_id)
    return pick(known.crew.names, seen.language) if known else crew_id


def clock(seen: Scene, at: datetime) -> str:
    """``23:58`` by the clocks of the city: a plan knows no seconds."""
    return seen.clock(at)[:-3]


def crew(seen: Scene, state: RepairState, known: KnownCrew) -> dict[str, Any]:
    """A crew with its route and what it carries."""
    one, w = known.crew, seen.w
    routes = state.plan.routes if state.plan else ()
    stops = [stop for route in routes if route.crew == one.id for stop in route.stops]
    held = [stop for stop in stops if stop.need in state.needs and state.needs[stop.need].open]
    return {
        "id": one.id,
        "name": pick(one.names, seen.language),
        "skills": ", ".join(w[f"rpr_skill_{name}"] for name in one.skills),
        "stock": materials(w, documents.left(known)),
        "shift": f"{clock(seen, one.shift_from)}–{clock(seen, one.shift_to)}",
        "stopped": w["rpr_stopped"].format(reason=known.stopped) if known.stopped else "",
        "stops": [_leg(seen, state.needs[stop.need], stop) for stop in held],
    }


def _leg(seen: Scene, one: Need, stop: Stop) -> dict[str, Any]:
    return {
        "need": one.id,
        "place": place(seen, one),
        "arrive": clock(seen, stop.arrive),
        "band": stop.band,
        "late": stop.late,
        "reload": stop.reload,
        "pinned": one.pin is not None,
        "started": one.state == "on_the_way",
    }


def weather(seen: Scene, state: RepairState) -> dict[str, Any]:
    """The weather as known, by whom and how old."""
    now = state.weather_at(seen.now)
    if now is None:
        return {"known": False}
    age_s = (seen.now - now.at).total_seconds()
    return {
        "known": True,
        "says": weather_line(seen.w, now),
        "by": seen.w["rpr_weather_by"].format(source=now.source, age=seen.span(age_s)),
        "old": age_s > OLD_S,
    }
