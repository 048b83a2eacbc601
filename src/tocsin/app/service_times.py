"""How fast people were warned, and how fast a wrong warning was taken back: what the ledger proves."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import immutables
import msgspec

from tocsin.core.event import Entry, fact_of
from tocsin.warn import events as ev

Measure = Literal["time_to_siren", "time_to_live", "time_to_correct"]
MEASURES: tuple[Measure, ...] = ("time_to_siren", "time_to_live", "time_to_correct")


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """One measured time. ``at``: when it began; ``seconds``: how long it took."""

    measure: Measure
    warning: str
    at: datetime
    seconds: float


class ServiceTimes(msgspec.Struct, frozen=True, kw_only=True):
    """Every measured time up to entry ``seq``.

    ``time_to_siren``: from the issue of a warning to the first sound that a siren measured for it; ``time_to_live``: to
    the first byte written to a live client; ``time_to_correct``: to the cancel of a warning that was wrong.
    """

    seq: int = 0
    taken: tuple[Taken, ...] = ()
    issued: immutables.Map[str, datetime] = msgspec.field(default_factory=immutables.Map)
    """Warning → when it was issued, as long as something of it is still to be measured."""
    entries: immutables.Map[int, str] = msgspec.field(default_factory=immutables.Map)
    """Entry of an issue → its warning, until a live client has it."""
    commands: immutables.Map[str, str] = msgspec.field(default_factory=immutables.Map)
    """Command → warning, until the first sound for that warning."""

    def since(self, measure: Measure, after: datetime) -> list[float]:
        """The times of one measure that began after an instant, in seconds, shortest first."""
        return sorted(t.seconds for t in self.taken if t.measure == measure and t.at >= after)


def quantile(ordered: list[float], share: float) -> float | None:
    """The nearest-rank quantile of a list in ascending order; None of an empty one."""
    if not ordered:
        return None
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


_with = msgspec.structs.replace


def take_all(times: ServiceTimes, entries: Iterable[Entry]) -> ServiceTimes:
    """The times after these entries."""
    for entry in entries:
        if entry.event.kind.startswith(("warning.", "siren.", "live.")):
            times = _one(times, entry)
        times = _with(times, seq=entry.seq)
    return times


def _one(times: ServiceTimes, entry: Entry) -> ServiceTimes:
    fact, at = fact_of(entry.event), entry.event.at
    if isinstance(fact, ev.WarningIssued):
        issued, entries = times.issued.set(fact.warning_id, at), times.entries.set(entry.seq, fact.warning_id)
        return _with(times, issued=issued, entries=entries)
    if isinstance(fact, ev.SirenCommanded) and fact.action == "ON" and fact.warning_id in times.issued:
        return _with(times, commands=times.commands.set(fact.command_id, fact.warning_id))
    if isinstance(fact, ev.SirenReported) and fact.state == "sounding" and fact.command_id in times.commands:
        warning = times.commands[fact.command_id]
        left = {c: w for c, w in times.commands.items() if w != warning}
        return _measured(_with(times, commands=immutables.Map(left)), "time_to_siren", warning, fact.measured_at)
    if isinstance(fact, ev.LiveDelivered) and fact.seq in times.entries:
        warning = times.entries[fact.seq]
        return _measured(_with(times, entries=times.entries.delete(fact.seq)), "time_to_live", warning, fact.first_at)
    if isinstance(fact, ev.WarningEnded) and fact.warning_id in times.issued:
        if fact.end == "cancelled":
            times = _measured(times, "time_to_correct", fact.warning_id, at)
        return _forget(times, fact.warning_id)
    return times


def _measured(times: ServiceTimes, measure: Measure, warning: str, until: datetime) -> ServiceTimes:
    since = times.issued.get(warning)
    if since is None:
        return times
    # Devices have clocks of their own: what was measured "before" the issue took no time that we could prove.
    seconds = max(0.0, (until - since).total_seconds())
    return _with(times, taken=(*times.taken, Taken(measure=measure, warning=warning, at=since, seconds=seconds)))


def _forget(times: ServiceTimes, warning: str) -> ServiceTimes:
    commands = immutables.Map({c: w for c, w in times.commands.items() if w != warning})
    entries = immutables.Map({e: w for e, w in times.entries.items() if w != warning})
    return _with(times, issued=times.issued.delete(warning), commands=commands, entries=entries)
