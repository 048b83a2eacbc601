"""The desk of the repair room: its own state, over the ledger, clock and identifiers of the warning desk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tocsin.app.actor import Actor, Role
from tocsin.app.desk import Desk
from tocsin.app.kept import Kept
from tocsin.core.area import AreaTree
from tocsin.core.errors import Denied
from tocsin.core.event import Entry, Event, Fact
from tocsin.core.ports import Reader, Vault
from tocsin.repair import commands as cmd
from tocsin.repair.context import Context
from tocsin.repair.decide import decide
from tocsin.repair.policy import UrgencyPolicy
from tocsin.repair.state import RepairState, fold, fold_all

NEEDS: dict[type[cmd.Command], tuple[Role, ...]] = {
    cmd.OpenNeed: ("dispatcher", "duty"),
    cmd.MergeNeed: ("dispatcher",),
    cmd.AssessNeed: ("dispatcher", "crew"),
    cmd.MoveNeed: ("dispatcher", "crew"),
    cmd.ReopenNeed: ("dispatcher", "duty", "crew"),
    cmd.PinNeed: ("dispatcher",),
    cmd.DefineCrew: ("dispatcher", "admin"),
    cmd.StopCrew: ("dispatcher", "crew"),
    cmd.ResumeCrew: ("dispatcher", "crew"),
    cmd.ObserveWeather: ("dispatcher", "duty", "sensor"),
    cmd.ReadThermometer: ("dispatcher", "duty", "crew", "sensor"),
    cmd.MakePlan: ("dispatcher",),
}
"""Which roles may give a command, each in the area of the need or crew."""

RESIDENTS = Actor(id="system:residents")
"""Whoever says something without an account; the door has checked that it is about their own flat."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act led to: the entries that were appended, none when it said nothing new, and their facts."""

    entries: tuple[Entry, ...]
    facts: tuple[Fact, ...]
    state: RepairState


class RepairDesk:
    """Load, decide, append, for needs, crews and plans. Safe to use from several threads and processes at once.

    Args:
        desk: the warning desk, whose areas count here, too.
        vault: keeps addresses, positions and who is at home beside the ledger.
        policy: the published policy of urgency and planning.
    """

    def __init__(self, desk: Desk, vault: Vault, policy: UrgencyPolicy | None = None) -> None:
        self.desk = desk
        self.vault = vault
        self.policy = policy or UrgencyPolicy()
        self._kept = Kept(RepairState(), fold_all)

    def state(self) -> RepairState:
        """The state as of the ledger's head."""
        return self.state_at(self.desk.ledger)

    def state_at(self, reader: Reader) -> RepairState:
        """The state as of a reader's head."""
        return self._kept.caught_up(reader)

    def do(self, command: cmd.Command, actor: Actor, *, check: Callable[[RepairState], None] | None = None) -> Outcome:
        """Carry out a command for an actor.

        ``check`` sees the very state that is decided on, under the ledger's lock, and refuses by raising.

        Raises:
            Denied: the actor's roles do not reach so far (TOC-6002).
            Invalid, Refused, Unknown: the rules of the repair room.
            Unavailable: the ledger cannot be written; nothing has happened then (TOC-7005).
        """
        facts: list[Fact] = []
        seen: list[RepairState] = []

        def decision(reader: Reader) -> Sequence[Event]:
            state, areas = self._kept.caught_up(reader), self.desk.state_at(reader).areas
            seen[:] = [state]
            if check is not None:
                check(state)
            allow(actor, command, state, areas)
            context = Context(now=self.desk.clock.now(), areas=areas, policy=self.policy)
            facts[:] = decide(state, command, context)
            return self.desk.events(facts, actor)

        entries = self.desk.ledger.transact(decision)
        state = seen[0]
        for entry in entries:
            state = fold(state, entry)
        if entries:
            self.desk.wake(entries[-1].seq)
        return Outcome(entries=tuple(entries), facts=tuple(facts), state=state)


def allow(actor: Actor, command: cmd.Command, state: RepairState, areas: AreaTree) -> None:
    """Raise ``Denied`` TOC-6002 unless one of the command's roles reaches the area of the need or crew.

    A crew moves the needs that stand in its own plan, under its own name; which crew an account speaks for is known
    at the door. A resident may reopen.
    """
    if actor == RESIDENTS and isinstance(command, cmd.ReopenNeed) and command.by_resident:
        return
    roles = NEEDS[type(command)]
    where = [area for area in _areas(command, state) if area in areas]
    held = {grant.role for grant in actor.grants}
    if any(
        role in held and (not where or actor.may(role, where, areas)) and (role != "crew" or _own(command, state))
        for role in roles
    ):
        return
    raise Denied(
        "TOC-6002",
        f"This needs the role {' or '.join(roles)} in {', '.join(where) or 'this city'}.",
        field="actor",
        remedy="Ask an administrator for the role, or an officer who holds it to act.",
    )


def _own(command: cmd.Command, state: RepairState) -> bool:
    """Whether a need that a crew would move is its own."""
    if not isinstance(command, cmd.MoveNeed):
        return True
    need = state.needs.get(command.need_id)
    return bool(command.crew) and (need is None or need.crew == command.crew)


def _areas(command: cmd.Command, state: RepairState) -> Iterable[str]:
    """Where the command acts; what it names and does not exist is for the rule to refuse."""
    if isinstance(command, cmd.OpenNeed):
        return (command.area,)
    if isinstance(command, cmd.DefineCrew):
        return (command.crew.area,)
    need = state.needs.get(getattr(command, "need_id", ""))
    crew = state.crews.get(getattr(command, "crew_id", ""))
    into = state.needs.get(getattr(command, "into", ""))
    return {one for one in (need and need.area, into and into.area, crew and crew.crew.area) if one}
