"""``tocsin bus``: what the bus between machines keeps apart."""

from __future__ import annotations

import click

from tocsin.cli.common import json_option, parts, say
from tocsin.core.errors import Unavailable


@click.group()
def bus() -> None:
    """Look at the bus between machines."""


@bus.command()
@click.option("--most", type=click.IntRange(1, 1000), default=20, show_default=True, help="Show so many, newest first.")
@json_option
def dead(most: int, as_json: bool) -> None:
    """Show the dead letters: messages that no worker could take, kept for 30 days."""
    from tocsin.cli.doctor_bus import letters_of

    to = parts().nats
    if to is None:
        raise Unavailable(
            "TOC-8002",
            "The bus is this machine's own, which keeps no letters.",
            field="TOCSIN_NATS_URL",
            remedy="Set it to the servers of the cluster.",
        )
    found = letters_of(to, most)
    if as_json:
        say(found)
        return
    click.echo(f"{found['count']} dead letters")
    for one in found["letters"]:
        click.echo(f"{one.at} {one.subject} {one.stream}/{one.seq} after {one.tries}: {one.reason}")
