"""What the repair room knows: ``fold(state, entry) -> state`` over its facts. Pure and immutable."""

from __future__ import annotations

from datetime import datetime

import immutables
import msgspec

from tocsin.core.event import Entry
from tocsin.core.folding import Folding
from tocsin.repair import events as ev

WAITING: tuple[ev.State, ...] = ("reported", "assessed", "planned")
"""States in which a need waits for a crew."""

OPEN: tuple[ev.State, ...] = (*WAITING, "on_the_way")
"""States in which the flat is still open to the cold."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to a need: entry, when, by whom, which kind of fact, the state after it, and a word.

    ``said_at``: when the crew's phone says that it was, for a word that came late.
    """

    seq: int
    at: datetime
    actor: str
    kind: str
    need: str
    state: ev.State
    note: str = ""
    said_at: datetime | None = None


class Phase(msgspec.Struct, frozen=True, kw_only=True):
    """From ``at`` on the flat was broken, or covered, like that."""

    at: datetime
    opening: ev.Opening


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """A dispatcher's word: this crew, and this place in its route."""

    crew: str
    position: int


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """A need for repair with its whole history.

    Attributes:
        sealed: the vault's references to place and people, the first its own, then those of needs merged into it.
        assessed: whether somebody has looked at it.
        merged_into: the need that goes on in its place, or "".
        phases: how it was open or covered over time, oldest first.
        history: everything that happened, with what happened to needs merged into it, in the order of the ledger.
        clients: ids given by phones whose word was taken already.
    """

    id: str
    area: str
    building: str
    opening: ev.Opening
    skills: tuple[ev.Skill, ...]
    report: str = ""
    claim: str = ""
    follows: str = ""
    sealed: tuple[str, ...] = ()
    state: ev.State = "reported"
    assessed: bool = False
    opened_at: datetime
    crew: str = ""
    pin: Pin | None = None
    merged_into: str = ""
    merged: tuple[str, ...] = ()
    reopened: int = 0
    evidence: tuple[str, ...] = ()
    materials: dict[ev.Material, float] = {}
    phases: tuple[Phase, ...] = ()
    history: tuple[Step, ...] = ()
    clients: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        """Whether the cold still comes in and nobody has taken it over."""
        return not self.merged_into and self.state in OPEN


