"""``tocsin drill``: exercises, on paths of their own."""

from __future__ import annotations

from typing import Any

import click

from tocsin.cli.common import api, json_option
from tocsin.cli.warn import answer, texts


@click.group()
def drill() -> None:
    """Exercises. Nothing of a drill can reach a live path."""


@drill.command()
@click.option("--exercise", required=True, help="Name of the exercise.")
@click.option("--area", "areas", multiple=True, required=True)
@click.option("--headline", multiple=True, metavar="LANG=TEXT")
@click.option("--instruction", multiple=True, metavar="LANG=TEXT")
@click.option("--status", type=click.Choice(["Exercise", "Test"]), default="Exercise")
@json_option
def start(  # noqa: PLR0917 - one parameter an option
    exercise: str,
    areas: tuple[str, ...],
    headline: tuple[str, ...],
    instruction: tuple[str, ...],
    status: str,
    as_json: bool,
) -> None:
    """Begin an exercise."""
    body: dict[str, Any] = {"exercise": exercise, "areas": list(areas), "status": status}
    for name, given in (("headline", headline), ("instruction", instruction)):
        if given:
            body[name] = texts(given)
    answer(api().post("/drills", body), as_json)


@drill.command()
@click.argument("drill_id")
@click.option("--reason", default="the exercise is over")
@json_option
def end(drill_id: str, reason: str, as_json: bool) -> None:
    """End an exercise."""
    answer(api().post(f"/drills/{drill_id}/end", {"reason": reason}), as_json)
