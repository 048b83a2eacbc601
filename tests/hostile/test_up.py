"""Who ends ``tocsin up`` ends what it started."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

_STAND_IN = """
import signal, types
# Whoever runs this test in the background handed down that these are to be ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
for number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)
from tocsin.cli import up

class Stands:
    def __init__(self, *given, **more): pass
    def start(self): pass
    def look_after(self): return []
    def stop(self): print("stopped", flush=True)

up.Supervisor = Stands
up.settings = lambda: types.SimpleNamespace(home=None, site_url="", edge_url="")
up.city_of = lambda home: types.SimpleNamespace(id="city", languages=("en",))
up.up(args=[], standalone_mode=False)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_every_signal_that_ends_it_stops_the_children(number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", _STAND_IN], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "is up" in process.stdout.readline()
        process.send_signal(number)
        try:
            out, _ = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()  # else leaving the block would wait for ever
            raise
        assert out.endswith("stopped\n")
        assert process.returncode == 0
