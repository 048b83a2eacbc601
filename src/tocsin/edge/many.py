"""Several edge processes on one port. The kernel spreads new connections over them (SO_REUSEPORT); each has a bus
subscription and bounds of its own, and one that dies takes only its own clients along, who resume at the others.
"""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import time
from collections.abc import Callable

_LOG = logging.getLogger(__name__)
_CALM_S = 30.0
_LONGEST_WAIT_S = 10.0
_DEATH_SIGNAL = 1  # prctl(2), PR_SET_PDEATHSIG


def keep(count: int, serve: Callable[[int], None]) -> None:
    """Run ``serve(1)`` … ``serve(count)``, each in a child process, until SIGTERM or SIGINT; start again what dies.

    A child that dies soon after its start waits longer each time, up to 10 s. The children end with their parent,
    however that ends. Call it before anything has started a thread or an event loop.

    Args:
        count: processes, 1 or more.
        serve: runs one of them; returns when the process has been told to stop and its clients are drained.
    """
    _Family(count, serve).run()


class _Family:
    """The parent's view: who runs, who is to be started when."""

    def __init__(self, count: int, serve: Callable[[int], None]) -> None:
        self._serve = serve
        self._running: dict[int, tuple[int, float]] = {}
        self._waiting: dict[int, float] = dict.fromkeys(range(1, count + 1), 0.0)
        self._deaths: dict[int, int] = {}
        self._stopping = False

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        while self._running or not self._stopping:
            self._start_due()
            self._look()
            if self._running or not self._stopping:
                time.sleep(0.05)

    def _stop(self, *_: object) -> None:
        self._stopping = True
        for pid in self._running:
            os.kill(pid, signal.SIGTERM)

    def _start_due(self) -> None:
        for number, at in tuple(self._waiting.items()):
            if not self._stopping and time.monotonic() >= at:
                del self._waiting[number]
                self._start(number)

    def _start(self, number: int) -> None:
        parent = os.getpid()
        # A signal between the fork and the note of the child would miss it.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
        pid = os.fork()
        if pid == 0:
            self._child(number, parent)
        self._running[pid] = (number, time.monotonic())
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT})

    def _child(self, number: int, parent: int) -> None:
        code = 1
        try:
            for one in (signal.SIGTERM, signal.SIGINT):
                signal.signal(one, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT})
            _end_with(parent)
            self._serve(number)
            code = 0
        except BaseException:
            _LOG.exception("edge process %s", number)
        finally:
            os._exit(code)

    def _look(self) -> None:
        while self._running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            if pid not in self._running:
                continue
            number, started = self._running.pop(pid)
            lived = time.monotonic() - started
            deaths = self._deaths[number] = self._deaths.get(number, 0) + 1 if lived < _CALM_S else 1
            wait = min(0.1 * 2**deaths, _LONGEST_WAIT_S)
            self._waiting[number] = time.monotonic() + wait
            if not self._stopping:
                code = os.waitstatus_to_exitcode(status)
                _LOG.warning("edge process %s ended with %s; again in %.1f s", number, code, wait)


def _end_with(parent: int) -> None:
    """Where the system can do that, the kernel ends this process when its parent is gone."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "prctl"):
        libc.prctl(_DEATH_SIGNAL, signal.SIGTERM)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)
