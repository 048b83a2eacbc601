"""A context is used once: whatever crashes, forks, runs beside or is restored."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tocsin.core.errors import Unavailable
from tocsin.store.push_pool import MEMORY, PushPool, _in_memory
from tocsin.warn.push_crypto import CONTEXT


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder in memory of the test's own."""
    if not _in_memory(MEMORY):
        pytest.skip(f"{MEMORY} does not lie in memory here")
    with tempfile.TemporaryDirectory(dir=MEMORY, prefix="tocsin-test-") as folder:
        yield Path(folder)


@pytest.fixture
def pool(tmp_path: Path, memory: Path) -> Iterator[PushPool]:
    made = PushPool(tmp_path / "pool.sqlite3", memory=memory)
    yield made
    made.close()


def fresh(n: int) -> list[bytes]:
    return [os.urandom(CONTEXT) for _ in range(n)]


def test_each_context_comes_out_once_and_as_it_went_in(pool: PushPool) -> None:
    given = {one: fresh(3) for one in range(1, 1201)}
    pool.put(given)
    assert pool.ready() == 3600
    taken = [pool.take(range(1, 1201)) for _ in range(4)]
    assert [len(one) for one in taken] == [1200, 1200, 1200, 0]
    for one, contexts in given.items():
        assert sorted(turn[one] for turn in taken[:3]) == sorted(contexts)
    assert pool.ready() == 0


def test_only_what_was_asked_for_is_taken(pool: PushPool) -> None:
    pool.put({1: fresh(1), 2: fresh(1)})
    assert set(pool.take([2, 3])) == {2}
    assert set(pool.take([1, 2])) == {1}
    assert pool.take([]) == {}


def test_more_is_added_to_what_is_there(pool: PushPool) -> None:
    first, second = fresh(2), fresh(2)
    pool.put({7: first})
    assert pool.lacking([7, 8], 3) == {7: 1, 8: 3}
    taken = pool.take([7])[7]
    pool.put({7: second})
    rest = [pool.take([7])[7] for _ in range(3)]
    assert sorted([taken, *rest]) == sorted(first + second)


def test_who_is_gone_has_nothing_ready(pool: PushPool) -> None:
    pool.put({1: fresh(2), 2: fresh(2)})
    pool.forget([1, 9])
    assert set(pool.take([1, 2])) == {2}


def test_the_pool_outlives_its_process(tmp_path: Path, memory: Path) -> None:
    given = {1: fresh(2)}
    for _ in range(2):
        pool = PushPool(tmp_path / "pool.sqlite3", memory=memory)
        if given:
            pool.put(given)
            given = {}
        assert len(pool.take([1])) == 1
        pool.close()


def test_a_restored_copy_is_thrown_away(tmp_path: Path, memory: Path) -> None:
    path = tmp_path / "pool.sqlite3"
    pool = PushPool(path, memory=memory)
    pool.put({1: fresh(2), 2: fresh(2)})
    pool.close()
    copy = path.read_bytes()
    pool = PushPool(path, memory=memory)
    used = pool.take([1])[1]
    pool.close()
    path.write_bytes(copy)
    restored = PushPool(path, memory=memory)
    assert restored.take([1, 2]) == {}
    restored.put({1: [used[::-1]]})
    assert restored.take([1]) == {1: used[::-1]}
    restored.close()


def test_a_restart_of_the_machine_throws_it_away(tmp_path: Path, memory: Path) -> None:
    pool = PushPool(tmp_path / "pool.sqlite3", memory=memory)
    pool.put({1: fresh(2)})
    pool.close()
    for mark in memory.iterdir():
        mark.unlink()
    again = PushPool(tmp_path / "pool.sqlite3", memory=memory)
    assert again.take([1]) == {}
    again.close()


def test_where_nothing_lies_in_memory_it_lasts_as_long_as_its_process(tmp_path: Path) -> None:
    assert not _in_memory(tmp_path / "nowhere")
    for _ in range(2):
        pool = PushPool(tmp_path / "pool.sqlite3", memory=tmp_path / "nowhere")
        assert pool.take([1]) == {}
        pool.put({1: fresh(2)})
        assert len(pool.take([1])) == 1
        pool.close()


