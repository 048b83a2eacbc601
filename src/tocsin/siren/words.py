"""The words of the siren's mind: its state, what can happen to it, and what it can decide to do."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from tocsin.warn.siren_command import Command, Verdict

KEEP_IDS = 1000
"""How many command ids are remembered; far more than a city signs within one expiry."""

CONFIRM_S = 2.0
"""Seconds within which a started sound must be measured, or it is a fault."""

PROGRESS_S = 5.0
"""Seconds between notes of how far a sound has come."""


class Now(msgspec.Struct, frozen=True, kw_only=True):
    """An instant: wall time (aware), and monotonic seconds."""

    wall: datetime
    mono: float


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers that the siren obeys; see :class:`tocsin.siren.config.SirenConfig`."""

    hard_limit_s: float = 300.0
    floor_s: float = 40.0
    salvo_s: float = 180.0
    link_lost_s: float = 30.0
    manual_s: float = 60.0
    manual_mqtt: bool = False
    drills: bool = False
    tones: tuple[str, ...] = ("wail", "steady", "all_clear", "test_chime")


class Sound(msgspec.Struct, frozen=True, kw_only=True):
    """A sound that is wanted now. ``began`` and ``until`` are monotonic seconds, ``stop_at`` is wall time."""

    kind: Literal["live", "manual", "drill"]
    tone: str
    command_id: str
    warning: str
    volume: float | None
    began: float
    until: float
    stop_at: datetime
    source: str = ""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the siren knows.

    Attributes:
        sound: what should sound now, or None.
        last: the newest sound that was started.
        measured: whether the sink confirmed sound when last asked. Only this is ever reported.
        held: a command that waits for the sound floor, until ``held_until``.
        confirm_by: when a started sound becomes a fault unless it is measured.
        seen: ids obeyed, oldest first.
        urgent_at: when an urgent sound last began.
        run_at: when the present sound without a pause began.
        quiet_at: when the last sound ended.
        rest_until: until then nothing starts, because the hard limit was used up.
        salvo_at, warnings, spent: the present salvo: its beginning, its warnings, its seconds of sound.
        heard: the instant as of which the newest data was true.
        link: ``never`` until the first fresh data, then ``up`` or ``lost``.
        saved: when the state was last kept.
    """

    armed: bool = True
    sound: Sound | None = None
    last: Sound | None = None
    measured: bool = False
    held: Command | None = None
    held_until: float = 0.0
    confirm_by: float | None = None
    fault: str = ""
    detail: str = ""
    seen: tuple[str, ...] = ()
    urgent_at: float = float("-inf")
    run_at: float = 0.0
    quiet_at: float = float("-inf")
    rest_until: float = float("-inf")
    salvo_at: float = float("-inf")
    warnings: tuple[str, ...] = ()
    spent: float = 0.0
    heard: float = 0.0
    link: Literal["never", "up", "lost"] = "never"
    saved: float = 0.0
    last_sound: datetime | None = None


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What survives a loss of power. ``sounded_s``: seconds without a pause before it was kept."""

    seen: tuple[str, ...]
    armed: bool
    sound: Sound | None
    sounded_s: float
    held: Command | None
    urgent_at: datetime | None
    warnings: tuple[str, ...]
    spent: float
    saved_at: datetime


# Events


class Received(msgspec.Struct, frozen=True):
    """A payload came in on the command topic and was judged."""

    verdict: Verdict


class ManualOn(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody at the siren, or an unsigned command where those are obeyed, wants sound."""

    source: str
    tone: str = "wail"
    seconds: float | None = None
    volume: float | None = None


class ManualOff(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody at the siren wants it over; with ``chime`` the all clear sounds."""

    source: str
    chime: bool = True


class Drill(msgspec.Struct, frozen=True, kw_only=True):
    """A drill asks for the chime."""

    command_id: str


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """The sink was asked whether there is sound."""

    sounding: bool
    detail: str


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """Data arrived that was true at ``as_of``."""

    as_of: datetime


class Tick(msgspec.Struct, frozen=True):
    """Time passed."""


Event = Received | ManualOn | ManualOff | Drill | Measured | Beat | Tick


# Effects, to be carried out in order


class Save(msgspec.Struct, frozen=True, kw_only=True):
    """Keep the state durably, before anything that follows. ``new_id``: an id was added."""

    new_id: bool = False


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """Make that sound, for no longer than ``seconds``; it replaces a sound under way."""

    tone: str
    seconds: float
    volume: float | None


class Stop(msgspec.Struct, frozen=True):
    """Be silent."""


class Show(msgspec.Struct, frozen=True):
    """Publish the measured state in Home Assistant's form."""


class Lamp(msgspec.Struct, frozen=True, kw_only=True):
    """Show that the link is lost, or back."""

    lost: bool


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Tell the city. ``drill`` reports go to the drill topic."""

    state: str
    tone: str
    command_id: str
    verdict: str
    detail: str
    at: datetime
    drill: bool = False


Effect = Save | Start | Stop | Show | Lamp | Report
