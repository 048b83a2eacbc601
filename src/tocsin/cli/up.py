"""``tocsin up``: everything on this machine, with one command."""

from __future__ import annotations

import signal
import sys
import threading

import click
import msgspec

from tocsin.cli.common import settings
from tocsin.cli.supervise import Supervisor, keep
from tocsin.warn.city import check_languages
from tocsin.wiring import Settings
from tocsin.wiring.parts import city_of

COUNT_DOWN_S = 20.0


@click.command()
@click.option("--demo", is_flag=True, help="Set up the demonstration city and play its night.")
@click.option(
    "--night", "night_name", default="belgorod-2024-01-05", show_default=True, help="Night to play with --demo."
)
@click.option("--speed", type=click.FloatRange(0.1, 600), default=30.0, show_default=True, help="Times faster.")
@click.option("--play/--no-play", default=True, help="With --demo: play the night, or wait for your own acts.")
@click.option("--once", is_flag=True, help="With --demo: stop when the night is over.")
@click.option(
    "--wait",
    type=click.FloatRange(0, 3600),
    help="With --demo: seconds until the night begins by itself; at a terminal 20, else 0.",
)
@click.option("--one-process", is_flag=True, help="All of it in one process, for a board with little memory.")
@click.option("--open/--no-open", "opened", default=True, help="With --demo: open its page where there is a desktop.")
def up(  # noqa: PLR0917 - one parameter an option
    demo: bool,
    night_name: str,
    speed: float,
    play: bool,
    once: bool,
    wait: float | None,
    one_process: bool,
    opened: bool,
) -> None:
    """Run everything on this machine: broker, web, edge, worker, reach; stop with Ctrl-C."""
    # A service manager ends us with SIGTERM: the children, in sessions of their own, must not live on without us.
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup has said that a hang-up is to be ignored
            signal.signal(number, signal.default_int_handler)
    own = settings()
    if demo:
        from tocsin.cli.night import find
        from tocsin.cli.show import Plan, Show

        at_terminal = sys.stdout.isatty()
        if wait is None:
            wait = COUNT_DOWN_S if at_terminal and not once else 0.0
        opens = opened and at_terminal
        plan = Plan(play=play, once=once, wait_s=wait, opens=opens, at_terminal=at_terminal, one_process=one_process)
        Show(_demo_home(own), find(night_name), speed, plan).run()
        return
    city = city_of(own.home)
    check_languages(city)  # better not to start than to find out in the night that nothing can be said
    running = Supervisor(own, one=one_process)
    _until_interrupted(running, f"{city.id} is up: {own.site_url} (live: {own.edge_url}). Ctrl-C stops it.")


def _demo_home(own: Settings) -> Settings:
    """A demonstration lives in a folder of its own below the home folder, unless that is one already."""
    if own.home.name == "demo":
        return own
    return msgspec.structs.replace(own, home=own.home / "demo")


def _until_interrupted(running: Supervisor, ready: str) -> None:
    ended = threading.Event()
    try:
        running.start()
        click.echo(ready)
        keep(running, ended)
    except KeyboardInterrupt:
        click.echo("\nStopping …")
    finally:
        running.stop()
