"""Everybody whom a notice concerns is told, once, the most urgent first; a crash loses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from channels.rigs import warning as a_warning
from doors import AREAS, SetClock, a_desk
from tocsin.app.actor import Actor, Grant
from tocsin.app.memory_addresses import MemoryAddressBook
from tocsin.app.receipts import note
from tocsin.channels._port import no_answer
from tocsin.core.delivery import Counts
from tocsin.core.event import canonical
from tocsin.core.notice import AnyNotice, Late, Outcome, Recipient, RecordNotice, WarningNotice
from tocsin.core.subscription import Wish
from tocsin.record import events as record_ev
from tocsin.warn import commands as cmd
from tocsin.warn.events import ChannelTold
from tocsin.workers import reach as engine
from tocsin.workers.database import DatabaseThread
from tocsin.workers.follow import Follow
from tocsin.workers.lanes import BLOCK, Share
from tocsin.workers.reach import Reach
from workers.kit import DUTY, alarm, all_clear, cancel, seen, until

NORTH, SOUTH = (next(area.cells for area in AREAS if area.id == name) for name in ("north", "south"))


@dataclass
class Far:
    """A channel that remembers; ``answers`` says what comes of a recipient, by default that it is accepted."""

    answers: dict[int, Outcome] = field(default_factory=dict)
    down: bool = False
    gate: asyncio.Event | None = None
    told: list[tuple[int, str, str]] = field(default_factory=list)
    batches: list[list[int]] = field(default_factory=list)

    async def send(self, notice: AnyNotice, to: Sequence[Recipient]) -> AsyncIterator[Outcome]:
        if self.down:
            raise no_answer("TOCSIN_SMTP_URL", "mail server", "away")
        self.batches.append([one.id for one in to])
        for one in to:
            if self.gate is not None:
                await self.gate.wait()
            act = notice.act if isinstance(notice, WarningNotice | RecordNotice) else "test"
            self.told.append((one.id, act, notice.id))
            yield self.answers.get(one.id, Outcome(recipient=one.id, stage="accepted"))

    async def close(self) -> None: ...

    def ids(self, act: str | None = None) -> list[int]:
        return [one for one, what, _ in self.told if act in (None, what)]


class Rig:
    """A desk, a book, and a worker that can be killed and started again."""

    def __init__(self, alias: str, **channels: Far) -> None:
        from tocsin.store.deliveries import DjangoDeliveries

        self.clock = SetClock()
        self.desk = a_desk(self.clock)
        self.book = MemoryAddressBook()
        self.deliveries = DjangoDeliveries(alias)
        self.channels = channels or {"email": Far()}
        self.db = DatabaseThread()
        self.told: list[ChannelTold] = []
        self.task: asyncio.Task[None] | None = None

    @property
    def email(self) -> Far:
        return self.channels["email"]

    def people(self, count: int, cells: Sequence[str] = NORTH, channel: str = "email") -> list[int]:
        start = self.book._last
        made = [
            Wish(channel=channel, address={"to": f"p{start + n}@a.example"}, cells=tuple(cells[:1]), language="en")
            for n in range(count)
        ]
        return [self.book.add(one, self.clock.now()).id for one in made]

    async def start(self, share: Share | None = None) -> None:
        rates = dict.fromkeys(self.channels, 0.0)  # as fast as it goes
        how = {"share": share, "rates": rates, "record": self.told.append}
        self.reach = Reach(self.book, self.deliveries, self.channels, self.clock, self.db, **how)  # type: ignore[arg-type]
        self.follow = Follow(self.desk.ledger, self.desk.sender, self.reach, self.db)
        self.task = asyncio.create_task(self.follow.run())

    async def kill(self) -> None:
        assert self.task is not None
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    def later(self, seconds: float) -> None:
        """The clock jumps, which nothing that sleeps by it could know."""
        self.clock.move(seconds)
        for fresh in self.reach._fresh.values():
            fresh.set()

    async def counts(self, warning: str, channel: str = "email", act: str = "alert") -> Counts:
        lines = await self.db(lambda: self.deliveries.board(warning))
        return next((one.counts for one in lines if (one.channel, one.act) == (channel, act)), Counts())

    async def come(self, warning: str, wanted: Callable[[Counts], bool], what: str, **where: str) -> Counts:
        found = Counts()
        try:
            async with asyncio.timeout(30):
                while not wanted(found := await self.counts(warning, **where)):
                    assert self.task is not None
                    assert not self.task.done(), self.task.exception()
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"did not come: {what}; {found}") from None
        return found


@pytest.fixture
async def rig(db: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    monkeypatch.setattr(engine, "PAUSE_S", (0.01, 0.02))
    made = Rig(db)
    yield made
    if made.task is not None:
        await made.kill()
    made.db.close()


async def test_those_in_the_area_are_told_and_nobody_else(rig: Rig) -> None:
    here, _ = rig.people(120), rig.people(10, SOUTH)
    await rig.start()
    warning = alarm(rig.desk, "north")
    counts = await rig.come(warning, lambda c: c.accepted == 120, "all told")
    assert counts == Counts(targeted=120, accepted=120)
    assert sorted(rig.email.ids()) == here
    assert max(map(len, rig.email.batches)) <= 50


async def test_a_pre_alert_and_its_end_are_told_to_those_who_asked_for_it(rig: Rig) -> None:
    rig.people(1)
    (early,) = rig.people(1)
    rig.book.change(early, level="pre_alert")
    await rig.start()
    rig.desk.do(cmd.Draft(threat="drone", level="pre_alert", areas=("north",), reason="seen"), DUTY)
    (warning,) = rig.desk.state().threads
    sha256 = rig.desk.state().threads[warning].message.sha256
    rig.desk.do(cmd.Issue(warning_id=warning, sha256=sha256, confirm="North District"), DUTY)
    all_clear(rig.desk, warning)
    await rig.come(warning, lambda c: c.accepted == 1, "the end", act="all_clear")
    assert set(rig.email.ids()) == {early}


async def test_what_came_of_it_is_recorded_in_counts_alone(rig: Rig) -> None:
    one, *_ = rig.people(3)
    rig.email.answers = {one: Outcome(recipient=one, stage="gone", detail="550")}
    await rig.start()
    alarm(rig.desk, "north")
    await until(lambda: rig.told, "the counts")
    (told,) = rig.told
    assert (told.channel, told.targeted, told.accepted, told.gone, told.share) == ("email", 3, 2, 1, "1/1")
    assert told.subject() == f"entry/{told.seq}"
    note(rig.desk, [told])
    assert b"a.example" not in canonical(list(rig.desk.ledger.read())[-1].event)


async def test_what_was_issued_while_no_worker_ran_is_told_when_one_runs(rig: Rig) -> None:
    rig.people(3)
    warning = alarm(rig.desk, "north")
    await rig.start()
    await rig.come(warning, lambda c: c.accepted == 3, "told late")


async def test_what_has_expired_is_told_to_nobody(rig: Rig) -> None:
    rig.people(3)
    rig.people(1, SOUTH)
    old = alarm(rig.desk, "north")
    rig.clock.move(24 * 3600)
    new = alarm(rig.desk, "south")
    await rig.start()
    await rig.come(new, lambda c: c.accepted == 1, "the new one is told")
    assert await rig.counts(old) == Counts()
    assert len(rig.email.ids("alert")) == 1


async def test_a_crash_in_the_middle_loses_nobody_and_repeats_one_batch_at_most(rig: Rig) -> None:
    here = rig.people(170)
    rig.email.gate = asyncio.Event()
    await rig.start()
    warning = alarm(rig.desk, "north")
    rig.email.gate.set()
    await rig.come(warning, lambda c: c.accepted >= 50, "a batch is kept")
    await rig.kill()
    await rig.start()
    counts = await rig.come(warning, lambda c: c.accepted == 170, "all told")
    assert counts.targeted == 170
    assert sorted(set(rig.email.ids())) == here
    assert len(rig.email.ids()) - len(here) <= 50


async def test_what_failed_is_tried_again_and_counted_once(rig: Rig) -> None:
    one, two, three, four = rig.people(4)
    rig.email.answers = {
        one: Outcome(recipient=one, stage="failed", retry_after=7.0),
        two: Outcome(recipient=two, stage="failed", final=True),
        three: Outcome(recipient=three, stage="gone", detail="550"),
    }
    await rig.start()
    warning = alarm(rig.desk, "north")
    counts = await rig.come(warning, lambda c: c.queued == 0 and c.targeted == 4, "each has had a turn")
    assert counts == Counts(targeted=4, accepted=1, failed=1, gone=1, exhausted=1)
    assert [row.state for row in map(rig.book.get, (one, two, three, four)) if row] == [
        "active",
        "active",
        "gone",
        "active",
    ]
    assert rig.book.get(three).reason == "email 550"  # type: ignore[union-attr]
    await rig.kill()  # who is to be tried again is not forgotten
    rig.email.answers = {}
    await rig.start()
    await asyncio.sleep(0)
    assert rig.email.ids().count(one) == 1
    rig.later(10)
    counts = await rig.come(warning, lambda c: c.failed == 0, "tried again")
    assert counts == Counts(targeted=4, accepted=2, gone=1, exhausted=1)
    assert (rig.email.ids().count(one), rig.email.ids().count(two)) == (2, 1)


async def test_an_end_is_told_and_stops_what_was_on_its_way(rig: Rig) -> None:
    here = rig.people(120)
    rig.email.gate = asyncio.Event()
    await rig.start()
    warning = alarm(rig.desk, "north")
    await until(lambda: rig.email.batches, "the first batch is under way")
    cancel(rig.desk, warning)
    await until(lambda: warning in rig.reach._over, "the end is read")
    rig.email.gate.set()
    await rig.come(warning, lambda c: c.accepted == 120, "all told of the end", act="cancel")
    counts = await rig.counts(warning)
    assert counts == Counts(targeted=120, accepted=50, withdrawn=70)
    assert sorted(rig.email.ids("cancel")) == here


async def test_an_end_before_a_crash_stops_what_was_on_its_way_after_it(rig: Rig) -> None:
    rig.people(120)
    rig.email.gate = asyncio.Event()
    await rig.start()
    warning = alarm(rig.desk, "north")
    await until(lambda: rig.email.batches, "the first batch is under way")
    all_clear(rig.desk, warning)
    await until(lambda: warning in rig.reach._over, "the end is read")
    await rig.kill()
    rig.email.told.clear()
    rig.email.gate.set()
    await rig.start()
    await rig.come(warning, lambda c: c.accepted == 120, "all told of the end", act="all_clear")
    assert rig.email.ids("alert") == []
    assert await rig.counts(warning) == Counts(targeted=120, withdrawn=120)


async def test_the_most_urgent_goes_first(rig: Rig) -> None:
    rig.people(60)
    rig.email.gate = asyncio.Event()
    await rig.start()
    first = alarm(rig.desk, "north")
    await until(lambda: rig.email.batches, "the first batch is under way")
    now = rig.clock.now()
    later = [
        a_warning(id=f"n{seq}", seq=seq, warning=f"w{seq}", cells=NORTH, expires=now + timedelta(hours=1), **how)
        for seq, how in ((901, {"act": "all_clear"}), (902, {"act": "update"}), (903, {}))
    ]
    await rig.reach.queue(later, {}, 903)
    rig.email.gate.set()
    await until(lambda: len(rig.email.told) == 240, "all told")
    order = list(dict.fromkeys(notice for _, _, notice in rig.email.told))
    assert order[1:] == ["n903", "n902", "n901"]
    assert await rig.counts(first) == Counts(targeted=60, accepted=60)


async def test_a_channel_that_is_away_holds_up_no_other_and_is_served_when_it_is_back(
    db: str, monkeypatch: Any
) -> None:
    monkeypatch.setattr(engine, "PAUSE_S", (0.01, 0.02))
    rig = Rig(db, email=Far(down=True), sms=Far())
    rig.people(3)
    rig.people(3, channel="sms")
    await rig.start()
    warning = alarm(rig.desk, "north")
    await rig.come(warning, lambda c: c.accepted == 3, "sms told", channel="sms")
    assert (await rig.counts(warning)).reached == 0
    rig.email.down = False
    rig.later(20)
    await rig.come(warning, lambda c: c.accepted == 3, "e-mail told")
    await rig.kill()
    rig.db.close()


async def test_shares_tell_everybody_once(db: str) -> None:
    rig, other = Rig(db), Rig(db)
    other.desk, other.book = rig.desk, rig.book
    here = rig.people(3 * BLOCK + 10)
    await rig.start(Share(1, 2))
    await other.start(Share(2, 2))
    warning = alarm(rig.desk, "north")
    counts = await rig.come(warning, lambda c: c.accepted == len(here), "all told")
    assert counts.targeted == len(here)
    assert sorted(rig.email.ids() + other.email.ids()) == here
    assert rig.email.ids()
    assert other.email.ids()
    for one in (rig, other):
        await one.kill()
        one.db.close()


async def test_a_late_report_moves_accepted_to_delivered(rig: Rig) -> None:
    (one,) = rig.people(1)
    rig.email.answers = {one: Outcome(recipient=one, stage="accepted", receipts=("m1",))}
    await rig.start()
    rig.reach.heard(Late(channel="email", receipt="m1", stage="delivered"))  # before it is even handed over
    warning = alarm(rig.desk, "north")
    counts = await rig.come(warning, lambda c: c.delivered == 1, "delivered")
    assert counts == Counts(targeted=1, delivered=1)


async def test_followers_of_the_record_hear_of_the_record_and_of_nothing_else(rig: Rig) -> None:
    follower, resident = rig.people(1, channel="email_record"), rig.people(1)
    await rig.start()
    fact = record_ev.BulletinPublished(page="2024-01-05", revision=1, as_of=1, sentences={}, rule="1")
    rig.desk.note([fact], Actor(id="system:record", grants=(Grant(role="admin"),)))
    await until(lambda: rig.email.ids("bulletin"), "the bulletin is told")
    warning = alarm(rig.desk, "north")
    await rig.come(warning, lambda c: c.accepted == 1, "the warning is told")
    assert (rig.email.ids("bulletin"), rig.email.ids("alert")) == (follower, resident)


def test_a_share_is_read_strictly() -> None:
    assert Share.read("2/4") == Share(2, 4)
    for text in ("", "1", "0/2", "3/2", "a/b", "1/0"):
        with pytest.raises(ValueError, match=r".*"):
            Share.read(text)


async def test_what_concerns_nobody_is_on_the_board_and_over_and_is_recorded_nowhere(rig: Rig) -> None:
    rig.people(3, SOUTH)
    await rig.start()
    warning = alarm(rig.desk, "north")
    async with asyncio.timeout(30):
        while not (lines := await rig.db(lambda: rig.deliveries.board(warning))) or not lines[0].done:
            await asyncio.sleep(0.01)
    assert lines[0].counts == Counts()
    assert rig.told == []
    assert await rig.db(rig.deliveries.under_way) == []


async def test_where_there_is_nothing_to_tell_the_position_is_not_kept_and_a_new_start_tells_nothing_twice(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.people(2)
    await rig.start()
    warning = alarm(rig.desk, "north")
    await rig.come(warning, lambda c: c.accepted == 2, "all told")
    kept = await rig.db(lambda: rig.deliveries.position("1/1"))
    for number in range(5):
        seen(rig.desk, "radar", "south", ident=f"more-{number}")
    await until(lambda: rig.follow.state.seq == rig.desk.ledger.head()[0], "it is read")
    await rig.kill()
    assert await rig.db(lambda: rig.deliveries.position("1/1")) == kept

    await rig.start()
    alarm(rig.desk, "north")  # confirms the one that stands
    all_clear(rig.desk, warning)
    await rig.come(warning, lambda c: c.accepted == 2, "the end", act="all_clear")
    assert len(rig.email.ids()) == 4, "each of two was told twice: of the beginning and of the end"

    await rig.kill()
    monkeypatch.setattr(engine, "UNKEPT", 1)
    before = await rig.db(lambda: rig.deliveries.position("1/1"))
    seen(rig.desk, "radar", "south", ident="last")
    await rig.start()
    async with asyncio.timeout(30):
        while await rig.db(lambda: rig.deliveries.position("1/1")) == before:
            await asyncio.sleep(0.01)
