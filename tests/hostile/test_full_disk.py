"""A disk that is full, a database that cannot be written: sirens are commanded, and what happened is recorded later."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tocsin.app import receipts
from tocsin.cli.roles import Patient
from tocsin.core.errors import Unavailable
from tocsin.warn import events as ev
from workers.kit import Worker, alarm, bodies, until


@pytest.fixture
async def worker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Worker]:
    monkeypatch.setattr("tocsin.workers.deliver.RETRY_S", 0.01)
    monkeypatch.chdir(tmp_path)
    made = Worker(Path())  # a socket's path may not be long
    yield made
    await made.close()


async def test_commands_go_on_while_nothing_can_be_recorded(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    note, full = receipts.note, [True]

    def full_disk(*given):
        if full:
            raise Unavailable("TOC-7005", "The ledger could not be written.", remedy="Make room.")
        return note(*given)

    def no_place(_name: str, _seq: int) -> None:
        raise Unavailable("TOC-8002", "The position could not be kept.", field="x", remedy="Make room.")

    await worker.start()
    monkeypatch.setattr("tocsin.workers.deliver.receipts.note", full_disk)
    monkeypatch.setattr(worker.places, "set", no_place, raising=False)
    alarm(worker.desk, "north")
    await until(lambda: len(worker.broker.sent) == 1, "the first command")
    alarm(worker.desk, "south")
    await until(lambda: len(worker.broker.sent) == 2, "the command after it")
    assert bodies(worker.desk, "siren.commanded") == []
    full.clear()
    await until(lambda: len(bodies(worker.desk, "siren.commanded")) == 2, "both are recorded")


async def test_a_recorder_that_breaks_is_no_secret(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given):
        raise ZeroDivisionError

    await worker.start()
    monkeypatch.setattr("tocsin.workers.deliver.receipts.note", broken)
    now = datetime(2024, 1, 5, tzinfo=UTC)
    worker.deliver.receipt(ev.SirenReported(siren_id="s01", state="silent", measured_at=now))
    task = worker._tasks[1]
    await until(task.done, "deliver ends, so that it is started again")
    assert isinstance(task.exception(), BaseExceptionGroup)


def test_a_line_that_cannot_be_written_raises_nothing() -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    kept = os.dup(2)
    try:
        os.dup2(full, 2)
        assert Patient().write("a line\n") == 7
        Patient().flush()
    finally:
        os.dup2(kept, 2)
        os.close(full)
        os.close(kept)


async def test_a_report_is_recorded_in_plain_words(worker: Worker) -> None:
    now = worker.clock.now()
    said = ev.SirenReported(
        siren_id="s01", state="silent", tone="w\x00" * 900, command_id="c" * 999, measured_at=now, detail="a\x00\u202eb"
    )
    receipts.note(worker.desk, [said])
    (body,) = bodies(worker.desk, "siren.reported")
    assert (len(body["tone"]), len(body["command_id"]), body["detail"]) == (40, 200, "ab")
