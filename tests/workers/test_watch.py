"""Time that passes, sirens that owe a sound, signed heads beside the database, quiet tests."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from doors import SetClock, a_desk
from tocsin.app import receipts
from tocsin.app.desk import Desk
from tocsin.core.ports import Checkpoint
from tocsin.record.chain import raw_public
from tocsin.record.export import export, verify_export
from tocsin.warn import commands as cmd
from tocsin.warn import events as ev
from tocsin.warn.state import WarnState
from tocsin.workers import quiet
from tocsin.workers.database import DatabaseThread
from tocsin.workers.watch import CUT_OFF_AFTER_S, SILENT_AFTER_S, Watch
from workers.kit import DUTY, alarm, bodies, seen


class Truth:
    """What the relay would know at once."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @property
    def state(self) -> WarnState:
        return self._desk.state()

    @property
    def as_of(self) -> datetime:
        return self._desk.clock.now()


class Rig:
    """A watch whose looks are made by the test."""

    def __init__(self, folder: Path, db: DatabaseThread) -> None:
        self.clock = SetClock()
        self.desk = a_desk(self.clock)
        self.key = Ed25519PrivateKey.generate()
        self.beats: list[tuple[datetime, int]] = []
        self.pressed: list[str] = []
        self.connected = True
        self.receipts: list[receipts.Receipt] = []
        self.file = folder / "checkpoints.jsonl"
        self.db = db
        self.begin()

    def begin(self) -> None:
        self.watch = Watch(
            self.desk,
            self.db,
            truth=Truth(self.desk),  # type: ignore[arg-type]  # read-only is enough
            beat=self._beat,
            press=self._press,
            receipt=self.receipts.append,
            key=lambda: self.key,
            checkpoints=self.file,
            origin="sample",
        )

    async def _beat(self, as_of: datetime, seq: int) -> bool:
        self.beats.append((as_of, seq))
        return self.connected

    async def _press(self, siren: str) -> None:
        self.pressed.append(siren)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    db = DatabaseThread()
    yield Rig(tmp_path, db)
    db.close()


def command(rig: Rig, warning: str, *, tone: str = "wail") -> str:
    """The siren s01 was commanded; the command's id."""
    name = f"c-{rig.desk.ledger.head()[0]}"
    fact = ev.SirenCommanded(
        siren_id="s01",
        command_id=name,
        warning_id=warning,
        action="ON",
        tone=tone,
        duration_s=60,
        expires=rig.clock.now() + timedelta(seconds=120),
    )
    receipts.note(rig.desk, [fact])
    return name


def report(rig: Rig, state: Any, name: str, ms: int = 0) -> ev.SirenReported:
    at = rig.clock.now() + timedelta(milliseconds=ms)
    return ev.SirenReported(siren_id="s01", state=state, command_id=name, measured_at=at)


