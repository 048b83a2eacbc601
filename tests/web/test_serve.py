"""The web door as a process of its own, under gunicorn."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.processes

TESTS = Path(__file__).parents[1]
PROGRAM = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(TESTS)!r})
from tocsin.app.memory_vault import MemoryVault
from tocsin.web.options import WebOptions
from tocsin.web.serve import run

def ready():
    from doors import SetClock, a_desk
    from tocsin.store.django import migrate
    from tocsin.web.desk import set_desk
    migrate()
    set_desk(a_desk(SetClock()), vault=MemoryVault())

home = Path(sys.argv[1])
run(WebOptions(home=home, key_file=home / "web.key"), "127.0.0.1", int(sys.argv[2]), ready=ready)
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def door(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    port = free_port()
    log = (tmp_path / "log").open("w+")
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path), str(port)], stdout=log, stderr=subprocess.STDOUT, text=True
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                httpx.get(f"{url}/healthz", timeout=2)
                break
            except httpx.TransportError:
                if process.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    pytest.fail(log.read())
                time.sleep(0.1)
        yield url, process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        log.close()


def test_it_serves_ends_on_a_signal_and_logs_nobody(door: tuple[str, subprocess.Popen[str]], tmp_path: Path) -> None:
    url, process = door
    with httpx.Client(base_url=url) as client:
        assert client.get("/healthz").text == "ok\n"
        assert client.get("/?area=north").status_code == 200
        assert client.get("/static/tocsin/icon.svg").status_code == 200
        assert len(client.get("/api/v1/phases").json()["phases"]) == 4
        chunked = client.post("/api/v1/warnings", content=iter([b"{}"]))
        assert chunked.status_code == 413
        assert client.get("/x/healthz", headers={"SCRIPT_NAME": "/x"}).status_code == 404, (
            "nobody outside sets a prefix"
        )
        assert client.get("/api/v1/nope?name=olga").status_code == 404
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    said = (tmp_path / "log").read_text()
    assert "north" not in said
    assert "olga" not in said
    assert "Traceback" not in said
