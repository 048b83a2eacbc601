"""Needs for repair: which flats are open to the cold, what became of each, and in which order they come."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import ConfigDict, Field

from tocsin.core.errors import Denied
from tocsin.core.time import parse_instant
from tocsin.repair import commands as cmd
from tocsin.repair.events import Cover, Material, Opening, Skill, State
from tocsin.web.api import act
from tocsin.web.api.auth import SIGNED, caller
from tocsin.web.api.repair_act import Amount, Identifier, carry_out, glazing, reads
from tocsin.web.api.schemas import ACT, AREA_ID, READ, Body, Instant, Polled, Reason, Reply, example, responses
from tocsin.web.desk import desk, repairs
from tocsin.web.errors import no_such
from tocsin.web.repairs import documents, homes

router = Router(tags=["needs"], auth=SIGNED)

Skills = Annotated[list[Skill], Field(min_length=1, max_length=4)]
Note = Annotated[str, Field(max_length=1000)]


class OpeningIn(Body):
    """What is broken in one flat. Left out is not known."""

    windows: Annotated[int, Field(ge=0, le=500, description="Panes.")]
    hole_m2: Annotated[float | None, Field(ge=0, le=200, description="Open area in m²; without it so much a pane.")] = (
        None
    )
    cover: Cover = "open"
    two_sides: Annotated[bool, Field(description="Broken on two sides, so that wind blows through.")] = False
    cracked: Annotated[bool, Field(description="Cracked, not open.")] = False
    occupied: bool = True
    heating: bool | None = None
    circulation: Annotated[bool | None, Field(description="Whether water circulates in the radiators.")] = None
    floor: Annotated[int | None, Field(ge=-5, le=200, description="Storeys above the ground.")] = None
    floor_m2: Annotated[float | None, Field(gt=0, le=1000)] = None
    heavy: Annotated[bool, Field(description="Masonry or concrete panels.")] = True


class HomeIn(Body):
    """Where it is and who lives there. It is sealed beside the ledger, and can be erased."""

    address: Annotated[str, Field(max_length=200)] = ""
    flat: Annotated[str, Field(max_length=40)] = ""
    lon: Annotated[float | None, Field(ge=-180, le=180)] = None
    lat: Annotated[float | None, Field(ge=-90, le=90)] = None
    adults: Annotated[int, Field(ge=0, le=100, description="Aged 5 to 65.")] = 0
    over_65: Annotated[int, Field(ge=0, le=100)] = 0
    under_5: Annotated[int, Field(ge=0, le=100)] = 0
    dependent: Annotated[int, Field(ge=0, le=100, description="Who depends on medical devices or care.")] = 0
    contact: Annotated[str, Field(max_length=200)] = ""
    note: Note = ""


class NeedIn(Body):
    """A flat needs closing. The same id again is the same need, and writes nothing."""

    id: Identifier
    area: Annotated[str, Field(pattern=AREA_ID)]
    building: Annotated[str, Field(max_length=64, description="An opaque id that the flats of one house share.")] = ""
    opening: OpeningIn
    skills: Skills = Field(default_factory=glazing)
    report: Annotated[str, Field(max_length=64, description="The resident's report that led to it.")] = ""
    claim: Annotated[str, Field(max_length=64)] = ""
    follows: Annotated[str, Field(max_length=64, description="The need whose closure was not enough.")] = ""
    home: HomeIn | None = None


class AssessIn(Body):
    """Somebody looked at it."""

    opening: OpeningIn
    skills: Skills = Field(default_factory=glazing)
    note: Note = ""


class MergeIn(Body):
    """It is the same flat as ``into``, which goes on with both histories."""

    into: Identifier
    reason: Reason


class MoveIn(Body):
    """It is in another state. ``client_id``: the same one twice is one move, for phones that send again."""

    state: State
    crew: Annotated[str, Field(max_length=64)] = ""
    cover: Cover | None = None
    materials: Annotated[dict[Material, Amount], Field(max_length=3, description="What was used, m² or panes.")] = (
        Field(default_factory=dict)
    )
    evidence: Annotated[str, Field(max_length=64)] = ""
    reason: Note = ""
    client_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{0,64}$")] = ""
    said_at: Annotated[Instant | None, Field(description="When it was pressed, by the phone's clock.")] = None


class ReopenIn(Body):
    """It is not closed. ``by_resident``: the resident says so, and an officer writes it down."""

    reason: Reason
    by_resident: bool = False


class PinIn(Body):
    """Fix it to a crew and a place in its route, from 0; crew "" lets it go again."""

    crew: Annotated[str, Field(max_length=64)]
    position: Annotated[int, Field(ge=0, le=10_000)] = 0
    reason: Note = ""


class Open(Schema):
    """A part of an answer whose fields follow the facts."""

    model_config = ConfigDict(extra="allow")


class StepDoc(Schema):
    """One thing that happened to a need."""

    entry: int
    at: str
    by: str
    kind: str
    state: State
    note: str
    said_at: str | None


class UrgencyDoc(Schema):
    """Why it stands where it stands. Hours count from now; null: not within three days, or not known."""

    band: Literal["P1", "P2", "P3", "P4"]
    score: float
    sum: str = Field(description="How the score comes about, in one line.")
    why: str
    deadline: str | None = Field(description="By when at the latest, for an old person or the pipes.")
    deadline_kind: Literal["", "elderly", "pipes"]
    hours: dict[str, list[float | None]] = Field(
        description="Level in °C (`air_0`: of the air) → hours from now, sooner and later end of the band."
    )
    advice: list[str] = Field(description="Keys of what to tell the residents at once.")


class NeedDoc(Schema):
    """A need for repair.

    ``home`` is for dispatchers of the area alone; ``urgency`` is null for what is closed, and in the answer to an act.
    """

    id: str
    area: str
    building: str
    state: State
    open: bool
    opening: dict[str, Any]
    skills: list[Skill]
    crew: str
    pinned: bool
    report: str
    claim: str
    follows: str
    merged: list[str]
    merged_into: str
    opened_at: str
    reopened: int
    evidence: list[str]
    materials: dict[str, float]
    urgency: UrgencyDoc | None
    history: list[StepDoc]
    home: dict[str, Any] | None


class NeedsOut(Polled):
    """Open needs in the order in which the cold is felt, then closed ones by id."""

    needs: list[NeedDoc]


class NeedOut(Polled):
    """One need."""

    need: NeedDoc


class NeedActOut(Reply):
    """How the need stands now; ``entries`` is empty when that was known already."""

    entries: list[int]
    need: NeedDoc


def _opening(body: OpeningIn) -> Opening:
    return Opening(**body.model_dump())


@router.get("", response=responses({200: NeedsOut}, READ), summary="List needs for repair")
def list_needs(
    request: HttpRequest,
    area: Annotated[str | None, Query(max_length=100, description="Only this area and its parts.")] = None,
    closed: Annotated[bool, Query(description="Closed ones, too.")] = False,
) -> dict[str, Any]:
    """For officers and crews: needs of their areas. Where a flat is and who lives there is for dispatchers alone."""
    actor, state = caller(request).actor, desk().state()
    if area is not None and area not in state.areas:
        raise no_such(f"There is no area {area!r}.", field="area", remedy="List them with GET /api/v1/areas.")
    wanted = None if area is None else state.areas.closure((area,))
    own, now = repairs(), act.now()
    rows = {row.need.id: row for row in own.queue(now)}
    known = own.state()
    order = {name: at for at, name in enumerate(rows)}
    found = sorted(known.needs.values(), key=lambda n: (order.get(n.id, len(order)), n.id))
    told = [
        documents.need(one, rows.get(one.id), home=homes.for_dispatcher(actor, one))
        for one in found
        if (closed or one.open) and (wanted is None or one.area in wanted) and reads(actor, one.area)
    ]
    return {**act.polled(), "needs": told}


@router.get("/{need_id}", response=responses({200: NeedOut}, (*READ, 403)), summary="One need")
def one_need(request: HttpRequest, need_id: str) -> dict[str, Any]:
    """A need with everything that happened to it."""
    known = repairs().state().needs.get(need_id)
    if known is None or not reads(caller(request).actor, known.area):
        raise no_such(f"There is no need {need_id!r}.", field="need_id", remedy="List them with GET /api/v1/needs.")
    return {**act.polled(), "need": _told(request, need_id, ranked=True)}


@router.post(
    "",
    response=responses({201: NeedActOut}, ACT),
    openapi_extra=example(
        {
            "id": "need-0001",
            "area": "north-district",
            "building": "b-17",
            "opening": {"windows": 3, "heating": False, "floor": 4},
            "home": {"address": "Sample Street 17", "flat": "12", "adults": 1, "over_65": 1},
        }
    ),
    summary="Open a need",
)
def open_need(request: HttpRequest, body: NeedIn) -> Status[dict[str, Any]]:
    """Say that a flat needs closing. Where it is and who lives there is sealed, and only a reference is recorded."""
    given = body.model_dump(exclude={"home", "opening"})
    known = repairs().state().needs.get(body.id)
    home = body.home.model_dump(exclude_defaults=True) if body.home else {}
    actor = caller(request).actor
    if not any(actor.may(role, [body.area], desk().state().areas) for role in ("dispatcher", "duty")):
        raise _stranger()  # nothing is sealed for who may not ask
    sealed = homes.seal(home) if home and known is None else known.sealed[0] if known and known.sealed else ""
    named = given.pop("id")
    skills = tuple(given.pop("skills"))
    command = cmd.OpenNeed(need_id=named, opening=_opening(body.opening), skills=skills, sealed=sealed, **given)
    return _did(request, named, command)


def _stranger() -> Denied:
    return Denied(
        "TOC-6002",
        "This needs the role dispatcher or duty in that area.",
        field="actor",
        remedy="Ask an administrator for the role, or an officer who holds it to act.",
    )


@router.post(
    "/{need_id}/assess",
    response=responses({201: NeedActOut}, ACT),
    openapi_extra=example({"opening": {"windows": 4, "hole_m2": 5.2}, "skills": ["glazing", "height"], "note": ""}),
    summary="Assess a need",
)
def assess(request: HttpRequest, need_id: str, body: AssessIn) -> Status[dict[str, Any]]:
    """Say what is broken after a look at it."""
    command = cmd.AssessNeed(need_id=need_id, opening=_opening(body.opening), skills=tuple(body.skills), note=body.note)
    return _did(request, need_id, command)


@router.post(
    "/{need_id}/merge",
    response=responses({201: NeedActOut}, ACT),
    openapi_extra=example({"into": "need-0001", "reason": "the neighbour reported the same flat"}),
    summary="Merge a need into another",
)
def merge(request: HttpRequest, need_id: str, body: MergeIn) -> Status[dict[str, Any]]:
    """Say that two needs are the same flat. Both histories go on in one."""
    return _did(request, need_id, cmd.MergeNeed(need_id=need_id, into=body.into, reason=body.reason))


@router.post(
    "/{need_id}/move",
    response=responses({201: NeedActOut}, ACT),
    openapi_extra=example(
        {
            "state": "temporarily_closed",
            "crew": "crew-1",
            "cover": "film2",
            "materials": {"film": 7.5},
            "client_id": "p-1",
        }
    ),
    summary="Move a need",
)
def move(request: HttpRequest, need_id: str, body: MoveIn) -> Status[dict[str, Any]]:
    """Put a need into another state: on the way, temporarily closed, verified, glazed, no longer needed, refused."""
    said_at = None if body.said_at is None else parse_instant(body.said_at, field="said_at")
    return _did(request, need_id, cmd.MoveNeed(need_id=need_id, **body.model_dump() | {"said_at": said_at}))


@router.post(
    "/{need_id}/reopen",
    response=responses({201: NeedActOut}, ACT),
    openapi_extra=example({"reason": "the film came off", "by_resident": True}),
    summary="Reopen a need",
)
def reopen(request: HttpRequest, need_id: str, body: ReopenIn) -> Status[dict[str, Any]]:
    """Say that it is not closed after all. That is never refused, and always leaves a trace."""
    command = cmd.ReopenNeed(need_id=need_id, reason=body.reason, by_resident=body.by_resident)
    return _did(request, need_id, command)


@router.post(
    "/{need_id}/pin",
    response=responses({201: NeedActOut}, ACT),
    openapi_extra=example({"crew": "crew-1", "position": 0, "reason": "an infant lives there"}),
    summary="Pin a need",
)
def pin(request: HttpRequest, need_id: str, body: PinIn) -> Status[dict[str, Any]]:
    """Fix a need to a crew and a place in its route, whatever the plan says; an empty crew lets it go."""
    command = cmd.PinNeed(need_id=need_id, crew=body.crew, position=body.position, reason=body.reason)
    return _did(request, need_id, command)


def _did(request: HttpRequest, need_id: str, command: cmd.Command) -> Status[dict[str, Any]]:
    outcome = carry_out(request, command)
    entries = [entry.seq for entry in outcome.entries]
    return Status(201, {**act.stamp(), "entries": entries, "need": _told(request, need_id)})


def _told(request: HttpRequest, need_id: str, *, ranked: bool = False) -> dict[str, Any]:
    """The need. ``ranked``: with how it stands in the queue, which is worked out over all of them."""
    own, actor = repairs(), caller(request).actor
    known = own.state().needs[need_id]
    row = next((row for row in own.queue(act.now()) if row.need.id == need_id), None) if ranked else None
    return documents.need(known, row, home=homes.for_dispatcher(actor, known))
