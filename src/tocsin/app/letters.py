"""Dead letters: messages between processes that no worker could take. They are kept, shown, tried again or set aside.

What an officer does with one is a fact of the ledger first; the leading worker follows the ledger and tries it again.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, Protocol

import msgspec

from tocsin.app.actor import Actor
from tocsin.app.desk import Desk
from tocsin.core.errors import Refused, Unavailable, Unknown
from tocsin.core.event import Entry
from tocsin.warn.letter_events import LetterRetried, LetterSetAside

Standing = Literal["waiting", "taken", "aside"]

MOST = 10_000
"""Letters that are kept; the oldest gives way."""
KEPT = timedelta(days=30)


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One dead letter.

    Attributes:
        id: by it the same letter is known when it comes again; 16 hex digits.
        subject: where it was sent to on the bus; sender: the process that sent it.
        about: the id of the event or receipt that it speaks of, "" where it cannot be read.
        reason: why nobody could take it: ``unreadable: …``, ``refused: …`` or ``not safe``; nothing of its contents.
        tries: how often a worker was given it.
        first_at, last_at: when that failed first and last, by the machine's own clock.
        text: what it says; for the next try, not for any page.
    """

    id: str
    subject: str
    sender: str
    about: str
    reason: str
    tries: int
    first_at: datetime
    last_at: datetime
    text: str
    standing: Standing = "waiting"


def letter_id(subject: str, place: str, text: str) -> str:
    """The id of a letter: of what it says, and of its place where the bus gives it one."""
    return hashlib.sha256(f"{subject}\0{place}\0{text}".encode(errors="replace")).hexdigest()[:16]


class Letters(Protocol):
    """Keeps dead letters. Every method may raise ``Unavailable`` (TOC-8002)."""

    def keep(self, letter: Letter) -> None:
        """Put it in. One that is known waits again, with the tries of both and the first moment of the first."""
        ...

    def find(self, letter: str) -> Letter | None:
        """The letter of that id."""
        ...

    def newest(self, most: int) -> Sequence[Letter]:
        """The letters that failed last, newest first; those that wait before the others."""
        ...

    def counts(self) -> dict[Standing, int]:
        """How many there are of each standing."""
        ...

    def settle(self, letter: str, standing: Standing) -> bool:
        """Let one that waits wait no longer; False when it does not wait."""
        ...

    def forget(self, before: datetime) -> int:
        """Drop those that failed last before that moment; how many."""
        ...


class MemoryLetters:
    """A :class:`Letters` that lives as long as the process."""

    def __init__(self, most: int = MOST) -> None:
        self._kept: dict[str, Letter] = {}
        self._most = most

    def keep(self, letter: Letter) -> None:
        """Put it in."""
        self._kept[letter.id] = merged(self._kept.get(letter.id), letter)
        while len(self._kept) > self._most:
            del self._kept[min(self._kept.values(), key=lambda one: one.last_at).id]

    def find(self, letter: str) -> Letter | None:
        """The letter of that id."""
        return self._kept.get(letter)

    def newest(self, most: int) -> Sequence[Letter]:
        """Newest first; those that wait before the others."""
        by_time = sorted(self._kept.values(), key=lambda one: (one.last_at, one.id), reverse=True)
        return sorted(by_time, key=lambda one: one.standing != "waiting")[:most]

    def counts(self) -> dict[Standing, int]:
        """How many there are of each standing."""
        found: dict[Standing, int] = {"waiting": 0, "taken": 0, "aside": 0}
        for one in self._kept.values():
            found[one.standing] += 1
        return found

    def settle(self, letter: str, standing: Standing) -> bool:
        """Let one that waits wait no longer."""
        known = self._kept.get(letter)
        if known is None or known.standing != "waiting":
            return False
        self._kept[letter] = msgspec.structs.replace(known, standing=standing)
        return True

    def forget(self, before: datetime) -> int:
        """Drop those that failed last before that moment."""
        old = [one.id for one in self._kept.values() if one.last_at < before]
        for one in old:
            del self._kept[one]
        return len(old)


def merged(before: Letter | None, now: Letter) -> Letter:
    """A letter together with what was known of it."""
    if before is None:
        return now
    return msgspec.structs.replace(now, first_at=before.first_at, tries=before.tries + now.tries, standing="waiting")


def _waiting(letters: Letters, letter: str) -> Letter:
    known = letters.find(letter)
    if known is None:
        raise Unknown("TOC-8007", "There is no such letter.", field="letter", remedy="Name one of the list.")
    if known.standing != "waiting":
        raise Refused(
            "TOC-8007",
            "The letter does not wait any more.",
            field="letter",
            remedy="Look at the list again: it was taken or set aside meanwhile.",
        )
    return known


def try_again(desk: Desk, letters: Letters, letter: str, actor: Actor) -> tuple[Entry, ...]:
    """Ask that a letter be tried again. The leading worker does so; what came of it stands in the list.

    Raises:
        Denied: the actor does not administer the whole city (TOC-6002).
        Unknown, Refused: there is none of that id, or it does not wait (TOC-8007).
    """
    actor.require("admin", ("*",), desk.state().areas)
    known = _waiting(letters, letter)
    return desk.note([LetterRetried(letter_id=known.id, about=known.about)], actor)


def set_aside(desk: Desk, letters: Letters, letter: str, actor: Actor) -> tuple[Entry, ...]:
    """Say that a letter is not needed any more.

    Raises:
        Denied, Unknown, Refused: as :func:`try_again`.
    """
    actor.require("admin", ("*",), desk.state().areas)
    known = _waiting(letters, letter)
    entries = desk.note([LetterSetAside(letter_id=known.id, about=known.about)], actor)
    # The fact stands. A letter that still waits can be set aside once more.
    with contextlib.suppress(Unavailable):
        letters.settle(letter, "aside")
    return entries
