"""``tocsin backup``, ``tocsin restore``: keep an installation, and bring it up again elsewhere."""

from __future__ import annotations

import base64
import os
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from tocsin.cli.common import counted, json_option, parts, say, settings, web_options
from tocsin.cli.ledger import checkpoints_beside
from tocsin.core.errors import Invalid
from tocsin.wiring.parts import Parts
from tocsin.workers.watch import CHECKPOINTS

PASSPHRASE = "TOCSIN_BACKUP_PASSPHRASE"  # noqa: S105 - the name of a variable
_FILE = click.Path(path_type=Path)


def _passphrase(*, confirm: bool) -> str:
    return os.environ.get(PASSPHRASE) or click.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm)


@click.command("backup")
@click.argument("target", type=_FILE)
@click.option("--keys", "with_keys", is_flag=True, help="Seal the private keys into it by a passphrase.")
@json_option
def backup(target: Path, with_keys: bool, as_json: bool) -> None:
    """Write a verified backup to a new file, or into a folder, while everything goes on.

    Without --keys no private key is in it. With it the passphrase is asked for, or read from TOCSIN_BACKUP_PASSPHRASE.
    """
    from tocsin.wiring import keeping

    made = parts()
    if target.is_dir():
        target /= f"tocsin-{made.city.id}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar"
    passphrase = _passphrase(confirm=True) if with_keys else ""
    manifest = keeping.make(made, target, checkpoints_beside(made.settings.home / CHECKPOINTS), passphrase)
    if as_json:
        say({"file": str(target), **msgspec.to_builtins(manifest)})
        return
    size = sum(member.bytes for member in manifest.files)
    click.echo(f"{target}: {counted(len(manifest.files), 'file')}, {size} bytes, ledger up to entry {manifest.head}")
    if manifest.keys == "none":
        click.echo("No private keys are in it. Keep a copy of keys/ elsewhere, or use --keys.", err=True)
    if manifest.evidence == "elsewhere":
        click.echo("Files of evidence lie in their own storage and are not in it.", err=True)


@click.command("restore")
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", help="The ledger's public key that must have signed the backup, base64.")
@click.option("--new-keys", is_flag=True, help="Make new keys; the old ledger key then counts as retired.")
@click.option("--check", "only_check", is_flag=True, help="Check the backup and write nothing.")
@json_option
def restore(source: Path, key: str | None, new_keys: bool, only_check: bool, as_json: bool) -> None:
    """Bring a backup up in TOCSIN_HOME, which must be empty, on this machine or another.

    Sealed keys open with the passphrase, asked for or read from TOCSIN_BACKUP_PASSPHRASE, unless --new-keys is given.
    """
    from tocsin.store import archive
    from tocsin.web.wsgi import configure
    from tocsin.wiring import keeping, keys

    own, raw = settings(), _raw(key)
    manifest = archive.check(source, key=raw)
    if only_check:
        _say(msgspec.to_builtins(manifest), f"{source}: sound, ledger up to entry {manifest.head}", as_json)
        return
    passphrase = "" if new_keys or manifest.keys == "none" else _passphrase(confirm=False)
    manifest, dump = keeping.unpack(source, own, key=raw, passphrase=passphrase)
    made = Parts(own)
    made_keys = keeping.fit_keys(made, manifest, fresh=new_keys)
    own.run.mkdir(exist_ok=True, mode=0o700)
    configure(web_options(own))
    rebuilt = keeping.settle(made, manifest, dump, checkpoints_beside(own.home / CHECKPOINTS))
    told = {"home": str(own.home), "entries": rebuilt, "keys_made": made_keys}
    _say(told, f"{own.home}: {counted(rebuilt, 'entry').replace('entrys', 'entries')}, ledger verified", as_json)
    for line in _left_to_do(keys.in_use(own.keys, keys.LEDGER).exists(), made_keys, manifest.evidence):
        click.echo(line, err=True)


def _left_to_do(has_keys: bool, made_keys: list[str], evidence: str) -> list[str]:
    lines = ["Stop the old installation before you start this one: two would both speak for the city."]
    if not has_keys:
        lines.append("No private keys came along: lay your copy of keys/ into the home folder before `tocsin up`.")
    if made_keys:
        lines.append("The keys are new: give every siren the new public key, and partners the new certificate.")
    if evidence == "elsewhere":
        lines.append("Evidence lies in its own storage: set TOCSIN_EVIDENCE_URL.")
    return lines


def _say(told: dict[str, object], line: str, as_json: bool) -> None:
    if as_json:
        say(told)
    else:
        click.echo(line)


def _raw(key: str | None) -> bytes | None:
    if key is None:
        return None
    try:
        raw = base64.b64decode(key, validate=True)
    except ValueError:
        raw = b""
    if len(raw) != 32:
        raise Invalid(
            "TOC-8005", "The key is not 32 bytes in base64.", field="--key", remedy="See `tocsin ledger key`."
        )
    return raw
