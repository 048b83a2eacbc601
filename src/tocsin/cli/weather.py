"""``tocsin weather`` and ``tocsin import weather``: how cold and windy it is outside."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from tocsin.app.actor import Actor, Grant
from tocsin.cli.areas import FILE, import_, report
from tocsin.cli.common import api, json_option, parts
from tocsin.cli.warn import answer
from tocsin.repair.weather_import import read_weather

IMPORT = Actor(id="system:import", grants=(Grant(role="dispatcher"),))
"""Whoever may read this home folder brings a file in."""


@click.group()
def weather() -> None:
    """The weather outside, on which it hangs how long a broken flat stays warm enough."""


@weather.command("set", context_settings={"ignore_unknown_options": True})
@click.argument("celsius", type=float)
@click.option("--wind", type=float, metavar="M/S", help="Not known without it.")
@click.option("--source", required=True, help="Who says so, as one word.")
@click.option("--op", type=click.Choice(["eq", "lt", "gt"]), default="eq", help="lt for “below −10 °C”.")
@click.option("--wording", default="", help="As it was said.")
@click.option("--at", help="When it was so, ISO 8601 with offset; now without it.")
@json_option
def set_weather(  # noqa: PLR0917 - one parameter an option
    celsius: float, wind: float | None, source: str, op: str, wording: str, at: str | None, as_json: bool
) -> None:
    """Record the temperature in °C, as in `tocsin weather set -12.5 --wind 4 --source mast-1`."""
    body: dict[str, Any] = {"temperature_c": celsius, "op": op, "source": source, "wording": wording}
    body |= {key: value for key, value in (("wind_ms", wind), ("at", at)) if value is not None}
    answer(api().post("/weather", body), as_json)


@weather.command("show")
@json_option
def show_weather(as_json: bool) -> None:
    """What is taken as the weather now, by whom, and how old it is."""
    answer(api().get("/weather"), as_json)


@import_.command("weather")
@click.argument("file", type=FILE)
@click.option("--source", default="import", help="Who says so, where a row does not.")
@click.option("--check", "only_check", is_flag=True, help="Only say what is wrong.")
@json_option
def import_weather(file: Path, source: str, only_check: bool, as_json: bool) -> None:
    """Import observations from CSV: at, temperature_c, and if known wind_ms, op, source, wording."""
    result = read_weather(file.read_bytes(), source)
    entries = 0
    if result.ok and not only_check:
        own = parts().repairs
        entries = sum(len(own.do(one, IMPORT).entries) for one in result.observed)
    report(result.findings, len(result.observed), entries, as_json)
    if not result.ok:
        sys.exit(1)
