"""What may be said of shelters to everybody: the one place where hidden ones are left out (rule R31).

Nothing that goes to a public door is made from the state in any other way.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from shapely.geometry import shape

from tocsin.core.area import AreaTree
from tocsin.core.text import pick
from tocsin.core.time import rfc3339
from tocsin.shelter.events import Place
from tocsin.shelter.nearest import EARTH_M, metres_to
from tocsin.shelter.state import Door, Known, ShelterState

FEW = 5
"""With fewer than this in an area those nearest around it are told, too."""

AROUND_M = 3000.0
"""Great circle from the edge of the area beyond which nothing is told: about an hour on foot."""

AHEAD = timedelta(seconds=60)


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """A public shelter and how far it is from the edge of the area, metres; 0 inside it or when it belongs to it."""

    known: Known
    place: Place | None
    metres: float = 0.0


def visible(state: ShelterState) -> list[Known]:
    """The shelters that everybody may know of."""
    return [known for known in state.in_use() if not known.shelter.hidden]


def of_area(
    state: ShelterState, places: Mapping[str, Place], areas: AreaTree, area_id: str, *, few: int = FEW
) -> list[Around]:
    """Those of the area and its parts, in the order of their ids; when they are few, also the nearest around it."""
    wanted = areas.closure((area_id,))
    shown = visible(state)
    own = [Around(known=known, place=places.get(known.shelter.id)) for known in shown if known.shelter.area in wanted]
    if len(own) >= few:
        return own
    others = [known for known in shown if known.shelter.area not in wanted]
    return own + _nearest_to(area_id, areas, others, places)[: few - len(own)]


def _nearest_to(area_id: str, areas: AreaTree, others: Iterable[Known], places: Mapping[str, Place]) -> list[Around]:
    area = areas.get(area_id)
    if area is None or area.geometry is None:
        return []
    found = []
    west, south, east, north = shape(area.geometry).bounds
    up = math.degrees(AROUND_M / EARTH_M)
    for known in others:
        place = places.get(known.shelter.id)
        if place is None or not south - up <= place.lat <= north + up:
            continue
        side = up / max(0.01, math.cos(math.radians(place.lat)))
        if not west - side <= place.lon <= east + side:  # cheap, before the outline is measured
            continue
        far = metres_to(area.geometry, (place.lon, place.lat))
        if far <= AROUND_M:
            found.append(Around(known=known, place=place, metres=far))
    return sorted(found, key=lambda one: (one.metres, one.known.shelter.id))


def door_now(door: Door | None, now: datetime, door_for: timedelta) -> Door | None:
    """What is known of a door now. None: nobody reported it, took the report back, or looked too long ago."""
    if door is None or door.state == "unknown" or not -AHEAD <= now - door.at <= door_for:
        return None
    return door


def document(one: Around, now: datetime, door_for: timedelta, language: str) -> dict[str, Any]:
    """A public shelter as ``/shelters.json`` says it. None is "not known"; it is neither yes nor no.

    ``door.until``: after this instant a copy that was kept must take the door for unknown, too.
    """
    shelter, door = one.known.shelter, door_now(one.known.door, now, door_for)
    return {
        "id": shelter.id,
        "name": pick(shelter.names, language),
        "kind": shelter.kind,
        "capacity": shelter.capacity,
        "accessible": shelter.accessible,
        "opened_by": shelter.opened_by,
        "door": {"state": door.state, "at": rfc3339(door.at), "until": rfc3339(door.at + door_for)} if door else None,
        "floors_below": shelter.floors_below,
        "lon": one.place.lon if one.place else None,
        "lat": one.place.lat if one.place else None,
        "area": shelter.area,
        "demo": shelter.demo,
    }
