"""``tocsin import`` and ``tocsin areas``."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping
from pathlib import Path

import click
import msgspec

from tocsin.cli.common import counted, json_option, parts, say
from tocsin.core.area import Area, AreaTree
from tocsin.core.errors import Invalid
from tocsin.core.finding import Finding
from tocsin.core.text import pick
from tocsin.warn.area_import import ImportResult, read_areas
from tocsin.warn.city import City
from tocsin.warn.siren_import import SirenImport, read_sirens

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
POSITIONS = "siren-positions.json"


def areas_of(data: bytes, city: City, allow: Collection[str] = ()) -> tuple[Area, ...]:
    """The areas of a file, or every reason why it cannot be imported.

    Raises:
        Invalid: with the first error's code and field; the message lists all of them.
    """
    result = _read(data, city, allow)
    if not result.ok:
        raise refusal(result.findings)
    return result.areas


def _read(data: bytes, city: City, allow: Collection[str], known: AreaTree | None = None) -> ImportResult:
    from tocsin.warn.target import cover

    return read_areas(data, cover, allow=allow, known=known, zone=city.zone, within=city.within)


def sirens_of(data: bytes, areas: Collection[str]) -> SirenImport:
    """The sirens of a file, or every reason why it cannot be imported."""
    result = read_sirens(data, areas=areas)
    if any(finding.severity == "error" for finding in result.findings):
        raise refusal(result.findings)
    return result


def refusal(findings: Collection[Finding]) -> Invalid:
    """The error that lists every finding that stands against an import."""
    errors = [finding for finding in findings if finding.severity == "error"]
    lines = "".join(f"\n  {one.field}: {one.message} {one.remedy}" for one in errors)
    first = errors[0]
    return Invalid(
        first.code,
        f"{counted(len(errors), 'error')}; nothing was imported.{lines}\n",
        field=first.field,
        remedy="Correct the file and import it again.",
    )


def write_positions(home: Path, positions: Mapping[str, tuple[float, float]]) -> None:
    """Keep where sirens stand beside the ledger, readable by the owner only; it is never exported."""
    path = home / POSITIONS
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(msgspec.json.encode(positions))


@click.group("import")
def import_() -> None:
    """Bring in areas, sirens or shelters. A file with an error is refused whole, every error named."""


@import_.command("areas")
@click.argument("file", type=FILE)
@click.option("--allow", multiple=True, metavar="ID", help="An entry that may come without an outline; never drawn.")
@click.option("--check", "only_check", is_flag=True, help="Only say what is wrong.")
@json_option
def import_areas(file: Path, allow: tuple[str, ...], only_check: bool, as_json: bool) -> None:
    """Import areas from GeoJSON."""
    from tocsin.cli.city import SETUP
    from tocsin.warn.commands import DefineAreas

    made = parts()
    result = _read(file.read_bytes(), made.city, allow, made.desk.state().areas)
    entries = 0
    if result.ok and not only_check:
        entries = len(made.desk.do(DefineAreas(areas=result.areas), SETUP).entries)
    report(result.findings, len(result.areas), entries, as_json)
    if not result.ok:
        sys.exit(1)


@import_.command("sirens")
@click.argument("file", type=FILE)
@json_option
def import_sirens(file: Path, as_json: bool) -> None:
    """Import sirens from GeoJSON or CSV."""
    from tocsin.cli.city import SETUP
    from tocsin.warn.commands import RegisterSirens

    made = parts()
    result = read_sirens(file.read_bytes(), areas={area.id for area in made.desk.state().areas})
    failed = any(finding.severity == "error" for finding in result.findings)
    entries = 0
    if not failed:
        entries = len(made.desk.do(RegisterSirens(sirens=result.sirens), SETUP).entries)
        write_positions(made.settings.home, result.positions)
    report(result.findings, len(result.sirens), entries, as_json)
    if failed:
        sys.exit(1)


def report(findings: Collection[Finding], read: int, entries: int, as_json: bool) -> None:
    """Say what was found in a file and what its import made."""
    if as_json:
        say({"read": read, "entries": entries, "findings": msgspec.to_builtins(findings)})
        return
    for finding in findings:
        click.echo(f"{finding.severity} {finding.code} {finding.field}: {finding.message} {finding.remedy}", err=True)
    click.echo(f"{read} read, {entries} new or changed, {counted(len(findings), 'finding')}")


@click.command()
@click.option("--lang", default="en")
@json_option
def areas(lang: str, as_json: bool) -> None:
    """List the areas as a tree with their phases."""
    from tocsin.warn.phase import phases

    made = parts()
    state = made.desk.state()
    now = phases(state, made.clock.now())
    if as_json:
        say([{**now[area.id], "parent": area.parent, "kind": area.kind} for area in state.areas])
        return
    for area in sorted(state.areas, key=lambda a: [*reversed(list(state.areas.ancestors(a.id))), a.id]):
        depth = len(list(state.areas.ancestors(area.id)))
        click.echo(f"{'  ' * depth}{area.id}: {pick(area.names, lang)} [{now[area.id]['phase']}]")
