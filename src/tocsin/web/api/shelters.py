"""Shelters: what is known of each, how its door stands, how long a drill took."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from tocsin.app.actor import Actor
from tocsin.app.shelters import Outcome
from tocsin.core.errors import Invalid
from tocsin.core.points import reach
from tocsin.core.time import parse_instant
from tocsin.shelter import commands as cmd
from tocsin.shelter.events import DoorState, DrillTime, Kind, Opener, Season
from tocsin.shelter.state import Known
from tocsin.warn.state import WarnState
from tocsin.web import documents, shelters
from tocsin.web.api import act
from tocsin.web.api.auth import PUBLIC, SIGNED, caller
from tocsin.web.api.schemas import ACT, READ, Body, Instant, Polled, ReasonIn, Reply, example, responses
from tocsin.web.desk import desk
from tocsin.web.desk import shelters as shelter_desk
from tocsin.web.errors import no_such

router = Router(tags=["shelters"], auth=SIGNED)

_INSTANT = "RFC 3339, UTC."


class DoorDoc(Schema):
    """How a door stood when somebody looked. After ``until`` it is unknown again."""

    state: Literal["open", "closed"]
    at: str = Field(description=_INSTANT)
    until: str = Field(description=_INSTANT)


class LastDoorDoc(Schema):
    """The last report of a door, however old."""

    state: DoorState
    at: str = Field(description=_INSTANT)


class DrillTimeDoc(Schema):
    """How long a group took, seconds, until its last member was inside."""

    group: str
    people: int
    seconds: int
    season: Season
    on: str = Field(description="The day, YYYY-MM-DD.")


class ShelterInsideDoc(Schema):
    """What officers of the area see besides."""

    hidden: bool
    placed: bool = Field(description="Whether its position is kept on this machine. Of a hidden one it is never sent.")
    last_door: LastDoorDoc | None
    drills: list[DrillTimeDoc]


class ShelterDoc(Schema):
    """A shelter. ``null`` is "not known": neither yes nor no."""

    id: str
    names: dict[str, str]
    kind: Kind
    capacity: int | None = Field(description="People.")
    accessible: bool | None = Field(description="Whether a wheelchair gets in.")
    opened_by: Opener | None
    door: DoorDoc | None
    floors_below: int | None
    lon: float | None
    lat: float | None
    area: str
    demo: bool
    inside: ShelterInsideDoc | None = None


class SheltersOut(Polled):
    """Shelters in the order of their ids."""

    shelters: list[ShelterDoc]


class DoorIn(Body):
    """How the door stands. ``unknown`` takes an earlier report back."""

    state: DoorState
    observed_at: Annotated[Instant | None, Field(description="When somebody looked; now without it.")] = None


class DrillTimeIn(Body):
    """A group was timed on its way in."""

    group: Annotated[str, Field(min_length=1, max_length=40, description="A class, floor or ward; never a person.")]
    people: Annotated[int, Field(ge=1, le=200_000)]
    seconds: Annotated[int, Field(ge=1, le=7200, description="Until the last one was inside.")]
    season: Season
    on: Annotated[
        str,
        Field(pattern=r"^\d{4}-\d\d-\d\d$", description="The day, YYYY-MM-DD.", json_schema_extra={"format": "date"}),
    ]


class ShelterActOut(Reply):
    """How the shelter stands now; ``entries`` is empty when that was known already."""

    entries: list[int]
    shelter: ShelterDoc


def _inside(actor: Actor, known: Known, state: WarnState) -> bool:
    return documents.sees(actor, (known.shelter.area,), state)


@router.get("", auth=PUBLIC, response=responses({200: SheltersOut}, READ), summary="List shelters")
def list_shelters(
    request: HttpRequest,
    area: Annotated[str | None, Query(max_length=100, description="Only this area and its parts.")] = None,
) -> dict[str, Any]:
    """Public: those that are not hidden. Officers also see that there are hidden ones in their areas, never where."""
    state = desk().state()
    if area is not None and area not in state.areas:
        raise no_such(f"There is no area {area!r}.", field="area", remedy="List them with GET /api/v1/areas.")
    wanted = None if area is None else state.areas.closure((area,))
    actor, now = caller(request).actor, act.now()
    found = []
    for known in shelter_desk().state().in_use():
        inside = _inside(actor, known, state)
        if (wanted is None or known.shelter.area in wanted) and (inside or not known.shelter.hidden):
            found.append(shelters.api_document(known, now, inside=inside))
    return {**act.polled(), "shelters": found}


@router.post(
    "/{shelter_id}/door",
    response=responses({201: ShelterActOut}, ACT),
    openapi_extra=example({"state": "open", "observed_at": "2024-01-04T20:58:00Z"}),
    summary="Report a door",
)
def report_door(request: HttpRequest, shelter_id: str, body: DoorIn) -> Status[dict[str, Any]]:
    """Say how a door stands: an officer of the area, or a sensor's key."""
    at = act.now() if body.observed_at is None else parse_instant(body.observed_at, field="observed_at")
    return _did(request, shelter_id, cmd.ReportDoor(shelter_id=shelter_id, state=body.state, observed_at=at))


@router.post(
    "/{shelter_id}/drills",
    response=responses({201: ShelterActOut}, ACT),
    openapi_extra=example({"group": "5A", "people": 24, "seconds": 170, "season": "winter", "on": "2024-01-10"}),
    summary="Record how long a group took",
)
def time_drill(request: HttpRequest, shelter_id: str, body: DrillTimeIn) -> Status[dict[str, Any]]:
    """Record a drill: how long a class or floor took to get in. Minutes per class decide who can go (rule R32)."""
    try:
        day = date.fromisoformat(body.on)
    except ValueError as fault:
        raise Invalid("TOC-6003", f"{body.on!r} is no day.", field="on", remedy="Write it like 2024-01-05.") from fault
    drill = DrillTime(group=body.group, people=body.people, seconds=body.seconds, season=body.season, on=day)
    return _did(request, shelter_id, cmd.TimeDrill(shelter_id=shelter_id, drill=drill))


@router.post(
    "/{shelter_id}/withdraw",
    response=responses({201: ShelterActOut}, ACT),
    openapi_extra=example({"reason": "flooded"}),
    summary="Withdraw a shelter",
)
def withdraw(request: HttpRequest, shelter_id: str, body: ReasonIn) -> Status[dict[str, Any]]:
    """Say that a shelter can no longer be used. Importing it again brings it back."""
    return _did(request, shelter_id, cmd.WithdrawShelter(shelter_id=shelter_id, reason=body.reason))


def _did(request: HttpRequest, shelter_id: str, command: cmd.Command) -> Status[dict[str, Any]]:
    """Carry it out as the caller, and answer with how the shelter stands."""
    actor = caller(request).actor
    reach("web.before_append")
    outcome: Outcome = shelter_desk().do(command, actor)
    reach("web.before_answer")
    known = outcome.state.shelters[shelter_id]
    told = shelters.api_document(known, act.now(), inside=_inside(actor, known, desk().state()))
    return Status(201, {**act.stamp(), "entries": [e.seq for e in outcome.entries], "shelter": told})
