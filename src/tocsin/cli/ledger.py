"""``tocsin ledger``: verify the book, export it, verify an exported one."""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import BinaryIO

import click
import msgspec

from tocsin.cli.common import counted, json_option, parts, say
from tocsin.core.errors import Broken, Invalid
from tocsin.core.ports import Checkpoint
from tocsin.record.audit import Finding
from tocsin.workers.watch import CHECKPOINTS, seal


@click.group()
def ledger() -> None:
    """The one book: verify it, export it."""


@ledger.command()
@click.option("--file", "exported", type=click.File("rb"), help="Verify an exported ledger instead of this one.")
@click.option(
    "--key", "given", multiple=True, help="The city's public key, base64; needed with --file. Repeat for more."
)
@json_option
def verify(exported: BinaryIO | None, given: tuple[str, ...], as_json: bool) -> None:
    """Recompute every hash and signature; say which entry is not what it was."""
    if exported is not None:
        from tocsin.record.export import verify_export

        first, *further = [_key(one) for one in given] or [_key(None)]
        count, findings = verify_export(exported, first, further=further)
    else:
        count, findings = _own()
    if as_json:
        say({"ok": not findings, "entries": count, "findings": msgspec.to_builtins(findings)})
    else:
        for finding in findings:
            click.echo(f"entry {finding.seq}: {finding.kind}: {finding.message}", err=True)
        click.echo(f"{count} entries, {counted(len(findings), 'finding')}")
    if findings:
        sys.exit(1)


def _key(text: str | None) -> bytes:
    try:
        raw = base64.b64decode(text or "", validate=True)
    except ValueError:
        raw = b""
    if len(raw) != 32:
        raise Invalid(
            "TOC-7006",
            "An exported ledger is verified with the city's public key.",
            field="--key",
            remedy="Give the key that the city publishes: 32 bytes in base64. Never take it from the file itself.",
        )
    return raw


def _own() -> tuple[int, list[Finding]]:
    from tocsin.store.check import check_tables
    from tocsin.wiring import keys

    made = parts()
    made.ledger  # noqa: B018 - makes Django ready
    public = keys.ledger_keys(made.settings.keys)
    beside = checkpoints_beside(made.settings.home / CHECKPOINTS)
    return check_tables(public, checkpoints=beside, origin=made.city.id)


def checkpoints_beside(path: Path) -> list[Checkpoint]:
    """The checkpoints kept in a file beside the database, so that a cut database shows.

    Raises:
        Broken: a line is damaged, other than the last, which a crash may have cut (TOC-7004).
    """
    if not path.exists():
        return []
    lines = path.read_bytes().splitlines()
    found = []
    for at, line in enumerate(lines):
        try:
            found.append(msgspec.json.decode(line, type=Checkpoint))
        except msgspec.MsgspecError as fault:
            if at < len(lines) - 1:
                raise Broken(
                    "TOC-7004",
                    f"Line {at + 1} of {path.name} is damaged.",
                    field=path.name,
                    remedy="Compare it with a copy; its checkpoints prove how long the ledger was.",
                ) from fault
    return found


@ledger.command()
@click.option("--out", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="File; stdout without it.")
def export(out: Path | None) -> None:
    """Write the ledger as JSON lines that anybody verifies with the public key alone."""
    from tocsin.record.chain import raw_public
    from tocsin.record.export import export as lines
    from tocsin.wiring import keys

    made = parts()
    own = keys.signing_key(made.settings.keys, keys.LEDGER)
    path = made.settings.home / CHECKPOINTS
    head = seal(made.ledger, origin=made.city.id, now=made.clock.now(), key=own, path=path)
    text = lines(made.ledger, origin=made.city.id, public_key=raw_public(own), through=head.seq)
    stream = out.open("w", encoding="utf-8") if out else sys.stdout
    for line in text:
        stream.write(line + "\n")
    if out:
        stream.close()
        click.echo(f"written to {out}", err=True)


@ledger.command()
@click.option("--all", "every", is_flag=True, help="Former ones, too, a line each, the present one first.")
def key(every: bool) -> None:
    """Print the public key with which an exported ledger is verified."""
    from tocsin.wiring import keys

    known = keys.ledger_keys(parts().settings.keys)
    for raw in known if every else known[:1]:
        click.echo(base64.b64encode(raw).decode())
