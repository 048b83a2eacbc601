"""Acts on warnings: draft, approve, issue, update, clear, cancel."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from tocsin.warn import commands as cmd
from tocsin.warn import events as ev
from tocsin.warn.events import Level
from tocsin.web import documents, second_factor
from tocsin.web.api import act
from tocsin.web.api.auth import SIGNED, caller
from tocsin.web.api.schemas import (
    ACT,
    Areas,
    Body,
    Duration,
    Reason,
    ReasonIn,
    Reply,
    Sha256,
    Texts,
    example,
    responses,
)
from tocsin.web.api.shapes import ReachDoc
from tocsin.web.desk import desk

router = Router(tags=["warnings"], auth=SIGNED)


class DraftIn(Body):
    """A warning to be proposed. Texts that are left out are the threat's agreed words."""

    threat: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$", examples=["drone"])]
    level: Level = "alert"
    areas: Areas
    headline: Texts = Field(default_factory=dict)
    description: Texts = Field(default_factory=dict)
    instruction: Texts = Field(default_factory=dict)
    duration_s: Duration | None = None
    reason: Reason
    supersedes: Annotated[str, Field(max_length=64, description="The live warning that this one replaces.")] = ""


class ChangeIn(Body):
    """What should differ; what is left out stays."""

    level: Level | None = None
    areas: Areas | None = None
    headline: Texts | None = None
    description: Texts | None = None
    instruction: Texts | None = None
    duration_s: Duration | None = None


class EditIn(ChangeIn):
    """A change to a draft. Approvals given before are void."""

    reason: Reason | None = None


class UpdateIn(ChangeIn):
    """A change to a live warning. A higher level or more areas become a new draft that supersedes it."""

    reason: Reason


class ApproveIn(Body):
    """Agreement to exactly these bytes."""

    sha256: Sha256


class IssueIn(Body):
    """The word to send. ``confirm``: the name of an area of the warning, typed."""

    sha256: Sha256
    confirm: Annotated[str, Field(min_length=1, max_length=200)]


class PartialIn(Body):
    """The areas that are clear."""

    areas: Areas
    reason: Reason


class ActOut(Reply):
    """What was written and how the warning stands now.

    The fields from ``sha256`` to ``approved_by`` are there for a draft: the bytes to approve, whether one or two
    persons are needed and why, whom it reaches, the area name to type, and who approved these bytes. ``cap`` is there
    once a message is out.
    """

    entries: list[int]
    warning: str
    status: Literal["draft", "live", "ended", "discarded"]
    identifier: str
    sent: str
    sha256: str | None = None
    needs: Literal["one", "two"] | None = None
    needs_because: str | None = None
    reach: ReachDoc | None = None
    confirm: str | None = None
    approved_by: list[str] | None = None
    cap: str | None = None


class GlassOut(Reply):
    """Until when this officer may issue alone."""

    entries: list[int]
    until: str | None


def _acted(request: HttpRequest, command: cmd.Command, warning_id: str = "") -> dict[str, Any]:
    outcome = act.do(request, command)
    drafted = next((f.warning_id for f in outcome.facts if isinstance(f, ev.WarningDrafted)), "")
    about = documents.act_document(outcome.state, drafted or warning_id, desk().policy)
    return {**act.stamp(), "entries": [e.seq for e in outcome.entries], **about}


def _tuple(areas: list[str] | None) -> tuple[str, ...] | None:
    return None if areas is None else tuple(areas)


@router.post(
    "",
    response=responses({201: ActOut}, ACT),
    summary="Draft a warning",
    openapi_extra=example(
        {"threat": "drone", "level": "alert", "areas": ["north-district"], "reason": "two drones heading south"}
    ),
)
def draft(request: HttpRequest, body: DraftIn) -> Status[dict[str, Any]]:
    """Propose a warning; nothing is sent."""
    command = cmd.Draft(
        threat=body.threat,
        level=body.level,
        areas=tuple(body.areas),
        reason=body.reason,
        headline=body.headline,
        description=body.description,
        instruction=body.instruction,
        duration_s=body.duration_s,
        supersedes=body.supersedes,
    )
    return Status(201, _acted(request, command))


@router.post(
    "/break-glass",
    response=responses({200: GlassOut}, ACT),
    summary="Open break-glass for yourself",
    openapi_extra=example({"reason": "rockets in the air"}),
)
def break_glass(request: HttpRequest, body: ReasonIn) -> dict[str, Any]:
    """Under incoming fire: this officer may issue alone for a short time, and everybody on duty is told."""
    return _glass(request, body.reason)


@router.post(
    "/{warning_id}/edit",
    response=responses({200: ActOut}, ACT),
    summary="Change a draft",
    openapi_extra=example({"areas": ["north-district", "south-district"], "reason": "heading south"}),
)
def edit(request: HttpRequest, warning_id: str, body: EditIn) -> dict[str, Any]:
    """Change a draft. Its bytes change, so approvals given before are void."""
    command = cmd.Edit(
        warning_id=warning_id,
        level=body.level,
        areas=_tuple(body.areas),
        reason=body.reason,
        headline=body.headline,
        description=body.description,
        instruction=body.instruction,
        duration_s=body.duration_s,
    )
    return _acted(request, command, warning_id)


