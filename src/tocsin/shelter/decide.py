"""``decide(state, command, context) -> facts``, or a refusal. Checks first, then says what happened."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any, get_args

import msgspec

from tocsin.core.errors import Invalid, Unknown
from tocsin.core.event import Fact
from tocsin.core.names import printable
from tocsin.shelter import commands as cmd
from tocsin.shelter import events as ev
from tocsin.shelter.context import Context
from tocsin.shelter.state import Known, ShelterState

ID = re.compile(r"[a-z0-9]+([_-][a-z0-9]+)*")
ID_LIMIT = 64
MOST_PEOPLE = 200_000
MOST_FLOORS = 120
LONGEST_DRILL_S = 7200
MOST_REASON = 1000
AHEAD = timedelta(seconds=60)
"""By so much another clock may be ahead of ours."""

REPEATED = timedelta(seconds=60)
"""The same word on the same door is not written again so soon: a sensor may say it every second."""


def decide(state: ShelterState, command: cmd.Command, context: Context) -> list[Fact]:
    """The facts that follow from the command, oldest first; none when it says nothing new.

    Raises:
        Invalid, Unknown: with code, field and remedy; nothing has happened then.
    """
    return list(_RULES[type(command)](state, command, context))


def _bad(message: str, field: str, remedy: str, code: str = "TOC-9002") -> Invalid:
    return Invalid(code, message, field=field, remedy=remedy)


def _register(state: ShelterState, command: cmd.RegisterShelters, context: Context) -> Iterator[Fact]:
    """Shelters whose description is new or differs, positions set anew, and, of a whole list, what is gone."""
    here: set[str] = set()
    for at, shelter in enumerate(command.shelters):
        _described(shelter, f"shelters[{at}]", context)
        if shelter.id in here:
            raise _bad(f"{shelter.id!r} is named twice.", f"shelters[{at}].id", "Name each once.", "TOC-9004")
        here.add(shelter.id)
    for shelter in command.shelters:
        yield from _difference(state.shelters.get(shelter.id), shelter, command)
    if command.whole:
        for known in state.in_use():
            if known.shelter.id not in here:
                yield ev.ShelterWithdrawn(shelter_id=known.shelter.id, reason="not in the whole list")


def _difference(known: Known | None, shelter: ev.Shelter, command: cmd.RegisterShelters) -> Iterator[Fact]:
    if known is not None and known.shelter.hidden and not shelter.hidden and shelter.id not in command.reveal:
        shelter = hide(shelter)  # hidden stays hidden in every union (R31)
    if known is None or known.withdrawn:
        yield ev.ShelterRegistered(shelter_id=shelter.id, shelter=shelter)
    elif known.shelter != shelter:
        yield ev.ShelterChanged(shelter_id=shelter.id, shelter=shelter)
    if known is not None and shelter.id in command.moved:
        yield ev.ShelterMoved(shelter_id=shelter.id)


def hide(shelter: ev.Shelter) -> ev.Shelter:
    """The shelter as the ledger may hold it when it is hidden: without its names, which tell where it is."""
    return msgspec.structs.replace(shelter, hidden=True, names={})


def _described(shelter: ev.Shelter, field: str, context: Context) -> None:
    if not ID.fullmatch(shelter.id) or len(shelter.id) > ID_LIMIT:
        raise _bad(f"{shelter.id!r} is no shelter id.", f"{field}.id", "Use a-z, 0-9, - and _, at most 64.")
    if shelter.area not in context.areas:
        remedy = "Import the areas first, then the shelters."
        raise _bad(f"{shelter.id!r} stands in {shelter.area!r}, which is no area.", f"{field}.area", remedy, "TOC-9003")
    if shelter.hidden == bool(shelter.names) or not all(printable(name) for name in shelter.names.values()):
        raise _bad(
            f"The names of {shelter.id!r} are missing or unusable, or it is hidden and its names would be recorded.",
            f"{field}.names",
            "Name it, with at most 120 printable characters; keep the names of a hidden one beside the ledger.",
        )
    for name, value, choices in (
        ("kind", shelter.kind, get_args(ev.Kind)),
        ("opened_by", shelter.opened_by, (*get_args(ev.Opener), None)),
    ):
        if value not in choices:
            raise _bad(f"{value!r} is not known here.", f"{field}.{name}", f"Use one of {_listed(choices)}.")
    for name, number, low, high in (
        ("capacity", shelter.capacity, 1, MOST_PEOPLE),
        ("floors_below", shelter.floors_below, 0, MOST_FLOORS),
    ):
        if number is not None and not low <= number <= high:
            raise _bad(f"{name} is not {low} to {high}.", f"{field}.{name}", "Leave it out when nobody knows.")
    if shelter.demo != context.demo:
        here = "a demonstration" if context.demo else "a real city"
        raise _bad(
            f"{shelter.id!r} is {'not ' if context.demo else ''}marked as invented, and this is {here}.",
            f"{field}.demo",
            f"Only what is marked demo: {str(context.demo).lower()} belongs here.",
            "TOC-8003",
        )


def _listed(choices: Iterable[object]) -> str:
    return ", ".join(str(one) for one in choices if one is not None)


def in_use(state: ShelterState, shelter_id: str) -> Known:
    """The shelter, if there is one of that id that can be used.

    Raises:
        Unknown: there is none (TOC-6004).
    """
    known = state.shelters.get(shelter_id)
    if known is None or known.withdrawn:
        raise Unknown(
            "TOC-6004",
            f"There is no shelter {shelter_id!r}.",
            field="shelter",
            remedy="List them with `tocsin shelters list` or GET /api/v1/shelters.",
        )
    return known


def _withdraw(state: ShelterState, command: cmd.WithdrawShelter, _context: Context) -> Iterator[Fact]:
    in_use(state, command.shelter_id)
    if not command.reason.strip() or len(command.reason) > MOST_REASON:
        raise _bad("No reason is given, or a very long one.", "reason", "Say why, in a few words.")
    yield ev.ShelterWithdrawn(shelter_id=command.shelter_id, reason=command.reason)


def _report_door(state: ShelterState, command: cmd.ReportDoor, context: Context) -> Iterator[Fact]:
    known = in_use(state, command.shelter_id)
    age = context.now - command.observed_at
    if command.state not in get_args(ev.DoorState):
        raise _bad(f"{command.state!r} is no state of a door.", "state", "Use open, closed or unknown.", "TOC-9005")
    if age < -AHEAD or age > context.door_for:
        raise _bad(
            "The door was seen too long ago, or in the future.",
            "observed_at",
            f"Report within {context.door_for.total_seconds():.0f} s of looking; check the clocks.",
            "TOC-9005",
        )
    last = known.door
    if last is not None and last.at <= context.now:  # one that lies ahead was seen before the clock went back
        same = last.state == command.state and command.observed_at - last.at < REPEATED
        if same or command.observed_at < last.at:
            return
    yield ev.DoorReported(shelter_id=command.shelter_id, state=command.state, observed_at=command.observed_at)


def _time_drill(state: ShelterState, command: cmd.TimeDrill, context: Context) -> Iterator[Fact]:
    known = in_use(state, command.shelter_id)
    drill = command.drill
    if not printable(drill.group) or not 1 <= drill.people <= MOST_PEOPLE:
        raise _bad("The group has no name, or nobody in it.", "group", "Name a class, floor or ward.", "TOC-9006")
    if not 1 <= drill.seconds <= LONGEST_DRILL_S or drill.season not in get_args(ev.Season):
        remedy = f"Give 1 to {LONGEST_DRILL_S} seconds, and summer or winter."
        raise _bad("The time or the season is out of range.", "seconds", remedy, "TOC-9006")
    if drill.on > (context.now + timedelta(days=1)).date():
        raise _bad("The drill is still to come.", "on", "Give the day on which it was.", "TOC-9006")
    if known.drills.get((drill.group, drill.season)) != drill:
        yield ev.DrillTimed(shelter_id=command.shelter_id, drill=drill)


_Rule = Callable[[ShelterState, Any, Context], Iterable[Fact]]

_RULES: dict[type[cmd.Command], _Rule] = {
    cmd.RegisterShelters: _register,
    cmd.WithdrawShelter: _withdraw,
    cmd.ReportDoor: _report_door,
    cmd.TimeDrill: _time_drill,
}
"""One rule per command."""
