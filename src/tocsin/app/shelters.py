"""The desk of the shelter room: its own state, over the ledger, clock and identifiers of the warning desk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from tocsin.app.actor import Actor, Role
from tocsin.app.desk import Desk
from tocsin.app.kept import Kept
from tocsin.core.area import AreaTree
from tocsin.core.errors import Denied
from tocsin.core.event import Entry, Event, Fact
from tocsin.core.ports import Reader
from tocsin.shelter import commands as cmd
from tocsin.shelter.context import DOOR_S, Context
from tocsin.shelter.decide import decide
from tocsin.shelter.events import Place
from tocsin.shelter.state import ShelterState, fold, fold_all

Places = Callable[[], Mapping[str, Place]]
"""Reads what is kept beside the ledger: where shelters stand, and the names of hidden ones."""

NEEDS: dict[type[cmd.Command], tuple[Role, ...]] = {
    cmd.RegisterShelters: ("admin",),
    cmd.WithdrawShelter: ("admin", "dispatcher"),
    cmd.ReportDoor: ("duty", "dispatcher", "sensor"),
    cmd.TimeDrill: ("duty", "dispatcher"),
}
"""Which roles may give a command, each in the area of the shelter."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act led to: the entries that were appended, none when it said nothing new, and their facts."""

    entries: tuple[Entry, ...]
    facts: tuple[Fact, ...]
    state: ShelterState


class ShelterDesk:
    """Load, decide, append, for shelters. Safe to use from several threads and processes at once, as the desk is.

    Args:
        desk: the warning desk, whose areas count here, too.
        places: what is kept beside the ledger.
        door_s: seconds for which a report of a door is believed.
    """

    def __init__(self, desk: Desk, places: Places = dict, *, door_s: int = DOOR_S) -> None:
        self.desk = desk
        self.places = places
        self.door_for = timedelta(seconds=door_s)
        self.kept = Kept(ShelterState(), fold_all)

    def state(self) -> ShelterState:
        """The state as of the ledger's head."""
        return self.kept.caught_up(self.desk.ledger)

    def do(self, command: cmd.Command, actor: Actor) -> Outcome:
        """Carry out a command for an actor.

        Raises:
            Denied: the actor's roles do not reach so far (TOC-6002).
            Invalid, Unknown: the rules of the shelter room.
            Unavailable: the ledger cannot be written; nothing has happened then (TOC-7005).
        """
        facts: list[Fact] = []
        seen: list[ShelterState] = []

        def decision(reader: Reader) -> Sequence[Event]:
            state, areas = self.kept.caught_up(reader), self.desk.state_at(reader).areas
            seen[:] = [state]
            if stranger(actor, command, state, areas):
                state = ShelterState()  # no answer may tell a hidden shelter from one that does not exist
            allow(actor, command, state, areas)
            facts[:] = decide(state, command, self._context(areas))
            return self.desk.events(facts, actor)

        entries = self.desk.ledger.transact(decision)
        state = seen[0]
        for entry in entries:
            state = fold(state, entry)
        if entries:
            self.desk.wake(entries[-1].seq)
        return Outcome(entries=tuple(entries), facts=tuple(facts), state=state)

    def _context(self, areas: AreaTree) -> Context:
        return Context(now=self.desk.clock.now(), areas=areas, demo=self.desk.sender.demo, door_for=self.door_for)


def allow(actor: Actor, command: cmd.Command, state: ShelterState, areas: AreaTree) -> None:
    """Raise ``Denied`` TOC-6002 unless one of the command's roles reaches the shelter's area."""
    roles = NEEDS[type(command)]
    where = list(_areas(command, state, areas))
    held = {grant.role for grant in actor.grants}
    if any(role in held and (not where or actor.may(role, where, areas)) for role in roles):
        return
    raise Denied(
        "TOC-6002",
        f"This needs the role {' or '.join(roles)} in {', '.join(where) or 'this city'}.",
        field="actor",
        remedy="Ask an administrator for the role, or an officer who holds it to act.",
    )


def stranger(actor: Actor, command: cmd.Command, state: ShelterState, areas: AreaTree) -> bool:
    """Whether the command is about a hidden shelter in whose area the actor holds no role at all."""
    known = state.shelters.get(getattr(command, "shelter_id", ""))
    if known is None or not known.shelter.hidden:
        return False
    return not any(actor.may(grant.role, (known.shelter.area,), areas) for grant in actor.grants)


def _areas(command: cmd.Command, state: ShelterState, areas: AreaTree) -> Iterable[str]:
    """Where the command acts. For a shelter or an area that does not exist the rule itself gives the clearer error."""
    if isinstance(command, cmd.RegisterShelters):
        return {one.area for one in command.shelters if one.area in areas}
    known = state.shelters.get(getattr(command, "shelter_id", ""))
    return (known.shelter.area,) if known is not None and known.shelter.area in areas else ()
