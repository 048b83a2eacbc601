"""How far a notice came by one channel: counts, never people. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from tocsin.core.notice import AnyNotice, Late

Column = Literal["sent", "accepted", "delivered", "failed", "gone", "exhausted", "withdrawn"]
COLUMNS: tuple[Column, ...] = ("sent", "accepted", "delivered", "failed", "gone", "exhausted", "withdrawn")


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Each recipient of a notice is counted in one place alone.

    Attributes:
        targeted: all of them.
        sent, accepted, delivered, gone: the furthest stage that is known, see :data:`tocsin.core.notice.Stage`.
        failed: not reached yet; will be tried again.
        exhausted: given up: the notice expired first, or it was refused for good.
        withdrawn: not told, as a later notice took this one's place, or as they had left.
    """

    targeted: int = 0
    sent: int = 0
    accepted: int = 0
    delivered: int = 0
    failed: int = 0
    gone: int = 0
    exhausted: int = 0
    withdrawn: int = 0

    @property
    def queued(self) -> int:
        """Those whose turn has not come."""
        settled: int = sum(getattr(self, column) for column in COLUMNS)
        return max(0, self.targeted - settled)

    @property
    def reached(self) -> int:
        """Those to whom it was handed on without a fault so far."""
        return self.sent + self.accepted + self.delivered

    def moved(self, **by: int) -> Counts:
        """With these added to."""
        return msgspec.structs.replace(self, **{name: getattr(self, name) + n for name, n in by.items()})


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One notice on one channel for one share of the address book.

    Attributes:
        id: of the run.
        share: ``1/4`` is the first of four workers that split the book.
        cursor: every subscription up to this number has had its turn.
        began: when it was queued; first_at, last_at: when the first and the last was handed on.
    """

    id: int
    channel: str
    share: str
    notice: AnyNotice
    cursor: int
    counts: Counts
    began: datetime


class Retry(msgspec.Struct, frozen=True, kw_only=True):
    """One subscription that is to be tried again: ``attempt`` tries were made, the next is due then."""

    subscription: int
    attempt: int
    due: datetime


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What one batch changed; kept in one transaction, so that a crash loses no more than the batch under way.

    Attributes:
        targeted: how many there are, once that is known.
        moved: what is added to each count; a recipient that leaves one is taken off it.
        at: when the batch was over; None where nobody was handed on.
        retry: who is to be tried again; settled: who no longer is.
        receipts: ``(receipt, subscription)`` of what was accepted and will be reported on.
    """

    cursor: int
    targeted: int | None = None
    moved: dict[Column, int] = msgspec.field(default_factory=dict)
    at: datetime | None = None
    retry: tuple[Retry, ...] = ()
    settled: tuple[int, ...] = ()
    receipts: tuple[tuple[str, int], ...] = ()


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What the delivery board shows of one notice on one channel, over all shares."""

    notice_id: str
    seq: int
    warning: str
    act: str
    channel: str
    counts: Counts
    began: datetime
    first_at: datetime | None
    last_at: datetime | None
    done: bool


class Deliveries(Protocol):
    """Keeps how far each notice came, durably, beside the ledger; of people it knows numbers of subscriptions alone."""

    def begin(
        self, notices: Sequence[AnyNotice], channels: Sequence[str], share: str, *, seq: int, at: datetime
    ) -> None:
        """Queue notices on these channels, and remember that this share has read the ledger up to ``seq``; all in one
        transaction. What is queued already stays as it is.
        """
        ...

    def position(self, share: str) -> int:
        """Up to where that share has read the ledger; 0 at first."""
        ...

    def runs(self, after: int = 0) -> list[Run]:
        """Every run with a greater number that is not over, of every share, oldest first."""
        ...

    def step(self, run_id: int, step: Step) -> None:
        """Keep what a batch changed."""
        ...

    def retries(self, run_id: int) -> list[Retry]:
        """Who is to be tried again."""
        ...

    def total(self, run_id: int) -> Line | None:
        """How far a run has come, for its share alone."""
        ...

    def close(self, run_ids: Sequence[int], at: datetime) -> None:
        """The runs are over. Reports that come later still count."""
        ...

    def late(self, late: Late, at: datetime) -> bool:
        """Count what the other side reports of what it had accepted; False when nothing is known of it.

        It counts as delivered when every part of it was; the first part that failed decides for all.
        """
        ...

    def board(self, warning: str) -> list[Line]:
        """Every notice of a warning by channel, newest notice first."""
        ...

    def under_way(self) -> list[Line]:
        """Everything that is not over."""
        ...
