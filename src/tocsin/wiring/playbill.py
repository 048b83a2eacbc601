"""A demonstration's playbill: what the player tells the pages of its night, and what the pages ask of the player.

Two small files in the ``run`` folder, each written whole and then put in place, and no other channel between the two.
Neither exists where no night is played, so nothing here reaches a real city.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from tocsin.app.night import Night, read_night

NIGHTS = Path(__file__).parent.parent / "nights"
TOLD_FILE = "night.json"
ASKED_FILE = "wanted.json"
MOST_TOLD = 512 * 1024
MOST_ASKED = 4 * 1024
STALE_S = 5.0
"""A player that told nothing for so long is gone; it tells at least once a second."""

SLOWEST, FASTEST = 1.0, 600.0

Stage = Literal["waiting", "playing", "over"]
Act = Literal["play", "again", "pause", "resume", "pace"]
Id = Annotated[str, msgspec.Meta(max_length=80)]
Pace = Annotated[float, msgspec.Meta(ge=SLOWEST, le=FASTEST)]


def nights() -> dict[str, Night]:
    """Every bundled night by its id."""
    found = (read_night(path.read_bytes()) for path in sorted(NIGHTS.glob("*.json")))
    return {night.id: night for night in found}


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody pressed.

    Attributes:
        act: begin the night that waits; set everything up anew and play; halt; go on; another speed.
        round: of the page that asked. An older one is not heeded, so that two presses do not start two nights.
        night: for ``play`` and ``again``: which; "" keeps it.
        speed: for ``play``, ``again`` and ``pace``: times faster; None keeps it.
    """

    act: Act
    round: Id
    night: Id = ""
    speed: Pace | None = None


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A step of the night that was taken.

    Attributes:
        step: its place among the steps of the night, from 0.
        at: the night's own time, RFC 3339.
        outcome: what a detection led to, ``refused``, or "".
        refused: the code of the refusal, or "".
        entries: of the ledger, that the step made.
    """

    step: int
    at: str
    outcome: str = ""
    refused: str = ""
    entries: tuple[int, ...] = ()


class Phone(msgspec.Struct, frozen=True, kw_only=True):
    """What one live client in an area shows. ``headline``: language → text."""

    area: str
    phase: str
    headline: dict[str, str] = {}


class Proved(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the story by its name, whether it holds so far, and the entries behind it."""

    name: str
    ok: bool
    entries: tuple[int, ...] = ()


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """How the night stands.

    Attributes:
        round: a name for this setting-up; another one means that everything was made anew.
        told_at: the machine's seconds since 1970 when this was written.
        stage: whether it waits, plays or is over.
        begins_at: the machine's seconds since 1970 when it begins by itself, or None when it waits for somebody.
        speed: times faster between the acts.
        paused: the night's clock stands.
        repeats: it can be set up anew from here.
        sounding: siren → tone that it measures now; "" is silence.
        times_ms: as in ``tocsin night check --json``.
    """

    round: str
    told_at: float
    night: str
    stage: Stage
    begins_at: float | None = None
    speed: float
    paused: bool = False
    repeats: bool = True
    steps: tuple[Taken, ...] = ()
    sounding: dict[str, str] = {}
    phones: tuple[Phone, ...] = ()
    rows: tuple[Proved, ...] = ()
    times_ms: dict[str, float | None] = {}


class Playbill:
    """The two files of a ``run`` folder. What cannot be read, is too large or says something else is as if absent."""

    def __init__(self, run: Path) -> None:
        self._told = run / TOLD_FILE
        self._asked = run / ASKED_FILE

    def ask(self, asked: Asked) -> None:
        """Leave a wish for the player; the last one counts."""
        _put(self._asked, msgspec.json.encode(asked))

    def take(self) -> Asked | None:
        """The wish that was left, once."""
        mine = self._asked.with_suffix(".taken")
        try:
            os.replace(self._asked, mine)
        except FileNotFoundError:
            return None
        data = _read(mine, MOST_ASKED)
        mine.unlink(missing_ok=True)
        with contextlib.suppress(msgspec.MsgspecError):
            return msgspec.json.decode(data, type=Asked)
        return None

    def tell(self, told: Told) -> None:
        """Say how the night stands."""
        _put(self._told, msgspec.json.encode(told))

    def told(self) -> Told | None:
        """How the night stands, or None when nobody plays here (any more)."""
        with contextlib.suppress(msgspec.MsgspecError):
            told = msgspec.json.decode(_read(self._told, MOST_TOLD), type=Told)
            return told if time.time() - told.told_at < STALE_S else None
        return None


def _put(path: Path, data: bytes) -> None:
    """Write a file that readers see whole or not at all. Each thread has a draft of its own."""
    fresh = path.with_name(f"{path.name}.{threading.get_ident()}.new")
    fresh.write_bytes(data)
    os.replace(fresh, path)


def _read(path: Path, most: int) -> bytes:
    """At most so many bytes; a longer file, or none, reads as empty."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError:
        return b""
    return data if len(data) <= most else b""
