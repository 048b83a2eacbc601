"""Which of the city's key files is in use, which one is ready to follow, which one came before.

``keys/ring.json`` says so. It is replaced at once and whole; the files of keys are never renamed nor written over, so
that a crash leaves either the state before a step or that after it. Without the file every key is the one that
``tocsin init`` made. Running processes look at the file each time before they sign.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from tocsin.core.errors import Invalid, Refused, Unavailable
from tocsin.core.ids import key_id
from tocsin.record.events import Purpose
from tocsin.store.durable import replace_private

RING = "ring.json"
FIRST: dict[Purpose, str] = {"command": "command.ed25519", "ledger": "ledger.ed25519", "cap": "cap.key.pem"}
"""The files that ``tocsin init`` makes."""

_T = TypeVar("_T")
_log = logging.getLogger("tocsin.keys")


class Gone(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key whose private half was removed; ``public`` in base64."""

    id: str
    public: str


class Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of one purpose, by the names of their files; "" where there is none."""

    now: str
    next: str = ""
    before: str = ""
    retired: tuple[Gone, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """The names of those that there are, the one in use first; at most one of the others is there."""
        return tuple(name for name in (self.now, self.next, self.before) if name)


def ring(folder: Path) -> dict[Purpose, Line]:
    """The line of every purpose.

    Raises:
        Unavailable: the file cannot be read, or is damaged (TOC-8002).
    """
    lines: dict[Purpose, Line] = {purpose: Line(now=name) for purpose, name in FIRST.items()}
    try:
        data = (folder / RING).read_bytes()
    except FileNotFoundError:
        return lines
    except OSError as fault:
        raise _unreadable(f"{RING} cannot be read: {fault.strerror}.") from fault
    try:
        lines |= msgspec.json.decode(data, type=dict[Purpose, Line])
    except msgspec.MsgspecError as fault:
        raise _unreadable(f"{RING} is damaged: {fault}.") from fault
    named = [name for line in lines.values() for name in line.files]
    if any(name != Path(name).name or name.startswith(".") for name in named):
        raise _unreadable(f"{RING} names a file outside the folder of keys.")
    return lines


def _unreadable(message: str) -> Unavailable:
    return Unavailable("TOC-8002", message, field=RING, remedy="Restore the keys folder from its backup.")


def save(folder: Path, purpose: Purpose, line: Line) -> None:
    """Put one line in the place of the one before, durably and at once.

    Raises:
        Unavailable: the disk does not do its part; the line before still counts (TOC-8002).
    """
    data = msgspec.json.format(msgspec.json.encode({**ring(folder), purpose: line}), indent=2)
    try:
        replace_private(folder / RING, data)
    except OSError as fault:
        raise Unavailable(
            "TOC-8002",
            f"{RING} cannot be written: {fault.strerror}.",
            field="keys",
            remedy="Nothing has changed. Make room, or see who owns the folder; then try again.",
        ) from fault


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep other commands from changing keys meanwhile.

    Raises:
        Refused: one is at it (TOC-8006).
        Unavailable: there is no such folder (TOC-8002).
    """
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError as fault:
        raise Unavailable(
            "TOC-8002", "The folder of keys cannot be read.", field="keys", remedy="Run `tocsin init`."
        ) from fault
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as fault:
        raise Refused(
            "TOC-8006", "Another command is changing keys.", field="keys", remedy="Wait until it has ended."
        ) from fault
    finally:
        os.close(handle)


class Fresh(Generic[_T]):
    """Something made of key files, made again when the ring has changed.

    A ring or a key that cannot be read leaves the one before in use and is said in the log: a fault of the disk in
    the middle of a raid must not silence the sirens.

    Args:
        folder: the folder of keys.
        load: makes it.
    """

    def __init__(self, folder: Path, load: Callable[[Path], _T]) -> None:
        self._folder, self._load = folder, load
        self._ring = os.fspath(folder / RING)  # looked at for every command of every siren
        self._seen = self._mark()
        self._made = load(folder)

    def __call__(self) -> _T:
        """The one that is in use now."""
        mark = self._mark()
        if mark != self._seen:
            try:
                self._made, self._seen = self._load(self._folder), mark
            except (Unavailable, Invalid) as fault:
                _log.error("the key that follows cannot be used, the one before stays: %s", fault)
        return self._made

    def _mark(self) -> tuple[int, int, int]:
        try:
            known = os.stat(self._ring)
        except OSError:
            return 0, 0, 0
        return known.st_ino, known.st_mtime_ns, known.st_size


def gone(public: bytes) -> Gone:
    """A key as it is remembered."""
    return Gone(id=key_id(public), public=base64.b64encode(public).decode())
