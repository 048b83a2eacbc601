"""Read tables are kept by a process beside the worker: started when needed, again when it died, gone when it is."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tocsin.core.errors import TocsinError, Unavailable
from tocsin.wiring.tables_apart import Apart, serve

_BESIDE = """
import os, sys
from tocsin.core.errors import Unavailable
from tocsin.wiring.tables_apart import serve

class Tables:
    def catch_up(self, batch, *, pause_s):
        if batch == 13:
            raise Unavailable("TOC-7005", "The disk is full.", remedy="Make room.")
        if batch == 99:
            os._exit(9)
        return os.getpid()

serve(Tables(), sys.stdin, sys.stdout)
"""


def beside() -> Apart:
    return Apart((sys.executable, "-c", _BESIDE))


def gone(pid: int) -> bool:
    for _ in range(2000):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.005)
    return False


def test_one_process_answers_again_and_again_and_ends_when_it_is_let_go() -> None:
    tables = beside()
    pid = tables.catch_up(16, pause_s=0.01)
    assert pid not in {0, os.getpid()}
    assert tables.catch_up(16, pause_s=0.0) == pid
    tables.close()
    tables.close()
    assert gone(pid)


def test_a_fault_there_is_a_fault_here_and_it_goes_on() -> None:
    tables = beside()
    pid = tables.catch_up(16, pause_s=0.0)
    with pytest.raises(TocsinError) as fault:
        tables.catch_up(13, pause_s=0.0)
    assert fault.value.code == "TOC-7005"
    assert tables.catch_up(16, pause_s=0.0) == pid
    tables.close()


def test_one_that_dies_is_said_and_started_again() -> None:
    tables = beside()
    pid = tables.catch_up(16, pause_s=0.0)
    with pytest.raises(Unavailable):
        tables.catch_up(99, pause_s=0.0)
    other = tables.catch_up(16, pause_s=0.0)
    assert other != pid
    os.kill(other, 9)
    assert gone(other)
    with pytest.raises(Unavailable):
        tables.catch_up(16, pause_s=0.0)
    assert tables.catch_up(16, pause_s=0.0) not in {pid, other}
    tables.close()


def test_it_does_not_outlive_a_worker_that_is_killed() -> None:
    worker = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import sys, time\nfrom tocsin.wiring.tables_apart import Apart\n"
            f"print(Apart((sys.executable, '-c', {_BESIDE!r})).catch_up(1, pause_s=0), flush=True)\ntime.sleep(600)",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout is not None
    pid = int(worker.stdout.readline())
    worker.kill()
    worker.wait()
    worker.stdout.close()
    assert gone(pid)


def test_each_line_is_answered() -> None:
    class Tables:
        def catch_up(self, batch: int, *, pause_s: float) -> int:
            return batch + int(pause_s)

    out = io.StringIO()
    serve(Tables(), ["4 2.0\n", "1 0\n"], out)
    assert out.getvalue() == "done 6\ndone 1\n"
