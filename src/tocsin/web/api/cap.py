"""CAP messages of partners, coming in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Status

from tocsin.app import partner
from tocsin.warn.rules.detect import outcome as what_became
from tocsin.web.api import act
from tocsin.web.api.auth import SIGNED, caller
from tocsin.web.api.detections import OutcomeWord
from tocsin.web.api.schemas import ACT, Reply, responses
from tocsin.web.desk import desk
from tocsin.web.errors import WrongType

router = Router(tags=["cap"], auth=SIGNED)

XML_TYPES = ("application/cap+xml", "application/xml", "text/xml")


class CapOut(Reply):
    """What became of it. ``verdict`` other than ``valid``: the message can only propose."""

    entries: list[int]
    outcome: OutcomeWord
    warning: str | None
    verdict: str
    areas: list[str]


_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/cap+xml": {
                "schema": {"type": "string", "format": "binary", "description": "One CAP 1.2 message, at most 1 MiB."}
            }
        },
    }
}


@router.post("", response=responses({201: CapOut}, ACT), openapi_extra=_BODY, summary="Bring a CAP 1.2 message")
def receive(request: HttpRequest) -> Status[dict[str, Any]]:
    """Take a partner's message in. It counts as a source only when a pinned certificate signed it and it is fresh."""
    if request.content_type not in XML_TYPES:
        raise WrongType(
            "TOC-6003",
            f"The body is {request.content_type or 'of no type'}, not CAP.",
            field="Content-Type",
            remedy=f"Send Content-Type: {XML_TYPES[0]}.",
        )
    here = desk()
    command = partner.read(
        request.body,
        speaks_for=caller(request).source,
        pinned=settings.TOCSIN_PARTNERS,
        now=act.now(),
        policy=here.policy,
        tree=here.state().areas,
    )
    outcome = act.do(request, command)
    word, warning = what_became(outcome.facts)
    if word == "repeated" and outcome.entries:
        word = "recorded"
    said = {
        **act.stamp(),
        "entries": [e.seq for e in outcome.entries],
        "outcome": word,
        "warning": warning,
        "verdict": command.verdict,
        "areas": list(command.areas),
    }
    return Status(201, said)
