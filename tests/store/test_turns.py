"""Writers of one SQLite database take turns; a turn is never kept by one that is gone, nor waited for without end."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.db import connections

from store.test_tail import event
from tocsin.store import turns
from tocsin.store.cursors import Cursors
from tocsin.store.ledger import DjangoLedger
from tocsin.store.turns import at_ease, turn

_HOLD = """
import fcntl, os, sys
handle = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o600)
fcntl.flock(handle, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def beside(db: str) -> Path:
    """The file beside the database."""
    with turn(db, first=True):
        pass
    name = Path(str(connections[db].settings_dict["NAME"]))
    found = name.with_name(f"{name.name}-turn")
    assert found.exists()
    return found


def test_one_writes_at_a_time(db: str, beside: Path) -> None:
    inside: list[int] = []
    most: list[int] = []

    def write(number: int) -> None:
        for _ in range(20):
            with turn(db, first=number == 0):
                inside.append(number)
                most.append(len(inside))
                inside.remove(number)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert max(most) == 1
    assert len(most) == 80


def test_another_process_that_ends_at_once_keeps_nothing(db: str, beside: Path) -> None:
    other = subprocess.Popen([sys.executable, "-c", _HOLD, str(beside)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout is not None
    assert other.stdout.readline() == b"held\n"
    other.kill()
    other.communicate()
    with turn(db, first=False):
        pass


def test_after_the_time_of_a_busy_database_it_goes_on(db: str, beside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that was stopped in its turn must not stop the others for ever: the database has the last word."""
    monkeypatch.setattr(turns, "BUSY_S", 0.05)
    went_on = False
    with turn(db, first=True), turn(db, first=True):
        went_on = True
    assert went_on


def test_the_file_is_opened_once_and_anew_when_another_has_its_name(
    db: str, beside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    really = turns._opened
    monkeypatch.setattr(turns, "_opened", lambda name: opened.append(name) or really(name))
    for _ in range(3):
        with turn(db, first=True):
            pass
    assert opened == []  # the fixture has had it
    beside.unlink()
    with turn(db, first=True):
        assert beside.exists()
    assert len(opened) == 1


def test_a_folder_that_was_moved_away_takes_its_lock_along(db: str, beside: Path) -> None:
    beside.rename(beside.with_name("elsewhere"))
    with turn(db, first=True), beside.open("rb") as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_lock_that_cannot_be_given_back_ends_with_its_file(
    db: str, beside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = fcntl.flock

    def refuse(handle: int, how: int) -> None:
        if how == fcntl.LOCK_UN:
            raise OSError(errno.ENOLCK, "no locks available")
        really(handle, how)

    with monkeypatch.context() as broken:
        broken.setattr(turns.fcntl, "flock", refuse)
        with turn(db, first=True):
            pass
    with beside.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_forked_process_has_no_file_of_its_parent(db: str, beside: Path) -> None:
    with turns._guard:  # as by a thread that the child does not have
        child = os.fork()
        if child == 0:
            free = not turns._free and turns._guard.acquire(timeout=5)
            os._exit(0 if free else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert turns._free


def test_few_files_stay_open(db: str, beside: Path) -> None:
    with contextlib.ExitStack() as stack:
        at_once = [turns._file(db) for _ in range(2 * turns.MOST_FREE)]
        for file in at_once:
            assert file is not None
            stack.callback(turns._give_back, file)
        assert len({file.handle for file in at_once if file is not None}) == len(at_once)
    assert len(turns._free) == turns.MOST_FREE


def test_a_folder_that_cannot_be_written_locks_nothing(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_given: object, **_more: object) -> int:
        raise PermissionError

    monkeypatch.setattr(turns, "_free", [])
    monkeypatch.setattr(turns.os, "open", refuse)
    with turn(db, first=True):
        pass


def test_what_is_written_at_ease_is_there_and_the_next_commit_waits_for_the_disk_again(db: str) -> None:
    def level() -> int:
        with connections[db].cursor() as cursor:
            return int(cursor.execute("PRAGMA synchronous").fetchone()[0])

    Cursors(db).set("deliver", 7)
    assert Cursors(db).get("deliver") == 7
    with at_ease(db):
        assert level() == 1
    assert level() == 2
    with pytest.raises(ValueError, match="inside"), at_ease(db):
        raise ValueError("inside")
    assert level() == 2


def test_whoever_looks_seldom_holds_up_nobody_of_its_own_process(
    db: str, beside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flood's detection waits for another process's turn, with long pauses; the officer's click comes after it."""
    looked = threading.Event()

    def pause(seconds: float) -> None:
        if seconds == turns.LOOK_LATER_S:
            looked.set()
            first_done.wait(10)
        else:
            threading.Event().wait(seconds)

    first_done = threading.Event()
    monkeypatch.setattr(turns.time, "sleep", pause)
    order: list[str] = []

    def append(name: str, *, first: bool) -> None:
        DjangoLedger(db).append([event(name)], first=first)
        order.append(name)
        connections.close_all()

    seldom = threading.Thread(target=append, args=("seldom",), kwargs={"first": False})
    often = threading.Thread(target=append, args=("often",), kwargs={"first": True})
    with turn(db, first=True):
        seldom.start()
        assert looked.wait(10)
        often.start()
    often.join(10)
    assert order == ["often"]
    first_done.set()
    seldom.join(10)
    assert order == ["often", "seldom"]
