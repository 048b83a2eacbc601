"""Which entries of the ledger stand behind a warning, its sirens, the weather and repairs: a small fold of its own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import immutables
import msgspec

from tocsin.core.event import Entry, fact_of
from tocsin.repair import events as repair
from tocsin.warn import events as warn

Step = Literal["warning_issued", "warning_updated", "warning_partly_cleared", "warning_ended"]


class WarningEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One act on a warning that everybody saw. ``end``: how it ended."""

    step: Step
    warning: str
    entry: int
    at: datetime
    areas: tuple[str, ...]
    headline: dict[str, str] = {}
    instruction: dict[str, str] = {}
    end: str = ""


class Sounded(msgspec.Struct, frozen=True, kw_only=True):
    """Sirens that measured their own sound for a warning, each once, with the entry of its first report."""

    warning: str
    at: datetime
    sirens: immutables.Map[str, int]


class Weather(msgspec.Struct, frozen=True, kw_only=True):
    """The weather with its entry."""

    observed: repair.WeatherObserved
    entry: int


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """A flat that was opened, closed against the cold, or merged away."""

    need: str
    entry: int
    at: datetime
    state: str


class EntryIndex(msgspec.Struct, frozen=True, kw_only=True):
    """Everything indexed up to entry ``seq``. ``commands``: command → warning, of sirens that were told to sound."""

    seq: int = 0
    warnings: tuple[WarningEntry, ...] = ()
    commands: immutables.Map[str, str] = msgspec.field(default_factory=immutables.Map)
    sounded: immutables.Map[str, Sounded] = msgspec.field(default_factory=immutables.Map)
    areas_of: immutables.Map[str, tuple[str, ...]] = msgspec.field(default_factory=immutables.Map)
    weather: tuple[Weather, ...] = ()
    moves: tuple[Moved, ...] = ()

    def issued(self) -> dict[str, int]:
        """Warning → the entry that issued it."""
        return {one.warning: one.entry for one in self.warnings if one.step == "warning_issued"}


_with = msgspec.structs.replace
_KINDS = ("warning.", "siren.commanded", "siren.reported", "repair.")


def index_all(index: EntryIndex, entries: Iterable[Entry]) -> EntryIndex:
    """The index after these entries."""
    for entry in entries:
        if entry.event.kind.startswith(_KINDS):
            index = _one(index, entry)
        index = _with(index, seq=entry.seq)
    return index


def _one(index: EntryIndex, entry: Entry) -> EntryIndex:
    fact = fact_of(entry.event)
    if isinstance(fact, warn.WarningFact):
        return _warning(index, fact, entry)
    if isinstance(fact, warn.SirenCommanded) and fact.action == "ON":
        return _with(index, commands=index.commands.set(fact.command_id, fact.warning_id))
    if isinstance(fact, warn.SirenReported) and fact.state == "sounding" and fact.command_id in index.commands:
        return _sounded(index, index.commands[fact.command_id], fact.siren_id, entry)
    if isinstance(fact, repair.WeatherObserved):
        return _with(index, weather=(*index.weather, Weather(observed=fact, entry=entry.seq)))
    state = fact.state if isinstance(fact, repair.NeedMoved) else _MOVES.get(type(fact), "")
    if isinstance(fact, repair.NeedFact) and state:
        moved = Moved(need=fact.need_id, entry=entry.seq, at=entry.event.at, state=state)
        return _with(index, moves=(*index.moves, moved))
    return index


_MOVES: dict[type, str] = {
    repair.NeedOpened: "reported",
    repair.NeedReopened: "reopened",
    repair.NeedMerged: "merged",
}


def _sounded(index: EntryIndex, warning: str, siren: str, entry: Entry) -> EntryIndex:
    known = index.sounded.get(warning) or Sounded(warning=warning, at=entry.event.at, sirens=immutables.Map())
    if siren in known.sirens:
        return index
    return _with(index, sounded=index.sounded.set(warning, _with(known, sirens=known.sirens.set(siren, entry.seq))))


def _warning(index: EntryIndex, fact: warn.WarningFact, entry: Entry) -> EntryIndex:
    step: Step
    areas = index.areas_of.get(fact.warning_id, ())
    left, headline, instruction, end = areas, {}, {}, ""
    if isinstance(fact, warn.WarningIssued | warn.WarningUpdated):
        step = "warning_issued" if isinstance(fact, warn.WarningIssued) else "warning_updated"
        areas = left = fact.content.areas
        headline, instruction = fact.content.headline, fact.content.instruction
    elif isinstance(fact, warn.WarningPartlyCleared):
        step, areas, left = "warning_partly_cleared", fact.areas, fact.remaining
    elif isinstance(fact, warn.WarningEnded):
        step, end = "warning_ended", fact.end
    else:
        return index
    made = WarningEntry(
        step=step,
        warning=fact.warning_id,
        entry=entry.seq,
        at=entry.event.at,
        areas=areas,
        headline=headline,
        instruction=instruction if step == "warning_issued" else {},
        end=end,
    )
    return _with(index, warnings=(*index.warnings, made), areas_of=index.areas_of.set(fact.warning_id, left))
