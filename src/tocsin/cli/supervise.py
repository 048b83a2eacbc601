"""Starting the processes of one machine, waiting until they are ready, starting again what dies."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, Any

import click
import httpx
import msgspec

from tocsin.cli.ready import forget_ready, ready_file
from tocsin.core.errors import Unavailable
from tocsin.wiring import Settings
from tocsin.wiring.settings import PREFIX, split_bind

READY_S = 60.0
STOP_S = 15.0
CALM_S = 30.0


@dataclass
class Child:
    """One process: how to start it, and how it has been doing."""

    name: str
    arguments: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    next_start: float = 0.0


@dataclass
class Supervisor:
    """The processes of one machine as children of this one.

    Attributes:
        fleet: the file of the sirens that run here, or None.
        log: file that takes what the children say.
        extra: environment of single children, by name.
        more: further or other children, name to arguments: ``{"edge-2": ["edge"]}``; see ``extra``.
        one: all roles are threads of one child.
    """

    settings: Settings
    fleet: Path | None = None
    log: Path | None = None
    extra: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    more: Mapping[str, Sequence[str]] = field(default_factory=dict)
    one: bool = False
    children: dict[str, Child] = field(default_factory=dict)
    _out: IO[bytes] | None = None
    _before: signal.Handlers | Callable[[int, FrameType | None], Any] | int | None = None

    def start(self) -> None:
        """Start everything and wait until all of it is ready.

        Raises:
            Unavailable: a part did not become ready in a minute, or a port is taken (TOC-8002).
        """
        self._check_ports()
        self._heed_termination()
        if self.log is not None:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            self._out = self.log.open("ab")
        for name, arguments in self._roles().items():
            self.children[name] = Child(name=name, arguments=arguments)
            self.spawn(name)
        self._wait_ready()

    def _roles(self) -> dict[str, list[str]]:
        """Every child with its arguments."""
        if self.one:
            return {"one": ["one", *(["--fleet", str(self.fleet)] if self.fleet is not None else [])]}
        roles = [[name] for name in ("worker", "edge", "web", "reach")]
        if not self.settings.mqtt_url:
            roles.insert(0, ["broker"])
        if self.fleet is not None:
            roles.append(["siren", str(self.fleet)])
        return {role[0]: role for role in roles} | {name: list(words) for name, words in self.more.items()}

    def _heed_termination(self) -> None:
        """SIGTERM, as from a service manager, ends the parent like Ctrl-C: by way of :meth:`stop`. Without this the
        children, in groups of their own, would outlive it.
        """
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGTERM, signal.default_int_handler)

    def _check_ports(self) -> None:
        names = ["web_bind", "edge_bind"] + ([] if self.settings.mqtt_url else ["mqtt_bind"])
        for name in names:
            host, port = split_bind(getattr(self.settings, name), name)
            with contextlib.closing(socket.socket()) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((host, port))
                except OSError as fault:
                    raise Unavailable(
                        "TOC-8002",
                        f"{host}:{port} cannot be used: {fault.strerror}.",
                        field=f"TOCSIN_{name.upper()}",
                        remedy="Stop what is there, or choose another port with this setting.",
                    ) from fault

    def spawn(self, name: str, env: Mapping[str, str] | None = None) -> None:
        """Start one child; ``env`` adds to its environment."""
        child = self.children[name]
        forget_ready(self.settings.run)
        child.process = subprocess.Popen(  # noqa: S603 - our own interpreter with fixed arguments
            self.command(child),
            env={**os.environ, **self._environment(), **self.extra.get(name, {}), **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=self._out,
            start_new_session=True,  # Ctrl-C reaches this process alone, which then stops the children in order
        )
        child.started = time.monotonic()

    def command(self, child: Child) -> list[str]:
        """What is run for that child; a set-up that puts children elsewhere writes its own before it."""
        return [sys.executable, "-m", "tocsin", *child.arguments]

    def _environment(self) -> dict[str, str]:
        """Every setting but ``crash_at``, which only a child named in ``extra`` may have."""
        given = msgspec.structs.asdict(self.settings)
        return {f"{PREFIX}{name.upper()}": str(value) for name, value in given.items() if name != "crash_at"}

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + READY_S
        waiting = set(self.children)
        while waiting:
            for name in sorted(waiting):
                process = self.children[name].process
                if process is not None and process.poll() is not None:
                    raise self._failed(name, f"ended with {process.returncode}")
                if self.ready(name):
                    waiting.discard(name)
            if waiting and time.monotonic() > deadline:
                raise self._failed(min(waiting), "did not become ready")
            time.sleep(0.1)

    def _failed(self, name: str, what: str) -> Unavailable:
        self.stop()
        tail = ""
        if self.log is not None:
            tail = " Its last words: " + self.log.read_bytes()[-600:].decode(errors="replace").strip()
        return Unavailable(
            "TOC-8002", f"The {name} process {what}.{tail}", field=name, remedy="Run `tocsin doctor`, then try again."
        )

    def ready(self, name: str) -> bool:
        """Whether that child does its work."""
        own, child = self.settings, self.children[name]
        role = child.arguments[0]
        if role == "one":
            parts = ["worker", "web", "edge", *([] if own.mqtt_url else ["broker"])]
            return all(self._ready(child, part) for part in parts)
        return self._ready(child, role)

    def _ready(self, child: Child, role: str) -> bool:
        """Whether a child does the work of a role."""
        own, name = self.settings, child.name
        if role == "worker":
            return child.process is not None and ready_file(own.run, child.process.pid).exists()
        if role == "broker":
            return broker_answers(*split_bind(own.mqtt_bind, "TOCSIN_MQTT_BIND"))
        if role in {"web", "edge"}:
            own_bind = own.web_bind if role == "web" else own.edge_bind
            bind = self.extra.get(name, {}).get(f"{PREFIX}{role.upper()}_BIND", own_bind)
            host, port = split_bind(bind, name)
            scheme = "https" if role == "edge" and own.edge_certificate else "http"
            with contextlib.suppress(httpx.HTTPError):  # the certificate is not for this address, and is not judged
                return httpx.get(f"{scheme}://{host}:{port}/healthz", timeout=2, verify=False).is_success  # noqa: S501
            return False
        return True

    def look_after(self) -> list[str]:
        """Start again what has died, with growing pauses; the names of those."""
        again = []
        now = time.monotonic()
        for child in self.children.values():
            if child.process is not None and child.process.poll() is not None:
                child.deaths = child.deaths + 1 if now - child.started < CALM_S else 1
                child.next_start = now + min(0.2 * 2**child.deaths, 10.0)
                child.process = None
            if child.process is None and now >= child.next_start:
                self.spawn(child.name)
                again.append(child.name)
        return again

    def kill(self, name: str) -> None:
        """End one child as a power cut would."""
        process = self.children[name].process
        if process is not None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def stop(self) -> None:
        """Stop everything."""
        brokers = [child for child in self.children.values() if child.name == "broker"]
        self._end([child for child in self.children.values() if child.name != "broker"])
        if self._before is not None:
            signal.signal(signal.SIGTERM, self._before)
            self._before = None
        self._end(brokers)  # last, so that the others can still say that they go offline
        if self._out is not None:
            self._out.close()
            self._out = None

    def _end(self, children: Sequence[Child]) -> None:
        for child in children:
            if child.process is not None and child.process.poll() is None:
                child.process.terminate()
        deadline = time.monotonic() + STOP_S
        for child in children:
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.kill(child.name)


def keep(running: Supervisor, ended: threading.Event) -> None:
    """Start again what dies, and say so, until ``ended``."""
    while not ended.wait(0.5):
        for name in running.look_after():
            click.echo(f"{name} was started again", err=True)


_CONNECT = b"\x10\x18\x00\x04MQTT\x04\x02\x00\x0f\x00\x0ctocsin-probe"
"""MQTT 3.1.1 CONNECT, clean session, keep-alive 15 s, client "tocsin-probe" (section 3.1)."""


def broker_answers(host: str, port: int) -> bool:
    """Whether a broker accepts a connection there; asked in its own protocol, so that it has nothing to complain of."""
    try:
        with socket.create_connection((host, port), timeout=1) as probe:
            probe.sendall(_CONNECT)
            accepted = probe.recv(4)[:1] == b"\x20"
            probe.sendall(b"\xe0\x00")
            return accepted
    except OSError:
        return False
