"""``tocsin mqtt``: accounts of the broker, one a siren and one a sensor."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from tocsin.cli.common import counted, parts
from tocsin.store.durable import replace_private


@click.group()
def mqtt() -> None:
    """The MQTT broker: who may say and hear what."""


@mqtt.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder for new secrets and Mosquitto's files.",
)
@click.option("--renew", multiple=True, metavar="NAME", help="An account that gets another secret; repeat for more.")
@click.option("--drop", multiple=True, metavar="NAME", help="An account that is taken away; repeat for more.")
def credentials(out: Path, renew: tuple[str, ...], drop: tuple[str, ...]) -> None:
    """Make an account for the bridge, for Home Assistant, and for each siren and sensor that has none.

    Each new secret is written once, to OUT/NAME.secret; only a hash is kept. OUT/passwords and OUT/acl are Mosquitto's;
    the embedded broker reads the same accounts when it starts. The worker takes the bridge's secret by itself.
    """
    from tocsin.channels._mqtt_access import BRIDGE, HOME_ASSISTANT, made
    from tocsin.wiring.outside import BRIDGE_SECRET, BROKER_FILE, broker_access, sensor_keys

    own = parts()
    home = own.settings.home
    wanted = [BRIDGE, HOME_ASSISTANT]
    wanted += [f"siren-{siren}" for siren in own.desk.state().sirens]
    wanted += [f"sensor-{sensor.name}" for sensor in sensor_keys(home)]
    known = broker_access(home)
    kept = {name: sealed for name, sealed in (known.accounts if known else {}).items() if name not in drop}
    access, fresh = made(kept, (name for name in wanted if name not in drop), renew)
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, secret in sorted(fresh.items()):
        replace_private(out / f"{name}.secret", f"{secret}\n".encode())
    if BRIDGE in fresh:
        replace_private(own.settings.keys / BRIDGE_SECRET, fresh[BRIDGE].encode())
    replace_private(out / "passwords", access.passwords().encode())
    replace_private(out / "acl", access.acl().encode())
    replace_private(home / BROKER_FILE, msgspec.json.format(msgspec.json.encode(access.accounts)))
    click.echo(f"{counted(len(access.accounts), 'account')}, {len(fresh)} of them new, in {out}")
    click.echo("Give each siren its secret as `password`, with `username` siren-ID; then restart broker and worker.")
