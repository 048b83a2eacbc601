"""The record: nights, bulletins, streaks and hours for everybody; pages, corrections and coverage for their keepers."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import msgspec
from django.http import HttpRequest
from ninja import Query, Router, Status
from pydantic import Field

from tocsin.core.errors import Unknown
from tocsin.core.points import reach
from tocsin.core.time import parse_instant
from tocsin.record import commands as cmd
from tocsin.record.bulletin import write
from tocsin.record.decide import permalink
from tocsin.record.events import Coverage
from tocsin.web.api import act
from tocsin.web.api.auth import PUBLIC, SIGNED, caller
from tocsin.web.api.reporting import instant
from tocsin.web.api.schemas import ACT, READ, Body, Instant, Reason, ReasonIn, Reply, Texts, example, responses
from tocsin.web.desk import record

router = Router(tags=["record"], auth=SIGNED)

LaterReason = Field(default="", max_length=4000, description="Why; needed from the second revision on.")


class BulletinIn(Body):
    """Write the bulletin of a day from the record, as it stands now, and publish it."""

    reason: str = LaterReason


class PageIn(Body):
    """Words beside the bulletin, as a new revision."""

    title: Texts = Field(default={})
    note: Texts = Field(default={})
    tags: list[str] = Field(default=[], max_length=24)
    reason: str = LaterReason
    revision: int | None = Field(default=None, ge=0, description="The revision that you saw; another is refused.")


class CorrectionIn(Body):
    """What was public and wrong: before, after and why, by language. The same id again changes nothing."""

    id: str = Field(max_length=120)
    before: Texts
    after: Texts
    reason: Texts
    entries: list[int] = Field(default=[], max_length=200)


class CoverageIn(Body):
    """From when to when an area was not, or not quite, covered. Without an end it still is not."""

    area: str = Field(max_length=120)
    start: Instant
    end: Instant | None = None
    coverage: Coverage
    reason: Reason


class DoneOut(Reply):
    """What was recorded. ``entries`` is empty when it said nothing new."""

    page: str
    entries: list[int]


class NightOut(Reply):
    """One local day as everybody may know it. ``night``: see docs/reference/record.md."""

    night: dict[str, Any]
    bulletin: list[dict[str, Any]]
    withdrawn: str


class StreaksOut(Reply):
    """The counters of a place."""

    streaks: dict[str, Any]


class DaysOut(Reply):
    """Rows by day, the oldest first."""

    days: list[dict[str, Any]]


class PlacesOut(Reply):
    """Everywhere that days are counted."""

    places: list[dict[str, Any]]


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value)


def _done(request: HttpRequest, page: str, command: cmd.Command) -> Status[dict[str, Any]]:
    reach("web.before_append")
    outcome = record().do(command, caller(request).actor)
    reach("web.before_answer")
    return Status(201, {**act.stamp(), "page": page, "entries": [entry.seq for entry in outcome.entries]})


def _day(text: str, field: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise Unknown("TOC-6004", f"{text[:40]!r} is no day.", field=field, remedy="Write 2024-01-05.") from fault


@router.get("/places", auth=PUBLIC, response=responses({200: PlacesOut}, READ), summary="Where days are counted")
def places(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 - ninja's signature
    """The city, its areas, and every region of an imported history."""
    return {**act.stamp(), "places": _plain(list(record().places()))}


@router.get("/streaks", auth=PUBLIC, response=responses({200: StreaksOut}, READ), summary="Streaks of a place")
def streaks(
    request: HttpRequest,  # noqa: ARG001 - ninja's signature
    where: Annotated[str, Query(max_length=160, description='"" the city, an area, or dataset/region.')] = "",
    as_of: Annotated[str, Query(description="Up to this local day; today without it.")] = "",
) -> dict[str, Any]:
    """Days with warnings, confirmed impacts and casualties; grey where nobody can say."""
    return {**act.stamp(), "streaks": _plain(record().streaks(where, _day(as_of, "as_of")))}


@router.get("/hours", auth=PUBLIC, response=responses({200: DaysOut}, READ), summary="Alert hours of each day")
def hours(
    request: HttpRequest,  # noqa: ARG001 - ninja's signature
    where: Annotated[str, Query(max_length=160, description='"" the city, an area, or dataset/region.')] = "",
    first: Annotated[str, Query(description="The first local day; the first on record without it.")] = "",
    last: Annotated[str, Query(description="The last local day; the last on record without it.")] = "",
) -> dict[str, Any]:
    """Seconds under alert by civil day, overlaps once, and whether the day is marked, quiet or grey."""
    return {**act.stamp(), "days": _plain(list(record().alert_hours(where, _day(first, "first"), _day(last, "last"))))}


@router.get("/pages", auth=PUBLIC, response=responses({200: DaysOut}, READ), summary="The archive")
def archive(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 - ninja's signature
    """Every local day of which something is on record, the newest first."""
    return {**act.stamp(), "days": _plain(list(record().archive()))}


@router.get("/pages/{page}", auth=PUBLIC, response=responses({200: NightOut}, READ), summary="One day of the record")
def night(
    request: HttpRequest,  # noqa: ARG001 - ninja's signature
    page: str,
    lang: Annotated[str, Query(max_length=16, description="The language of the bulletin.")] = "en",
) -> dict[str, Any]:
    """What is public of a local day, with the newest bulletin; of a withdrawn page only why it was withdrawn."""
    day = permalink(page)
    known = record().state().pages.get(page)
    if known is not None and known.withdrawn:
        return {**act.stamp(), "night": {}, "bulletin": [], "withdrawn": known.withdrawn}
    made = record().night(day)
    said = record().bulletin(day, lang) if known is not None and known.bulletins else write(made, lang)
    return {**act.stamp(), "night": _plain(made), "bulletin": _plain(list(said)), "withdrawn": ""}


@router.post(
    "/pages/{page}/bulletin",
    response=responses({201: DoneOut}, ACT),
    openapi_extra=example({"reason": "The flats were counted."}),
    summary="Publish the bulletin of a day",
)
def publish(request: HttpRequest, page: str, body: BulletinIn) -> Status[dict[str, Any]]:
    """Written from the record alone, in every language; the same text again changes nothing."""
    day = permalink(page)
    reach("web.before_append")
    outcome = record().publish(day, caller(request).actor, reason=body.reason)
    reach("web.before_answer")
    return Status(201, {**act.stamp(), "page": page, "entries": [entry.seq for entry in outcome.entries]})


@router.post(
    "/pages/{page}/revise",
    response=responses({201: DoneOut}, ACT),
    openapi_extra=example({"title": {"en": "A night"}, "tags": ["drones"]}),
    summary="Revise the words of a page",
)
def revise(request: HttpRequest, page: str, body: PageIn) -> Status[dict[str, Any]]:
    """Title, note and tags as a new revision; the ones before stay readable."""
    command = cmd.RevisePage(
        page=page, title=body.title, note=body.note, tags=tuple(body.tags), reason=body.reason, revision=body.revision
    )
    return _done(request, page, command)


@router.post(
    "/pages/{page}/withdraw",
    response=responses({201: DoneOut}, ACT),
    openapi_extra=example({"reason": "Under review."}),
    summary="Withdraw a page",
)
def withdraw(request: HttpRequest, page: str, body: ReasonIn) -> Status[dict[str, Any]]:
    """It says from here on only that it was withdrawn, and why. Nothing is erased."""
    return _done(request, page, cmd.WithdrawPage(page=page, reason=body.reason))


@router.post(
    "/pages/{page}/restore",
    response=responses({201: DoneOut}, ACT),
    openapi_extra=example({"reason": "Reviewed."}),
    summary="Restore a page",
)
def restore(request: HttpRequest, page: str, body: ReasonIn) -> Status[dict[str, Any]]:
    """It is shown again."""
    return _done(request, page, cmd.RestorePage(page=page, reason=body.reason))


@router.post(
    "/pages/{page}/corrections",
    response=responses({201: DoneOut}, ACT),
    openapi_extra=example(
        {
            "id": "c1",
            "before": {"en": "3 injured"},
            "after": {"en": "2 injured"},
            "reason": {"en": "One was counted twice."},
        }
    ),
    summary="Publish a correction",
)
def correct(request: HttpRequest, page: str, body: CorrectionIn) -> Status[dict[str, Any]]:
    """Say what was public and wrong."""
    command = cmd.PublishCorrection(
        page=page,
        correction_id=body.id,
        before=body.before,
        after=body.after,
        reason=body.reason,
        entries=tuple(body.entries),
    )
    return _done(request, page, command)


@router.post(
    "/coverage",
    response=responses({201: DoneOut}, ACT),
    openapi_extra=example(
        {"area": "north", "start": "2024-01-01T00:00:00Z", "coverage": "no_coverage", "reason": "Sensors were down."}
    ),
    summary="Declare a gap in the coverage",
)
def cover(request: HttpRequest, body: CoverageIn) -> Status[dict[str, Any]]:
    """A day without coverage greys a streak; it neither extends nor ends it."""
    start, end = parse_instant(body.start, field="start"), instant(body.end, "end")
    command = cmd.DeclareCoverage(area=body.area, start=start, end=end, coverage=body.coverage, reason=body.reason)
    return _done(request, "", command)