async def test_nothing_is_written_while_nothing_is_due(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    alarm(rig.desk)
    head = rig.desk.ledger.head()
    monkeypatch.setattr(rig.desk, "do", lambda *_: pytest.fail("nothing is due"))
    for _ in range(5):
        rig.clock.move(1)
        await rig.watch._tick()
    assert rig.desk.ledger.head() == head


async def test_a_warning_runs_out_by_the_clock_visibly(rig: Rig) -> None:
    alarm(rig.desk)
    rig.clock.move(rig.desk.policy.expiry_s["drone"] + 1)
    await rig.watch._tick()
    (end,) = bodies(rig.desk, "warning.ended")
    assert end["end"] == "expired"
    await rig.watch._tick()
    assert len(bodies(rig.desk, "warning.ended")) == 1


async def test_a_draft_that_nobody_sends_escalates_step_by_step(rig: Rig) -> None:
    seen(rig.desk, "radar")
    for step, age in enumerate(rig.desk.policy.escalate_s, 1):
        rig.clock.at = rig.desk.state().draft_threads()[0].drafted_at + timedelta(seconds=age)
        await rig.watch._tick()
        assert [b["step"] for b in bodies(rig.desk, "warning.escalated")] == list(range(1, step + 1))


async def test_others_have_their_turn_while_many_sirens_are_looked_at(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tocsin.workers.watch.AT_ONCE", 1)
    alarm(rig.desk)
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    await rig.watch._tick()
    task.cancel()
    assert turns >= len(rig.desk.state().sirens) > 0


async def test_a_siren_that_owes_a_sound_is_called_silent_once(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    passed = 1000.0
    monkeypatch.setattr("tocsin.workers.watch.time.monotonic", lambda: passed)
    name = command(rig, alarm(rig.desk))
    await rig.watch._tick()
    passed += SILENT_AFTER_S - 0.1
    await rig.watch._tick()
    assert rig.receipts == []
    passed += 0.2
    for _ in range(3):
        await rig.watch._tick()
        passed += 60
    (silent,) = rig.receipts
    assert isinstance(silent, ev.SirenSilent)
    assert (silent.siren_id, silent.command_id, silent.waited_s) == ("s01", name, SILENT_AFTER_S)


async def test_a_siren_that_sounded_owes_nothing(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    passed = 1000.0
    monkeypatch.setattr("tocsin.workers.watch.time.monotonic", lambda: passed)
    name = command(rig, alarm(rig.desk))
    await rig.watch._tick()
    receipts.note(rig.desk, [report(rig, "sounding", name)])
    passed += 60
    await rig.watch._tick()
    assert rig.receipts == []


async def test_the_heartbeat_says_as_of_when_and_how_far(rig: Rig) -> None:
    alarm(rig.desk)
    await rig.watch._heartbeat()
    assert rig.beats == [(rig.clock.now(), rig.desk.ledger.head()[0])]


async def test_a_checkpoint_stands_in_the_ledger_and_in_the_file_once_for_each_head(rig: Rig) -> None:
    alarm(rig.desk)
    rig.watch.checkpoint()
    rig.watch.checkpoint()
    rig.begin()  # a worker that starts anew finds it there
    rig.watch.checkpoint()
    lines = rig.file.read_bytes().splitlines()
    assert len(lines) == len(rig.desk.ledger.checkpoints()) == 1
    kept = msgspec.json.decode(lines[0], type=Checkpoint)
    assert (kept.seq, kept.hash) == rig.desk.ledger.head()
    alarm(rig.desk, "south")
    rig.watch.checkpoint()
    assert len(rig.file.read_bytes().splitlines()) == 2
    public = raw_public(rig.key)
    text = "\n".join(export(rig.desk.ledger, origin="sample", public_key=public)).encode()
    import io

    assert verify_export(io.BytesIO(text), public)[1] == []


async def test_an_empty_ledger_has_no_checkpoint(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rig.desk.ledger, "head", lambda: (0, "0" * 64))
    rig.watch.checkpoint()
    assert not rig.file.exists()


# Quiet tests

HERE = ZoneInfo("Europe/Moscow")  # three hours ahead of UTC, always


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_each_siren_comes_once_a_day_one_after_another() -> None:
    names = ["s03", "s01", "s02"]
    now, end = at("2024-01-04T00:00"), at("2024-01-06T00:00")
    pressed = []
    while now < end:
        fine = timedelta(hours=7) < now - at(f"{now:%Y-%m-%d}T00:00") < timedelta(hours=9)  # around eleven o'clock here
        after, now = now, now + (timedelta(seconds=0.5) if fine else timedelta(minutes=5))
        pressed += [(name, now) for name in quiet.due(names, hour=11, zone=HERE, after=after, now=now)]
    assert [name for name, _ in pressed] == ["s01", "s02", "s03"] * 2
    assert pressed[0][1] == at("2024-01-04T08:00")
    assert pressed[1][1] - pressed[0][1] == timedelta(seconds=quiet.GAP_S)


def test_a_big_city_is_through_within_the_hour() -> None:
    names = [f"s{n:04}" for n in range(2000)]
    start = at("2024-01-04T07:59:59")
    found = quiet.due(names, hour=11, zone=HERE, after=start, now=start + timedelta(hours=1))
    assert found == names


@pytest.mark.parametrize("day", ["2024-03-31", "2024-10-27"])
def test_the_days_on_which_clocks_change_have_one_test_each(day: str) -> None:
    zone = ZoneInfo("Europe/Kyiv")
    for hour in (2, 3, 4, 23, 0):
        now = datetime.fromisoformat(day).replace(tzinfo=zone).astimezone(UTC)
        end = (datetime.fromisoformat(day) + timedelta(days=1)).replace(tzinfo=zone).astimezone(UTC)
        found = []
        while now < end:
            after, now = now, now + timedelta(minutes=5)
            found += quiet.due(["s01"], hour=hour, zone=zone, after=after, now=now)
        # Midnight itself belongs to the look that ends there.
        assert found == ["s01"], hour


async def test_the_watch_asks_for_them_by_the_citys_hour(rig: Rig) -> None:
    rig.clock.at = at("2024-01-05T07:59:59")
    rig.begin()
    await rig.watch._quiet_tests()
    assert rig.pressed == []
    rig.clock.move(2)
    await rig.watch._quiet_tests()
    await rig.watch._quiet_tests()
    assert rig.pressed == ["s01"]
    rig.begin()  # a worker that starts anew repeats nothing
    rig.clock.move(quiet.GAP_S)
    await rig.watch._quiet_tests()
    assert rig.pressed == ["s01", "s02"]


async def test_without_an_hour_there_is_no_quiet_test(rig: Rig) -> None:
    rig.desk.policy = msgspec.structs.replace(rig.desk.policy, quiet_test_hour=None)
    rig.clock.move(24 * 3600)
    await rig.watch._quiet_tests()
    assert rig.pressed == []


# What sirens and edges say is recorded once


def test_a_report_that_comes_twice_is_recorded_once(rig: Rig) -> None:
    name = command(rig, alarm(rig.desk))
    one = report(rig, "sounding", name)
    receipts.note(rig.desk, [one, one])
    receipts.note(rig.desk, [one])
    rig.clock.move(1)
    receipts.note(rig.desk, [one])
    assert len(bodies(rig.desk, "siren.reported")) == 1


def test_two_reports_in_one_batch_are_both_recorded(rig: Rig) -> None:
    name = command(rig, alarm(rig.desk))
    receipts.note(rig.desk, [report(rig, "sounding", name), report(rig, "silent", name, 1)])
    assert [b["state"] for b in bodies(rig.desk, "siren.reported")] == ["sounding", "silent"]


def test_an_older_report_than_the_last_is_no_news(rig: Rig) -> None:
    receipts.note(rig.desk, [report(rig, "silent", "", -1), report(rig, "sounding", "", -5)])
    receipts.note(rig.desk, [report(rig, "sounding", "", -4)])
    assert [b["state"] for b in bodies(rig.desk, "siren.reported")] == ["silent"]


def test_a_siren_that_nobody_registered_is_not_recorded(rig: Rig) -> None:
    stranger = msgspec.structs.replace(report(rig, "sounding", ""), siren_id="s99")
    assert receipts.note(rig.desk, [stranger]) == ()


def test_a_command_is_recorded_once(rig: Rig) -> None:
    warning = alarm(rig.desk)
    name = command(rig, warning)
    fact = rig.desk.state().sirens["s01"].command
    assert fact is not None
    assert fact.command_id == name
    assert receipts.note(rig.desk, [fact]) == ()
    rig.desk.do(cmd.AllClear(warning_id=warning, reason="over"), DUTY)
    assert len(bodies(rig.desk, "siren.commanded")) == 1


def test_after_a_clock_that_went_back_a_siren_is_heard_again(rig: Rig) -> None:
    rig.clock.move(3600)
    receipts.note(rig.desk, [report(rig, "silent", "")])
    rig.clock.move(-3600)
    name = command(rig, alarm(rig.desk))
    receipts.note(rig.desk, [report(rig, "sounding", name, -50)])
    known = rig.desk.state().sirens["s01"]
    assert known.report is not None
    assert (known.report.state, known.sounded) == ("sounding", name)
    rig.clock.move(1)
    receipts.note(rig.desk, [report(rig, "silent", name)])
    assert [b["state"] for b in bodies(rig.desk, "siren.reported")] == ["silent", "sounding", "silent"]


async def test_without_a_broker_no_siren_is_said_to_answer(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dead broker tells of no siren that it lost: what each last measured would look like an answer for ever."""
    passed = 1000.0
    monkeypatch.setattr("tocsin.workers.watch.time.monotonic", lambda: passed)
    rig.begin()
    receipts.note(rig.desk, [report(rig, "silent", "")])
    rig.clock.move(5)
    rig.connected = False
    await rig.watch._heartbeat()
    passed += CUT_OFF_AFTER_S - 0.1
    await rig.watch._heartbeat()
    assert rig.receipts == []  # a broker that is started again takes a moment
    passed += 0.2
    await rig.watch._heartbeat()
    assert [(one.siren_id, one.state) for one in rig.receipts if isinstance(one, ev.SirenReported)] == [
        ("s01", "link_lost"),
        ("s02", "link_lost"),
    ]
    receipts.note(rig.desk, rig.receipts)
    rig.receipts.clear()
    await rig.watch._heartbeat()
    assert rig.receipts == []  # once
    receipts.note(rig.desk, [report(rig, "silent", "")])  # measured after the connection came back
    known = rig.desk.state().sirens["s01"].report
    assert known is not None
    assert known.state == "silent"
