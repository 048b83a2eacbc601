"""Which process goes first and which stands back, before the whole machine; none speaks for another session."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tocsin.wiring import priority
from tocsin.wiring.priority import FIRST_BY, go_first

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
before = os.nice(0)
go_first()
ahead = before - os.nice(0)
stand_back(3)
print(ahead == FIRST_BY, ahead, os.nice(0) - before)
"""


def test_it_goes_first_where_the_system_lets_it_and_a_child_that_stands_back_is_behind_all_the_same() -> None:
    said = subprocess.run([sys.executable, "-c", FIRST], capture_output=True, text=True, check=True).stdout.split()
    # Root of a container may lack the right, too.
    tried = subprocess.run([sys.executable, "-c", f"import os; os.nice(-{FIRST_BY})"], check=False, capture_output=True)
    assert said[:2] == (["True", str(FIRST_BY)] if tried.returncode == 0 else ["False", "0"])
    assert said[2] == "3"


def test_it_stays_where_it_is_where_the_system_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_by: int) -> int:
        raise PermissionError

    said: list[int] = []
    monkeypatch.setattr(os, "nice", refused)
    monkeypatch.setattr(priority, "_say", said.append)
    go_first()
    assert said == [], "nor does it speak for its session"
