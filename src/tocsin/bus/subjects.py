"""What travels on the bus, and the port that every adapter fits.

A *frame* is a JSON object with a ``subject``. The hub greets each subscriber with one ``live.state`` that carries the
retained updates (``backlog``); after it come the frames that are published from then on, in order and once each. A
subscriber that is too slow is cut off and greeted again, so its buffer stays bounded and nothing is lost unseen.
"""

from __future__ import annotations

from asyncio import Future
from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

import msgspec

LIVE_STATE = "live.state"
"""Every area and alert as of ``seq``, with the retained updates."""
LIVE_UPDATE = "live.update"
"""One public ledger entry, for the cells it concerns."""
LIVE_BEAT = "live.beat"
"""The truth is known as of ``as_of``; nothing newer than ``seq``."""
LIVE_WRITTEN = "live.written"
"""From an edge: so many clients were written, first and last time."""
DRILL_UPDATE = "drill.update"
"""An exercise. It has streams of its own and never reaches a live one."""

RETAINED = frozenset({LIVE_UPDATE, DRILL_UPDATE})
"""Subjects that the hub keeps for subscribers that come back."""

Frame = dict[str, Any]
"""A JSON object with a ``subject``. Shared between subscribers of one process: read it, never change it."""

StateProvider = Callable[[], Frame]
"""Gives the ``live.state`` of this instant, maybe with a ``backlog`` of its own, whole above ``backlog_after``."""

OnFrame = Callable[[str, Frame], "Future[None] | None"]
"""Called with a subscriber's name and a frame that it sent. A future says when the frame is safe: a bus that keeps
frames keeps this one until then, and gives it again when that does not come."""


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A message that was given up.

    Attributes:
        stream: where it came from; subject, seq: where it stood there. A bus without streams counts nothing: 0.
        event: the id of the event or receipt that it speaks of, "" where it cannot be read.
        reason: why nobody could take it; nothing of its contents.
        tries: how often it was given to a worker.
        at: when it was given up; first_at: when that failed first, as far as the worker that gave it up knows.
        text: the message, at most 64 KiB of it.
    """

    stream: str
    subject: str
    seq: int
    event: str = ""
    reason: str
    tries: int
    at: str
    first_at: str = ""
    text: str


OnDead = Callable[[DeadLetter], "Future[None] | None"]
"""Called with each message that was given up; the future says when it is kept."""


def receipt_id(name: str, frame: Frame) -> str:
    """The id of what a subscriber of that name says: the same words are the same receipt."""
    return f"{name}:{frame.get('seq')}:{frame.get('first_at')}"[:200]


class Subscription(Protocol):
    """One subscriber's end. Iterating connects, and connects again for ever after a loss."""

    def __aiter__(self) -> AsyncIterator[Frame]:
        """Frames in order; a ``live.state`` first and after every reconnection."""
        ...

    def send(self, frame: Frame) -> bool:
        """Hand a frame to the hub; False when there is no connection or no room, and the frame is dropped."""
        ...

    async def close(self) -> None:
        """End the iteration and leave the hub."""
        ...


class Hub(Protocol):
    """The publisher's end."""

    def publish(self, frame: Frame) -> None:
        """Give a frame to every subscriber; never blocks."""
        ...

    def listen(self, name: str) -> Subscription:
        """A subscription for code in the hub's own process."""
        ...

    async def close(self) -> None:
        """Cut every subscriber off and stop."""
        ...
