"""``tocsin bus``: what the bus between processes could give to nobody."""

from __future__ import annotations

import click
import msgspec

from tocsin.cli.city import SETUP
from tocsin.cli.common import counted, json_option, parts, say
from tocsin.core.time import rfc3339


@click.group()
def bus() -> None:
    """Look at the bus between processes."""


@bus.command()
@click.option("--most", type=click.IntRange(1, 1000), default=20, show_default=True, help="Show so many, newest first.")
@json_option
def dead(most: int, as_json: bool) -> None:
    """Show the dead letters: messages that no worker could take, kept for 30 days."""
    letters = parts().letters
    counts, found = letters.counts(), letters.newest(most)
    if as_json:
        say({"counts": counts, "letters": [msgspec.to_builtins(one) for one in found]})
        return
    click.echo(f"{counted(sum(counts.values()), 'dead letter')}, {counts['waiting']} waiting")
    for one in found:
        span = f"{rfc3339(one.first_at)} to {rfc3339(one.last_at)}"
        click.echo(f"{one.id} {one.standing} {one.subject} {one.about or '-'} {span}, {one.tries} tries: {one.reason}")


@bus.command()
@click.argument("letter")
def retry(letter: str) -> None:
    """Let the leading worker try the dead letter LETTER once more."""
    from tocsin.app.letters import try_again

    made = parts()
    (entry,) = try_again(made.desk, made.letters, letter, SETUP)
    click.echo(f"asked with entry {entry.seq}; `tocsin bus dead` shows what came of it")


@bus.command("set-aside")
@click.argument("letter")
def set_aside(letter: str) -> None:
    """Say that the dead letter LETTER is not needed any more."""
    from tocsin.app.letters import set_aside as put

    made = parts()
    (entry,) = put(made.desk, made.letters, letter, SETUP)
    click.echo(f"set aside with entry {entry.seq}")
