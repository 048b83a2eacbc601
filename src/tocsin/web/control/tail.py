"""The newest entries of the ledger, for what no folded state keeps: receipts of phones, and what a draft said before.

Bounded, one a process, and only ever read forward; who needs older entries reads the ledger itself.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator

from tocsin.core.event import Entry, fact_of
from tocsin.core.ports import Reader
from tocsin.warn.events import Content, LiveDelivered, WarningDrafted, WarningEdited

MOST = 4000
"""Entries that are kept; a busy night writes some hundreds an hour."""


HEARD = (
    "warning.issued",
    "warning.updated",
    "warning.partly_cleared",
    "warning.ended",
    "area.defined",
    "area.unknown",
    "area.known",
)
"""Kinds of entries that make an update of the live path."""


class Tail:
    """Follows one ledger."""

    def __init__(self, ledger: Reader) -> None:
        self.ledger = ledger
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque(maxlen=MOST)
        self._seq = -1

    def catch_up(self) -> Tail:
        """Read what came since; at the first time, the newest entries only."""
        with self._lock:
            head = self.ledger.head()[0]
            if head < self._seq:  # the ledger was replaced, as at the start of a demonstration
                self._entries.clear()
                self._seq = -1
            if self._seq < 0:
                self._seq = max(0, head - MOST)
            for entry in self.ledger.read(after=self._seq):
                self._entries.append(entry)
                self._seq = entry.seq
        return self

    def newest_first(self) -> Iterator[Entry]:
        """The kept entries."""
        with self._lock:
            kept = tuple(self._entries)
        return reversed(kept)

    def public_seq(self) -> int:
        """The newest entry that the live edge hears of; 0 when none of the kept ones is such."""
        return next((e.seq for e in self.newest_first() if e.event.kind in HEARD), 0)

    def delivered(self, seq: int) -> LiveDelivered | None:
        """What the edges wrote of an entry: clients summed, the earliest first, the latest last; None so far."""
        found: LiveDelivered | None = None
        for entry in self.newest_first():
            if entry.seq <= seq:
                break
            fact = fact_of(entry.event) if entry.event.kind == LiveDelivered.KIND else None
            if not isinstance(fact, LiveDelivered) or fact.seq != seq:
                continue
            found = (
                fact
                if found is None
                else LiveDelivered(
                    edge="*",
                    seq=seq,
                    clients=found.clients + fact.clients,
                    first_at=min(found.first_at, fact.first_at),
                    last_at=max(found.last_at, fact.last_at),
                )
            )
        return found

    def said_before(self, warning_id: str, sha256: str) -> Content | None:
        """What a draft said when its bytes had that SHA-256, if that is recent."""
        for entry in self.newest_first():
            if entry.event.subject != f"warning/{warning_id}":
                continue
            fact = fact_of(entry.event)
            if isinstance(fact, WarningDrafted | WarningEdited) and fact.message.sha256 == sha256:
                return fact.content
        return None


_tails: dict[int, Tail] = {}


def tail(ledger: Reader) -> Tail:
    """The tail of that ledger, caught up."""
    known = _tails.get(id(ledger))
    if known is None or known.ledger is not ledger:
        _tails.clear()
        known = _tails[id(ledger)] = Tail(ledger)
    return known.catch_up()
