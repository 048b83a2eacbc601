"""Ten thousand connections on one edge process; and an edge process that is told to stop."""

import asyncio
import importlib
import os
import resource
import signal
from pathlib import Path

import pytest

from edge.rig import until

pytestmark = pytest.mark.processes

MANY = 10_000
MOST_BYTES = 3 * 1024
BENCH = Path(__file__).parents[2] / "bench"


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))
    return importlib.import_module("live")


async def test_an_update_reaches_ten_thousand_clients(bench, tmp_path, record_property):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < MANY + 500:
        pytest.skip(f"only {hard} open files are allowed here")
    rig = bench.Rig(str(tmp_path))
    try:
        await rig.start(floor=False)
        before = bench.resident(rig.edge_pid)
        await rig.grow(MANY)
        each = (bench.resident(rig.edge_pid) - before) / MANY
        record_property("edge_bytes_per_connection", each)
        print(f"\nedge: {each:.0f} bytes per connection")  # noqa: T201 - the figure is the point
        assert each < MOST_BYTES
        for _ in range(3):
            # Asserts that all of them hold the update and that the edge's receipt says the same number.
            await rig.through_edge(MANY)
        os.kill(rig.edge_pid, signal.SIGTERM)
        process = rig.edge_child
        await until(lambda: not process.is_alive())
        assert process.exitcode == 0, "SIGTERM drains and ends well"
    finally:
        await rig.stop()
    await asyncio.sleep(0)
