"""A flood of detections: what an officer did overtakes it, nothing is lost, and no siren hears things out of order."""

from __future__ import annotations

import asyncio

import pytest

from tocsin.warn import commands as cmd
from tocsin.warn import events as ev
from tocsin.warn.siren_command import Command
from tocsin.workers import deliver
from tocsin.workers.deliver import CURSOR
from tocsin.workers.mail import MOST_KNOWN, MOST_UNKNOWN, Mail
from workers.kit import DUTY, Worker, alarm, all_clear, bodies, cancel, sirens, until


class Slow:
    """A broker that acknowledges when it is told to, and knows in which order it got what."""

    def __init__(self) -> None:
        self.got: list[Command] = []
        self.open = asyncio.Event()

    async def send(self, command: Command) -> None:
        self.got.append(command)
        await self.open.wait()


@pytest.fixture
def slow(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> Slow:
    broker = Slow()
    monkeypatch.setattr(worker.broker, "send", broker.send)
    return broker


def press(worker: Worker, area: str) -> str:
    """An officer warns an area; the warning's id."""
    drafted = worker.desk.do(cmd.Draft(threat="drone", level="alert", areas=(area,), reason="seen"), DUTY)
    (warning,) = drafted.state.drafts
    thread = drafted.state.threads[warning]
    worker.desk.do(cmd.Issue(warning_id=warning, sha256=thread.message.sha256, confirm=area), DUTY)
    return warning


def many(worker: Worker, count: int) -> None:
    sirens(worker.desk, *(ev.Siren(id=f"n{n:03}", name={"en": "S"}, area="north", demo=True) for n in range(count)))


async def test_an_officers_command_goes_out_before_what_waits_of_a_flood(
    worker: Worker, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "WINDOW", 4)
    many(worker, 40)
    await worker.start()
    alarm(worker.desk, "north")
    await until(lambda: len(slow.got) == 4, "the window is full")
    press(worker, "south")
    await until(lambda: "s02" in [c.siren for c in slow.got], "the officer's siren")
    assert len(slow.got) == 5, "nothing of the flood went before it, and it waited for no acknowledgement"
    slow.open.set()
    await worker.idle()
    told = [c.siren for c in slow.got]
    assert sorted(told) == sorted(["s01", "s02", *(f"n{n:03}" for n in range(40))]), "each once, nothing is lost"
    assert len(bodies(worker.desk, "siren.commanded")) == 42


async def test_what_an_officer_ends_is_not_begun_any_more(
    worker: Worker, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end overtakes the rest of its own warning: no siren is told to sound after it was told to be silent."""
    monkeypatch.setattr(deliver, "WINDOW", 4)
    many(worker, 40)
    await worker.start()
    warning = alarm(worker.desk, "north")
    await until(lambda: len(slow.got) == 4, "the window is full")
    cancel(worker.desk, warning)
    await until(lambda: [c.state for c in slow.got].count("OFF") == 41, "everything is told to be silent")
    slow.open.set()
    await worker.idle()
    assert [c.state for c in slow.got] == ["ON"] * 4 + ["OFF"] * 41
    skipped = bodies(worker.desk, "siren.skipped")
    assert len(skipped) == 37
    assert all("cancelled" in body["reason"] for body in skipped)


async def test_what_waits_for_the_same_warning_goes_along(
    worker: Worker, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "WINDOW", 1)
    await worker.start()
    alarm(worker.desk, "south")
    await until(lambda: len(slow.got) == 1, "the window is full")
    warning = alarm(worker.desk, "north")
    all_clear(worker.desk, warning)
    await until(lambda: len(slow.got) == 2, "the officer's all-clear")
    slow.open.set()
    await worker.idle()
    assert [(c.siren, c.tone) for c in slow.got] == [("s02", "wail"), ("s01", "all_clear")]
    assert ["all_clear" in body["reason"] for body in bodies(worker.desk, "siren.skipped")] == [True]


async def test_what_a_siren_is_told_last_is_the_danger_that_took_the_others_place(
    worker: Worker, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the rest of the replaced warning is begun and put back for the officer's."""
    monkeypatch.setattr(deliver, "WINDOW", 2)
    many(worker, 3)
    await worker.start()
    alarm(worker.desk, "south")
    await until(lambda: len(slow.got) == 1, "the first")
    drone = alarm(worker.desk, "north")
    await until(lambda: len(slow.got) == 2, "the window is full in the middle of the second")
    draft = cmd.Draft(threat="chemical", level="alert", areas=("north",), reason="gas", supersedes=drone)
    drafted = worker.desk.do(draft, DUTY)
    (warning,) = drafted.state.drafts
    thread = drafted.state.threads[warning]
    worker.desk.do(cmd.Issue(warning_id=warning, sha256=thread.message.sha256, confirm="north"), DUTY)
    await until(lambda: [c.tone for c in slow.got].count("steady") == 4, "the officer's")
    slow.open.set()
    await until(lambda: len(slow.got) == 9, "nothing is lost")
    for siren in ("s01", "n000", "n001", "n002"):
        assert [c.tone for c in slow.got if c.siren == siren] == ["wail", "steady"]


async def test_the_position_stands_before_the_oldest_that_is_under_way(worker: Worker, slow: Slow) -> None:
    """A crash finds everything again that was begun and not acknowledged, also when later ones were through."""
    worker.broker.refuses = set()
    await worker.start()
    alarm(worker.desk, "north")
    await until(lambda: len(slow.got) == 1, "the first is under way")
    (first,) = [e.seq for e in worker.desk.ledger.read() if e.event.kind == "warning.issued"]
    slow_send, worker.deliver._send = worker.deliver._send, _through
    press(worker, "south")
    await until(lambda: len(bodies(worker.desk, "siren.commanded")) == 1, "the officer's is through and recorded")
    assert worker.places.get(CURSOR) < first
    worker.deliver._send = slow_send
    slow.open.set()
    await worker.idle()
    assert worker.places.get(CURSOR) > first


async def _through(_command: Command) -> None:
    return


async def test_our_own_receipts_are_not_displaced_by_what_anybody_reports(worker: Worker) -> None:
    await worker.start()
    report = ev.SirenReported(siren_id="s01", state="silent", measured_at=worker.clock.now())
    for _ in range(10_050):
        worker.deliver.receipt(report)
    alarm(worker.desk)
    await worker.idle()
    assert len(bodies(worker.desk, "siren.commanded")) == 1


async def test_sensors_that_are_known_are_read_first_and_nobody_displaces_them() -> None:
    read: list[str] = []

    async def take(_kind: str, who: str, _payload: bytes) -> None:
        read.append(who)

    mail = Mail({"radar"}, take)
    for _ in range(MOST_UNKNOWN + 5):
        mail.put("detection", "anybody", b"{}")
    mail.put("detection", "radar", b"{}")
    assert (len(mail), mail.dropped) == (MOST_UNKNOWN + 1, 5)
    reading = asyncio.create_task(mail.run())
    await until(lambda: len(read) == MOST_UNKNOWN + 1, "everything is read")
    reading.cancel()
    assert read[0] == "radar"
    for _ in range(MOST_KNOWN + 1):
        mail.put("detection", "radar", b"{}")
    assert mail.dropped == 6
