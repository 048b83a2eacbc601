"""How far notices came, in a database: a worker that starts anew goes on where the last batch was kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import F

from tocsin.core.delivery import COLUMNS, Counts, Line, Retry, Run, Step
from tocsin.core.notice import AnyNotice, Late, RecordNotice, WarningNotice
from tocsin.store.models.deliveries import DeliveryReceipt, DeliveryRetry, DeliveryRun
from tocsin.store.models.ledger import Cursor
from tocsin.store.trouble import trouble
from tocsin.store.turns import at_ease, turn

_BATCH = 400


class DjangoDeliveries:
    """A :class:`tocsin.core.delivery.Deliveries` in the database ``using``. Safe between threads and processes.

    Every method raises ``Unavailable`` (TOC-8002) when the database does not do its part.

    Args:
        using: Django's alias of the database.
    """

    def __init__(self, using: str = "default") -> None:
        self._using = using
        self._runs = DeliveryRun.objects.using(using)
        self._retries = DeliveryRetry.objects.using(using)
        self._receipts = DeliveryReceipt.objects.using(using)
        self._cursors = Cursor.objects.using(using)

    def begin(
        self, notices: Sequence[AnyNotice], channels: Sequence[str], share: str, *, seq: int, at: datetime
    ) -> None:
        """Queue notices on these channels, and keep the position of the share.

        A power cut takes both back or none; the first batch that is handed over brings them to the disk.
        """
        rows = [
            DeliveryRun(
                notice_id=notice.id,
                seq=notice.seq,
                warning=notice.warning if isinstance(notice, WarningNotice) else "",
                act=notice.act if isinstance(notice, WarningNotice | RecordNotice) else "test",
                channel=channel,
                share=share,
                notice=msgspec.json.encode(notice).decode(),
                began=at,
            )
            for notice in notices
            for channel in channels
        ]
        with self._writing(at_ease(self._using)):
            self._runs.bulk_create(rows, ignore_conflicts=True)
            self._cursors.bulk_create(
                [Cursor(name=_position(share), seq=seq)],
                update_conflicts=True,
                unique_fields=["name"],
                update_fields=["seq"],
            )

    def position(self, share: str) -> int:
        """Up to where that share has read the ledger."""
        with self._reading():
            return self._cursors.filter(name=_position(share)).values_list("seq", flat=True).first() or 0

    def runs(self, after: int = 0) -> list[Run]:
        """Every run with a greater number that is not over, oldest first."""
        with self._reading():
            rows = list(self._runs.filter(done_at=None, pk__gt=after).order_by("id"))
        return [
            Run(
                id=row.pk,
                channel=row.channel,
                share=row.share,
                notice=msgspec.json.decode(row.notice, type=AnyNotice),
                cursor=row.cursor,
                counts=_counts([row]),
                began=row.began,
            )
            for row in rows
        ]

    def step(self, run_id: int, step: Step) -> None:
        """Keep what a batch changed, in one transaction."""
        changed: dict[str, Any] = {"cursor": step.cursor}
        changed |= {name: F(name) + n for name, n in step.moved.items() if n}
        if step.targeted is not None:
            changed["targeted"] = step.targeted
        if step.at is not None:
            changed["last_at"] = step.at
        with self._writing():
            self._runs.filter(pk=run_id).update(**changed)
            if step.at is not None:
                self._runs.filter(pk=run_id, first_at=None).update(first_at=step.at)
            for part in _parts(step.settled):
                self._retries.filter(run=run_id, subscription__in=part).delete()
            self._retries.bulk_create(
                [
                    DeliveryRetry(run=run_id, subscription=one.subscription, attempt=one.attempt, due=one.due)
                    for one in step.retry
                ],
                update_conflicts=True,
                unique_fields=["run", "subscription"],
                update_fields=["attempt", "due"],
            )
            if step.receipts:
                channel = self._runs.filter(pk=run_id).values_list("channel", flat=True).get()
                self._receipts.bulk_create(
                    [
                        DeliveryReceipt(channel=channel, receipt=receipt, run=run_id, subscription=subscription)
                        for receipt, subscription in step.receipts
                    ],
                    ignore_conflicts=True,
                )

    def retries(self, run_id: int) -> list[Retry]:
        """Who is to be tried again."""
        with self._reading():
            rows = list(self._retries.filter(run=run_id).values_list("subscription", "attempt", "due"))
        return [Retry(subscription=one, attempt=attempt, due=due) for one, attempt, due in rows]

    def total(self, run_id: int) -> Line | None:
        """How far a run has come, for its share alone."""
        with self._reading():
            return next(iter(_lines(self._runs.filter(pk=run_id))), None)

    def close(self, run_ids: Sequence[int], at: datetime) -> None:
        """The runs are over; their notices stand in the ledger. One that a power cut opens again has nothing left."""
        with self._writing(at_ease(self._using)):
            for part in _parts(run_ids):
                self._retries.filter(run__in=part).delete()
                self._runs.filter(pk__in=part).update(done_at=at, notice="")

    def late(self, late: Late, at: datetime) -> bool:
        """Count what the other side reports of what it had accepted; False when nothing is known of it."""
        with self._writing():
            row = self._receipts.select_for_update().filter(channel=late.channel, receipt=late.receipt).first()
            if row is None:
                return False
            same = self._receipts.filter(run=row.run, subscription=row.subscription)
            if late.stage == "failed":
                same.delete()
                self._runs.filter(pk=row.run).update(accepted=F("accepted") - 1, exhausted=F("exhausted") + 1)
                return True
            row.delete()
            if not same.exists():
                self._runs.filter(pk=row.run).update(
                    accepted=F("accepted") - 1, delivered=F("delivered") + 1, last_at=at
                )
            return True

    def board(self, warning: str) -> list[Line]:
        """Every notice of a warning by channel, newest notice first."""
        with self._reading():
            return _lines(self._runs.filter(warning=warning).order_by("-seq", "channel")) if warning else []

    def under_way(self) -> list[Line]:
        """Everything that is not over."""
        with self._reading():
            return _lines(self._runs.filter(done_at=None).order_by("-seq", "channel"))

    @contextmanager
    def _writing(self, how: AbstractContextManager[None] | None = None) -> Iterator[None]:
        with (
            trouble(self._using, "TOC-8002", "the state of deliveries could not be kept"),
            how or nullcontext(),
            turn(self._using, first=False),
            transaction.atomic(using=self._using),
        ):
            yield

    def _reading(self) -> AbstractContextManager[None]:
        return trouble(self._using, "TOC-8002", "the state of deliveries could not be read")


def _position(share: str) -> str:
    return f"reach {share}"


def _counts(rows: Iterable[DeliveryRun]) -> Counts:
    total = dict.fromkeys(("targeted", *COLUMNS), 0)
    for row in rows:
        for name in total:
            total[name] += getattr(row, name)
    return Counts(**total)


def _lines(rows: Iterable[DeliveryRun]) -> list[Line]:
    """Rows of one notice and channel, one a share, made one line."""
    groups: dict[tuple[str, str], list[DeliveryRun]] = {}
    for row in rows:
        groups.setdefault((row.notice_id, row.channel), []).append(row)
    return [
        Line(
            notice_id=notice_id,
            seq=found[0].seq,
            warning=found[0].warning,
            act=found[0].act,
            channel=channel,
            counts=_counts(found),
            began=min(row.began for row in found),
            first_at=min((row.first_at for row in found if row.first_at), default=None),
            last_at=max((row.last_at for row in found if row.last_at), default=None),
            done=all(row.done_at for row in found),
        )
        for (notice_id, channel), found in groups.items()
    ]


def _parts(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[at : at + _BATCH] for at in range(0, len(ids), _BATCH))
