"""One suite for the state of deliveries: SQLite, PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from channels.rigs import warning
from tocsin.core.delivery import COLUMNS, Counts, Deliveries, Retry, Step
from tocsin.core.notice import Late

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LATER = AT + timedelta(seconds=9)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def deliveries(request: pytest.FixtureRequest) -> Deliveries:
    alias = request.getfixturevalue("db" if request.param == "sqlite" else "pg")
    from tocsin.store.deliveries import DjangoDeliveries

    return DjangoDeliveries(alias)


def begun(deliveries: Deliveries, *channels: str, share: str = "1/1"):
    deliveries.begin([warning()], channels or ("sms",), share, seq=7, at=AT)
    return deliveries.runs()


def test_what_is_queued_comes_back_whole_and_once(deliveries: Deliveries) -> None:
    begun(deliveries, "email", "sms")
    runs = begun(deliveries, "email", "sms")
    assert [(run.channel, run.notice, run.cursor, run.counts, run.began) for run in runs] == [
        (channel, warning(), 0, Counts(), AT) for channel in ("email", "sms")
    ]
    assert deliveries.runs(after=runs[0].id) == runs[1:]
    assert (deliveries.position("1/1"), deliveries.position("2/2")) == (7, 0)


def test_a_step_is_kept_whole(deliveries: Deliveries) -> None:
    (run,) = begun(deliveries)
    retry = (Retry(subscription=2, attempt=1, due=LATER), Retry(subscription=3, attempt=1, due=LATER))
    deliveries.step(run.id, Step(cursor=0, targeted=5))
    deliveries.step(run.id, Step(cursor=3, moved={"accepted": 1, "failed": 2}, at=AT, retry=retry))
    again = (Retry(subscription=3, attempt=2, due=LATER),)
    deliveries.step(run.id, Step(cursor=3, moved={"failed": -1, "accepted": 1}, at=LATER, retry=again, settled=(2,)))
    (kept,) = deliveries.runs()
    assert (kept.cursor, kept.counts) == (3, Counts(targeted=5, accepted=2, failed=1))
    assert kept.counts.queued == 2
    assert deliveries.retries(run.id) == list(again)
    (line,) = deliveries.board("w1")
    assert (line.counts, line.first_at, line.last_at, line.done) == (kept.counts, AT, LATER, False)


def test_what_is_over_is_not_taken_up_again_and_stays_on_the_board(deliveries: Deliveries) -> None:
    (run,) = begun(deliveries)
    deliveries.step(run.id, Step(cursor=1, retry=(Retry(subscription=1, attempt=1, due=LATER),)))
    deliveries.close([run.id], LATER)
    assert deliveries.runs() == deliveries.under_way() == []
    assert deliveries.retries(run.id) == []
    assert [line.done for line in deliveries.board("w1")] == [True]
    assert begun(deliveries) == [], "queued again, it stays over"


def test_shares_make_one_line_together(deliveries: Deliveries) -> None:
    for number, share in enumerate(("1/2", "2/2"), 1):
        run = begun(deliveries, share=share)[-1]
        deliveries.step(run.id, Step(cursor=9, targeted=10, moved={"accepted": number}, at=AT))
    (line,) = deliveries.under_way()
    assert line.counts == Counts(targeted=20, accepted=3)


def test_it_is_delivered_when_every_part_is(deliveries: Deliveries) -> None:
    (run,) = begun(deliveries)
    parts = (("a1", 1), ("a2", 1), ("b1", 2), ("b2", 2))
    deliveries.step(run.id, Step(cursor=2, targeted=2, moved={"accepted": 2}, at=AT, receipts=parts))
    deliveries.close([run.id], AT)  # reports come when they come

    def counts() -> Counts:
        return deliveries.board("w1")[0].counts

    def report(name: str, stage: str) -> bool:
        return deliveries.late(Late(channel="sms", receipt=name, stage=stage), LATER)  # type: ignore[arg-type]

    assert report("a1", "delivered")
    assert counts() == Counts(targeted=2, accepted=2)
    assert report("a2", "delivered")
    assert counts() == Counts(targeted=2, accepted=1, delivered=1)
    assert report("b1", "failed")
    assert counts() == Counts(targeted=2, delivered=1, exhausted=1)
    assert not report("b2", "delivered"), "the first part that failed decides"
    assert not report("a2", "delivered"), "told twice it counts once"
    assert not deliveries.late(Late(channel="email", receipt="a1", stage="delivered"), LATER)


def test_every_recipient_is_counted_in_one_place(deliveries: Deliveries) -> None:
    (run,) = begun(deliveries)
    deliveries.step(run.id, Step(cursor=9, targeted=20, moved=dict.fromkeys(COLUMNS, 2)))
    (kept,) = deliveries.runs()
    assert kept.counts.queued == 20 - 2 * len(COLUMNS)
    assert kept.counts.reached == 6
