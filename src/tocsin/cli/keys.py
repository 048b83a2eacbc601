"""``tocsin keys``: change the keys that the city signs with. ``tocsin key`` is about API keys."""

from __future__ import annotations

import asyncio
import base64
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from tocsin.cli.common import counted, json_option, parts, say
from tocsin.cli.people import acting, by_option
from tocsin.core.errors import Refused
from tocsin.wiring import key_change
from tocsin.wiring.key_change import PURPOSES
from tocsin.wiring.key_ring import ring
from tocsin.wiring.keys import certificate_of
from tocsin.wiring.parts import Parts
from tocsin.workers.watch import CHECKPOINTS, seal

if TYPE_CHECKING:
    from tocsin.record.events import Purpose

_purpose = click.argument("purpose", type=click.Choice(PURPOSES))
_MEANING = {"command": "commands to sirens", "ledger": "heads of the ledger", "cap": "CAP messages"}


@click.group()
def keys() -> None:
    """The keys that the city signs with: commands to sirens, heads of the ledger, CAP messages."""


@keys.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Every key by its id: in use, waiting to follow, the one before, retired."""
    folder = parts().settings.keys
    rows = [key_change.look(folder, purpose) for purpose in PURPOSES]
    if as_json:
        say(rows)
        return
    for row in rows:
        click.echo(f"{row.purpose:8} {row.now}  in use, signs {_MEANING[row.purpose]}")
        for name, key in (("waits to follow", row.next), ("before, to be retired", row.before)):
            if key:
                click.echo(f"{'':8} {key}  {name}")
        for key in row.retired:
            click.echo(f"{'':8} {key}  retired")


@keys.command("show")
@_purpose
@click.option("--next", "following", is_flag=True, help="The one that waits to follow.")
def show(purpose: Purpose, following: bool) -> None:
    """Print the public half: 32 bytes in base64, or the certificate (PEM) for CAP."""
    folder = parts().settings.keys
    line = ring(folder)[purpose]
    name = line.next if following else line.now
    if not name:
        raise Refused("TOC-8006", "No key waits.", field=purpose, remedy=f"`tocsin keys new {purpose}` makes one.")
    if purpose == "cap":
        click.echo(certificate_of(folder / name).read_text(), nl=False)
    else:
        click.echo(base64.b64encode(key_change.public_of(folder / name, purpose)).decode())


@keys.command("new")
@_purpose
def new(purpose: Purpose) -> None:
    """Make the key that is to follow. It signs nothing before `tocsin keys use`."""
    made = key_change.make_next(parts(), purpose)
    click.echo(f"{made} waits to follow")
    if purpose == "command":
        click.echo("Give every siren its file anew (`tocsin sirens config`): it now holds both keys.", err=True)
    elif purpose == "ledger":
        click.echo("Publish it beside the present one: `tocsin keys show ledger --next`.", err=True)
    else:
        click.echo("Give partners its certificate: `tocsin keys show cap --next`.", err=True)


@keys.command("use")
@_purpose
@click.argument("key", default="")
@click.option("--anyway", is_flag=True, help="Also where a siren has not said that it accepts the key.")
@by_option
def use(purpose: Purpose, key: str, anyway: bool, login: str | None) -> None:
    """Sign with the key that waits from now on. With the id of the one before: go back to it.

    Running processes follow at their next signature. The ledger holds that the old key hands over to the new one.
    """
    made = parts()
    known = key_change.look(made.settings.keys, purpose)
    if purpose == "command" and not anyway:
        _check_sirens(made, key or known.next or known.now)
    done = key_change.use(made, purpose, acting(login), key, seal=partial(_seal, made))
    click.echo(f"{done.now} is in use")
    if done.before:
        click.echo(f"When nothing that {done.before} signed is under way: `tocsin keys retire {purpose}`.", err=True)


def _seal(made: Parts, key: Any) -> None:
    path = made.settings.home / CHECKPOINTS
    seal(made.desk.ledger, origin=made.city.id, now=made.clock.now(), key=key, path=path)


@keys.command("retire")
@_purpose
@click.argument("key", default="")
@by_option
def retire(purpose: Purpose, key: str, login: str | None) -> None:
    """Remove the private half of the key before, or of the one that waits, which then must be named.

    What it signed stays verifiable: its public half is kept.
    """
    made = parts()
    known = key_change.look(made.settings.keys, purpose)
    done = key_change.retire(made, purpose, acting(login), key)
    click.echo(f"{key or known.before or 'what was left'} is retired; {done.now} is in use")
    if purpose == "command":
        click.echo("Give every siren its file anew: until then it still accepts the retired key.", err=True)


@keys.command("sirens")
@json_option
def sirens(as_json: bool) -> None:
    """Ask each siren, by the broker, which command keys it accepts. Exit code 1 when one misses the key in use."""
    made = parts()
    known = key_change.look(made.settings.keys, "command")
    words = {known.now: "in use", known.next: "waits", known.before: "before"} | dict.fromkeys(known.retired, "retired")
    heard = _asked(made)
    rows = [{"id": one, "keys": sorted(found) if found is not None else None} for one, found in heard.items()]
    if as_json:
        say(rows)
    else:
        for one, found in heard.items():
            said = ", ".join(f"{key} ({words.get(key, 'unknown here')})" for key in sorted(found or ()))
            click.echo(f"{one:12} {said or ('accepts no key' if found is not None else 'never heard')}")
    if any(found is None or known.now not in found for found in heard.values()):
        raise SystemExit(1)


def _asked(made: Parts) -> dict[str, frozenset[str] | None]:
    from tocsin.channels.siren_keys import accepted
    from tocsin.wiring.outside import broker_settings

    registered = sorted(made.desk.state().sirens)
    if not registered:
        return {}
    heard = asyncio.run(accepted(broker_settings(made.settings.broker, home=made.settings.home), registered))
    return {one: heard.get(one) for one in registered}


def _check_sirens(made: Parts, key: str) -> None:
    missing = [one for one, found in _asked(made).items() if found is None or key not in found]
    if missing:
        raise Refused(
            "TOC-8006",
            f"{counted(len(missing), 'siren')} would refuse the key {key}: {', '.join(missing[:10])}"
            f"{', …' if len(missing) > 10 else ''}.",
            field="command",
            remedy="Give each its file anew (`tocsin sirens config`) and restart it; --anyway silences them.",
        )
