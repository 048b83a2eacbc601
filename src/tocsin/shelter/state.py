"""What the shelter room knows: ``fold(state, entry) -> state`` over its facts. Pure and immutable."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import immutables
import msgspec

from tocsin.core.event import Entry, Fact
from tocsin.core.folding import Folding
from tocsin.shelter import events as ev


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """How the door stood when somebody last looked."""

    state: ev.DoorState
    at: datetime


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A shelter, the last word on its door, and the last drill of each group: (group, season) → times."""

    shelter: ev.Shelter
    door: Door | None = None
    drills: immutables.Map[tuple[str, ev.Season], ev.DrillTime] = msgspec.field(default_factory=immutables.Map)
    withdrawn: bool = False


class ShelterState(msgspec.Struct, frozen=True, kw_only=True):
    """Everything folded up to entry ``seq``. ``shelters``: id → what is known, withdrawn ones among them."""

    seq: int = 0
    at: datetime | None = None
    shelters: immutables.Map[str, Known] = msgspec.field(default_factory=immutables.Map)

    def in_use(self) -> list[Known]:
        """Every shelter that can be used, in the order of the ids."""
        return [known for _, known in sorted(self.shelters.items()) if not known.withdrawn]


_with = msgspec.structs.replace
_folding: Folding[ShelterState] = Folding("shelter.")
fold, fold_all = _folding.fold, _folding.fold_all
_Handler = Callable[[Known | None, Any, Entry], Known | None]


def _on(*kinds: type[Fact]) -> Callable[[_Handler], _Handler]:
    """Let a handler say how one shelter stands after facts of these types; None changes nothing."""

    def keep(handler: _Handler) -> _Handler:
        def change(state: ShelterState, fact: ev.ShelterFact, entry: Entry) -> ShelterState:
            known = handler(state.shelters.get(fact.shelter_id), fact, entry)
            return state if known is None else _with(state, shelters=state.shelters.set(fact.shelter_id, known))

        _folding.on(*kinds)(change)
        return handler

    return keep


@_on(ev.ShelterRegistered, ev.ShelterChanged)
def _described(known: Known | None, fact: ev.ShelterRegistered | ev.ShelterChanged, _entry: Entry) -> Known:
    if known is None:
        return Known(shelter=fact.shelter)
    # What was seen of the door before it was withdrawn says nothing of the one that is there again.
    return _with(known, shelter=fact.shelter, withdrawn=False, door=None if known.withdrawn else known.door)


@_on(ev.ShelterWithdrawn)
def _withdrawn(known: Known | None, _fact: ev.ShelterWithdrawn, _entry: Entry) -> Known | None:
    return known and _with(known, withdrawn=True)


@_on(ev.DoorReported)
def _door(known: Known | None, fact: ev.DoorReported, entry: Entry) -> Known | None:
    if known is None or (known.door is not None and fact.observed_at < known.door.at <= entry.event.at):
        return known  # a late report hides no newer one; one that lies ahead was seen before the clock went back
    return _with(known, door=Door(state=fact.state, at=fact.observed_at))


@_on(ev.DrillTimed)
def _drill(known: Known | None, fact: ev.DrillTimed, _entry: Entry) -> Known | None:
    if known is None:
        return None
    key = (fact.drill.group, fact.drill.season)
    last = known.drills.get(key)
    if last is not None and fact.drill.on < last.on:
        return known
    return _with(known, drills=known.drills.set(key, fact.drill))