CRASH = """
import os, signal, sys
from pathlib import Path
from tocsin.store import push_pool
pool = push_pool.PushPool(Path(sys.argv[1]), memory=Path(sys.argv[2]))
push_pool._Mark.write = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
pool.take([1])
"""


def test_a_crash_between_commit_and_mark_wastes_what_it_took_and_no_more(tmp_path: Path, memory: Path) -> None:
    path = tmp_path / "pool.sqlite3"
    given = fresh(3)
    pool = PushPool(path, memory=memory)
    pool.put({1: given})
    pool.close()
    ended = subprocess.run([sys.executable, "-c", CRASH, str(path), str(memory)], check=False, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    pool = PushPool(path, memory=memory)
    assert [pool.take([1]).get(1) for _ in range(3)] == [given[1], given[2], None]
    pool.close()


def _take_all(path: Path, memory: Path, found: multiprocessing.SimpleQueue[list[bytes]]) -> None:
    pool = PushPool(path, memory=memory)
    mine: list[bytes] = []
    while taken := pool.take(range(50)):
        mine += taken.values()
    found.put(mine)


def test_processes_beside_each_other_never_hold_the_same(tmp_path: Path, memory: Path) -> None:
    path = tmp_path / "pool.sqlite3"
    pool = PushPool(path, memory=memory)
    pool.put({one: fresh(40) for one in range(50)})
    spawn = multiprocessing.get_context("spawn")
    found = spawn.SimpleQueue()
    workers = [spawn.Process(target=_take_all, args=(path, memory, found)) for _ in range(2)]
    for worker in workers:
        worker.start()
    taken: list[bytes] = []
    for _ in workers:
        taken += found.get()
    for worker in workers:
        worker.join()
    assert len(taken) == len(set(taken)) == 2000
    pool.close()


@pytest.mark.parametrize("lies_in_memory", [True, False])
def test_a_fork_never_holds_what_its_parent_holds(tmp_path: Path, memory: Path, lies_in_memory: bool) -> None:
    pool = PushPool(tmp_path / "pool.sqlite3", memory=memory if lies_in_memory else tmp_path / "nowhere")
    pool.put({1: fresh(4)})
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(write, b"".join(pool.take([1]).values()) or b"-")
        finally:
            os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    theirs = os.read(read, 1000)
    os.close(read)
    mine = [pool.take([1]).get(1) for _ in range(4)]
    assert theirs not in mine
    assert (len(theirs) == CONTEXT) == lies_in_memory
    pool.close()


def test_nobody_else_may_read_it(pool: PushPool, tmp_path: Path, memory: Path) -> None:
    pool.put({1: fresh(1)})
    for path in (tmp_path / "pool.sqlite3", *memory.iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_mark_that_leads_elsewhere_is_not_followed(tmp_path: Path, memory: Path) -> None:
    pool = PushPool(tmp_path / "pool.sqlite3", memory=memory)
    pool.close()
    (mark,) = memory.iterdir()
    mark.unlink()
    mark.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Unavailable):
        PushPool(tmp_path / "pool.sqlite3", memory=memory)
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_that_is_no_pool_is_said(tmp_path: Path, memory: Path) -> None:
    (tmp_path / "pool.sqlite3").write_bytes(b"not a database" * 100)
    with pytest.raises(Unavailable) as fault:
        PushPool(tmp_path / "pool.sqlite3", memory=memory)
    assert fault.value.code == "TOC-8002"


def test_a_failed_transaction_takes_nothing(pool: PushPool, tmp_path: Path) -> None:
    pool.put({1: fresh(1)})
    with sqlite3.connect(tmp_path / "pool.sqlite3") as base:
        base.execute("CREATE TRIGGER no BEFORE UPDATE ON book BEGIN SELECT RAISE(ABORT, 'no'); END")
    with pytest.raises(Unavailable):
        pool.take([1])
    with sqlite3.connect(tmp_path / "pool.sqlite3") as base:
        base.execute("DROP TRIGGER no")
    assert len(pool.take([1])) == 1
