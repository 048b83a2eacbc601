"""``tocsin erase``: forget what is personal. The ledger keeps references, hashes, its chain, and that it was done."""

from __future__ import annotations

import click

from tocsin.app import erasure
from tocsin.app.actor import OPERATOR, Actor
from tocsin.app.erasure import Forgotten, Told, What
from tocsin.cli.common import counted, parts, settings, web_options
from tocsin.cli.people import acting, by_option
from tocsin.record.events import DataErased
from tocsin.wiring.parts import Parts


@click.group()
def erase() -> None:
    """Forget personal data. What is erased is gone from this installation; copies in backups are their keeper's.

    One entry of the ledger says what kind of data it was, by whom and by which rule it was erased, and nothing of it.
    """


def _ready() -> Parts:
    from tocsin.web.wsgi import configure

    made = parts()
    configure(web_options(settings()))
    return made


def _forget(made: Parts, found: Forgotten, fact: DataErased, told: Told, actor: Actor) -> None:
    """Erase, then record. Given again after a crash in between, it is recorded then; the same is recorded once."""
    for reference in found.references:
        made.vault.erase(reference)
    for sha256 in found.files:
        made.evidence.erase(sha256)
    if (fact.what, fact.of, fact.digest) not in told:
        made.desk.note([fact], actor)
    click.echo(f"erased: {counted(fact.documents, 'sealed document')}, {counted(fact.files, 'file')}")


def _asked(made: Parts, what: What, of: str, found: Forgotten, login: str | None) -> None:
    told = erasure.told(made.desk.ledger)
    _forget(made, found, erasure.erased(what, of, found), told, acting(login))


@erase.command("need")
@click.argument("need_id")
@by_option
def need(need_id: str, login: str | None) -> None:
    """Where a flat is and who lives there, once its windows are closed."""
    made = _ready()
    found = erasure.of_need(need_id, made.repairs.state(), made.reports.state())
    _asked(made, "need", need_id, found, login)


@erase.command("report")
@click.argument("report_id")
@by_option
def report(report_id: str, login: str | None) -> None:
    """Everything that a resident handed in, photos among it."""
    made = _ready()
    found = erasure.of_report(report_id, made.repairs.state(), made.reports.state())
    _asked(made, "report", report_id, found, login)


@erase.command("evidence")
@click.argument("evidence_id")
@by_option
def evidence(evidence_id: str, login: str | None) -> None:
    """A file, its public copy and its notes; its hash and its custody stay in the ledger."""
    made = _ready()
    found = erasure.of_evidence(evidence_id, made.reports.state())
    _asked(made, "evidence", evidence_id, found, login)


@erase.command("officer")
@click.argument("login")
@click.option("--by", "by", metavar="LOGIN", help="Officer in whose name it is recorded.")
def officer(login: str, by: str | None) -> None:
    """Login, name, password, factors, sessions and keys of an officer; what was done stays under the reference."""
    made = _ready()
    from tocsin.store import accounts
    from tocsin.web.accounts import forget_factors

    actor = acting(by)
    forget_factors(login)
    gone = accounts.forget(login)
    made.desk.note([erasure.erased("officer", gone, Forgotten())], actor)
    click.echo(f"{gone} has no name any more")


@erase.command("due")
@click.option("--dry-run", is_flag=True, help="Say what would be erased and erase nothing.")
def due(dry_run: bool) -> None:
    """Everything whose time has come by the publication policy. Run it once a day."""
    made = _ready()
    told = erasure.told(made.desk.ledger)
    waiting = list(erasure.due(made.clock.now(), made.publication, made.repairs.state(), made.reports.state()))
    for one in waiting:
        fact = erasure.erased(one.what, one.of, one.found, one.rule)
        held = any(made.vault.open(reference) is not None for reference in one.found.references)
        if not held and (one.what, one.of, fact.digest) in told:
            continue
        click.echo(f"{one.what} {one.of}")
        if not dry_run:
            _forget(made, one.found, fact, told, OPERATOR)
