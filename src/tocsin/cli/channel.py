"""``tocsin channel``: which ways to people are set up, whom an operator adds to them, and whether they work."""

from __future__ import annotations

import asyncio
from typing import Any, get_args

import click
import msgspec

from tocsin.app.following import RECORD, Following
from tocsin.channels import webhook
from tocsin.channels._registry import channels, make, read_address, subscribed
from tocsin.channels._trial import addressee, try_once
from tocsin.cli.common import json_option, parts, say
from tocsin.core.errors import Unavailable, Unknown
from tocsin.core.notice import Outcome
from tocsin.core.subscription import Wanted
from tocsin.wiring.channels import place


@click.group()
def channel() -> None:
    """Ways to reach people: e-mail, SMS, web push, webhooks and more."""


@channel.command("list")
@json_option
def list_channels(as_json: bool) -> None:
    """Every channel: whether it is set up, how far it can report, how many follow by it."""
    made = parts()
    ready = set(make(place(made)))
    counts = made.addresses.counts()
    rows = [
        {
            "channel": name,
            "ready": name in ready,
            "subscribed": name in subscribed(),
            "furthest": module.QUALITY.furthest,
            "followers": dict(counts.get(name, {})),
            "record_followers": dict(counts.get(name + RECORD, {})),
        }
        for name, module in channels().items()
    ]
    if as_json:
        say(rows)
        return
    for row in rows:
        state = "" if not row["subscribed"] else "ready" if row["ready"] else "not set up"
        followers = ", ".join(f"{n} {what}" for what, n in sorted(row["followers"].items()))
        click.echo(f"{row['channel']:9} {state:11} furthest: {row['furthest']:10} {followers}".rstrip())


@channel.command("add")
@click.argument("name")
@click.argument("address")
@click.option("--area", "areas", multiple=True, help="Area to follow; repeat for more.")
@click.option("--record", is_flag=True, help="Follow the public record instead.")
@click.option("--lang", default="en", show_default=True)
@click.option("--level", type=click.Choice(get_args(Wanted)), default="alert", show_default=True)
@json_option
def add(  # noqa: PLR0917 - one parameter an option
    name: str, address: str, areas: tuple[str, ...], record: bool, lang: str, level: Wanted, as_json: bool
) -> None:
    """Add somebody who has agreed to be told. For a webhook its secret is printed, this once."""
    if bool(areas) == record:
        raise click.UsageError("Give --area, or --record.")
    made = parts()
    following = Following(made.addresses, made.clock)
    tree = made.desk.state().areas
    wish = following.wish(tree, name, read_address(name, address), areas=areas, language=lang, level=level)
    added = following.add(wish)
    said: dict[str, Any] = {"id": added.id, "channel": name}
    if name == "webhook":
        said["secret"] = webhook.secret(added.token)
    if as_json:
        say(said)
        return
    click.echo(" ".join(f"{key}: {value}" for key, value in said.items()))


@channel.command("remove")
@click.argument("name")
@click.argument("address")
@click.option("--record", is_flag=True, help="Only from following the public record.")
def remove(name: str, address: str, record: bool) -> None:
    """Forget an address altogether."""
    book = parts().addresses
    found = book.find(name + RECORD if record else name, read_address(name, address))
    if found is None:
        raise Unknown("TOC-6004", "Nobody follows by that address.", field="address", remedy="Compare its spelling.")
    book.remove(found.id)
    click.echo(f"id: {found.id} is forgotten")


@channel.command("test")
@click.argument("name")
@click.argument("address")
@click.option("--lang", default="en", show_default=True)
@json_option
def test(name: str, address: str, lang: str, as_json: bool) -> None:
    """Send a test to one address, and say what came of it. It warns of nothing and can sound nothing."""
    made = parts()
    to = read_address(name, address)
    found = make(place(made)).get(name)
    if found is None:
        remedy = "Set it up: docs/reference/channels.md says how."
        raise Unavailable("TOC-13003", f"The channel {name} is not set up here.", field="channel", remedy=remedy)
    now = made.clock.now()
    person = made.addresses.find(name, to) or addressee(name, to, lang, now)

    async def go() -> Outcome:
        try:
            return await try_once(found, msgspec.structs.replace(person, language=lang), made.sender.names, now)
        finally:
            await found.close()

    outcome = asyncio.run(go())
    if as_json:
        say({"channel": name, "stage": outcome.stage, "detail": outcome.detail})
    else:
        click.echo(f"{name}: {outcome.stage} {outcome.detail}".rstrip())
    if outcome.stage in ("failed", "gone"):
        raise SystemExit(1)
