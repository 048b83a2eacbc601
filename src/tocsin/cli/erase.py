"""``tocsin erase``: forget what is personal; the ledger keeps references and hashes, and its chain."""

from __future__ import annotations

import click

from tocsin.app import erasure
from tocsin.app.erasure import Forgotten
from tocsin.cli.common import counted, parts, settings, web_options
from tocsin.wiring.parts import Parts


@click.group()
def erase() -> None:
    """Forget personal data. What is erased is gone from this installation; copies in backups are their keeper's."""


def _ready() -> Parts:
    from tocsin.web.wsgi import configure

    made = parts()
    configure(web_options(settings()))
    return made


def _forget(made: Parts, found: Forgotten) -> None:
    for reference in found.references:
        made.vault.erase(reference)
    for sha256 in found.files:
        made.evidence.erase(sha256)
    click.echo(f"erased: {counted(len(found.references), 'sealed document')}, {counted(len(found.files), 'file')}")


@erase.command("need")
@click.argument("need_id")
def need(need_id: str) -> None:
    """Where a flat is and who lives there, once its windows are closed."""
    made = _ready()
    _forget(made, erasure.of_need(need_id, made.repairs.state(), made.reports.state()))


@erase.command("report")
@click.argument("report_id")
def report(report_id: str) -> None:
    """Everything that a resident handed in, photos among it."""
    made = _ready()
    _forget(made, erasure.of_report(report_id, made.repairs.state(), made.reports.state()))


@erase.command("evidence")
@click.argument("evidence_id")
def evidence(evidence_id: str) -> None:
    """A file, its public copy and its notes; its hash and its custody stay in the ledger."""
    made = _ready()
    _forget(made, erasure.of_evidence(evidence_id, made.reports.state()))


@erase.command("officer")
@click.argument("login")
def officer(login: str) -> None:
    """Login, name, password, factors, sessions and keys of an officer; what was done stays under the reference."""
    _ready()
    from tocsin.store import accounts
    from tocsin.web.accounts import forget_factors

    forget_factors(login)
    click.echo(f"{accounts.forget(login)} has no name any more")


@erase.command("due")
@click.option("--dry-run", is_flag=True, help="Say what would be erased and erase nothing.")
def due(dry_run: bool) -> None:
    """Everything whose time has come by the publication policy. Run it once a day."""
    made = _ready()
    for what, found in list(
        erasure.due(made.clock.now(), made.publication, made.repairs.state(), made.reports.state())
    ):
        held = [one for one in found.references if made.vault.open(one) is not None]
        if not held:
            continue
        click.echo(what)
        if not dry_run:
            _forget(made, Forgotten(references=tuple(held), files=found.files))
