"""What a service manager does: whoever ends by itself is started again after a second."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator

from journeys.rig import until
from tocsin.cli.supervise import Supervisor

AGAIN_S = 1.0
"""``RestartSec`` of the units in ``deploy/systemd``."""

WAIT_S = 60.0


class Keeper:
    """Starts children again, but for those that a fault holds down.

    ``ended``: how often each child ended by itself.
    """

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._down: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self.ended: Counter[str] = Counter()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to look after them."""
        self._thread.start()

    def close(self) -> None:
        """Look after nobody any more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(30)

    @contextlib.contextmanager
    def killed(self, name: str) -> Iterator[None]:
        """The child dies as in a power cut, and inside stays so; then it is started."""
        with self._lock:
            self._down[name] += 1
            if self._alive(name):
                self._supervisor.kill(name)
        try:
            yield
        finally:
            with self._lock:
                self._down[name] -= 1
                self._supervisor.spawn(name)

    @contextlib.contextmanager
    def halted(self, *names: str) -> Iterator[None]:
        """Inside it these stand still; one that has just ended is waited for."""
        for name in names:
            until(lambda name=name: self._signal(name, signal.SIGSTOP), f"{name} runs", WAIT_S)  # type: ignore[misc]
        try:
            yield
        finally:
            for name in names:
                self._signal(name, signal.SIGCONT)

    def _signal(self, name: str, number: signal.Signals) -> bool:
        with self._lock:
            process = self._supervisor.children[name].process
            if process is None or process.poll() is not None:
                return False
            os.killpg(process.pid, number)
            return True

    def ready(self) -> bool:
        """Whether every child is up and does its work."""
        children = self._supervisor.children
        return all(self._alive(name) and self._supervisor.ready(name) for name in children)

    def _alive(self, name: str) -> bool:
        process = self._supervisor.children[name].process
        return process is not None and process.poll() is None

    def _run(self) -> None:
        since: dict[str, float] = {}
        while not self._stop.wait(AGAIN_S / 10):
            for name in self._supervisor.children:
                with self._lock:
                    self._see(name, since)

    def _see(self, name: str, since: dict[str, float]) -> None:
        if self._down[name] or self._alive(name):
            since.pop(name, None)
        elif name not in since:
            since[name] = time.monotonic()
            self.ended[name] += 1
        elif time.monotonic() - since[name] > AGAIN_S:
            del since[name]
            self._supervisor.spawn(name)
