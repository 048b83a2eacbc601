"""A demonstration on this machine, as often as it is asked for: set up, wait, play, and all of it again."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
import webbrowser
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import click

from tocsin.app.night import Night
from tocsin.cli import demo as demos
from tocsin.cli.director import LOOK_S, Again, Director, PageView
from tocsin.cli.stage import Stage
from tocsin.cli.supervise import Supervisor, keep
from tocsin.wiring import Settings
from tocsin.wiring.playbill import Playbill

SETTLE_S = 1.0
"""Even a night that begins at once leaves the sirens a moment to report."""

QUIET_S = 30.0
"""The night's clock stands so long before the beginning, beside the count-down: a quiet evening."""

ACTS = ("detection.", "warning.", "drill.")


@dataclass(frozen=True)
class Plan:
    """How a demonstration goes.

    Attributes:
        play: the night begins by itself after ``wait_s`` seconds; else only when a page asks for it.
        once: it all ends with the night.
        opens: the chooser is opened in a browser.
        at_terminal: somebody looks at a terminal.
        one_process: the city runs in one process.
    """

    play: bool
    once: bool
    wait_s: float
    opens: bool
    at_terminal: bool
    one_process: bool = False


class Show:
    """Runs the demonstration until Ctrl-C.

    Args:
        own: settings of the demonstration, with its own home folder.
        night: to begin with; the pages may ask for another.
        speed: times faster between the acts.
    """

    def __init__(self, own: Settings, night: Night, speed: float, plan: Plan) -> None:
        self._own = own
        self._night = night
        self._speed = speed
        self._plan = plan
        self._rounds = 0

    def run(self) -> None:
        """Set up, wait, play; and again when a page asks for it."""
        asked: Again | None = None
        try:
            while True:
                asked = self._round(asked)
                if asked is None:
                    return
                click.echo("Everything is made anew, as somebody asked on the page …")
                self._night, self._speed = asked.night, asked.speed
        except KeyboardInterrupt:
            click.echo("\nStopping …")

    def _round(self, asked: Again | None) -> Again | None:
        """One round from set-up to stop. Returns what was asked for next, or None when that was all."""
        own = self._own
        self._clear()
        click.echo(f"Setting up the demonstration in {own.home} …")
        demos.make(own, self._night.city)
        director = Director(Playbill(own.run), self._night, self._speed, repeats=own.database_url.startswith("sqlite:"))
        director.begun = asked is not None
        director.tell()  # before the pages can ask
        running = Supervisor(own, fleet=own.home / demos.FLEET_FILE, log=own.home / "log", one=self._plan.one_process)
        ended = threading.Event()
        keeper = threading.Thread(target=keep, args=(running, ended), daemon=True)
        try:
            running.start()
            keeper.start()
            self._greet()
            self._perform(director)
        except Again as again:
            return again
        finally:
            ended.set()
            if keeper.is_alive():
                keeper.join()
            running.stop()
        return None

    def _clear(self) -> None:
        """Remove the demonstration before; this process has its database open."""
        if self._rounds:
            from django.db import connections

            connections.close_all()
        self._rounds += 1
        demos.fresh(self._own.home)

    def _greet(self) -> None:
        own = self._own
        if self._rounds > 1:
            return
        click.echo(f"Open this in a browser: {own.site_url}/demo")
        click.echo(f"The resident's page:    {own.site_url}/")
        click.echo(f"The control room:       {own.site_url}/control")
        click.echo(f"Logins and API keys:    {short(own.home / 'demo.json')}, of two invented officers")
        if self._plan.opens and has_desktop():
            threading.Thread(target=webbrowser.open, args=(f"{own.site_url}/demo",), daemon=True).start()

    def _perform(self, director: Director) -> None:
        stage = Stage(self._own, self._night, view="live" if self._plan.at_terminal else "lines")
        try:
            if self._plan.play or not self._plan.once:
                self._wait(director, stage)
                self._play(director, stage)
            if self._plan.once:
                return
            click.echo("It keeps running. Ctrl-C stops it.")
            while True:
                director.look()
                time.sleep(LOOK_S)
        finally:
            asyncio.run(stage.close())

    def _wait(self, director: Director, stage: Stage) -> None:
        """Wait until the night may begin.

        Raises:
            Again: somebody has acted meanwhile, or chose another night, so that it needs a fresh city.
        """
        now, plan = time.time(), self._plan
        counts = plan.play and plan.wait_s >= SETTLE_S and not director.begun
        if counts:
            begin = self._night.instant(self._night.start)
            stage.clock.set(begin - timedelta(seconds=plan.wait_s + QUIET_S))
            click.echo(f"The night begins in {plan.wait_s:.0f} s, or when somebody presses “Watch the night” there.")
        elif not plan.play:
            click.echo("It waits for your own acts. Ctrl-C stops it.")
        begins_at = now + plan.wait_s if plan.play else float("inf")
        director.tell(begins_at=begins_at if counts else None)
        while time.time() < now + SETTLE_S or (not director.begun and time.time() < begins_at):
            director.look()
            time.sleep(LOOK_S / 2)
        if self._acted(stage):
            raise Again(self._night, director.told.speed)

    def _acted(self, stage: Stage) -> bool:
        """Whether anybody reported or warned since the set-up; the night's own rows could not be told apart from it."""
        return any(entry.event.kind.startswith(ACTS) for entry in stage.parts.ledger.read())

    def _play(self, director: Director, stage: Stage) -> None:
        stage.view = PageView(stage, stage.view, director)
        stage.baton = director.pace
        director.tell(stage="playing", begins_at=None)
        result = asyncio.run(stage.play(director.told.speed))
        director.tell(stage="over")
        if not result["ok"]:
            click.echo("\n".join(result["missing"]), err=True)
            if self._plan.once:
                sys.exit(1)
        self._next(next(iter(stage.clients.values()))[0].url)

    def _next(self, live: str) -> None:
        own = self._own
        click.echo("")
        click.echo("Nothing of this left your machine. Look at what the night wrote:")
        click.echo(f"  TOCSIN_HOME={short(own.home)} .venv/bin/tocsin ledger verify")
        click.echo(f"  curl -N '{live}'")
        click.echo(f"  curl {own.site_url}/feeds/alerts.atom")


def has_desktop() -> bool:
    """Whether a browser could come up: never take a terminal away for one that runs in it."""
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))


def short(path: Path) -> Path:
    """The path as one types it from here."""
    try:
        return path.absolute().relative_to(Path.cwd())
    except ValueError:
        return path
