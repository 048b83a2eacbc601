"""Who ends by itself is started again; who a fault holds down stays down until it is healed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos import keeper as module
from chaos.keeper import Keeper
from journeys.rig import until
from tocsin.cli.supervise import Child, Supervisor
from tocsin.wiring import Settings

SLEEPS = [sys.executable, "-c", "import time; time.sleep(600)"]


class Sleepers(Supervisor):
    """Children that do nothing."""

    def command(self, child: Child) -> list[str]:  # noqa: ARG002 - each does the same
        return SLEEPS

    def ready(self, name: str) -> bool:  # noqa: ARG002 - each is, at once
        return True


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Keeper, Supervisor]]:
    monkeypatch.setattr(module, "AGAIN_S", 0.05)
    supervisor = Sleepers(Settings(home=tmp_path))
    supervisor.children["web"] = Child(name="web", arguments=["web"])
    supervisor.spawn("web")
    keeper = Keeper(supervisor)
    keeper.start()
    yield keeper, supervisor
    keeper.close()
    supervisor.stop()


def running(supervisor: Supervisor) -> subprocess.Popen[bytes]:
    process = supervisor.children["web"].process
    assert process is not None
    return process


def test_who_ends_is_started_again_and_counted(kept: tuple[Keeper, Supervisor]) -> None:
    keeper, supervisor = kept
    first = running(supervisor)
    first.kill()
    until(lambda: running(supervisor).pid != first.pid and keeper.ready(), "another process")
    assert keeper.ended == {"web": 1}


def test_who_is_held_down_comes_up_when_the_fault_is_over(kept: tuple[Keeper, Supervisor]) -> None:
    keeper, supervisor = kept
    with keeper.killed("web"):
        dead = running(supervisor)
        assert not keeper.ready()
        keeper._see("web", {})
        assert running(supervisor) is dead
    assert running(supervisor).pid != dead.pid
    assert keeper.ready()
    assert keeper.ended == {}


def test_who_stands_still_goes_on_afterwards(kept: tuple[Keeper, Supervisor]) -> None:
    keeper, supervisor = kept
    stat = Path(f"/proc/{running(supervisor).pid}/stat")
    with keeper.halted("web"):
        until(lambda: stat.read_text().rsplit(")", 1)[1].split()[0] == "T", "it stands still")
    until(lambda: stat.read_text().rsplit(")", 1)[1].split()[0] != "T", "it goes on")


def test_who_has_just_ended_stands_still_when_it_is_back(kept: tuple[Keeper, Supervisor]) -> None:
    keeper, supervisor = kept
    first = running(supervisor)
    first.kill()
    first.wait()
    with keeper.halted("web"):
        assert running(supervisor).pid != first.pid
    assert keeper.ended == {"web": 1}
