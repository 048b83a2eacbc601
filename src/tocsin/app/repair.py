"""The desk of the repair room: its own state, over the ledger, clock and identifiers of the warning desk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from tocsin.app.actor import Actor, Role
from tocsin.app.desk import Desk
from tocsin.app.kept import Kept
from tocsin.core.area import Area, AreaTree
from tocsin.core.errors import Denied
from tocsin.core.event import Entry, Event, Fact
from tocsin.core.ports import Reader, Vault
from tocsin.repair import commands as cmd
from tocsin.repair import dispatch
from tocsin.repair.context import Context
from tocsin.repair.cooling import factors
from tocsin.repair.decide import decide
from tocsin.repair.events import Trigger
from tocsin.repair.plan_search import solve
from tocsin.repair.policy import UrgencyPolicy
from tocsin.repair.state import KnownCrew, Need, RepairState, fold, fold_all
from tocsin.repair.urgency import Case, People, Urgency, assess

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
        self.kept = Kept(RepairState(), fold_all)
        self._told: tuple[object, dict[str, Urgency]] | None = None

    def state(self) -> RepairState:
        """The state as of the ledger's head."""
        return self.state_at(self.desk.ledger)

    def state_at(self, reader: Reader) -> RepairState:
        """The state as of a reader's head."""
        return self.kept.caught_up(reader)

    def queue(self, now: datetime | None = None) -> list[QueueRow]:
        """Every open need, most urgent first: by band, then by score, then by deadline.

        Hours to cold come from the heat model and the weather as last observed, the sum from the policy, people and
        places from the vault.
        """
        state, now = self.state(), now or self.desk.clock.now()
        places = self._places(state)
        told = self._urgency(state, places, now)
        stops = _stops(state)
        rows = [
            QueueRow(need=need, urgency=told[need.id], place=places.get(need.id), crew=need.crew, why=why)
            for need in state.open_needs()
            for why in (stops.get(need.id, ""),)
        ]
        return sorted(rows, key=_first)

    def replan(self, trigger: Trigger, actor: Actor) -> Outcome:
        """Plan anew from now on, for everything that waits, and record it.

        What crews have started stays with them, and pins hold. After ``alarm`` crews wait (``state.paused``) until the
        plan of the all-clear, which counts from its own moment.

        Raises:
            Refused: somebody else planned meanwhile (TOC-11005).
            Denied: the actor may not plan (TOC-6002).
        """
        state, now = self.state(), self.desk.clock.now()
        places = self._places(state)
        told = self._urgency(state, places, now)
        problem = dispatch.problem_of(state, told, self._spots(state, places), now, self.policy)
        found = solve(problem)
        command = cmd.MakePlan(
            plan_id=self.desk.ids.new(),
            trigger=trigger,
            routes=dispatch.routes_of(problem, found, told, now),
            unplanned=tuple(problem.jobs[number].id for number in sorted(found.left)),
            cost=round(found.cost, 3),
            rule=self.policy.version,
            seen=state.plan.plan_id if state.plan is not None else "",
        )
        return self.do(command, actor)

    def _places(self, state: RepairState) -> dict[str, Mapping[str, object]]:
        """Need, or ``crew/ID``, → what the vault holds of it."""
        found = {}
        for need in state.open_needs():
            documents = (self.vault.open(reference) for reference in need.sealed)
            document = next((one for one in documents if one is not None), None)
            if document is not None:
                found[need.id] = document
        for known in state.crews.values():
            document = self.vault.open(known.crew.sealed) if known.crew.sealed else None
            if document is not None:
                found[f"crew/{known.crew.id}"] = document
        return found

    def _spots(self, state: RepairState, places: Mapping[str, Mapping[str, object]]) -> dict[str, dispatch.Spot]:
        """Where each need and crew is: the vault's word, else the middle of its area."""
        areas = self.desk.state().areas
        found = {}
        wanted = {need.id: need.area for need in state.open_needs()}
        wanted |= {f"crew/{known.crew.id}": known.crew.area for known in state.crews.values()}
        for name, area in wanted.items():
            spot = _spot(places.get(name)) or (area_middle(areas.get(area)))
            if spot is not None:
                found[name] = spot
        return found

    def _urgency(
        self, state: RepairState, places: Mapping[str, Mapping[str, object]], now: datetime
    ) -> dict[str, Urgency]:
        spots = self._spots(state, places)
        crews = [spot for name, spot in spots.items() if name.startswith("crew/")]
        cases = [
            Case(
                need=need,
                people=people_of(places.get(need.id)),
                travel_h=dispatch.closest_h(spots.get(need.id), crews, self.policy),
            )
            for need in state.open_needs()
        ]
        # Screens ask again and again: within a minute, while nothing was recorded or erased, the answer is the same.
        key = (state.seq, now.replace(second=0, microsecond=0), cases)
        known = self._told
        if known is None or known[0] != key:
            told = assess(cases, state.weather, now, self.policy, factors(state, self.policy))
            self._told = known = key, {one.need: one for one in told}
        return known[1]

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
            state, areas = self.kept.caught_up(reader), self.desk.state_at(reader).areas
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


class QueueRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the dispatcher's queue. ``place``: what the vault holds, None when it was erased or never kept."""

    need: Need
    urgency: Urgency
    place: Mapping[str, object] | None = None
    crew: str = ""
    why: str = ""


def allow(actor: Actor, command: cmd.Command, state: RepairState, areas: AreaTree) -> None:
    """Raise ``Denied`` TOC-6002 unless one of the command's roles reaches the area of the need or crew.

    Who holds the role ``crew`` alone moves what stands in the plan of a crew that it belongs to, under its name,
    and stops no other. A resident may reopen.
    """
    if actor == RESIDENTS and isinstance(command, cmd.ReopenNeed) and command.by_resident:
        return
    roles = NEEDS[type(command)]
    where = [area for area in _areas(command, state) if area in areas]
    held = {grant.role for grant in actor.grants}
    for role in roles:
        reaches = role in held and (not where or actor.may(role, where, areas))
        if reaches and (role != "crew" or _own(actor, command, state)):
            return
    raise Denied(
        "TOC-6002",
        f"This needs the role {' or '.join(roles)} in {', '.join(where) or 'this city'}.",
        field="actor",
        remedy="Ask an administrator for the role, or an officer who holds it to act.",
    )


def belongs(actor: Actor, known: KnownCrew) -> bool:
    """Whether an account speaks for a crew: it is named there, or nobody is, and then all of the area do."""
    return not known.crew.members or actor.id in known.crew.members


def _own(actor: Actor, command: cmd.Command, state: RepairState) -> bool:
    """Whether what a crew would move or stop is its own."""
    if isinstance(command, cmd.StopCrew | cmd.ResumeCrew):
        known = state.crews.get(command.crew_id)
        return known is None or belongs(actor, known)
    if not isinstance(command, cmd.MoveNeed):
        return True
    need, known = state.needs.get(command.need_id), state.crews.get(command.crew)
    if not command.crew or (need is not None and need.crew != command.crew):
        return False
    return known is None or belongs(actor, known)


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


def _first(row: QueueRow) -> tuple[str, float, datetime, str]:
    urgent = row.urgency
    return urgent.band, -urgent.score.value, urgent.deadline or datetime.max.replace(tzinfo=UTC), row.need.id


def _stops(state: RepairState) -> dict[str, str]:
    """Need → why it stands where it stands in the last plan."""
    if state.plan is None:
        return {}
    return {stop.need: stop.why for route in state.plan.routes for stop in route.stops}


def _spot(document: Mapping[str, object] | None) -> dispatch.Spot | None:
    if document is None:
        return None
    lon, lat = document.get("lon"), document.get("lat")
    return (float(lon), float(lat)) if isinstance(lon, int | float) and isinstance(lat, int | float) else None


def people_of(document: Mapping[str, object] | None) -> People | None:
    """Who lives there by the vault's document, None when it does not say."""
    told = document.get("people") if document is not None else None
    if not isinstance(told, Mapping):
        return None
    numbers = {name: told.get(name, 0) for name in People.__struct_fields__}
    return People(**{name: max(value, 0) if isinstance(value, int) else 0 for name, value in numbers.items()})


def area_middle(area: Area | None) -> dispatch.Spot | None:
    """The middle of the box around an area; None for one that cannot be drawn."""
    if area is None or area.geometry is None:
        return None
    corners = list(_corners(area.geometry.get("coordinates")))
    lons, lats = [lon for lon, _ in corners], [lat for _, lat in corners]
    return ((min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2) if corners else None


def _corners(shape: object) -> Iterable[dispatch.Spot]:
    """Every position in GeoJSON coordinates, however deep."""
    if isinstance(shape, list | tuple):
        if len(shape) >= 2 and all(isinstance(one, int | float) for one in shape):
            yield float(shape[0]), float(shape[1])
        else:
            for part in shape:
                yield from _corners(part)
