"""``tocsin record``: the public record as files, its bulletin, its streaks."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click
import msgspec

from tocsin.cli.common import json_option, parts, say
from tocsin.record.decide import permalink
from tocsin.record.exports import form as form_of
from tocsin.record.exports import forms


@click.group()
def record() -> None:
    """The public record: bulletins, streaks, exports. Only what the publication policy lets everybody know."""


@record.command()
@click.argument("form", type=click.Choice(sorted(forms())))
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
def export(form: str, file: Path) -> None:
    """Write the whole public record to FILE. The ledger itself: ``tocsin ledger export``."""
    made = form_of(form).write(parts().record.bundle())
    file.write_bytes(made)
    click.echo(f"{len(made):,} bytes written to {file}", err=True)


@record.command()
@click.argument("day")
@click.option("--lang", default="en")
@click.option("--pdf", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Write it as PDF, too.")
@json_option
def bulletin(day: str, lang: str, pdf: Path | None, as_json: bool) -> None:
    """Print the bulletin of a local DAY: the newest published one, or as it would be written now."""
    desk = parts().record
    wanted = permalink(day)
    known = desk.state().pages.get(day)
    withdrawn = known.withdrawn if known is not None else ""
    sentences = () if withdrawn else desk.bulletin(wanted, lang)
    if pdf is not None and sentences:
        pdf.write_bytes(_pdf(wanted, lang, sentences))
    if as_json:
        say({"page": day, "language": lang, "withdrawn": withdrawn, "sentences": msgspec.to_builtins(sentences)})
        return
    if withdrawn:
        click.echo(f"Withdrawn: {withdrawn}")
    for one in sentences:
        click.echo(f"{one.text} [{', '.join(map(str, one.entries))}]")


def _pdf(day: date, lang: str, sentences: tuple[object, ...]) -> bytes:
    from tocsin.record.paper import Paper
    from tocsin.wiring.pdf import pdf_of

    desk = parts().record
    return pdf_of(Paper.of(desk.desk.sender.names, day, lang, sentences, as_of=desk.desk.ledger.head()[0]))  # type: ignore[arg-type]  # sentences of a bulletin


@record.command()
@click.option("--where", default="", help='"" the city, an area, or dataset/region.')
@click.option("--as-of", default="", help="Up to this local day; today without it.")
@json_option
def streaks(where: str, as_of: str, as_json: bool) -> None:
    """Print the streaks of a place, greyed where nobody can say."""
    found = parts().record.streaks(where, permalink(as_of) if as_of else None)
    if as_json:
        say(found)
        return
    for one in found.counters:
        run = one.streak
        grey = (
            f", up to {run.at_most} with days of which nobody can say ({', '.join(run.grey_why)})" if run.grey else ""
        )
        so_far = " so far" if run.so_far else ""
        click.echo(
            f"{one.counter:10} {run.length} in a row{so_far}{grey}; longest {one.longest.days}; in all {one.days}"
        )
