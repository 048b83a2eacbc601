"""Reading: warnings, areas, phases, sirens, drills."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router

from tocsin.core.area import AreaTree
from tocsin.core.errors import TocsinError
from tocsin.warn.phase import full_state, phases
from tocsin.warn.state import Thread, WarnState
from tocsin.warn.target import ancestors, parse_cells
from tocsin.web import documents
from tocsin.web.api import act
from tocsin.web.api.auth import PUBLIC, SIGNED, caller
from tocsin.web.api.schemas import READ, Polled, Reply, responses
from tocsin.web.api.shapes import AreaDoc, PhaseDoc, SirenDoc, WarningDoc
from tocsin.web.api.warnings import router as warnings
from tocsin.web.desk import desk
from tocsin.web.errors import no_such

areas = Router(tags=["areas"], auth=PUBLIC)
phase_router = Router(tags=["areas"], auth=PUBLIC)
sirens = Router(tags=["sirens"], auth=SIGNED)

_PUBLIC = ("live", "ended")


class WarningsOut(Polled):
    """Warnings, newest first."""

    warnings: list[WarningDoc]


class WarningOut(Polled):
    """One warning. ``inside`` is there for officers only."""

    warning: WarningDoc


class AreasOut(Reply):
    """Areas in the order of their ids."""

    areas: list[AreaDoc]


class PhasesOut(Polled):
    """What a person in each area must be told. ``seq``: the ledger's head that this follows from."""

    seq: int
    phases: list[PhaseDoc]


class SirensOut(Polled):
    """Sirens in the order of their ids."""

    sirens: list[SirenDoc]


def _may_see(request: HttpRequest, thread: Thread, state: WarnState) -> bool:
    return documents.sees(caller(request).actor, thread.content.areas, state)


@warnings.get("", auth=PUBLIC, response=responses({200: WarningsOut}, READ), summary="List warnings")
def list_warnings(
    request: HttpRequest,
    status: Annotated[Literal["draft", "live", "ended", "discarded"] | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Public: live and ended warnings. Officers also see drafts of their areas, and who did what."""
    here, now = desk(), act.now()
    state = here.state()
    found: list[dict[str, Any]] = []
    for thread in sorted(state.threads.values(), key=lambda t: (t.drafted_at, t.id), reverse=True):
        if len(found) >= limit:
            break
        if status is not None and thread.status != status:
            continue
        inside = _may_see(request, thread, state)
        if thread.status in _PUBLIC or inside:
            found.append(documents.warning(thread, state, here.policy, here.sender, now, inside=inside))
    return {**act.polled(), "warnings": found}


@warnings.get("/{warning_id}", auth=PUBLIC, response=responses({200: WarningOut}, READ), summary="One warning")
def one_warning(request: HttpRequest, warning_id: str) -> dict[str, Any]:
    """A warning by its id. A draft that the caller may not see does not exist for the caller."""
    here = desk()
    state = here.state()
    thread = state.threads.get(warning_id)
    inside = thread is not None and _may_see(request, thread, state)
    if thread is None or not (inside or thread.status in _PUBLIC):
        raise _no_warning()
    said = documents.warning(thread, state, here.policy, here.sender, act.now(), inside=inside)
    return {**act.polled(), "warning": said}


def _no_warning() -> TocsinError:
    return no_such("There is no such warning.", field="warning", remedy="List them with GET /api/v1/warnings.")


@areas.get("", response=responses({200: AreasOut}, READ), summary="List areas")
def list_areas(
    request: HttpRequest,  # noqa: ARG001 - ninja's signature
    geometry: Annotated[bool, Query(description="Also send outlines, GeoJSON in WGS 84.")] = False,
    cell: Annotated[
        str | None,
        Query(max_length=100, description="Only areas that touch this H3 cell of resolution 7, and what holds them."),
    ] = None,
) -> dict[str, Any]:
    """Every area that can be warned, with its H3 cells. With ``cell``, a device finds its own by the outlines."""
    state = desk().state()
    ids = sorted(one.id for one in state.areas) if cell is None else _touching(cell, state.areas)
    return {**act.stamp(), "areas": [documents.area(one, state, geometry=geometry) for one in ids]}


def _touching(cell: str, tree: AreaTree) -> list[str]:
    """Ids of the areas that touch a cell, and of all above them, sorted."""
    (asked,) = parse_cells(cell, limit=1)
    above = frozenset(ancestors(asked))
    touched = [one.id for one in tree if not above.isdisjoint(one.cells)]
    return sorted({*touched, *(up for one in touched for up in tree.ancestors(one))})


@phase_router.get("", response=responses({200: PhasesOut}, READ), summary="The phase of every area")
def list_phases(
    request: HttpRequest,  # noqa: ARG001 - ninja's signature
    area: Annotated[str | None, Query(max_length=100)] = None,
) -> dict[str, Any]:
    """What a person in each area must be told: the worst of the area and everything above it."""
    state, now = desk().state(), act.now()
    if area is not None and area not in state.areas:
        raise no_such(f"There is no area {area!r}.", field="area", remedy="List them with GET /api/v1/areas.")
    said = phases(state, now) if area is None else {area: full_state(state, area, now)}
    return {**act.polled(), "seq": state.seq, "phases": [said[one] for one in sorted(said)]}


@sirens.get("", response=responses({200: SirensOut}, (*READ, 403)), summary="The measured state of every siren")
def list_sirens(request: HttpRequest) -> dict[str, Any]:
    """For officers: what each siren of their areas measured of itself. Nothing is assumed from a command."""
    state = desk().state()
    actor = caller(request).actor
    mine = (one for _, one in sorted(state.sirens.items()) if documents.sees(actor, (one.siren.area,), state))
    return {**act.polled(), "sirens": [documents.siren(one) for one in mine]}
