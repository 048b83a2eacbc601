"""``tocsin warn`` and ``tocsin detect``: the officer's commands, through the public API."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

import click

from tocsin.cli.common import api, json_option, say
from tocsin.core.ids import ulid

_areas = click.option("--area", "areas", multiple=True, help="Area id; repeat for more.")
_reason = click.option("--reason", required=True, help="Why, in a few words; it is recorded.")


def texts(given: tuple[str, ...]) -> dict[str, str]:
    """``LANG=TEXT`` options as a mapping."""
    out = {}
    for item in given:
        language, sep, text = item.partition("=")
        if not sep or not text:
            raise click.BadParameter(f"{item!r} is not LANG=TEXT, e.g. en='Stay indoors.'")
        out[language] = text
    return out


def _text_options(command: Any) -> Any:
    for name in ("instruction", "description", "headline"):
        command = click.option(f"--{name}", multiple=True, metavar="LANG=TEXT", help=f"Own {name}.")(command)
    return command


def _body(**values: Any) -> dict[str, Any]:
    """Only what was given."""
    return {key: value for key, value in values.items() if value not in (None, (), {}, "")}


def answer(result: dict[str, Any], as_json: bool) -> None:
    """The API's answer, as JSON or as lines."""
    if as_json:
        say(result)
        return
    for line in _lines(result):
        click.echo(line)


def _lines(values: dict[str, Any], indent: str = "") -> Iterator[str]:
    """One line a value, what lies within another one indented; what is not there is left out."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield f"{indent}{key}:"
            yield from _lines(value, indent + "  ")
        elif isinstance(value, list):
            yield f"{indent}{key}: {', '.join(map(str, value))}"
        elif value is not None:
            yield f"{indent}{key}: {value}"
        elif key == "people":  # that nobody knows how many are reached must be seen
            yield f"{indent}{key}: unknown"


@click.command()
@click.option("--id", "detection_id", help="The source's own id; a fresh one without it.")
@click.option("--source", required=True, help="Who saw it; the API key must be this source's.")
@click.option("--threat", required=True)
@_areas
@click.option("--observed-at", help="ISO 8601 with offset; now without it.")
@click.option("--note", default="")
@json_option
def detect(  # noqa: PLR0917 - one parameter an option
    detection_id: str | None,
    source: str,
    threat: str,
    areas: tuple[str, ...],
    observed_at: str | None,
    note: str,
    as_json: bool,
) -> None:
    """Report a detection."""
    client = api()
    body = _body(
        id=detection_id or ulid(time.time_ns() // 1_000_000, os.urandom(10)),
        source=source,
        threat=threat,
        areas=list(areas),
        # a person's clock may be wrong, and a demonstration has its own: "now" is what the control room's clock says
        observed_at=observed_at or client.get("/health")["generated_at"],
        note=note,
    )
    answer(client.post("/detections", body), as_json)


@click.group()
def warn() -> None:
    """Draft, approve, issue, update, clear, cancel. Needs TOCSIN_API_KEY."""


@warn.command()
@click.option("--threat", required=True)
@click.option("--level", type=click.Choice(["alert", "pre_alert"]), default="alert")
@_areas
@_reason
@_text_options
@click.option("--duration", type=int, help="Seconds in force.")
@click.option("--supersedes", help="The warning that this one replaces.")
@json_option
def draft(as_json: bool, **given: Any) -> None:
    """Propose a warning; prints its SHA-256, its reach and the area name to confirm."""
    answer(api().post("/warnings", _content(given)), as_json)


def _content(given: dict[str, Any]) -> dict[str, Any]:
    return _body(
        threat=given.get("threat"),
        level=given.get("level"),
        areas=list(given.get("areas") or ()) or None,
        reason=given.get("reason"),
        headline=texts(given.get("headline") or ()),
        description=texts(given.get("description") or ()),
        instruction=texts(given.get("instruction") or ()),
        duration_s=given.get("duration"),
        supersedes=given.get("supersedes"),
    )


@warn.command()
@click.argument("warning")
@click.option("--level", type=click.Choice(["alert", "pre_alert"]))
@_areas
@click.option("--reason")
@_text_options
@click.option("--duration", type=int)
@json_option
def edit(warning: str, as_json: bool, **given: Any) -> None:
    """Change a draft. Approvals are void afterwards."""
    answer(api().post(f"/warnings/{warning}/edit", _content(given)), as_json)


@warn.command()
@click.argument("warning")
@click.option("--level", type=click.Choice(["alert", "pre_alert"]))
@_areas
@_reason
@_text_options
@click.option("--duration", type=int)
@json_option
def update(warning: str, as_json: bool, **given: Any) -> None:
    """Change what a live warning says, or prolong it."""
    answer(api().post(f"/warnings/{warning}/update", _content(given)), as_json)


@warn.command()
@click.argument("warning")
@click.option("--sha256", required=True, help="Of the bytes that you read.")
@json_option
def approve(warning: str, sha256: str, as_json: bool) -> None:
    """Agree, as a second officer, to exactly these bytes."""
    answer(api().post(f"/warnings/{warning}/approve", {"sha256": sha256}), as_json)


@warn.command()
@click.argument("warning")
@click.option("--sha256", required=True, help="Of the bytes that you read.")
@click.option("--confirm", required=True, help="Name of an area of the warning.")
@json_option
def issue(warning: str, sha256: str, confirm: str, as_json: bool) -> None:
    """Send the warning out: sirens and phones."""
    answer(api().post(f"/warnings/{warning}/issue", {"sha256": sha256, "confirm": confirm}), as_json)


@warn.command("break-glass")
@_reason
@json_option
def break_glass(reason: str, as_json: bool) -> None:
    """Under incoming fire: issue alone for a few minutes. Logged and announced."""
    answer(api().post("/warnings/break-glass", {"reason": reason}), as_json)


@warn.command("partial-clear")
@click.argument("warning")
@_areas
@_reason
@json_option
def partial_clear(warning: str, areas: tuple[str, ...], reason: str, as_json: bool) -> None:
    """Clear some areas."""
    answer(api().post(f"/warnings/{warning}/partial-clear", {"areas": list(areas), "reason": reason}), as_json)


def _simple(name: str, path: str, doc: str) -> click.Command:
    @click.argument("warning")
    @_reason
    @json_option
    def run(warning: str, reason: str, as_json: bool) -> None:
        answer(api().post(f"/warnings/{warning}/{path}", {"reason": reason}), as_json)

    return warn.command(name, help=doc)(run)


_simple("all-clear", "all-clear", "The danger is over.")
_simple("cancel", "cancel", "The warning was wrong: send its prepared correction.")
_simple("end", "end", "Close a warning for an administrative reason.")
_simple("discard", "discard", "Put a draft away.")


@warn.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Drafts, live and recent warnings."""
    result = api().get("/warnings")
    if as_json:
        say(result)
        return
    for row in result["warnings"]:
        click.echo(f"{row['id']}  {row['status']:9}  {row['threat']:16}  {row['level']:9}  {', '.join(row['areas'])}")


@warn.command()
@click.argument("warning")
def show(warning: str) -> None:
    """One warning, whole, as JSON."""
    say(api().get(f"/warnings/{warning}"))
