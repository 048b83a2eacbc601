"""``tocsin import alerts``: alert histories of other systems, with every quirk said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tocsin.cli.areas import FILE
from tocsin.cli.common import counted, json_option, parts, say
from tocsin.record.history import forms, read_history
from tocsin.record.rows import HistoryRead


@click.command("alerts")
@click.argument("files", type=FILE, nargs=-1, required=True, metavar="FILE…")
@click.option("--form", type=click.Choice(sorted(forms())), help="Without it, the header tells.")
@click.option("--zone", default="", help="IANA zone of times without offset, and of days; the form's own without it.")
@click.option("--name", default="", help="The name of the data set here; the form's without it.")
@click.option("--check", "only_check", is_flag=True, help="Only say what is in it.")
@json_option
def import_alerts(  # noqa: PLR0917 - one parameter an option
    files: tuple[Path, ...], form: str | None, zone: str, name: str, only_check: bool, as_json: bool
) -> None:
    """Import alert histories from CSV. docs/how-to/import-alerts.md says what each form holds."""
    from tocsin.cli.city import SETUP

    read = _read(files, form or "", zone, name)
    said: list[dict[str, Any]] = []
    record = None if only_check else parts().record
    for path, one in zip(files, read, strict=True):
        entries = [] if record is None else [entry.seq for entry in record.take_history(one, SETUP).entries]
        said.append(_summary(path, one, entries))
        if not as_json:
            _print(path, one, entries, only_check)
    if as_json:
        say(said)
    else:
        click.echo(f"{sum(one.read for one in read):,} rows of {counted(len(read), 'file')}")


def _read(files: tuple[Path, ...], form: str, zone: str, name: str) -> list[HistoryRead]:
    """Every file is read before one is taken, with a bar on stderr."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    found = []
    with Progress(*columns, console=Console(stderr=True)) as bar:
        for path in files:
            data = path.read_bytes()
            task = bar.add_task(path.name, total=max(data.count(b"\n") - 1, 1))
            found.append(
                read_history(data, form=form, zone=zone, name=name, progress=lambda n, t=task: bar.advance(t, n))  # type: ignore[misc]  # the default binds the loop's task
            )
            bar.update(task, total=found[-1].read, completed=found[-1].read)
    return found


def _summary(path: Path, read: HistoryRead, entries: list[int]) -> dict[str, Any]:
    return {
        "file": path.name,
        "form": read.form,
        "dataset": read.dataset,
        "zone": read.zone,
        "rows": read.read,
        "kept": len(read.rows),
        "first": read.first,
        "last": read.last,
        "sha256": read.sha256,
        "rows_sha256": read.rows_sha256,
        "quirks": msgspec.to_builtins(read.quirks),
        "gaps": msgspec.to_builtins(read.gaps),
        "entries": entries,
    }


def _print(path: Path, read: HistoryRead, entries: list[int], only_check: bool) -> None:
    done = "checked" if only_check else "imported" if entries else "imported before; nothing new"
    click.echo(
        f"{path.name}: {read.form}, {read.read:,} rows, {len(read.rows):,} count, {read.first} to {read.last}; {done}"
    )
    for one in read.quirks:
        rows = f"; rows {', '.join(map(str, one.rows))}" if one.rows else ""
        more = " …" if one.rows and one.count > len(one.rows) else ""
        click.echo(f"  {one.count:>7,} {one.name.replace('_', ' ')}: {one.done}{rows}{more}")
    for gap in read.gaps:
        ends = "open" if gap.gap.end is None else gap.gap.end.date().isoformat()
        click.echo(f"          no coverage of {gap.region} from {gap.gap.start.date()} to {ends} ({gap.gap.why})")
