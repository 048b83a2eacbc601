"""Who ends ``tocsin up`` ends what it started."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

_STAND_IN = """
import types
from tocsin.cli import up

class Stands:
    def __init__(self, *given, **more): pass
    def start(self): pass
    def look_after(self): return []
    def stop(self): print("stopped", flush=True)

up.Supervisor = Stands
up.settings = lambda: types.SimpleNamespace(home=None, site_url="", edge_url="")
up.city_of = lambda home: types.SimpleNamespace(id="city")
up.up(args=[], standalone_mode=False)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_every_signal_that_ends_it_stops_the_children(number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", _STAND_IN], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "is up" in process.stdout.readline()
        process.send_signal(number)
        out, _ = process.communicate(timeout=60)
        assert out.endswith("stopped\n")
        assert process.returncode == 0
