"""``tocsin officer``, ``tocsin key``, ``tocsin sensor``: who may do what, where."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import get_args

import click
import msgspec

from tocsin.app.actor import OPERATOR, Actor, Grant, Role
from tocsin.cli.common import json_option, parts, say, settings, web_options
from tocsin.core.errors import Invalid, Refused
from tocsin.store.durable import replace_private
from tocsin.wiring.parts import city_of

ROLES = tuple(get_args(Role))
_PEOPLE = [role for role in ROLES if role not in ("sensor", "partner")]


def _ready() -> None:
    """Make Django ready, with the web's own tables.

    Raises:
        Unavailable: the home folder is not set up (TOC-8002).
    """
    from tocsin.web.wsgi import configure

    city_of(settings().home)  # says so when nothing is set up here
    configure(web_options(settings()))


def grant(text: str) -> Grant:
    """``role`` or ``role:area`` as a grant.

    Raises:
        Invalid: no such role, or no such area (TOC-6003).
    """
    role, _, area = text.partition(":")
    if role not in ROLES:
        raise Invalid(
            "TOC-6003", f"There is no role {role!r}.", field="--role", remedy=f"Use one of {', '.join(ROLES)}."
        )
    if area and area != "*" and area not in parts().desk.state().areas:
        raise Invalid(
            "TOC-6003", f"There is no area {area!r}.", field="--role", remedy="List the areas with `tocsin areas`."
        )
    return Grant(role=role, area=area or "*")  # type: ignore[arg-type]  # looked up above


_role = click.option(
    "--role", "roles", multiple=True, required=True, metavar="ROLE[:AREA]", help=f"{', '.join(ROLES)}; repeat for more."
)


@click.group()
def officer() -> None:
    """Officers and their roles."""


@officer.command("add")
@click.argument("login")
@_role
@click.option("--name", default="", help="Shown to administrators only; never recorded in the ledger.")
@click.option("--password", envvar="TOCSIN_NEW_PASSWORD", help="Asked for without it.")
def add_officer(login: str, roles: tuple[str, ...], name: str, password: str | None) -> None:
    """Add an officer with roles, everywhere or in an area and below it."""
    _ready()
    from tocsin.store import accounts

    grants = [grant(text) for text in roles]
    chosen = password or click.prompt("Password", hide_input=True, confirmation_prompt=True)
    actor = accounts.create_officer(login, password=chosen, name=name, grants=grants)
    click.echo(f"{login} is {actor}")


@officer.command("list")
@json_option
def list_officers(as_json: bool) -> None:
    """Every officer with the roles held."""
    _ready()
    from tocsin.store import accounts

    rows = accounts.officers()
    if as_json:
        say(msgspec.to_builtins(rows))
        return
    for row in rows:
        held = ", ".join(f"{g.role}:{g.area}" for g in row.grants)
        click.echo(f"{row.login:20} {'' if row.active else 'disabled '}{held}")


def _actor(login: str) -> str:
    from tocsin.store import accounts

    found = [row.actor for row in accounts.officers() if row.login == login]
    if not found:
        raise Refused(
            "TOC-6004",
            f"There is no officer {login!r}.",
            field="login",
            remedy="List them with `tocsin officer list`.",
        )
    return found[0]


by_option = click.option("--by", "login", metavar="LOGIN", help="Officer in whose name it is recorded.")


def acting(login: str | None) -> Actor:
    """The officer of that login, or whoever has this command line.

    Raises:
        Refused: there is no such officer (TOC-6004).
    """
    if login is None:
        return OPERATOR
    _ready()
    return Actor(id=_actor(login))


@officer.command("grant")
@click.argument("login")
@_role
def grant_roles(login: str, roles: tuple[str, ...]) -> None:
    """Give an officer further roles."""
    _ready()
    from tocsin.store import accounts

    actor = _actor(login)
    for one in [grant(text) for text in roles]:
        accounts.grant(actor, one.role, one.area)


@officer.command("disable")
@click.argument("login")
def disable(login: str) -> None:
    """Let an officer do nothing any more; the officer's keys stop too. What was done stays recorded."""
    _ready()
    from tocsin.store import accounts

    accounts.set_active(_actor(login), False)


@officer.command("password")
@click.argument("login")
@click.option("--password", envvar="TOCSIN_NEW_PASSWORD", help="Asked for without it.")
def new_password(login: str, password: str | None) -> None:
    """Give an officer a new password."""
    _ready()
    from tocsin.store import accounts

    actor = _actor(login)
    chosen = password or click.prompt("Password", hide_input=True, confirmation_prompt=True)
    accounts.set_password(login, chosen)
    click.echo(f"{login} ({actor}) has a new password")


@officer.command("forget")
@click.argument("login")
def forget_factors(login: str) -> None:
    """Take every second factor from an officer who lost them, and end the officer's sessions. Check who is asking."""
    _ready()
    from tocsin.web.accounts import forget_factors as forget

    gone = forget(login)
    click.echo(f"{login} has no second factor any more ({gone} removed) and is signed out everywhere")


@click.group()
def key() -> None:
    """API keys of officers' programs, sensors and partners."""


