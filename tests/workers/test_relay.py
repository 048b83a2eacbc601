"""Ledger to bus: in order, at once, and the same again after a restart."""

from __future__ import annotations

import asyncio
import threading
from contextlib import closing

import pytest

from tocsin.core.errors import Unavailable
from tocsin.core.event import Entry
from tocsin.warn.siren_command import Command
from tocsin.wiring.parts import Wake
from tocsin.workers import relay as relay_module
from tocsin.workers.relay import Taken
from workers.kit import WITHIN, Hub, Worker, alarm, all_clear, bodies, seen, until


async def test_entries_leave_in_the_order_of_the_ledger_and_only_public_ones(worker: Worker) -> None:
    await worker.start()
    warning = alarm(worker.desk)
    alarm(worker.desk, "south")
    all_clear(worker.desk, warning)
    await worker.idle()
    public = [e.seq for e in worker.desk.ledger.read() if e.event.kind in {"warning.issued", "warning.ended"}]
    assert worker.hub.updates() == public
    assert all("detection" not in str(f["data"].get("entry")) for f in worker.hub.frames if "data" in f)


async def test_it_looks_by_itself_when_nobody_wakes_it(worker: Worker) -> None:
    await worker.start()
    alarm(worker.desk)
    await until(worker.hub.updates, "the update without any datagram")


async def test_a_datagram_wakes_it_at_once(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "POLL_S", 3600.0)
    await worker.start()
    await until((worker.folder / "wake.sock").exists, "the socket")
    await asyncio.sleep(0)
    alarm(worker.desk)
    with closing(Wake(worker.folder / "wake.sock")) as wake:
        wake(worker.desk.ledger.head()[0])
    await until(worker.hub.updates, "the update")


async def test_a_restart_gives_edges_the_same_backlog_and_the_same_state(worker: Worker) -> None:
    await worker.start()
    warning = alarm(worker.desk)
    alarm(worker.desk, "south")
    all_clear(worker.desk, warning)
    await worker.idle()
    before = worker.relay.greeting()
    published = [f for f in worker.hub.frames if f["subject"] == "live.update"]
    await worker.kill()

    await worker.start()

    after = worker.relay.greeting()
    assert [f for f in after["backlog"] if f["seq"] > after["backlog_after"]][-len(published) :] == published
    assert {a["state"]["id"]: a["state"]["phase"] for a in after["areas"]} == {
        a["state"]["id"]: a["state"]["phase"] for a in before["areas"]
    }
    assert [a["doc"] for a in after["alerts"]] == [a["doc"] for a in before["alerts"]]
    assert worker.hub.updates() == [], "what was published before is backlog, not news"


async def test_what_was_written_while_no_worker_ran_is_delivered_by_the_next(worker: Worker) -> None:
    alarm(worker.desk)
    await worker.start()
    await worker.idle()
    assert [c.siren for c in worker.broker.sent] == ["s01"]
    assert worker.relay.greeting()["backlog"]


async def test_the_backlog_says_how_far_back_it_reaches(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "BACKLOG", 2)
    await worker.start()
    for area in ("north", "south", "east"):
        alarm(worker.desk, area)
    await worker.idle()
    greeting = worker.relay.greeting()
    published = worker.hub.updates()
    assert [f["seq"] for f in greeting["backlog"]] == published[-2:]
    assert published[-3] <= greeting["backlog_after"] < published[-2]


