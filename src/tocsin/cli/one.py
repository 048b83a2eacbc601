"""``tocsin one``: every role of one machine in one process, each in a thread of its own.

For a board with little memory. Nothing else changes: the roles speak through the same ledger, bus and broker as they
do between processes, and what kills one of them kills all, so that their supervisor starts them all again.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
from pathlib import Path

import click
import structlog

from tocsin.cli import roles
from tocsin.cli.common import parts, web_options
from tocsin.core.errors import Invalid
from tocsin.wiring.parts import Parts
from tocsin.wiring.settings import split_bind

STOP_S = 12.0

log = structlog.get_logger("one")


class Part:
    """One role in a thread with a loop of its own. When it ends by itself, the process ends."""

    def __init__(self, role: str, main: roles.Main) -> None:
        self.role = role
        self._main = main
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told = threading.Event()
        self.failed = False
        self._thread = threading.Thread(target=self._run, name=role, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end."""
        self._told.set()
        if self._loop is not None and self._stop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._stop.set)

    def join(self, within_s: float) -> None:
        """Wait until it has ended, but no longer than this."""
        self._thread.join(within_s)

    @property
    def alive(self) -> bool:
        """Whether its thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            roles.loop_of(self.role)(self._go())
        except BaseException as fault:
            log.error("a part has ended", part=self.role, error=type(fault).__name__)
        if not self._told.is_set():
            self.failed = True
            os.kill(os.getpid(), signal.SIGTERM)

    async def _go(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        if not self._told.is_set():
            await self._main(self._stop)


@click.command()
@click.option(
    "--fleet", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Sirens that run here, too."
)
def one(fleet: Path | None) -> None:
    """Run every role of this machine in this one process."""
    from tocsin.web.serve import run_here
    from tocsin.web.wsgi import configure

    roles.log_lines()
    made = parts()
    own = made.settings
    if own.edge_processes != 1:
        raise Invalid(
            "TOC-8001",
            "One process cannot hold several edges.",
            field="TOCSIN_EDGE_PROCESSES",
            remedy="Leave it at 1, or run each role as a process of its own with `tocsin up`.",
        )
    options = web_options(own)
    configure(options)  # the web door's settings hold what the store needs; the first call wins
    running = [Part(role, main) for role, main in _mains(made, fleet).items()]
    for part in running:
        part.start()
    try:
        run_here(options, *split_bind(own.web_bind, "TOCSIN_WEB_BIND"), ready=roles.web_ready(made))
    finally:
        for part in sorted(running, key=lambda part: part.role == "broker"):  # last, so that others say that they go
            part.stop()
            part.join(STOP_S)
    if any(part.failed for part in running):
        sys.exit(1)


def _mains(made: Parts, fleet: Path | None) -> dict[str, roles.Main]:
    """Every role but the web door, the broker first."""
    from tocsin.workers.lanes import Share

    own = made.settings
    found: dict[str, roles.Main] = {} if own.mqtt_url else {"broker": roles.broker_main(own)}
    found["worker"] = roles.worker_main(made)
    found["edge"] = roles.edge_main(made, own.edge_name, shared=False)
    found["reach"] = roles.reach_main(made, Share())
    if fleet is not None:
        found["siren"] = roles.siren_main(own, fleet)
    return found
