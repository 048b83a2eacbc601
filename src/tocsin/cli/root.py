"""The root command: every group of commands is one file of this folder."""

from __future__ import annotations

import click

from tocsin import __version__
from tocsin.cli.areas import areas, import_
from tocsin.cli.bench import bench
from tocsin.cli.bus import bus
from tocsin.cli.cap import cap
from tocsin.cli.channel import channel
from tocsin.cli.city import init, manage
from tocsin.cli.claims import import_claims
from tocsin.cli.doctor import doctor
from tocsin.cli.drill import drill
from tocsin.cli.erase import erase
from tocsin.cli.history import import_alerts
from tocsin.cli.keep import backup, restore
from tocsin.cli.keys import keys
from tocsin.cli.ledger import ledger
from tocsin.cli.mqtt import mqtt
from tocsin.cli.night import night
from tocsin.cli.one import one
from tocsin.cli.people import key, officer, sensor, sirens
from tocsin.cli.record import record
from tocsin.cli.roles import broker, edge, reach, siren, tables, web, worker
from tocsin.cli.shelters import shelters
from tocsin.cli.trace import trace
from tocsin.cli.up import up
from tocsin.cli.warn import detect, warn
from tocsin.cli.weather import weather


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="tocsin")
def root() -> None:
    """Civil protection for a city under attack: from the first detection to the last repaired window."""


for command in (
    up,
    init,
    doctor,
    officer,
    key,
    keys,
    sensor,
    mqtt,
    sirens,
    shelters,
    weather,
    night,
    warn,
    detect,
    drill,
    channel,
    areas,
    import_,
    cap,
    ledger,
    trace,
    record,
    backup,
    restore,
    erase,
    bench,
    bus,
    one,
    web,
    edge,
    worker,
    tables,
    reach,
    broker,
    siren,
    manage,
):
    root.add_command(command)
import_.add_command(import_alerts)
import_.add_command(import_claims)
