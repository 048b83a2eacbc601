"""``tocsin up``: everything on this machine, with one command."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
import time
from pathlib import Path

import click
import msgspec

from tocsin.cli.common import settings
from tocsin.cli.supervise import Supervisor
from tocsin.wiring import Settings
from tocsin.wiring.parts import city_of


@click.command()
@click.option("--demo", is_flag=True, help="Set up the demonstration city and play its night.")
@click.option(
    "--night", "night_name", default="belgorod-2024-01-05", show_default=True, help="Night to play with --demo."
)
@click.option("--speed", type=click.FloatRange(0.1, 600), default=30.0, show_default=True, help="Times faster.")
@click.option("--play/--no-play", default=True, help="With --demo: play the night, or wait for your own acts.")
@click.option("--once", is_flag=True, help="With --demo: stop when the night is over.")
def up(demo: bool, night_name: str, speed: float, play: bool, once: bool) -> None:
    """Run everything on this machine: broker, web, edge, worker; stop with Ctrl-C."""
    # A service manager ends us with SIGTERM: the children, in sessions of their own, must not live on without us.
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup has said that a hang-up is to be ignored
            signal.signal(number, signal.default_int_handler)
    own = settings()
    if demo:
        _demo(_demo_home(own), night_name, speed, play=play, once=once)
        return
    city = city_of(own.home)
    running = Supervisor(own)
    _until_interrupted(running, f"{city.id} is up: {own.site_url} (live: {own.edge_url}). Ctrl-C stops it.")


def _demo_home(own: Settings) -> Settings:
    """A demonstration lives in a folder of its own below the home folder, unless that is one already."""
    if own.home.name == "demo":
        return own
    return msgspec.structs.replace(own, home=own.home / "demo")


def _demo(own: Settings, night_name: str, speed: float, *, play: bool, once: bool) -> None:
    from tocsin.cli import demo as demos
    from tocsin.cli.night import find
    from tocsin.cli.stage import Stage

    night = find(night_name)
    demos.fresh(own.home)
    click.echo(f"Setting up the demonstration in {own.home} …")
    demos.make(own, night.city)
    running = Supervisor(own, fleet=own.home / demos.FLEET_FILE, log=own.home / "log")
    ended = threading.Event()
    keeper = threading.Thread(target=_keep, args=(running, ended), daemon=True)
    try:
        running.start()
        keeper.start()
        _say(own)
        if play:
            stage = Stage(own, night, view="live" if sys.stdout.isatty() else "lines")
            time.sleep(1.0)
            result = asyncio.run(stage.play(speed))
            if not result["ok"]:
                click.echo("\n".join(result["missing"]), err=True)
                sys.exit(1)
            _next(own, next(iter(stage.clients.values()))[0].url)
        if not once:
            click.echo("It keeps running. Ctrl-C stops it.")
            while True:
                time.sleep(3600)
    except KeyboardInterrupt:
        click.echo("\nStopping …")
    finally:
        ended.set()
        if keeper.is_alive():
            keeper.join()
        running.stop()


def _say(own: Settings) -> None:
    click.echo(f"The resident's page:  {own.site_url}/")
    click.echo(f"The control room:     {own.site_url}/control")
    click.echo(f"Logins and API keys:  {_short(own.home / 'demo.json')}, of two invented officers")


def _next(own: Settings, live: str) -> None:
    click.echo("")
    click.echo("Nothing of this left your machine. Look at what the night wrote:")
    click.echo(f"  TOCSIN_HOME={_short(own.home)} .venv/bin/tocsin ledger verify")
    click.echo(f"  curl -N '{live}'")
    click.echo(f"  curl {own.site_url}/feeds/alerts.atom")


def _short(path: Path) -> Path:
    try:
        return path.absolute().relative_to(Path.cwd())
    except ValueError:
        return path


def _keep(running: Supervisor, ended: threading.Event) -> None:
    while not ended.wait(0.5):
        for name in running.look_after():
            click.echo(f"{name} was started again", err=True)


def _until_interrupted(running: Supervisor, ready: str) -> None:
    ended = threading.Event()
    try:
        running.start()
        click.echo(ready)
        _keep(running, ended)
    except KeyboardInterrupt:
        click.echo("\nStopping …")
    finally:
        running.stop()