class KnownCrew(msgspec.Struct, frozen=True, kw_only=True):
    """A crew, why it cannot go on ("" when it can), and what it has used of its stock since it was defined."""

    crew: ev.Crew
    stopped: str = ""
    used: dict[ev.Material, float] = {}


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A thermometer inside, read once. ``since``: since when the flat had been open or covered as it was then."""

    need: str
    building: str
    at: datetime
    temperature_c: float
    outside_c: float
    since: datetime | None


class RepairState(msgspec.Struct, frozen=True, kw_only=True):
    """Everything folded up to entry ``seq``.

    Attributes:
        needs, crews: by id.
        plan: the last plan, None before the first; ``paused``: an alarm was the last word on going out.
        weather: what was observed, in the order of its own time.
        readings: building → readings, in the order of the ledger.
    """

    seq: int = 0
    at: datetime | None = None
    needs: immutables.Map[str, Need] = msgspec.field(default_factory=immutables.Map)
    crews: immutables.Map[str, KnownCrew] = msgspec.field(default_factory=immutables.Map)
    plan: ev.PlanMade | None = None
    planned_at: datetime | None = None
    paused: bool = False
    weather: tuple[ev.WeatherObserved, ...] = ()
    readings: immutables.Map[str, tuple[Reading, ...]] = msgspec.field(default_factory=immutables.Map)

    def open_needs(self) -> list[Need]:
        """Every need that is still open, in the order of the ids."""
        return [need for _, need in sorted(self.needs.items()) if need.open]

    def weather_at(self, at: datetime) -> ev.WeatherObserved | None:
        """The last weather observed at or before an instant; the first one for an instant before any."""
        before = [one for one in self.weather if one.at <= at]
        return before[-1] if before else (self.weather[0] if self.weather else None)

    def final(self, need_id: str) -> Need | None:
        """The need, or the one that goes on in its place after merging."""
        need = self.needs.get(need_id)
        while need is not None and need.merged_into:
            need = self.needs.get(need.merged_into)
        return need


_with = msgspec.structs.replace
_folding: Folding[RepairState] = Folding("repair.")
_on, fold, fold_all = _folding.on, _folding.fold, _folding.fold_all


def _keep(
    state: RepairState, need: Need, entry: Entry, note: str = "", *, said_at: datetime | None = None
) -> RepairState:
    """The state with the need as it is now, and one more step in its history."""
    step = Step(
        seq=entry.seq,
        at=entry.event.at,
        actor=entry.event.actor,
        kind=entry.event.kind,
        need=need.id,
        state=need.state,
        note=note,
        said_at=said_at,
    )
    return _with(state, needs=state.needs.set(need.id, _with(need, history=(*need.history, step))))


def _covered(need: Need, opening: ev.Opening, at: datetime) -> Need:
    """The need, open or covered like that from now on."""
    if opening == need.opening:
        return need
    return _with(need, opening=opening, phases=(*need.phases, Phase(at=at, opening=opening)))


@_on(ev.NeedOpened)
def _opened(state: RepairState, fact: ev.NeedOpened, entry: Entry) -> RepairState:
    before = state.needs.get(fact.follows)
    phase = Phase(at=entry.event.at, opening=fact.opening)
    # What follows a closure goes on from how cold the flat is already.
    phases = (*before.phases, phase) if before is not None else (phase,)
    need = Need(
        id=fact.need_id,
        area=fact.area,
        building=fact.building,
        opening=fact.opening,
        skills=fact.skills,
        report=fact.report,
        claim=fact.claim,
        follows=fact.follows,
        sealed=(fact.sealed,) if fact.sealed else (),
        opened_at=entry.event.at,
        phases=phases,
    )
    return _keep(state, need, entry)


@_on(ev.NeedMerged)
def _merged(state: RepairState, fact: ev.NeedMerged, entry: Entry) -> RepairState:
    gone, into = state.needs.get(fact.need_id), state.needs.get(fact.into)
    if gone is None or into is None:
        return state
    both = sorted({*into.history, *gone.history}, key=lambda step: (step.seq, step.need))
    into = _with(
        into,
        history=tuple(both),
        merged=(*into.merged, gone.id, *gone.merged),
        sealed=tuple(dict.fromkeys((*into.sealed, *gone.sealed))),
        evidence=tuple(dict.fromkeys((*into.evidence, *gone.evidence))),
        opened_at=min(into.opened_at, gone.opened_at),
    )
    state = _keep(state, _with(gone, merged_into=into.id, pin=None), entry, fact.reason)
    return _keep(state, into, entry, fact.reason)


@_on(ev.NeedAssessed)
def _assessed(state: RepairState, fact: ev.NeedAssessed, entry: Entry) -> RepairState:
    need = state.needs.get(fact.need_id)
    if need is None:
        return state
    need = _covered(need, fact.opening, entry.event.at)
    now: ev.State = "assessed" if need.state == "reported" else need.state
    return _keep(state, _with(need, skills=fact.skills, assessed=True, state=now), entry, fact.note)


@_on(ev.NeedMoved)
def _moved(state: RepairState, fact: ev.NeedMoved, entry: Entry) -> RepairState:
    need = state.needs.get(fact.need_id)
    if need is None:
        return state
    cover = fact.cover or ("glass" if fact.state == "glazed" else need.opening.cover)
    need = _covered(need, _with(need.opening, cover=cover), entry.event.at)
    need = _with(
        need,
        state=fact.state,
        crew=fact.crew or need.crew,
        evidence=(*need.evidence, fact.evidence) if fact.evidence else need.evidence,
        materials=_sum(need.materials, fact.materials),
        clients=(*need.clients, fact.client_id) if fact.client_id else need.clients,
        pin=need.pin if fact.state in OPEN else None,
    )
    known = state.crews.get(fact.crew)
    if known is not None and fact.materials:
        used = _with(known, used=_sum(known.used, fact.materials))
        state = _with(state, crews=state.crews.set(fact.crew, used))
    return _keep(state, need, entry, fact.reason, said_at=fact.said_at)


def _sum(one: dict[ev.Material, float], other: dict[ev.Material, float]) -> dict[ev.Material, float]:
    return {name: one.get(name, 0.0) + other.get(name, 0.0) for name in sorted({*one, *other})}


@_on(ev.NeedReopened)
def _reopened(state: RepairState, fact: ev.NeedReopened, entry: Entry) -> RepairState:
    need = state.needs.get(fact.need_id)
    if need is None:
        return state
    if not need.open:  # what a crew had put up does not hold: the cold comes in again
        need = _covered(need, _with(need.opening, cover="open"), entry.event.at)
        need = _with(need, state="reported", crew="", assessed=False)
    return _keep(state, _with(need, reopened=need.reopened + 1), entry, fact.reason)


@_on(ev.NeedPinned)
def _pinned(state: RepairState, fact: ev.NeedPinned, entry: Entry) -> RepairState:
    need = state.needs.get(fact.need_id)
    if need is None:
        return state
    pin = Pin(crew=fact.crew, position=fact.position) if fact.crew else None
    return _keep(state, _with(need, pin=pin), entry, fact.reason)


@_on(ev.CrewDefined)
def _crew(state: RepairState, fact: ev.CrewDefined, _entry: Entry) -> RepairState:
    known = state.crews.get(fact.crew_id)
    stopped = known.stopped if known is not None else ""
    return _with(state, crews=state.crews.set(fact.crew_id, KnownCrew(crew=fact.crew, stopped=stopped)))


@_on(ev.CrewStopped)
def _stopped(state: RepairState, fact: ev.CrewStopped, _entry: Entry) -> RepairState:
    known = state.crews.get(fact.crew_id)
    if known is None:
        return state
    return _with(state, crews=state.crews.set(fact.crew_id, _with(known, stopped=fact.reason)))


@_on(ev.CrewResumed)
def _resumed(state: RepairState, fact: ev.CrewResumed, _entry: Entry) -> RepairState:
    known = state.crews.get(fact.crew_id)
    return state if known is None else _with(state, crews=state.crews.set(fact.crew_id, _with(known, stopped="")))


@_on(ev.PlanMade)
def _plan(state: RepairState, fact: ev.PlanMade, entry: Entry) -> RepairState:
    crew_of = {stop.need: route.crew for route in fact.routes for stop in route.stops}
    needs = state.needs.mutate()
    for need_id, need in state.needs.items():
        if need.merged_into or need.state not in WAITING:
            continue
        crew = crew_of.get(need_id, "")
        now: ev.State = "planned" if crew else ("assessed" if need.assessed else "reported")
        if (now, crew) != (need.state, need.crew):
            needs[need_id] = _with(need, state=now, crew=crew)
    paused = fact.trigger == "alarm" or (state.paused and fact.trigger != "all_clear")
    return _with(state, needs=needs.finish(), plan=fact, planned_at=entry.event.at, paused=paused)


@_on(ev.WeatherObserved)
def _weather(state: RepairState, fact: ev.WeatherObserved, _entry: Entry) -> RepairState:
    return _with(state, weather=tuple(sorted((*state.weather, fact), key=lambda one: one.at)))


@_on(ev.ThermometerRead)
def _read(state: RepairState, fact: ev.ThermometerRead, _entry: Entry) -> RepairState:
    need = state.needs.get(fact.need_id)
    since = max((phase.at for phase in need.phases if phase.at <= fact.at), default=None) if need else None
    reading = Reading(
        need=fact.need_id,
        building=fact.building,
        at=fact.at,
        temperature_c=fact.temperature_c,
        outside_c=fact.outside_c,
        since=since,
    )
    key = fact.building or f"need/{fact.need_id}"
    return _with(state, readings=state.readings.set(key, (*state.readings.get(key, ()), reading)))
