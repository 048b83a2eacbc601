"""Shelters as the web door says them: public documents, rows in words for templates. Hidden ones are in neither."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tocsin.core.area import AreaTree
from tocsin.core.text import pick
from tocsin.core.time import rfc3339, zone
from tocsin.shelter import public
from tocsin.shelter.public import Around, door_now
from tocsin.shelter.state import Known
from tocsin.web.desk import desk, shelters
from tocsin.web.words import counted, words

_NEAR_M = 100


def documents(area_id: str, language: str) -> dict[str, Any]:
    """What ``/shelters.json`` says of an area: ``shelters`` with a place, and how many have none."""
    own = shelters()
    now = desk().clock.now()
    told = [public.document(one, now, own.door_for, language) for one in _of(area_id)]
    placed = [one for one in told if one["lon"] is not None]
    return {"area": area_id, "language": language, "shelters": placed, "unplaced": len(told) - len(placed)}


def _of(area_id: str) -> list[Around]:
    own = shelters()
    return public.of_area(own.state(), own.places(), desk().state().areas, area_id)


def of_area(area_id: str, language: str) -> list[dict[str, Any]]:
    """The public shelters of an area and its parts, and when they are few the nearest around it, in words.

    Each row: ``id``, ``name``, ``kind`` (a word), ``facts`` (``icon``, ``text``, ``known``), ``around`` (how far from
    the edge of the area, in words; "" inside), ``demo``. For ``tocsin/shelters.html``.
    """
    now, areas = desk().clock.now(), desk().state().areas
    return [_row(one, areas, now, language) for one in _of(area_id)]


def _row(one: Around, areas: AreaTree, now: datetime, language: str) -> dict[str, Any]:
    shelter, text = one.known.shelter, words(language)
    around = ""
    if one.metres > _NEAR_M:
        around = text["shl_around"].format(n=int(round(one.metres, -2)))
    elif one.metres > 0:
        around = text["shl_around_near"]
    return {
        "id": shelter.id,
        "name": pick(shelter.names, language),
        "kind": text[f"shl_kind_{shelter.kind}"],
        "around": around,
        "facts": [_door(one.known, areas, now, text), *_facts(one.known, language)],
        "demo": shelter.demo,
    }


def _fact(icon: str, text: str, *, known: bool) -> dict[str, Any]:
    return {"icon": icon, "text": text, "known": known}


def _door(known: Known, areas: AreaTree, now: datetime, text: dict[str, str]) -> dict[str, Any]:
    """What is known of the door now; what was seen too long ago is unknown."""
    door = door_now(known.door, now, shelters().door_for)
    if door is None:
        return _fact("door", text["shl_door_unknown"], known=False)
    area = areas.get(known.shelter.area)
    clock = door.at.astimezone(zone(area.zone if area else "UTC")).strftime("%H:%M")
    return _fact("door", text[f"shl_door_{door.state}"].format(time=clock), known=True)


def _facts(known: Known, language: str) -> list[dict[str, Any]]:
    shelter, text = known.shelter, words(language)
    access = {True: "shl_access_yes", False: "shl_access_no", None: "shl_access_unknown"}[shelter.accessible]
    below = shelter.floors_below
    floors = text["shl_floors_unknown" if below is None else "shl_floors_0"]
    room = text["shl_capacity_unknown" if shelter.capacity is None else "shl_capacity"]
    return [
        _fact("key", text[f"shl_opened_{shelter.opened_by or 'unknown'}"], known=shelter.opened_by is not None),
        _fact("wheelchair", text[access], known=shelter.accessible is not None),
        _fact("person", room.format(n=shelter.capacity), known=shelter.capacity is not None),
        _fact(
            "basement",
            counted(language, "n_floors_below", below) if below else floors,
            known=below is not None,
        ),
    ]


def api_document(known: Known, now: datetime, *, inside: bool) -> dict[str, Any]:
    """A shelter as the API says it. ``inside`` adds what officers alone may see.

    A hidden shelter has no position here either: where it stands leaves this machine by no door.
    """
    own, shelter = shelters(), known.shelter
    place = own.places().get(shelter.id)
    told = public.document(Around(known=known, place=None if shelter.hidden else place), now, own.door_for, "en")
    del told["name"]
    told["names"] = shelter.names or (place.names if place is not None and inside else {})
    if inside:
        drills = [drill for _, drill in sorted(known.drills.items())]
        told["inside"] = {
            "hidden": shelter.hidden,
            "placed": place is not None,
            "last_door": {"state": known.door.state, "at": rfc3339(known.door.at)} if known.door else None,
            "drills": [
                {
                    "group": one.group,
                    "people": one.people,
                    "seconds": one.seconds,
                    "season": one.season,
                    "on": one.on.isoformat(),
                }
                for one in drills
            ],
        }
    return told
