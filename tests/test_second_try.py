"""A fixture that only the second try of a test got to ends with its module, before the next module begins."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent

CONFTEST = """
import pytest
from second_try import pytest_runtest_teardown

tries = []

@pytest.fixture(scope="session")
def city():
    tries.append(1)
    if len(tries) == 1:
        raise RuntimeError("it was slow to start")

@pytest.fixture(scope="session")
def browsers():
    return []

@pytest.fixture(scope="module")
def browser(browsers):
    browsers.append("open")
    yield
    browsers.clear()
"""

FIRST = """
import pytest

@pytest.mark.flaky(reruns=1)
def test_with_a_browser(city, browser, browsers):
    assert browsers == ["open"]
"""

NEXT = """
def test_without(city, browsers):
    assert browsers == []
"""


def test_what_the_second_try_opened_is_closed_before_the_next_module(tmp_path: Path) -> None:
    for name, text in {"conftest.py": CONFTEST, "test_a.py": FIRST, "test_b.py": NEXT}.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "pytest.ini").write_text(f"[pytest]\npythonpath = {HERE}\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tmp_path]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert "2 passed, 1 rerun" in done.stdout, done.stdout + done.stderr
