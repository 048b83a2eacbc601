"""What the addresses of the repair room share: who may read, and the one way to the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from django.http import HttpRequest
from pydantic import Field

from tocsin.app.actor import Actor
from tocsin.core.points import reach
from tocsin.repair.commands import Command
from tocsin.repair.events import Skill
from tocsin.web import documents
from tocsin.web.api.auth import caller
from tocsin.web.desk import desk, repairs

if TYPE_CHECKING:
    from tocsin.app.repair import Outcome

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Amount = Annotated[float, Field(ge=0, le=100_000)]


def glazing() -> list[Skill]:
    """What a flat asks of a crew unless somebody says more."""
    return ["glazing"]


def reads(actor: Actor, area: str) -> bool:
    """Whether the actor may see needs and crews of an area: an officer of it, or a crew."""
    state = desk().state()
    areas = (area,) if area in state.areas else ()
    if not areas:
        return documents.insider(actor) or any(grant.role == "crew" for grant in actor.grants)
    return documents.sees(actor, areas, state) or actor.may("crew", areas, state.areas)


def carry_out(request: HttpRequest, command: Command) -> Outcome:
    """Give a command to the repair room as the caller. What the rules say against it is raised."""
    reach("web.before_append")
    outcome = repairs().do(command, caller(request).actor)
    reach("web.before_answer")
    return outcome
