"""What the ledger says of warnings hour by hour, with the number of each entry: kept caught up, as every state is.

Drills have facts of their own and are not in it. Of sirens only the first that measured sound for a warning is told.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import immutables
import msgspec

from tocsin.app.kept import Kept
from tocsin.core.event import Entry, fact_of
from tocsin.core.ports import Ledger
from tocsin.warn import events as ev


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the ledger says. ``areas``: that it is about; ``detail``: what differs, by ``kind``."""

    seq: int
    at: datetime
    kind: str
    areas: tuple[str, ...] = ()
    detail: str = ""


class Trail(msgspec.Struct, frozen=True, kw_only=True):
    """Warning → its steps, up to entry ``seq``. ``sounded``: commands by siren whose sound was told already."""

    seq: int = 0
    steps: immutables.Map[str, tuple[Step, ...]] = msgspec.field(default_factory=immutables.Map)
    commands: immutables.Map[str, str] = msgspec.field(default_factory=immutables.Map)
    sounded: immutables.Map[str, None] = msgspec.field(default_factory=immutables.Map)


_KINDS = ("warning.", "siren.commanded", "siren.reported")
_with = msgspec.structs.replace


def fold_all(trail: Trail, entries: Iterable[Entry]) -> Trail:
    """The trail after these entries."""
    for entry in entries:
        if entry.event.kind.startswith(_KINDS):
            trail = _fold(trail, fact_of(entry.event), entry)
        trail = _with(trail, seq=entry.seq)
    return trail


def _fold(trail: Trail, fact: Any, entry: Entry) -> Trail:
    at, seq = entry.event.at, entry.seq
    match fact:
        case ev.WarningIssued(warning_id=warning, content=content):
            step = Step(seq=seq, at=at, kind="issued", areas=content.areas, detail=content.level)
        case ev.WarningConfirmed(warning_id=warning):
            step = Step(seq=seq, at=at, kind="confirmed")
        case ev.WarningUpdated(warning_id=warning, content=content):
            step = Step(seq=seq, at=at, kind="updated", areas=content.areas)
        case ev.WarningPartlyCleared(warning_id=warning):
            step = Step(seq=seq, at=at, kind="partly_cleared", areas=fact.areas)
        case ev.WarningEnded(warning_id=warning):
            step = Step(seq=seq, at=at, kind="ended", detail=fact.end)
        case ev.SirenCommanded(command_id=command, warning_id=warning):
            return _with(trail, commands=trail.commands.set(command, warning))
        case ev.SirenReported(state="sounding", command_id=command) if command in trail.commands:
            warning = trail.commands[command]
            if warning in trail.sounded:
                return trail
            trail = _with(trail, sounded=trail.sounded.set(warning, None))
            step = Step(seq=seq, at=fact.measured_at, kind="sounding")
        case _:
            return trail
    return _with(trail, steps=trail.steps.set(warning, (*trail.steps.get(warning, ()), step)))


_kept: tuple[Ledger, Kept[Trail]] | None = None
_lock = threading.Lock()


def trail(ledger: Ledger) -> Trail:
    """The trail as of the ledger's head. One is kept in this process, for the ledger that was asked for last."""
    global _kept  # noqa: PLW0603 - the state of this process, as the desks are
    with _lock:
        if _kept is None or _kept[0] is not ledger:
            _kept = (ledger, Kept(Trail(), fold_all))
        kept = _kept[1]
    return kept.caught_up(ledger)
