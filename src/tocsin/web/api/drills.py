"""Exercises. Other words, other facts, other addresses than warnings (rule R23)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from tocsin.warn import commands as cmd
from tocsin.warn.drill_events import DrillFact
from tocsin.web import documents
from tocsin.web.api import act
from tocsin.web.api.auth import SIGNED
from tocsin.web.api.schemas import ACT, READ, Areas, Body, Duration, Reason, Reply, Texts, example, responses
from tocsin.web.api.shapes import DrillDoc
from tocsin.web.desk import desk

router = Router(tags=["drills"], auth=SIGNED)


class DrillIn(Body):
    """An exercise. Every text must begin with its language's word for exercise."""

    exercise: Annotated[str, Field(min_length=1, max_length=200)]
    areas: Areas
    headline: Texts = Field(default_factory=dict)
    instruction: Texts = Field(default_factory=dict)
    status: Literal["Exercise", "Test"] = "Exercise"
    duration_s: Duration = 900


class EndIn(Body):
    """Why it ends."""

    reason: Reason


class DrillOut(Reply):
    """What was written, and the exercise."""

    entries: list[int]
    drill: DrillDoc


class DrillsOut(Reply):
    """Exercises, newest first."""

    drills: list[DrillDoc]


def _done(request: HttpRequest, command: cmd.Command) -> dict[str, Any]:
    outcome = act.do(request, command)
    drill_id = next(f.drill_id for f in outcome.facts if isinstance(f, DrillFact))
    drill = outcome.state.drills[drill_id]
    return {**act.stamp(), "entries": [e.seq for e in outcome.entries], "drill": documents.drill(drill)}


@router.get("", response=responses({200: DrillsOut}, READ), summary="List exercises")
def list_drills(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 - ninja's signature
    """Every exercise, newest first."""
    found = sorted(desk().state().drills.values(), key=lambda d: (d.started_at, d.id), reverse=True)
    return {**act.stamp(), "drills": [documents.drill(one) for one in found]}


@router.post(
    "",
    response=responses({201: DrillOut}, ACT),
    summary="Start an exercise",
    openapi_extra=example({"exercise": "Autumn 2024", "areas": ["north-district"], "status": "Exercise"}),
)
def start(request: HttpRequest, body: DrillIn) -> Status[dict[str, Any]]:
    """Send an exercise out on the drill path; no siren of the live path and no phase moves."""
    command = cmd.StartDrill(
        exercise=body.exercise,
        areas=tuple(body.areas),
        headline=body.headline,
        instruction=body.instruction,
        status=body.status,
        duration_s=body.duration_s,
    )
    return Status(201, _done(request, command))


@router.post(
    "/{drill_id}/end",
    response=responses({200: DrillOut}, ACT),
    summary="End an exercise",
    openapi_extra=example({"reason": "everybody is out"}),
)
def end(request: HttpRequest, drill_id: str, body: EndIn) -> dict[str, Any]:
    """End an exercise."""
    return _done(request, cmd.EndDrill(drill_id=drill_id, reason=body.reason))
