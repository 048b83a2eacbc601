"""Areas and sirens come into being; areas become unknown and known again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tocsin.core.area import Area
from tocsin.core.errors import Invalid
from tocsin.core.event import Fact
from tocsin.core.time import zone
from tocsin.warn import commands as cmd
from tocsin.warn.context import Context
from tocsin.warn.events import AreaDefined, AreaKnown, AreaUnknown, SirenRegistered
from tocsin.warn.state import WarnState

_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_NAME = 200
_SIREN_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def _mixed(what: str, demo: bool, field: str) -> Invalid:
    """A demonstration holds nothing real, and a real city nothing invented."""
    here = "a demonstration" if demo else "a real city"
    return Invalid(
        "TOC-8003",
        f"{what} is {'not ' if demo else ''}marked as invented, and this is {here}.",
        field=field,
        remedy=f"Only what is marked demo: {str(demo).lower()} belongs here.",
    )


def define_areas(state: WarnState, command: cmd.DefineAreas, context: Context) -> Iterator[Fact]:
    """Areas whose definition is new or differs. The tree must hold together afterwards (R9)."""
    tree = state.areas
    for area in command.areas:
        tree = tree.with_area(area)
    for at, area in enumerate(command.areas):
        field = f"areas[{at}]"
        _named(area, field)
        _in_range(area, field)
        if context.sender.demo != area.demo:
            raise _mixed(f"Area {area.id!r}", context.sender.demo, f"{field}.demo")
        if area.parent is not None and area.parent not in tree:
            raise Invalid(
                "TOC-2004",
                f"The parent {area.parent!r} of {area.id!r} does not exist.",
                field=f"{field}.parent",
                remedy="Import the parent with it or before it.",
            )
        above = [area.id, *tree.ancestors(area.id)]
        if tree[above[-1]].parent is not None:
            raise Invalid(
                "TOC-2004", f"{area.id!r} is above itself.", field=f"{field}.parent", remedy="Break the loop."
            )
    for area in command.areas:
        if state.areas.get(area.id) != area:
            yield AreaDefined(area_id=area.id, area=area)


def _named(area: Area, field: str) -> None:
    """An id and names that every later message can carry: a bad name must be found now, not when a siren is due."""
    if not _ID.fullmatch(area.id):
        raise Invalid(
            "TOC-2005", f"{area.id!r} is no area id.", field=f"{field}.id", remedy="Use a-z, 0-9 and hyphens."
        )
    if not any(name.strip() for name in area.names.values()):
        raise Invalid(
            "TOC-2005", f"Area {area.id!r} has no name.", field=f"{field}.names", remedy="Name it in a language."
        )
    for language, name in area.names.items():
        if not name.strip() or not name.isprintable() or "<" in name or ">" in name or len(name) > _NAME:
            raise Invalid(
                "TOC-2005",
                f"A name of area {area.id!r} cannot stand in a message.",
                field=f"{field}.names.{language}",
                remedy=f"Write 1 to {_NAME} printable characters without < and >.",
            )


def _in_range(area: Area, field: str) -> None:
    try:
        zone(area.zone)
    except Invalid as fault:
        raise Invalid("TOC-2006", fault.message, field=f"{field}.zone", remedy=fault.remedy) from fault
    if not 0 <= area.lead_time_s <= 180:
        raise Invalid(
            "TOC-2006", "The lead time is not 0 to 180 s.", field=f"{field}.lead_time_s", remedy="Give seconds."
        )
    if area.population is not None and area.population < 0:
        raise Invalid(
            "TOC-2006",
            "Fewer than no people live there.",
            field=f"{field}.population",
            remedy="Leave it out when nobody knows.",
        )
    if area.geometry is not None and area.geometry.get("type") not in ("Polygon", "MultiPolygon"):
        raise Invalid(
            "TOC-2002",
            f"The outline of {area.id!r} is no Polygon or MultiPolygon.",
            field=f"{field}.geometry",
            remedy="Import areas with `tocsin import areas`, which checks outlines.",
        )


def register_sirens(state: WarnState, command: cmd.RegisterSirens, context: Context) -> Iterator[Fact]:
    """Sirens whose description is new or differs."""
    for at, siren in enumerate(command.sirens):
        field = f"sirens[{at}]"
        if not _SIREN_ID.fullmatch(siren.id):
            raise Invalid(
                "TOC-4004",
                f"{siren.id!r} is no siren id.",
                field=f"{field}.id",
                remedy="Use 1 to 64 of a-z, A-Z, 0-9, _ and -; the id becomes part of MQTT topics.",
            )
        if siren.area not in state.areas:
            raise Invalid(
                "TOC-4004",
                f"Siren {siren.id!r} stands in {siren.area!r}, which is no area.",
                field=f"{field}.area",
                remedy="Import the areas first, then the sirens.",
            )
        if not 1 <= siren.hard_limit_s <= 1800 or not siren.tones:
            raise Invalid(
                "TOC-4004",
                f"Siren {siren.id!r} has no tones, or a hard limit outside 1 to 1800 s.",
                field=f"{field}.hard_limit_s",
                remedy="Give its tones, and the longest time that it may sound.",
            )
        if context.sender.demo != siren.demo:
            raise _mixed(f"Siren {siren.id!r}", context.sender.demo, f"{field}.demo")
        known = state.sirens.get(siren.id)
        if known is None or known.siren != siren:
            yield SirenRegistered(siren_id=siren.id, siren=siren)


def mark_unknown(state: WarnState, command: cmd.MarkUnknown, _context: Context) -> Sequence[Fact]:
    """The areas of which nothing is known any more (R2)."""
    return [
        AreaUnknown(area_id=a, reason=command.reason)
        for a in command.areas
        if a in state.areas and state.unknown.get(a) != command.reason
    ]


def mark_known(state: WarnState, command: cmd.MarkKnown, _context: Context) -> Sequence[Fact]:
    """The areas of which something is known again."""
    return [AreaKnown(area_id=a) for a in command.areas if a in state.unknown]


__all__ = ["define_areas", "mark_known", "mark_unknown", "register_sirens"]
