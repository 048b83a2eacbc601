"""The siren's mind: ``step(state, event, now, limits) -> (state, effects)``. It reads no clock and touches nothing.

The agent carries the effects out in order. So "remember the id, then sound" is the order of two effects, and every
rule of a siren can be tested without a siren. Durations run on monotonic time; wall time is only compared with what
others wrote (``expires``, ``as_of``) and with what was kept over a loss of power.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec

from tocsin.siren.words import (
    CONFIRM_S,
    KEEP_IDS,
    PROGRESS_S,
    Beat,
    Drill,
    Effect,
    Event,
    Lamp,
    Limits,
    ManualOff,
    ManualOn,
    Measured,
    Now,
    Received,
    Report,
    Save,
    Show,
    Sound,
    Start,
    State,
    Stop,
    Tick,
)
from tocsin.warn.siren_command import Command
from tocsin.warn.tones import TONES

__all__ = ["deadline", "sound", "spent", "standing", "step"]

Step = tuple[State, tuple[Effect, ...]]


def step(state: State, event: Event, now: Now, limits: Limits) -> Step:
    """What the siren is after the event, and what it must do about it."""
    return _STEPS[type(event)](state, event, now, limits)


def standing(state: State) -> str:
    """The one word that describes the siren: what it measured first, then what is wrong with it."""
    if state.measured and state.sound is not None and state.sound.kind == "manual":
        return "manual"
    if state.measured:
        return "sounding"
    if state.fault:
        return "fault"
    return "link_lost" if state.link == "lost" else "silent"


def deadline(state: State, limits: Limits) -> float:
    """The monotonic time at which a :class:`Tick` is next due."""
    due = [state.heard + limits.link_lost_s] if state.link != "lost" else []
    if state.sound is not None:
        due += [state.sound.until, state.saved + PROGRESS_S]
        due += [] if state.confirm_by is None else [state.confirm_by]
    if state.held is not None:
        due.append(state.held_until)
    return min(due, default=float("inf"))


# Commands


def _received(state: State, event: Received, now: Now, limits: Limits) -> Step:
    verdict = event.verdict
    if verdict.word == "manual" and verdict.manual is not None:
        return _unsigned(state, event, now, limits)
    command = verdict.command
    if verdict.word != "accepted" or command is None:
        return state, (_say(state, now, verdict.word, verdict.detail, command),)
    if command.state == "ON" and not state.armed:
        return state, (_say(state, now, "disarmed", "not armed: under repair", command),)
    if command.state == "ON" and command.tone not in limits.tones:
        return state, (_say(state, now, "malformed", f"no tone {command.tone!r} here", command),)
    state = msgspec.structs.replace(state, seen=(*state.seen, command.id)[-KEEP_IDS:])
    if command.state == "OFF":
        return _off(state, now, command)
    return _on(state, command, now, limits)


def _unsigned(state: State, event: Received, now: Now, limits: Limits) -> Step:
    manual = event.verdict.manual
    if manual is None or not limits.manual_mqtt:
        return state, (_say(state, now, "bad_signature", "unsigned commands are not obeyed here", None),)
    if manual.state == "OFF":
        return _manual_off(state, ManualOff(source="mqtt", chime=False), now, limits)
    tone = manual.tone if manual.tone in limits.tones else "wail"
    asked = ManualOn(source="mqtt", tone=tone, seconds=manual.duration, volume=manual.volume_level)
    return _manual_on(state, asked, now, limits)


def _off(state: State, now: Now, command: Command) -> Step:
    """Obeyed at once: the sound stops before anything is written."""
    was = state.sound
    # What the floor holds for another warning is not what this one ends.
    held = state.held if state.held is not None and state.held.warning != command.warning else None
    state = msgspec.structs.replace(_silenced(state, now), held=held)
    effects: tuple[Effect, ...] = (Save(new_id=True), _say(state, now, "accepted", "OFF obeyed", command))
    return state, ((Stop(), *effects) if was is not None else effects)


def _on(state: State, command: Command, now: Now, limits: Limits) -> Step:
    if not TONES[command.tone].urgent:
        if now.mono < state.rest_until:
            return _hold(state, command, now, state.rest_until)
        return _begin(state, command, now, limits, budget=limits.hard_limit_s)
    state = _salvo(state, command, now, limits)
    budget = limits.hard_limit_s - spent(state, now)
    if budget <= 0:
        word = _say(state, now, "limit", f"{limits.hard_limit_s:g} s of sound are used up", command)
        return state, (Save(new_id=True), word)
    if state.sound is not None and TONES[state.sound.tone].urgent:
        return _prolong(state, command, now, limits, budget=budget)
    earliest = max(state.rest_until, state.urgent_at + limits.floor_s)
    if now.mono < earliest:
        return _hold(state, command, now, earliest)
    return _begin(state, command, now, limits, budget=budget)


def _hold(state: State, command: Command, now: Now, earliest: float) -> Step:
    """Not lost, only later: a siren that dropped the order would stay silent in a real raid."""
    stop: tuple[Effect, ...] = ()
    if state.sound is not None and TONES[command.tone].urgent:  # no all-clear is heard while an alert waits
        state, stop = _silenced(state, now), (Stop(),)
    state = msgspec.structs.replace(state, held=command, held_until=earliest)
    wait = f"held {earliest - now.mono:.0f} s by the sound floor"
    return state, (*stop, Save(new_id=True), _say(state, now, "accepted", wait, command))


def _salvo(state: State, command: Command, now: Now, limits: Limits) -> State:
    """A new salvo begins after ``salvo_s`` of quiet, or with a new warning ``salvo_s`` after the last one began."""
    new = command.warning not in state.warnings
    quiet = state.sound is None and now.mono - state.quiet_at >= limits.salvo_s
    if not state.warnings or quiet or (new and now.mono - state.salvo_at >= limits.salvo_s):
        # What is sounding now was counted to the old salvo: taken off here, it is not counted twice.
        return msgspec.structs.replace(
            state, salvo_at=now.mono, warnings=(command.warning,), spent=-_running(state, now)
        )
    return msgspec.structs.replace(state, warnings=(*state.warnings, command.warning)[-20:]) if new else state


def _running(state: State, now: Now) -> float:
    urgent = state.sound is not None and TONES[state.sound.tone].urgent
    return now.mono - state.sound.began if state.sound is not None and urgent else 0.0


def spent(state: State, now: Now) -> float:
    """Seconds of urgent sound in the present salvo."""
    return state.spent + _running(state, now)


def _prolong(state: State, command: Command, now: Now, limits: Limits, *, budget: float) -> Step:
    """A further command while it sounds: no new start, only a later end, inside the hard limit."""
    under_way = state.sound
    if under_way is None:
        return state, ()
    wanted = now.mono + min(command.duration, budget)
    until = max(under_way.until, min(wanted, state.run_at + limits.hard_limit_s))
    longer = msgspec.structs.replace(
        under_way,
        kind="live",
        tone=command.tone,
        command_id=command.id,
        warning=command.warning,
        volume=command.volume_level,
        until=until,
        stop_at=now.wall + timedelta(seconds=until - now.mono),
    )
    state = msgspec.structs.replace(state, sound=longer, last=longer, saved=now.mono)
    cut = until < now.mono + command.duration
    said = _say(state, now, "limit" if cut else "accepted", f"sounds for {until - now.mono:.0f} s more", command)
    start = Start(tone=command.tone, seconds=until - now.mono, volume=command.volume_level)
    return state, (Save(new_id=True), start, said)


def _begin(state: State, command: Command, now: Now, limits: Limits, *, budget: float) -> Step:
    seconds = min(float(command.duration), budget)
    wanted = Sound(
        kind="live",
        tone=command.tone,
        command_id=command.id,
        warning=command.warning,
        volume=command.volume_level,
        began=now.mono,
        until=now.mono + seconds,
        stop_at=now.wall,
    )
    state, effects = sound(state, wanted, now, limits)
    return state, (Save(new_id=True), *effects)


def sound(state: State, wanted: Sound, now: Now, limits: Limits) -> Step:
    """Start a sound. The run, and with it the hard limit, goes on when another sound was under way."""
    run_at = state.run_at if state.sound is not None else now.mono
    state = _silenced(state, now)
    until = min(wanted.until, run_at + limits.hard_limit_s)
    wanted = msgspec.structs.replace(wanted, until=until, stop_at=now.wall + timedelta(seconds=until - now.mono))
    urgent = TONES[wanted.tone].urgent
    state = msgspec.structs.replace(
        state,
        sound=wanted,
        last=wanted,
        run_at=run_at,
        # Whoever was told that it is clear must hear at once when it is not: an all-clear ends the floor.
        urgent_at=now.mono if urgent else float("-inf") if wanted.tone == "all_clear" else state.urgent_at,
        held=None,
        confirm_by=now.mono + CONFIRM_S,
        saved=now.mono,
        fault="",
    )
    return state, (Start(tone=wanted.tone, seconds=until - now.mono, volume=wanted.volume),)


def _silenced(state: State, now: Now) -> State:
    """The state with no sound wanted; what it sounded is counted."""
    if state.sound is None:
        return state
    return msgspec.structs.replace(
        state, spent=spent(state, now), sound=None, confirm_by=None, quiet_at=now.mono, saved=now.mono
    )


# By hand


def _manual_on(state: State, event: ManualOn, now: Now, limits: Limits) -> Step:
    """Somebody stands at the siren: neither link, nor floor, nor arming stops them; the hard limit does."""
    seconds = float(event.seconds or limits.manual_s)
    wanted = Sound(
        kind="manual",
        tone=event.tone,
        command_id="",
        warning="",
        volume=event.volume,
        began=now.mono,
        until=now.mono + seconds,
        stop_at=now.wall,
        source=event.source,
    )
    state, effects = sound(state, wanted, now, limits)
    return state, (Save(), *effects)


def _manual_off(state: State, event: ManualOff, now: Now, limits: Limits) -> Step:
    state = msgspec.structs.replace(_silenced(state, now), held=None)
    if not event.chime:
        return state, (Stop(), Save())
    state, effects = _manual_on(
        state, ManualOn(source=event.source, tone="all_clear", seconds=30, volume=None), now, limits
    )
    return state, (Stop(), *effects)


def _drill(state: State, event: Drill, now: Now, limits: Limits) -> Step:
    """The exercise chime. It never interrupts anything real, and the floor and the salvo know nothing of it."""
    if not limits.drills or state.sound is not None or state.held is not None:
        return state, ()
    state = msgspec.structs.replace(state, seen=(*state.seen, event.command_id)[-KEEP_IDS:])
    wanted = Sound(
        kind="drill",
        tone="test_chime",
        command_id=event.command_id,
        warning="",
        volume=None,
        began=now.mono,
        until=now.mono + TONES["test_chime"].period,
        stop_at=now.wall,
    )
    state, effects = sound(state, wanted, now, limits)
    return state, (Save(new_id=True), *effects)


# What is measured


def _measured(state: State, event: Measured, now: Now, _limits: Limits) -> Step:
    stray = event.sounding and state.sound is None
    if event.sounding == state.measured:
        return (state, (Stop(),)) if stray else _unconfirmed(state, event, now)
    fault = ""
    if stray:
        fault = f"sounds without a command: {event.detail}"
    elif state.sound is not None and not event.sounding:
        fault = f"fell silent: {event.detail}"
    state = msgspec.structs.replace(
        state, measured=event.sounding, fault=fault, confirm_by=None, last_sound=now.wall, detail=event.detail
    )
    report = _say(state, now, "accepted", fault or event.detail, None)
    if report.state == "link_lost":
        # The end of a sound is the news here; that the link is lost has its own report.
        report = msgspec.structs.replace(report, state="silent")
    shown = () if report.drill else (Show(),)
    return state, (*((Stop(),) if stray else ()), *shown, report)


def _unconfirmed(state: State, event: Measured, now: Now) -> Step:
    if state.confirm_by is None:
        return state, ()
    if event.sounding:
        # Another sound took the place of one under way: the siren never fell silent, yet this one has begun too.
        begun = msgspec.structs.replace(state, confirm_by=None, last_sound=now.wall, detail=event.detail)
        report = _say(begun, now, "accepted", event.detail, None)
        return begun, (report,) if report.drill else (Show(), report)
    if now.mono < state.confirm_by:
        return state, ()
    fault = f"commanded and not heard within {CONFIRM_S:g} s: {event.detail}"
    state = msgspec.structs.replace(state, fault=fault, confirm_by=None)
    return state, (Show(), _say(state, now, "accepted", fault, None))


def _beat(state: State, event: Beat, now: Now, limits: Limits) -> Step:
    """Data of that age arrived. A time from the future counts as now, so that it cannot hide a later loss."""
    age = max(0.0, (now.wall - event.as_of).total_seconds())
    state = msgspec.structs.replace(state, heard=max(state.heard, now.mono - age))
    if now.mono - state.heard >= limits.link_lost_s or state.link == "up":
        return state, ()
    was_lost = state.link == "lost"
    state = msgspec.structs.replace(state, link="up")
    said = (_say(state, now, "accepted", "link is back", None),) if was_lost else ()
    return state, (Lamp(lost=False), *said)


def _tick(state: State, _event: Tick, now: Now, limits: Limits) -> Step:
    effects: tuple[Effect, ...] = ()
    for part in (_stop_on_time, _release, _watch_link, _progress):
        state, more = part(state, now, limits)
        effects += more
    return state, effects


def _stop_on_time(state: State, now: Now, limits: Limits) -> Step:
    if state.sound is None or now.mono < state.sound.until:
        return state, ()
    used_up = now.mono - state.run_at >= limits.hard_limit_s - 0.01
    rest = now.mono + limits.floor_s if used_up else state.rest_until
    return msgspec.structs.replace(_silenced(state, now), rest_until=rest), (Stop(), Save())


def _release(state: State, now: Now, limits: Limits) -> Step:
    held = state.held
    if held is None or now.mono < state.held_until:
        return state, ()
    state = msgspec.structs.replace(state, held=None)
    if held.expires <= now.wall:
        return state, (Save(), _say(state, now, "expired", "it expired while the sound floor held it", held))
    return _on(state, held, now, limits)


def _watch_link(state: State, now: Now, limits: Limits) -> Step:
    if state.link == "lost" or now.mono - state.heard < limits.link_lost_s:
        return state, ()
    state = msgspec.structs.replace(state, link="lost")
    detail = f"data is older than {limits.link_lost_s:g} s"
    report = msgspec.structs.replace(_say(state, now, "accepted", detail, None), state="link_lost")
    return state, (Lamp(lost=True), Show(), report)


def _progress(state: State, now: Now, _limits: Limits) -> Step:
    if state.sound is None or now.mono < state.saved + PROGRESS_S:
        return state, ()
    return msgspec.structs.replace(state, saved=now.mono), (Save(),)


def _say(state: State, now: Now, word: str, detail: str, command: Command | None) -> Report:
    about = state.sound or state.last
    return Report(
        state=standing(state),
        tone=state.sound.tone if state.sound is not None else "",
        command_id=command.id if command is not None else (about.command_id if about is not None else ""),
        verdict=word,
        detail=detail,
        at=now.wall,
        # What was refused is the live topic's business, whatever chimed last.
        drill=word == "accepted" and command is None and about is not None and about.kind == "drill",
    )


_STEPS: dict[type, Callable[[State, Any, Now, Limits], Step]] = {
    Received: _received,
    ManualOn: _manual_on,
    ManualOff: _manual_off,
    Drill: _drill,
    Measured: _measured,
    Beat: _beat,
    Tick: _tick,
}
