"""What sensors, partners and officers saw."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from tocsin.core.errors import Denied
from tocsin.core.time import parse_instant
from tocsin.warn import events as ev
from tocsin.warn.commands import ReportDetection
from tocsin.warn.rules.detect import outcome as what_became
from tocsin.web.api import act
from tocsin.web.api.auth import SIGNED, Caller, caller
from tocsin.web.api.schemas import ACT, SOURCE, Areas, Body, Instant, Reply, example, responses
from tocsin.web.desk import desk

router = Router(tags=["detections"], auth=SIGNED)

OutcomeWord = Literal["drafted", "confirmed", "issued", "recorded", "repeated"]


class DetectionIn(Body):
    """Something that was seen. It names areas, never an exact place."""

    id: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9._:-]{1,128}$",
            description="The source's own identifier; the pair (source, id) is recorded once.",
        ),
    ]
    source: Annotated[
        str,
        Field(
            pattern=SOURCE,
            description="Who says so: the key's label, or the label, a slash and a name. Officers write `officer`.",
        ),
    ]
    threat: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
    areas: Areas
    observed_at: Annotated[Instant, Field(description="When it was seen.")]
    note: Annotated[str, Field(max_length=1000)] = ""


class DetectionOut(Reply):
    """What became of it. ``repeated``: it was known already and nothing was written."""

    entries: list[int]
    outcome: OutcomeWord
    warning: str | None


@router.post(
    "",
    response=responses({201: DetectionOut}, ACT),
    openapi_extra=example(
        {
            "id": "r-1042",
            "source": "radar-north",
            "threat": "drone",
            "areas": ["north-district"],
            "observed_at": "2024-01-04T20:58:00Z",
            "note": "",
        }
    ),
    summary="Report a detection",
)
def report(request: HttpRequest, body: DetectionIn) -> Status[dict[str, Any]]:
    """Record what was seen; policy decides whether that drafts, confirms or issues a warning."""
    who = caller(request)
    _speaks_for(who, body.source)
    observed_at = parse_instant(body.observed_at, field="observed_at")
    detection = ev.Detection(
        id=body.id,
        source=body.source,
        trusted=_trusted(who, tuple(body.areas), observed_at),
        threat=body.threat,
        areas=tuple(body.areas),
        observed_at=observed_at,
        note=body.note,
    )
    outcome = act.do(request, ReportDetection(detection=detection))
    word, warning = what_became(outcome.facts)
    entries = [e.seq for e in outcome.entries]
    return Status(201, {**act.stamp(), "entries": entries, "outcome": word, "warning": warning})


def _speaks_for(who: Caller, source: str) -> None:
    """A key speaks for its own source and what it names below it; an officer for no machine at all."""
    own = who.source or "officer"
    if source != own and not source.startswith(f"{own}/"):
        raise Denied(
            "TOC-6002",
            f"This key or officer does not speak for {source!r}.",
            field="source",
            remedy=f"Write {own!r}, or {own + '/'!r} and a name.",
        )


def _trusted(who: Caller, areas: tuple[str, ...], observed_at: datetime) -> bool:
    """A machine with the sensor role in these areas, and fresh news; everything else can only propose."""
    here = desk()
    age_s = (act.now() - observed_at).total_seconds()
    fresh = -here.policy.future_s <= age_s <= here.policy.stale_s
    return fresh and bool(who.source) and who.actor.may("sensor", areas, here.state().areas)