@router.post(
    "/{warning_id}/approve",
    response=responses({200: ActOut}, ACT),
    summary="Approve a draft's bytes",
    openapi_extra=example({"sha256": "e3b0c442" * 8}),
)
def approve(request: HttpRequest, warning_id: str, body: ApproveIn) -> dict[str, Any]:
    """Agree, as another person than the author, to exactly the bytes with this SHA-256."""
    second_factor.require_fresh(request)
    return _acted(request, cmd.Approve(warning_id=warning_id, sha256=body.sha256), warning_id)


@router.post(
    "/{warning_id}/issue",
    response=responses({200: ActOut}, ACT),
    summary="Send a draft out",
    openapi_extra=example({"sha256": "e3b0c442" * 8, "confirm": "North District"}),
)
def issue(request: HttpRequest, warning_id: str, body: IssueIn) -> dict[str, Any]:
    """Send the warning to sirens, phones and feeds."""
    second_factor.require_fresh(request)
    command = cmd.Issue(warning_id=warning_id, sha256=body.sha256, confirm=body.confirm)
    return _acted(request, command, warning_id)


@router.post(
    "/{warning_id}/break-glass",
    response=responses({200: GlassOut}, ACT),
    summary="Open break-glass for yourself",
    openapi_extra=example({"reason": "rockets in the air"}),
)
def break_glass_for(request: HttpRequest, warning_id: str, body: ReasonIn) -> dict[str, Any]:  # noqa: ARG001 - named
    """The same as `/warnings/break-glass`; it opens for the officer, not for one warning."""
    return _glass(request, body.reason)


def _glass(request: HttpRequest, reason: str) -> dict[str, Any]:
    outcome = act.do(request, cmd.BreakGlass(reason=reason))
    until = documents.glass_until(outcome.state, caller(request).actor.id)
    return {**act.stamp(), "entries": [e.seq for e in outcome.entries], "until": until}


@router.post(
    "/{warning_id}/update",
    response=responses({200: ActOut}, ACT),
    summary="Change a live warning",
    openapi_extra=example({"duration_s": 7200, "reason": "a second wave"}),
)
def update(request: HttpRequest, warning_id: str, body: UpdateIn) -> dict[str, Any]:
    """Change what a live warning says. It raises no sound by itself."""
    command = cmd.Update(
        warning_id=warning_id,
        level=body.level,
        areas=_tuple(body.areas),
        reason=body.reason,
        headline=body.headline,
        description=body.description,
        instruction=body.instruction,
        duration_s=body.duration_s,
    )
    return _acted(request, command, warning_id)


@router.post(
    "/{warning_id}/partial-clear",
    response=responses({200: ActOut}, ACT),
    summary="Clear some areas",
    openapi_extra=example({"areas": ["south-district"], "reason": "nothing left in the south"}),
)
def partial_clear(request: HttpRequest, warning_id: str, body: PartialIn) -> dict[str, Any]:
    """Clear some areas of a live warning; the others stay on."""
    command = cmd.PartialClear(warning_id=warning_id, areas=tuple(body.areas), reason=body.reason)
    return _acted(request, command, warning_id)


@router.post(
    "/{warning_id}/all-clear",
    response=responses({200: ActOut}, ACT),
    summary="Give the all-clear",
    openapi_extra=example({"reason": "nothing left in the air"}),
)
def all_clear(request: HttpRequest, warning_id: str, body: ReasonIn) -> dict[str, Any]:
    """End a live warning because the danger is over."""
    return _acted(request, cmd.AllClear(warning_id=warning_id, reason=body.reason), warning_id)


@router.post(
    "/{warning_id}/cancel",
    response=responses({200: ActOut}, ACT),
    summary="Withdraw a wrong warning",
    openapi_extra=example({"reason": "a flock of birds"}),
)
def cancel(request: HttpRequest, warning_id: str, body: ReasonIn) -> dict[str, Any]:
    """Withdraw a live warning that was an error; the prepared correction goes out."""
    return _acted(request, cmd.Cancel(warning_id=warning_id, reason=body.reason), warning_id)


@router.post(
    "/{warning_id}/end",
    response=responses({200: ActOut}, ACT),
    summary="Close a live warning",
    openapi_extra=example({"reason": "entered twice"}),
)
def end(request: HttpRequest, warning_id: str, body: ReasonIn) -> dict[str, Any]:
    """Close a warning for a reason that is neither an all-clear nor an error; nothing is sent."""
    return _acted(request, cmd.EndManually(warning_id=warning_id, reason=body.reason), warning_id)


@router.post(
    "/{warning_id}/discard",
    response=responses({200: ActOut}, ACT),
    summary="Put a draft away",
    openapi_extra=example({"reason": "a flock of birds"}),
)
def discard(request: HttpRequest, warning_id: str, body: ReasonIn) -> dict[str, Any]:
    """Put a draft away without sending it."""
    return _acted(request, cmd.Discard(warning_id=warning_id, reason=body.reason), warning_id)
