"""What a crew's page says: its flats in order, with what must be known there and nothing more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tocsin.app.actor import Actor
from tocsin.app.repair import belongs
from tocsin.core.text import pick
from tocsin.core.time import rfc3339, zone
from tocsin.repair import dispatch
from tocsin.store import accounts
from tocsin.web.desk import desk, repairs
from tocsin.web.repairs import documents, homes
from tocsin.web.repairs.say import materials, people, reasons
from tocsin.web.words import current, words

if TYPE_CHECKING:
    from django.http import HttpRequest

    from tocsin.core.area import AreaTree
    from tocsin.repair.events import Stop
    from tocsin.repair.state import KnownCrew, Need, RepairState

CHOSEN = "tocsin.crew"
"""Where the session keeps which crew this phone is with."""

REASONS = ("nobody", "danger", "material", "wrong", "not_needed")


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the state through a crew's eyes. ``crew``: which one this phone is with, None before the choice."""

    state: RepairState
    now: datetime
    actor: Actor
    crew: KnownCrew | None
    crews: tuple[KnownCrew, ...]
    language: str
    w: dict[str, str]

    def clock(self, at: datetime) -> str:
        """``23:58`` by the clocks of the city."""
        return at.astimezone(zone(desk().sender.zone)).strftime("%H:%M")


def look(request: HttpRequest) -> Look | None:
    """The look of whoever is signed in; None without the role of a crew or a dispatcher."""
    actor = accounts.actor_for_user(request.user)
    if actor is None or not any(grant.role in ("crew", "dispatcher") for grant in actor.grants):
        return None
    state, areas = repairs().state(), desk().state().areas
    mine = tuple(known for _, known in sorted(state.crews.items()) if _speaks(actor, known, areas))
    chosen = next((known for known in mine if known.crew.id == request.session.get(CHOSEN)), None)
    if chosen is None and len(mine) == 1:
        chosen = mine[0]
    language = current()
    return Look(
        state=state,
        now=desk().clock.now(),
        actor=actor,
        crew=chosen,
        crews=mine,
        language=language,
        w=words(language),
    )


def _speaks(actor: Actor, known: KnownCrew, areas: AreaTree) -> bool:
    where = [known.crew.area] if known.crew.area in areas else []
    return actor.may("dispatcher", where, areas) or (actor.may("crew", where, areas) and belongs(actor, known))


def context(seen: Look) -> dict[str, Any]:
    """Everything that the page shows."""
    known = seen.crew
    flats = [_flat(seen, one, stop) for one, stop in _flats(seen)] if known else []
    return {
        "crew": {"id": known.crew.id, "name": pick(known.crew.names, seen.language)} if known else None,
        "crews": [{"id": one.crew.id, "name": pick(one.crew.names, seen.language)} for one in seen.crews],
        "flats": flats,
        "stopped": known.stopped if known else "",
        "stopped_says": seen.w["crw_stopped"].format(reason=known.stopped) if known else "",
        "stock": materials(seen.w, documents.left(known)) if known else "",
        "alarm": bool(desk().state().live),
        "as_of_says": seen.w["crw_as_of"].format(time=seen.clock(seen.now)),
        "as_of_iso": rfc3339(seen.now),
        "reasons": [(name, seen.w[f"crw_reason_{name}"]) for name in REASONS],
        "covers": [(name, seen.w[f"crw_cover_{name}"]) for name in ("film2", "film1", "plywood")],
    }


def own_needs(state: RepairState, crew_id: str) -> set[str]:
    """Needs that a crew may act on: what is in its plan, and what it is on the way to."""
    return {one.id for one in state.needs.values() if one.crew == crew_id and not one.merged_into}


def _flats(seen: Look) -> list[tuple[Need, Stop | None]]:
    """What is open of the crew's route, in order; what was started comes first."""
    state, known = seen.state, seen.crew
    routes = state.plan.routes if state.plan else ()
    crew_id = known.crew.id if known else ""
    stops = {stop.need: stop for route in routes if route.crew == crew_id for stop in route.stops}
    mine = [state.needs[name] for name in own_needs(state, crew_id) if state.needs[name].open]
    far = seen.now + timedelta(days=365)
    mine.sort(key=lambda one: (one.state != "on_the_way", stops[one.id].arrive if one.id in stops else far, one.id))
    return [(one, stops.get(one.id)) for one in mine]


def _flat(seen: Look, one: Need, stop: Stop | None) -> dict[str, Any]:
    w, home = seen.w, homes.opened(one)
    flat = str(home.get("flat") or "")
    at_home = home.get("people")
    opening = one.opening
    return {
        "id": one.id,
        "address": str(home.get("address") or "") or w["rpr_no_address"],
        "flat": w["rpr_flat"].format(flat=flat) if flat else "",
        "area": _area(seen, one.area),
        "broken": reasons(w, opening),
        "skills": ", ".join(w[f"rpr_skill_{name}"] for name in one.skills),
        "people": people(w, at_home if isinstance(at_home, dict) else {}) or w["crw_people_unknown"],
        "take": materials(w, dispatch.materials(one, repairs().policy)),
        "on_the_way": one.state == "on_the_way",
        "arrive": w["crw_arrive"].format(time=seen.clock(stop.arrive)) if stop else "",
        "band": stop.band if stop else "",
        "pinned": one.pin is not None,
    }


def _area(seen: Look, area_id: str) -> str:
    area = desk().state().areas.get(area_id)
    return pick(area.names, seen.language) if area else area_id
