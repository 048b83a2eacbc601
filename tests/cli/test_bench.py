"""Every bench still runs on the code that it measures, in its small size, and says what it found in the one form."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

BENCHES = sorted(path.stem for path in (Path(__file__).parents[2] / "bench").glob("[a-z]*.py"))
ALWAYS = ("commit", "issue")
"""The others take a minute each, and run where ``LONG`` is set."""


@pytest.mark.processes
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in ALWAYS else pytest.mark.long) for name in BENCHES]
)
def test_a_bench_measures_in_the_one_form(name: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tocsin", "bench", name, "--json"],
        check=False,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    document = json.loads(ran.stdout)
    assert document["bench"] == name
    assert document["machine"]
    assert document["cases"]
    for case in document["cases"]:
        assert math.isfinite(case["ours"]), case
        assert (case["floor"] is None) == (case["vs_floor"] is None), case
        assert set(case["peers"]) == set(case["vs_peers"]), case
