"""Crews: what they can do and carry, whether they can go on, and the plan that they follow."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from tocsin.core.time import parse_instant
from tocsin.repair import commands as cmd
from tocsin.repair.events import Crew, Material, Skill
from tocsin.store import accounts
from tocsin.web.api import act
from tocsin.web.api.auth import SIGNED, caller
from tocsin.web.api.repair_act import Amount, Identifier, carry_out, glazing, reads
from tocsin.web.api.schemas import ACT, AREA_ID, READ, Body, Instant, Polled, Reason, Reply, Texts, example, responses
from tocsin.web.desk import repairs
from tocsin.web.repairs import documents, homes

crews = Router(tags=["crews"], auth=SIGNED)
plan_router = Router(tags=["plan"], auth=SIGNED)


class DepotIn(Body):
    """Where the crew starts and takes new material. It is sealed."""

    lon: Annotated[float, Field(ge=-180, le=180)]
    lat: Annotated[float, Field(ge=-90, le=90)]


class CrewIn(Body):
    """A crew; the same id again is the same crew with other skills, stock or hours."""

    id: Identifier
    names: Texts
    area: Annotated[str, Field(pattern=rf"{AREA_ID}|^$", description="Where it works; everywhere without it.")] = ""
    skills: Annotated[list[Skill], Field(max_length=4)] = Field(default_factory=glazing)
    stock: Annotated[dict[Material, Amount], Field(max_length=3, description="m² or panes.")] = Field(
        default_factory=dict
    )
    shift_from: Instant
    shift_to: Instant
    depot: DepotIn | None = None
    members: Annotated[
        list[Annotated[str, Field(max_length=150)]] | None,
        Field(
            max_length=50,
            description="Accounts that speak for it, by login or id. Empty: every crew's account of its area; "
            "left out: as before.",
        ),
    ] = None


class StopIn(Body):
    """Why the crew cannot go on."""

    reason: Reason


class CrewDoc(Schema):
    """A crew. ``left``: its stock less what it has used."""

    id: str
    names: dict[str, str]
    area: str
    skills: list[Skill]
    stock: dict[str, float]
    left: dict[str, float]
    shift_from: str
    shift_to: str
    stopped: str = Field(description='Why it cannot go on; "" when it can.')
    members: list[str]


class CrewsOut(Polled):
    """Crews in the order of their ids."""

    crews: list[CrewDoc]


class CrewActOut(Reply):
    """How the crew stands now; ``entries`` is empty when that was known already."""

    entries: list[int]
    crew: CrewDoc


class StopDoc(Schema):
    """A need in a crew's route, and why it stands there."""

    need: str
    arrive: str
    done: str
    score: float
    band: str
    why: str
    late: bool
    reload: bool


class RouteDoc(Schema):
    """The stops of one crew, in order."""

    crew: str
    stops: list[StopDoc]


class PlanDoc(Schema):
    """In which order every crew goes. ``unplanned``: needs for which no crew has the room, the skill or the hours."""

    id: str
    at: str
    trigger: str
    rule: str
    cost: float
    routes: list[RouteDoc]
    unplanned: list[str]


class PlanOut(Polled):
    """The last plan; null before the first. ``paused``: an alarm stands and the clocks are stopped."""

    paused: bool
    plan: PlanDoc | None


class PlanActOut(Reply):
    """The plan as it is now; ``entries`` is empty when the order stayed as it was."""

    entries: list[int]
    plan: PlanDoc | None


@crews.get("", response=responses({200: CrewsOut}, READ), summary="List crews")
def list_crews(request: HttpRequest) -> dict[str, Any]:
    """For officers and crews: the crews of their areas."""
    actor = caller(request).actor
    known = sorted(repairs().state().crews.items())
    return {**act.polled(), "crews": [documents.crew(one) for _, one in known if reads(actor, one.crew.area)]}


