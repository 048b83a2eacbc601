"""Every role as a thread of one process: each can be asked to end, and one that ends by itself ends all."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from tocsin.cli.one import Part, one
from tocsin.cli.supervise import Supervisor
from tocsin.core.errors import Invalid
from tocsin.wiring import Settings


def test_a_part_works_until_it_is_asked_to_end() -> None:
    began = threading.Event()

    async def main(stop: asyncio.Event) -> None:
        began.set()
        await stop.wait()

    part = Part("broker", main)
    part.start()
    assert began.wait(20)
    part.stop()
    part.join(20)
    assert not part.alive
    assert not part.failed


def test_a_part_that_was_told_to_end_before_it_began_does_nothing() -> None:
    async def main(_stop: asyncio.Event) -> None:
        raise AssertionError("it has begun")

    part = Part("broker", main)
    part.stop()
    part.start()
    part.join(20)
    assert (part.alive, part.failed) == (False, False)


def test_a_part_that_ends_by_itself_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: told.append((pid, number)))

    async def main(_stop: asyncio.Event) -> None:
        raise OSError("the disk is gone")

    part = Part("siren", main)
    part.start()
    part.join(20)
    assert part.failed
    assert told == [(os.getpid(), signal.SIGTERM)]


def test_one_process_holds_one_edge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_HOME", str(tmp_path))
    monkeypatch.setenv("TOCSIN_EDGE_PROCESSES", "2")
    refused = CliRunner().invoke(one).exception
    assert isinstance(refused, Invalid)
    assert refused.field == "TOCSIN_EDGE_PROCESSES"


def test_its_supervisor_has_one_child(tmp_path: Path) -> None:
    own = Settings(home=tmp_path)
    assert Supervisor(own, one=True)._roles() == {"one": ["one"]}
    fleet = Supervisor(own, fleet=tmp_path / "fleet.json", one=True)
    assert fleet._roles() == {"one": ["one", "--fleet", str(tmp_path / "fleet.json")]}
