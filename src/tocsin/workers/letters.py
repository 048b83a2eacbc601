"""What a bus could give to nobody: kept in the letter box, and tried again when an officer asks for it."""

from __future__ import annotations

import asyncio
import contextlib
from asyncio import Future
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import msgspec
import structlog

from tocsin.app.letters import KEPT, Letter, Letters, letter_id
from tocsin.bus.frames import BadFrame, unpack
from tocsin.bus.subjects import DeadLetter, OnFrame
from tocsin.core.errors import TocsinError
from tocsin.core.event import Entry
from tocsin.warn.letter_events import LetterRetried
from tocsin.workers.database import DatabaseThread

AGAIN_S = 1.0
SAFE_S = 30.0
"""A letter that is not safe after so long was tried in vain."""
DAY_S = 86_400.0
WAITING = 1000
"""Letters, and wishes to try one again, that may wait for the database."""

_T = TypeVar("_T")

log = structlog.get_logger("letters")


class LetterBox:
    """Keeps letters and tries them again.

    Args:
        letters: where they are kept.
        db: a database thread.
        take: what the bus calls with the sender and the frame of a message.
    """

    def __init__(
        self,
        letters: Letters,
        db: DatabaseThread,
        take: OnFrame,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._letters = letters
        self._db = db
        self._take = take
        self._now = now
        self._dead: asyncio.Queue[tuple[Letter, Future[None]]] = asyncio.Queue(WAITING)
        self._asked: asyncio.Queue[str] = asyncio.Queue(WAITING)

    def dead(self, dead: DeadLetter) -> Future[None]:
        """Keep a letter; done once it is kept. When too many wait, this one is not: a bus that stores it gives it
        again.
        """
        safe = asyncio.get_running_loop().create_future()
        if self._dead.full():
            log.error("dead letters are dropped", waiting=self._dead.qsize())
        else:
            self._dead.put_nowait((letter_of(dead), safe))
        return safe

    def follow(self, entry: Entry) -> None:
        """An entry of the ledger: somebody may have asked for a letter."""
        if entry.event.kind == LetterRetried.KIND and not self._asked.full():
            self._asked.put_nowait(str(entry.event.body["letter_id"]))

    async def run(self) -> None:
        """Keep and try again until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep())
            group.create_task(self._again())

    async def _keep(self) -> None:
        while True:
            await self._ask(lambda: self._letters.forget(self._now() - KEPT))
            try:
                async with asyncio.timeout(DAY_S):
                    letter, safe = await self._dead.get()
            except TimeoutError:
                continue
            await self._ask(lambda letter=letter: self._letters.keep(letter))  # type: ignore[misc]
            log.error("nobody could take a message", letter=letter.id, subject=letter.subject, reason=letter.reason)
            if not safe.done():
                safe.set_result(None)

    async def _again(self) -> None:
        while True:
            wanted = await self._asked.get()
            letter: Letter | None = await self._ask(lambda wanted=wanted: self._letters.find(wanted))  # type: ignore[misc]
            if letter is None or letter.standing != "waiting":
                continue  # an entry that was read once more after a restart
            reason = await self._try(letter)
            if reason:
                again = msgspec.structs.replace(letter, tries=1, reason=reason, last_at=self._now())
                await self._ask(lambda again=again: self._letters.keep(again))  # type: ignore[misc]
            else:
                await self._ask(lambda wanted=wanted: self._letters.settle(wanted, "taken"))  # type: ignore[misc]
            log.info("a letter was tried again", letter=wanted, reason=reason)

    async def _try(self, letter: Letter) -> str:
        """Give it to a worker once more; why that was in vain, or "" when it was taken."""
        try:
            safe = self._take(letter.sender, unpack(letter.text.encode()))
            if safe is not None:
                async with asyncio.timeout(SAFE_S):
                    await safe
        except BadFrame:
            return "unreadable"
        except TimeoutError:
            return "not safe"
        except (KeyError, ValueError, TypeError) as fault:
            return f"refused: {type(fault).__name__}"
        return ""

    async def _ask(self, what: Callable[[], _T]) -> _T:
        """Ask the database until it answers."""
        while True:
            with contextlib.suppress(TocsinError):
                return await self._db(what)
            await asyncio.sleep(AGAIN_S)


def letter_of(dead: DeadLetter) -> Letter:
    """The letter as it is kept. ``sender`` is the last word of its subject, which no other process can use."""
    at = datetime.fromisoformat(dead.at)
    return Letter(
        id=letter_id(dead.subject, f"{dead.stream} {dead.seq}" if dead.seq else "", dead.text),
        subject=dead.subject,
        sender=dead.subject.rpartition(".")[2],
        about=dead.event,
        reason=dead.reason,
        tries=dead.tries,
        first_at=datetime.fromisoformat(dead.first_at) if dead.first_at else at,
        last_at=at,
        text=dead.text,
    )