@key.command("add")
@click.argument("label")
@click.option("--kind", type=click.Choice(["officer", "sensor", "partner"]), required=True)
@click.option("--officer", "login", help="Whose key, with --kind officer.")
@click.option("--role", "roles", multiple=True, metavar="ROLE[:AREA]", help="For sensors and partners.")
def add_key(label: str, kind: str, login: str | None, roles: tuple[str, ...]) -> None:
    """Make a key and show its secret once. A sensor's key speaks only for the source LABEL, or LABEL/…"""
    _ready()
    from tocsin.store import accounts

    default = [] if kind == "officer" else [kind]
    grants = [grant(text) for text in roles or default]
    owner = _actor(login) if login else ""
    made = accounts.new_api_key(label, kind, grants, officer=owner)  # type: ignore[arg-type]  # click checked it
    click.echo(made.secret)
    click.echo(f"prefix {made.prefix}, {made.actor}; shown once, kept only as a hash", err=True)


@key.command("list")
@json_option
def list_keys(as_json: bool) -> None:
    """Every key, without its secret."""
    _ready()
    from tocsin.store import accounts

    rows = accounts.keys()
    if as_json:
        say(msgspec.to_builtins(rows))
        return
    for row in rows:
        held = ", ".join(f"{g.role}:{g.area}" for g in row.grants)
        click.echo(f"{row.prefix}  {row.kind:8} {row.label:28} {'revoked' if row.revoked else held}")


@key.command("rotate")
@click.argument("prefix")
@click.option(
    "--hours", type=click.IntRange(0, 720), default=24, show_default=True, help="For which the old one lasts."
)
def rotate(prefix: str, hours: int) -> None:
    """Make a key of the same kind, label and roles, shown once; the old one ends by itself after some hours."""
    _ready()
    from tocsin.store import accounts

    made = accounts.rotate(prefix, timedelta(hours=hours))
    click.echo(made.secret)
    click.echo(f"prefix {made.prefix}, {made.actor}; {prefix} ends in {hours} h", err=True)


@key.command("revoke")
@click.argument("prefix")
def revoke(prefix: str) -> None:
    """Make a key worthless at once."""
    _ready()
    from tocsin.store import accounts

    accounts.revoke(prefix)


@click.group()
def sensor() -> None:
    """Sensors that sign their detections over MQTT."""


@sensor.command("add")
@click.argument("name")
@click.option("--key", "public", required=True, help="The sensor's Ed25519 public key, 32 bytes in base64.")
@click.option("--area", "areas", multiple=True, help="Area that it may name; everywhere without it.")
def add_sensor(name: str, public: str, areas: tuple[str, ...]) -> None:
    """Pin a sensor's key. The worker reads it when it starts."""
    from tocsin.warn.siren_command import public_key
    from tocsin.wiring.outside import SENSORS_FILE, SensorKey, sensor_keys

    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
        raise Invalid(
            "TOC-8001",
            f"{name[:64]!r} cannot be part of a topic.",
            field="name",
            remedy="Use letters, digits, _ and -.",
        )
    public_key(public)
    home = parts().settings.home
    known = {one.name: one for one in sensor_keys(home)}
    known[name] = SensorKey(name=name, key=public, areas=areas or ("*",))
    replace_private(home / SENSORS_FILE, msgspec.json.encode(tuple(known.values())))
    click.echo(f"{len(known)} sensors pinned; restart the worker to take it in")


@click.group()
def sirens() -> None:
    """Sirens: how they are, and the file that an agent needs."""


@sirens.command("list")
@json_option
def list_sirens(as_json: bool) -> None:
    """Every siren with what it last measured of itself."""
    state = parts().desk.state()
    rows = [
        {
            "id": siren_id,
            "area": siren.siren.area,
            "state": siren.report.state if siren.report else "never heard",
            "measured_at": siren.report.measured_at.isoformat() if siren.report else None,
        }
        for siren_id, siren in sorted(state.sirens.items())
    ]
    if as_json:
        say(rows)
        return
    for row in rows:
        click.echo(f"{row['id']:12} {row['area']:30} {row['state']:12} {row['measured_at'] or ''}")


@sirens.command("config")
@click.argument("siren_id")
@click.option("--host", required=True, help="Address of the broker as the siren sees it.")
@click.option("--port", type=int, default=1883, show_default=True)
@click.option("--folder", default="/var/lib/tocsin-siren", show_default=True)
@click.option("--sink", type=click.Choice(["meter", "wav", "alsa", "pulse", "gpio"]), default="alsa", show_default=True)
def config(siren_id: str, host: str, port: int, folder: str, sink: str) -> None:
    """Print the file for `tocsin siren FILE` on the siren itself. It holds no secret: the city's public keys only."""
    from tocsin.core.text import pick
    from tocsin.siren.config import SirenConfig
    from tocsin.wiring import keys

    made = parts()
    siren = made.desk.state().sirens.get(siren_id)
    if siren is None:
        raise Refused(
            "TOC-6004", f"There is no siren {siren_id!r}.", field="siren", remedy="List them with `tocsin sirens list`."
        )
    say(
        msgspec.to_builtins(
            SirenConfig(
                id=siren_id,
                folder=folder,
                name=pick(siren.siren.name, made.city.languages[0]),
                area=siren.siren.area,
                host=host,
                port=port,
                public_keys=keys.command_keys(made.settings.keys),
                sink=sink,  # type: ignore[arg-type]  # click checked it
                hard_limit_s=siren.siren.hard_limit_s,
                tones=siren.siren.tones,
            )
        )
    )
