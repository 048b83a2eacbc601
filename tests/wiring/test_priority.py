"""A process that stands back does so before the whole machine, and speaks for no session but its own."""

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
