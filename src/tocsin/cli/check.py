"""A night on a clean store, with real processes, at full speed."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from tocsin.app.night import Night
from tocsin.cli import demo as demos
from tocsin.cli.hush import secrets, spoken
from tocsin.cli.stage import Stage
from tocsin.cli.supervise import Supervisor
from tocsin.wiring import Settings


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody uses now."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(contextlib.closing(socket.socket())) for _ in range(count)]
        for sock in sockets:
            sock.bind(("127.0.0.1", 0))
        return [sock.getsockname()[1] for sock in sockets]


def clean(home: Path, database_url: str = "sqlite:") -> Settings:
    """Settings of a demonstration in its own folder, on free ports."""
    mqtt, web, edge = free_ports(3)
    return Settings(
        home=home,
        database_url=database_url,
        mqtt_bind=f"127.0.0.1:{mqtt}",
        web_bind=f"127.0.0.1:{web}",
        edge_bind=f"127.0.0.1:{edge}",
        site_url=f"http://127.0.0.1:{web}",
        edge_url=f"http://127.0.0.1:{edge}",
    )


def twice(own: Settings, **given: Any) -> Supervisor:
    """The processes of many machines on this one."""
    (port,) = free_ports(1)
    more = {
        "edge-2": ["edge"],
        "worker-2": ["worker"],
        "reach": ["reach", "--share", "1/2"],
        "reach-2": ["reach", "--share", "2/2"],
    }
    extra = {"edge-2": {"TOCSIN_EDGE_BIND": f"127.0.0.1:{port}", "TOCSIN_EDGE_NAME": "edge-2"}}
    return Supervisor(own, more=more, extra=extra, **given)


def check(
    night: Night, database_url: str = "sqlite:", *, nats_url: str = "", one_process: bool = False
) -> dict[str, Any]:
    """Set up the night's city in a temporary folder, start everything, play, prove, stop.

    With ``nats_url`` the processes are those of many machines: two edges, two workers, two that share deliveries.
    """
    with tempfile.TemporaryDirectory(prefix="tocsin-") as folder:
        own = msgspec.structs.replace(clean(Path(folder) / "home", database_url), nats_url=nats_url)
        demos.make(own, night.city)
        running = twice(own) if nats_url else Supervisor(own, one=one_process)
        running.fleet, running.log = own.home / demos.FLEET_FILE, own.home / "log"
        running.start()
        try:
            result = asyncio.run(Stage(own, night, view="none").rush())
        finally:
            running.stop()
        log = (own.home / "log").read_text(encoding="utf-8", errors="replace")
        leaked = spoken(log, secrets(own))
        # The secrets themselves are not repeated: this document is read by others.
        told = {"lines": log.count("\n"), "leaks": len(leaked)}
        return result | {"ok": result["ok"] and not leaked, "log": told}
