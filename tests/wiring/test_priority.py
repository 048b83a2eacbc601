"""Which process goes first and which stands back, before the whole machine; none speaks for another session."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import os
from pathlib import Path
from tocsin.wiring.priority import stand_back
before = os.nice(0)
stand_back(3)
group = Path("/proc/self/autogroup")
print(os.nice(0) - before, group.read_text() if group.exists() else "")
"""


@pytest.mark.parametrize("leads", [True, False])
def test_it_stands_back_with_the_session_that_it_leads(leads: bool) -> None:
    said = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, start_new_session=leads
    ).stdout.split()
    assert said[0] == "3"
    group = Path("/proc/self/autogroup")
    ours = group.read_text(encoding="ascii").split() if group.exists() else []
    if ours:  # it is there and empty where a control group has processors of its own (sched(7))
        assert said[-1] == ("3" if leads else ours[-1])
    assert os.getpriority(os.PRIO_PROCESS, 0) == os.nice(0), "and we are as we were"


FIRST = """
import os
from tocsin.wiring.priority import FIRST_BY, go_first, stand_back
if {dropped}:
    os.setuid(65534)
before = os.nice(0)
go_first()
ahead = before - os.nice(0)
stand_back(3)
print(ahead == FIRST_BY, ahead, os.nice(0) - before)
"""


def test_it_goes_first_where_the_system_lets_it_and_a_child_that_stands_back_is_behind_all_the_same() -> None:
    said = subprocess.run(
        [sys.executable, "-c", FIRST.format(dropped=False)], capture_output=True, text=True, check=True
    ).stdout.split()
    if os.geteuid() == 0:
        assert said[0] == "True"
    assert said[2] == "3"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a right to give up")
def test_it_stays_where_it_is_where_the_system_does_not() -> None:
    said = subprocess.run(
        [sys.executable, "-c", FIRST.format(dropped=True)], capture_output=True, text=True, check=True
    ).stdout.split()
    assert said[1:] == ["0", "3"]
