"""``tocsin night``: play a night into a running demonstration, or check it on a clean one."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

import click

from tocsin.app.night import Night
from tocsin.cli.common import json_option, say, settings
from tocsin.core.errors import Unknown


def span(entries: Sequence[int]) -> str:
    """Entry numbers, a long list of them as its ends and how many."""
    if len(entries) <= 4:
        return ", ".join(str(e) for e in entries)
    return f"{entries[0]} to {entries[-1]}, {len(entries)} of them"


def find(name: str) -> Night:
    """The bundled night of that id.

    Raises:
        Unknown: there is none (TOC-8004).
    """
    from tocsin.wiring.playbill import nights

    known = nights()
    if name not in known:
        raise Unknown(
            "TOC-8004", f"There is no night {name!r}.", field="name", remedy=f"Use {', '.join(sorted(known))}."
        )
    return known[name]


@click.group()
def night() -> None:
    """Nights as data: play one, or check that it can be lived through."""


@night.command("list")
def list_() -> None:
    """The nights that there are."""
    from tocsin.wiring.playbill import nights

    for name, one in sorted(nights().items()):
        click.echo(f"{name}: {one.title['en']}; {len(one.steps)} steps, {len(one.rows)} rows")


@night.command()
@click.argument("name")
@click.option("--speed", type=click.FloatRange(0.1, 600), default=60.0, show_default=True, help="Times faster.")
@click.option("--plain", is_flag=True, help="Lines instead of a live view.")
@json_option
def play(name: str, speed: float, plain: bool, as_json: bool) -> None:
    """Play the night NAME into the demonstration that runs in TOCSIN_HOME."""
    from tocsin.cli.stage import Stage

    stage = Stage(settings(), find(name), view="none" if as_json else "lines" if plain else "live")
    result = asyncio.run(stage.play(speed))
    if as_json:
        say(result)


@night.command()
@click.argument("name")
@click.option("--database", default="sqlite:", help="An empty database to play in, e.g. postgresql://…")
@click.option("--nats", default="", help="Servers of a NATS cluster of this machine: play with two of each process.")
@click.option("--one-process", is_flag=True, help="All of it in one process.")
@json_option
def check(name: str, database: str, nats: str, one_process: bool, as_json: bool) -> None:
    """Play the night NAME on a clean demonstration at full speed and prove each row of its story."""
    from tocsin.cli.check import check as run

    result = run(find(name), database, nats_url=nats, one_process=one_process)
    if as_json:
        say({key: result[key] for key in ("night", "ok", "rows", "times_ms", "bulletin", "log")})
    else:
        for row in result["rows"]:
            click.secho("holds   " if row["ok"] else "missing ", fg="green" if row["ok"] else "red", nl=False)
            click.echo(f"row {row['row']}: {row['said']} (entries {span(row['entries'])})")
        for name_, value in result["times_ms"].items():
            click.echo(f"{name_}: {value} ms")
        bulletin = result["bulletin"]
        for sentence in bulletin.get("en") or next(iter(bulletin.values()), ()):
            click.echo(f"  {sentence['text']} (entries {span(sentence['entries'])})")
    for why in result["missing"]:
        click.echo(why, err=True)
    if not result["ok"]:
        sys.exit(1)
