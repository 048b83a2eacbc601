"""What a siren keeps over a loss of power, and how it goes on afterwards (rule R27)."""

from __future__ import annotations

import math
from datetime import timedelta

import msgspec

from tocsin.siren.machine import Step, sound, spent
from tocsin.siren.words import Kept, Limits, Now, Save, Show, State, Stop


def kept(state: State, now: Now) -> Kept:
    """What must survive a loss of power."""
    began = now.wall - timedelta(seconds=now.mono - state.urgent_at) if math.isfinite(state.urgent_at) else None
    return Kept(
        seen=state.seen,
        armed=state.armed,
        sound=state.sound,
        sounded_s=now.mono - state.run_at if state.sound is not None else 0.0,
        held=state.held,
        urgent_at=began,
        warnings=state.warnings,
        spent=spent(state, now),
        saved_at=now.wall,
    )


def restore(was: Kept | None, now: Now, limits: Limits, *, armed: bool = True) -> Step:
    """Begin, or begin again: a sound that was cut off goes on for what is left of it, under the same command."""
    state = State(armed=armed, heard=now.mono, quiet_at=now.mono - limits.salvo_s)
    if was is None:
        return state, (Stop(), Show())
    state = msgspec.structs.replace(
        state, seen=was.seen, held=was.held, held_until=now.mono, warnings=was.warnings, spent=was.spent
    )
    if was.urgent_at is not None:
        ago = max(0.0, (now.wall - was.urgent_at).total_seconds())
        state = msgspec.structs.replace(
            state,
            urgent_at=now.mono - ago,
            salvo_at=now.mono - ago,
            held_until=now.mono + max(0.0, limits.floor_s - ago),
        )
    left = _left(was, now, limits)
    if was.sound is None or was.sound.kind == "drill" or left < 0.5:
        return state, (Stop(), Show())
    again = msgspec.structs.replace(was.sound, began=now.mono, until=now.mono + left)
    held, urgent_at = state.held, state.urgent_at
    state, effects = sound(state, again, now, limits)
    # The run began before the cut: the hard limit counts from there, and so does the floor.
    state = msgspec.structs.replace(state, run_at=now.mono - was.sounded_s, urgent_at=urgent_at, held=held)
    return state, (Stop(), Save(), *effects, Show())


def _left(was: Kept, now: Now, limits: Limits) -> float:
    """Seconds of sound left, by the clock, but never more than was left when last kept: clocks go wrong."""
    if was.sound is None:
        return 0.0
    by_clock = (was.sound.stop_at - now.wall).total_seconds()
    by_count = (was.sound.stop_at - was.saved_at).total_seconds()
    return min(by_clock, by_count, limits.hard_limit_s - was.sounded_s)
