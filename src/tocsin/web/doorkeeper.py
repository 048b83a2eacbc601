"""Who goes in first: officers before the mass, in front of Django, so that turning somebody away costs next to nothing.

One process serves sensors, residents and the officer who presses "issue". Its threads share one interpreter: forty
detections a second and a flood of reports would each take their turn with that click. So:

- A credential that has proved to be an officer's, a key or a session, goes straight in. Nobody gets there by claiming
  it: the first request of each goes with everybody else's.
- Of everybody else who sends something a few are inside at once, and none enters while an officer is inside, but for
  a moment at most. The others wait for their turn, those with a key that is known before those without; when too many
  wait, whoever comes is told to come again.
- Who only reads waits for nobody who sends: a resident's browser asks for a page and its parts in one breath, and when
  the sirens sound thousands do. But they never take all threads, so that an officer always finds one.
- Who was told to wait and comes again too early is told so here. Django is not asked.

Nothing waits in here, and nothing is locked: the one loop of the server asks, and tells who has left.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from enum import Enum, auto
from typing import Any, Generic, TypeVar

import msgspec

OFFICER = "tocsin.officer"
"""Set in the environ of a request, by whoever has found out, when an officer stands behind it."""
HOLDER = "tocsin.holder"
"""Set when a sensor's or partner's key does."""

READS = frozenset(("GET", "HEAD", "OPTIONS"))

KEPT = 2_000
"""Credentials and answers that are remembered; those that were not seen longest are forgotten first."""
MOST_WAITING = 256
"""So many with a known key wait for their turn, and as many without."""
YIELD_S = 0.5
"""Longest that somebody waits because officers are inside: a long download of theirs must not close the door."""
WAIT_S = 10.0
"""Longest that a request waits for its turn."""
SMALL = 64 * 1024
"""What has a larger body has turns apart."""
AGAIN_S = 1.0
SHARE = 4
"""One turn of so many is of those without a known key, while any of them waits."""


class Asked(msgspec.Struct, frozen=True):
    """Who asks for what.

    Attributes:
        who: a name for the credential, or the address of whoever has none.
        credential: whether it is one.
        method: GET, POST…
        path: without its query.
        length: bytes of the body.
    """

    who: bytes
    credential: bool
    method: str
    path: str
    length: int = 0

    @property
    def told(self) -> tuple[bytes, str, str]:
        """What a "come again later" is for."""
        return self.who, self.method, self.path


class Known(msgspec.Struct, frozen=True):
    """What became of a request.

    Attributes:
        officer: an officer stood behind it.
        holder: another key did.
        again_s: in how many seconds to come again, when it was told so.
    """

    officer: bool = False
    holder: bool = False
    again_s: float = 0.0


class Pass(Enum):
    """As whom somebody is inside."""

    OFFICER = auto()
    READER = auto()
    SENDER = auto()
    BULK = auto()


def name_of(authorization: str, session: str, address: str) -> tuple[bytes, bool]:
    """A name for whoever asks, and whether it is a credential's; else it is the address's."""
    if authorization or session:
        return hashlib.sha256(f"{authorization}\0{session}".encode("latin-1", "replace")).digest(), True
    return address.encode("latin-1", "replace"), False


Ticket = TypeVar("Ticket")


class Doorkeeper(Generic[Ticket]):
    """Lets requests in. ``Ticket`` is whatever the server knows one by.

    Args:
        threads: how many requests the server takes at once.
        acting: told how many officers are inside who do more than read, whenever that changes.
        monotonic: seconds that never go back.
    """

    def __init__(
        self,
        *,
        threads: int,
        acting: Callable[[int], None] = lambda _officers: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._monotonic = monotonic
        self._say = acting
        bulk = max(2, threads // 4)
        senders = max(2, threads // 4)
        self._most = {Pass.SENDER: senders, Pass.BULK: bulk, Pass.READER: max(1, threads - bulk - senders - 2)}
        self._inside = dict.fromkeys(Pass, 0)
        self._holders: deque[tuple[float, Ticket]] = deque()
        self._others: deque[tuple[float, Ticket]] = deque()
        self._readers: deque[tuple[float, Ticket]] = deque()
        self._turns = 0
        self._acting = 0
        self._known: OrderedDict[bytes, bool] = OrderedDict()
        self._told: OrderedDict[tuple[bytes, str, str], float] = OrderedDict()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._holders) + len(self._others) + len(self._readers)

    def comes(self, ticket: Ticket, asked: Asked) -> Pass | float | None:
        """Somebody asks: they go in as something, or are to come again in so many seconds, or wait (None).

        Who waits is named by :meth:`turns` when it may go in, or given up with :meth:`drops`.
        """
        known = self._known.get(asked.who) if asked.credential else None
        if known:
            self._acts(asked, 1)
            return self._goes(Pass.OFFICER)
        now = self._monotonic()
        early = self._told.get(asked.told, 0.0) - now
        if early > 0:
            return early
        if asked.method in READS:
            if not self._readers and self._inside[Pass.READER] < self._most[Pass.READER]:
                return self._goes(Pass.READER)
            self._readers.append((now, ticket))
            return None
        if asked.length > SMALL:
            return AGAIN_S if self._inside[Pass.BULK] >= self._most[Pass.BULK] else self._goes(Pass.BULK)
        return self._sends(ticket, self._others if known is None else self._holders, now)

    def turns(self) -> Iterator[tuple[Ticket, Pass]]:
        """Those who waited and may go in now."""
        while self._readers and self._inside[Pass.READER] < self._most[Pass.READER]:
            yield self._readers.popleft()[1], self._goes(Pass.READER)
        while self._inside[Pass.SENDER] < self._most[Pass.SENDER]:
            first, second = self._holders, self._others
            if self._turns % SHARE == 0:
                first, second = second, first
            queue = first if self._may(first) else second
            if not self._may(queue):
                return
            self._turns += 1
            yield queue.popleft()[1], self._goes(Pass.SENDER)

    def leaves(self, asked: Asked, was: Pass, known: Known) -> None:
        """Somebody has been answered."""
        self._inside[was] -= 1
        if was is Pass.OFFICER:
            self._acts(asked, -1)
        if known.again_s:
            _keep(self._told, asked.told, self._monotonic() + known.again_s)
        if not asked.credential:
            return
        if known.officer or known.holder:
            _keep(self._known, asked.who, known.officer)
        elif asked.method not in READS:
            # Revoked or signed out. A part of a page asks nobody who it is: the click that follows still comes first.
            self._known.pop(asked.who, None)

    def drops(self, ticket: Ticket) -> None:
        """Somebody who waited is gone."""
        for queue in (self._holders, self._others, self._readers):
            for entry in queue:
                if entry[1] == ticket:
                    queue.remove(entry)
                    return

    def _sends(self, ticket: Ticket, queue: deque[tuple[float, Ticket]], now: float) -> Pass | float | None:
        if not queue and not self._inside[Pass.OFFICER] and self._inside[Pass.SENDER] < self._most[Pass.SENDER]:
            return self._goes(Pass.SENDER)
        if len(queue) >= MOST_WAITING:
            return AGAIN_S
        queue.append((now, ticket))
        return None

    def _may(self, queue: deque[tuple[float, Ticket]]) -> bool:
        if not queue:
            return False
        return not self._inside[Pass.OFFICER] or self._monotonic() - queue[0][0] >= YIELD_S

    def _acts(self, asked: Asked, change: int) -> None:
        if asked.method not in READS:
            self._acting += change
            self._say(self._acting)

    def _goes(self, how: Pass) -> Pass:
        self._inside[how] += 1
        return how


def _keep(kept: OrderedDict[Any, Any], name: Any, value: Any) -> None:
    kept[name] = value
    kept.move_to_end(name)
    while len(kept) > KEPT:
        kept.popitem(last=False)