async def test_while_the_ledger_cannot_be_read_the_truth_gets_older(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    await worker.start()
    worker.clock.move(5)
    await until(lambda: worker.relay.as_of == worker.clock.now(), "fresh data")
    asked: list[int] = []

    def broken(after: int = 0, limit: int | None = None) -> list[object]:
        asked.append(after)
        raise Unavailable("TOC-7005", "The disk is gone.", field="ledger", remedy="Look.")

    monkeypatch.setattr(worker.desk.ledger, "read", broken)
    await until(lambda: asked, "a look at the broken ledger")
    stood = worker.relay.as_of
    worker.clock.move(40)
    assert worker.relay.as_of == stood
    monkeypatch.undo()
    await until(lambda: worker.relay.as_of == worker.clock.now(), "fresh data again")


async def test_nothing_of_a_draft_is_published(worker: Worker) -> None:
    await worker.start()
    seen(worker.desk, "radar")
    assert bodies(worker.desk, "warning.drafted")
    await worker.idle()
    assert worker.hub.updates() == []


async def test_what_the_tail_knows_is_read_on_the_spot_and_the_rest_the_long_way(worker: Worker) -> None:
    await worker.start()
    given: list[int | None] = []

    def tail(after: int) -> list[Entry] | None:
        found = list(worker.desk.ledger.read(after=after))
        answer = None if len(given) % 2 else found
        given.append(None if answer is None else len(answer))
        return answer

    worker.relay._tail = tail
    for area in ("north", "south"):
        alarm(worker.desk, area)
        await worker.idle()
    public = [e.seq for e in worker.desk.ledger.read() if e.event.kind == "warning.issued"]
    assert worker.hub.updates() == public
    assert len(public) == 2
    assert None in given
    assert any(given)


async def test_the_first_siren_command_goes_before_the_pages_and_nobody_is_told_of_it_between(worker: Worker) -> None:
    told: list[str] = []
    greeted: list[tuple[int, int]] = []
    send, publish = worker.broker.send, Hub.publish

    async def sent(command: Command) -> None:
        told.append(command.siren)
        greeting = worker.relay.greeting()
        greeted.append((greeting["seq"], max((f["seq"] for f in greeting["backlog"]), default=0)))
        await send(command)

    worker.broker.send = sent  # type: ignore[method-assign]
    await worker.start()
    worker.hub.publish = lambda frame: (told.append(frame["subject"]), publish(worker.hub, frame))  # type: ignore[method-assign,func-returns-value]
    alarm(worker.desk)
    await worker.idle()
    assert [word for word in told if word != "live.beat"] == ["s01", "live.update"]
    (published,) = worker.hub.updates()
    ((known, shown),) = greeted
    assert shown <= known < published, "whoever arrives between the two gets the update as news, and once"


async def test_pages_wait_only_a_moment_for_sirens(worker: Worker) -> None:
    await worker.start()
    await worker.idle()
    for task in worker._tasks[1:]:
        task.cancel()  # the sirens' side stands still
    alarm(worker.desk)
    await until(worker.hub.updates, "the pages are told")


async def test_who_takes_over_is_level_only_with_all_that_was_in_the_ledger_before(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    await worker.start()
    await worker.idle()
    read, open_again, under_way = worker.desk.ledger.read, threading.Event(), threading.Event()
    ours = threading.current_thread()

    def slow(after: int = 0, limit: int | None = None) -> list[Entry]:
        found = list(read(after=after, limit=limit))
        if threading.current_thread() is not ours and not open_again.is_set():
            under_way.set()
            open_again.wait(WITHIN)
        return found

    monkeypatch.setattr(worker.desk.ledger, "read", slow)
    await until(under_way.is_set, "a read that began before the alarm")
    for entry in range(3):
        seen(worker.desk, "radar", ident=str(entry))
    head = worker.desk.ledger.head()[0]
    level = asyncio.create_task(worker.relay.level())
    await asyncio.sleep(0.05)
    assert not level.done()
    open_again.set()
    await level
    assert worker.relay.state.seq >= head


async def test_a_ledger_that_cannot_be_read_keeps_who_takes_over_waiting(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    await worker.start()
    await worker.idle()
    tried: list[int] = []

    def broken(after: int = 0, limit: int | None = None) -> list[Entry]:
        tried.append(after)
        raise Unavailable("TOC-7005", "The disk is gone.", field="ledger", remedy="Look.")

    with monkeypatch.context() as gone:
        gone.setattr(worker.desk.ledger, "read", broken)
        level = asyncio.create_task(worker.relay.level())
        await until(lambda: len(tried) > 1, "a look at the broken ledger, and another one")
        assert not level.done()
    await level


async def test_no_siren_waits_for_the_pages_of_another(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "AT_ONCE", 100)
    await worker.start()
    order: list[str] = []
    take, publish = worker.deliver.take, worker.hub.publish

    def taken(one: Taken) -> None:
        order.append(f"sirens {one[0].seq}")
        take(one)

    def published(frame: dict[str, object]) -> None:
        if frame["subject"] == "live.update":
            order.append(f"pages {frame['seq']}")
        publish(frame)

    monkeypatch.setattr(worker.deliver, "take", taken)
    monkeypatch.setattr(worker.hub, "publish", published)
    alarm(worker.desk)
    alarm(worker.desk, "south")  # nobody has looked meanwhile: both are found at once
    await worker.idle()
    issued = [e.seq for e in worker.desk.ledger.read() if e.event.kind == "warning.issued"]
    assert len(issued) == 2
    assert order.index(f"sirens {issued[1]}") < order.index(f"pages {issued[0]}") < order.index(f"pages {issued[1]}")