@crews.post(
    "",
    response=responses({201: CrewActOut}, ACT),
    openapi_extra=example(
        {
            "id": "crew-1",
            "names": {"en": "Glaziers 1"},
            "skills": ["glazing", "height"],
            "stock": {"film": 120, "plywood": 20},
            "shift_from": "2024-01-04T21:00:00Z",
            "shift_to": "2024-01-05T05:00:00Z",
        }
    ),
    summary="Define a crew",
)
def define(request: HttpRequest, body: CrewIn) -> Status[dict[str, Any]]:
    """Say that a crew is there, or has other skills, stock or hours. Never a person's name: crews have names."""
    known = repairs().state().crews.get(body.id)
    crew = Crew(
        id=body.id,
        names=body.names,
        area=body.area,
        skills=tuple(body.skills),
        stock=body.stock,
        shift_from=parse_instant(body.shift_from, field="shift_from"),
        shift_to=parse_instant(body.shift_to, field="shift_to"),
        sealed=_depot(request, body, known.crew.sealed if known else ""),
        members=_members(body.members) if body.members is not None else known.crew.members if known else (),
    )
    return _did(request, body.id, cmd.DefineCrew(crew=crew))


def _members(given: list[str]) -> tuple[str, ...]:
    """Actors of accounts: a login becomes the account's own id, which says nothing of a person."""
    by_login = {row.login: row.actor for row in accounts.officers()}
    return tuple(dict.fromkeys(by_login.get(one, one) for one in given))


def _depot(request: HttpRequest, body: CrewIn, known: str) -> str:
    """The reference of the depot. What is already known is not sealed twice, and nothing for who may not define."""
    if body.depot is None or not any(g.role in ("dispatcher", "admin") for g in caller(request).actor.grants):
        return known
    return homes.seal_depot(body.depot.model_dump(), known)


@crews.post(
    "/{crew_id}/stop",
    response=responses({201: CrewActOut}, ACT),
    openapi_extra=example({"reason": "the van broke down"}),
    summary="Stop a crew",
)
def stop(request: HttpRequest, crew_id: str, body: StopIn) -> Status[dict[str, Any]]:
    """Say that a crew cannot go on for now. Its flats are planned anew for the others."""
    return _did(request, crew_id, cmd.StopCrew(crew_id=crew_id, reason=body.reason))


@crews.post("/{crew_id}/resume", response=responses({201: CrewActOut}, ACT), summary="Let a crew go on")
def resume(request: HttpRequest, crew_id: str) -> Status[dict[str, Any]]:
    """Say that a crew can go on."""
    return _did(request, crew_id, cmd.ResumeCrew(crew_id=crew_id))


def _did(request: HttpRequest, crew_id: str, command: cmd.Command) -> Status[dict[str, Any]]:
    outcome = carry_out(request, command)
    told = documents.crew(outcome.state.crews[crew_id])
    return Status(201, {**act.stamp(), "entries": [e.seq for e in outcome.entries], "crew": told})


@plan_router.get("", response=responses({200: PlanOut}, READ), summary="The plan")
def plan(
    request: HttpRequest,
    crew: Annotated[str | None, Query(max_length=64, description="Only this crew's route.")] = None,
) -> dict[str, Any]:
    """The order in which the crews go, as last planned; routes of crews of the caller's areas."""
    state = repairs().state()
    actor = caller(request).actor
    seen = {name for name, one in state.crews.items() if reads(actor, one.crew.area) and crew in {None, name}}
    return {**act.polled(), "paused": state.paused, "plan": documents.plan(state, seen)}


@plan_router.post("", response=responses({201: PlanActOut}, ACT), summary="Plan anew")
def replan(request: HttpRequest) -> Status[dict[str, Any]]:
    """Plan every crew's route anew, now. An alarm, damage, a stopped crew and the weather do it by themselves."""
    outcome = repairs().replan("by_hand", caller(request).actor)
    entries = [e.seq for e in outcome.entries]
    state = repairs().state()
    return Status(201, {**act.stamp(), "entries": entries, "plan": documents.plan(state, set(state.crews))})
