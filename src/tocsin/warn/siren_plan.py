"""Which siren does what at an entry: commands to send, and those not sent, with the reason. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from tocsin.core.event import Entry
from tocsin.warn.around import sirens_in
from tocsin.warn.events import SirenSkipped
from tocsin.warn.live import LIVE
from tocsin.warn.phase import full_state
from tocsin.warn.policy import Policy
from tocsin.warn.siren_command import Command
from tocsin.warn.state import SirenState, WarnState


def orders(
    state: WarnState, entry: Entry, frame: dict[str, Any], policy: Policy, now: datetime
) -> Iterator[Command | SirenSkipped]:
    """What each siren concerned is told at one live frame, or why nothing, given the newest state, which may be later
    than the entry. One after the other, so that the first can go out before the last is thought of.

    The id of a command follows from the entry and the siren, so that sending it again is the same command.
    """
    sound = frame["data"]["sound"] if frame["subject"] == LIVE else None  # a drill commands nothing here (R23)
    if sound is None:
        return
    warning = frame["data"]["alert"]["id"]
    covered = state.areas.closure(frame["data"]["siren_areas"])
    view = _View(state, now)
    for siren_id, siren in sirens_in(state, covered):
        command = _command(siren, entry, _said(view, siren, sound), warning, policy)
        why = _obstacle(view, siren, command)
        if why:
            yield SirenSkipped(siren_id=siren_id, command_id=command.id, warning_id=warning, reason=why)
        else:
            yield command


class _View:
    """What many sirens share, worked out once."""

    def __init__(self, state: WarnState, now: datetime) -> None:
        self.state = state
        self.now = now
        self._phases: dict[str, str] = {}
        self._standing: dict[str, str | frozenset[str]] = {}

    def phase(self, area: str) -> str:
        """What is said in the area."""
        if area not in self._phases:
            self._phases[area] = full_state(self.state, area, self.now)["phase"]
        return self._phases[area]

    def standing(self, warning: str) -> str | frozenset[str]:
        """The areas in which a warning, or the one that replaced it, stands; or how it ended."""
        if warning not in self._standing:
            thread = self.state.threads[warning]
            if thread.status != "live":
                thread = self.state.threads.get(thread.superseded_by, thread)
            live = thread.status == "live"
            self._standing[warning] = self.state.areas.closure(thread.content.areas) if live else str(thread.end)
        return self._standing[warning]


def _said(view: _View, siren: SirenState, sound: str) -> str:
    """An all-clear that may not be heard here still ends the sound that the warning ordered, and what a siren's
    sound floor holds of it: else the siren would howl for a danger that is over.
    """
    if sound != "all_clear":
        return sound
    below_alert = view.phase(siren.siren.area) == "pre_alert"
    return "off" if below_alert or sound not in siren.siren.tones else sound


def _command(siren: SirenState, entry: Entry, sound: str, warning: str, policy: Policy) -> Command:
    on = sound != "off"
    return Command(
        id=f"{entry.event.id}.{siren.siren.id}",
        siren=siren.siren.id,
        state="ON" if on else "OFF",
        tone=sound if on else "wail",
        duration=min(policy.siren_s, siren.siren.hard_limit_s),
        issued=entry.event.at,
        expires=entry.event.at + timedelta(seconds=policy.command_expiry_s),
        warning=warning,
    )


def _obstacle(view: _View, siren: SirenState, command: Command) -> str | None:
    """Why this command must not go out now, if so."""
    if view.now >= command.expires:
        return "expired before delivery"
    on = command.state == "ON"
    if on and command.tone not in siren.siren.tones:
        return f"the siren has no tone {command.tone}"
    if on and command.tone != "all_clear":
        standing = view.standing(command.warning)
        if isinstance(standing, str):
            return f"the warning ended ({standing}) before delivery"
        return None if siren.siren.area in standing else "the area was cleared before delivery"
    # where only a pre-alert stands, an all-clear has become silence above; a partial clear means danger in some part
    forbids = ("alert", "unknown", "partial_clear") if on else ("alert",)
    return "another warning stands in this area" if view.phase(siren.siren.area) in forbids else None
