"""A night on a clean store, with real processes, at full speed."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import tempfile
from pathlib import Path
from typing import Any

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


def check(night: Night, database_url: str = "sqlite:") -> dict[str, Any]:
    """Set up the night's city in a temporary folder, start everything, play, prove, stop."""
    with tempfile.TemporaryDirectory(prefix="tocsin-") as folder:
        own = clean(Path(folder) / "home", database_url)
        demos.make(own, night.city)
        running = Supervisor(own, fleet=own.home / demos.FLEET_FILE, log=own.home / "log")
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
