"""Make what is published of a version, with signed checksums, and check it again.

.venv/bin/python scripts/release.py key KEY           a new Ed25519 key in KEY, its public half in KEY.pub
.venv/bin/python scripts/release.py make DIST --key KEY
.venv/bin/python scripts/release.py verify DIST --pub KEY.pub

Signatures have the form of minisign (https://jedisct1.github.io/minisign), so that it checks them too.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ROOT = Path(__file__).parent.parent
SUMS = "SHA256SUMS"
_RAW = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def _key_id(public: bytes) -> bytes:
    return hashlib.blake2b(public, digest_size=8).digest()


def public_file(public: Ed25519PublicKey) -> str:
    """The public half as minisign writes it."""
    raw = public.public_bytes(*_RAW)
    named = _key_id(raw)[::-1].hex().upper()
    return f"untrusted comment: minisign public key {named}\n{base64.b64encode(b'Ed' + _key_id(raw) + raw).decode()}\n"


def sign(data: bytes, key: Ed25519PrivateKey, comment: str) -> str:
    """A signature over the BLAKE2b digest of the data; the comment is signed with it."""
    raw = key.public_key().public_bytes(*_RAW)
    made = key.sign(hashlib.blake2b(data).digest())
    lines = ["untrusted comment: signature of Tocsin", base64.b64encode(b"ED" + _key_id(raw) + made).decode()]
    lines += [f"trusted comment: {comment}", base64.b64encode(key.sign(made + comment.encode())).decode()]
    return "\n".join(lines) + "\n"


def check(data: bytes, signature: str, public: str) -> str:
    """The signed comment, when the signature holds.

    Raises:
        ValueError: it does not, in one sentence.
    """
    try:
        known = base64.b64decode(public.splitlines()[1], validate=True)
        _, first, comment, second = signature.splitlines()
        given, over = base64.b64decode(first, validate=True), base64.b64decode(second, validate=True)
        key = Ed25519PublicKey.from_public_bytes(known[10:])
    except (ValueError, IndexError) as fault:
        raise ValueError("The key or the signature is not of minisign's form.") from fault
    if known[:2] != b"Ed" or given[:2] != b"ED" or given[2:10] != known[2:10]:
        raise ValueError("The signature was made with another key.")
    said = comment.removeprefix("trusted comment: ")
    try:
        key.verify(given[10:], hashlib.blake2b(data).digest())
        key.verify(over, given[10:] + said.encode())
    except InvalidSignature as fault:
        raise ValueError("The signature does not fit: the checksums or the comment were changed.") from fault
    return said


def _git(*words: str) -> str:
    git = shutil.which("git") or "git"
    done = subprocess.run([git, *words], cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603  # own words
    return done.stdout.strip()


def build(dist: Path) -> list[Path]:
    """Source and wheel (made from that source), the same bytes for the same commit, and the bill of materials."""
    import sbom

    at = _git("log", "-1", "--format=%ct")
    dist.mkdir(parents=True, exist_ok=True)
    words = ["build", "--quiet", "--no-build-isolation", "--python", sys.executable, "--out-dir", str(dist), str(ROOT)]
    uv = str(Path(sys.executable).parent / "uv")
    subprocess.run([uv, *words], check=True, env={**os.environ, "SOURCE_DATE_EPOCH": at})  # noqa: S603  # own words
    (dist / ".gitignore").unlink(missing_ok=True)
    bill = dist / "tocsin.cdx.json"
    bill.write_text(json.dumps(sbom.build(), indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return sorted([*dist.glob("*.whl"), *dist.glob("*.tar.gz"), bill])


@click.group()
def main() -> None:
    """Make and check what is published of a version."""


@main.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.password_option(prompt="Passphrase", help="Seals the key.")
def key(path: Path, password: str) -> None:
    """Make a new key. Keep it off the machines that build, except while it signs."""
    made = Ed25519PrivateKey.generate()
    sealed = serialization.BestAvailableEncryption(password.encode())
    pem = made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, sealed)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    path.with_name(path.name + ".pub").write_text(public_file(made.public_key()), encoding="ascii")


@main.command()
@click.argument("dist", type=click.Path(path_type=Path, file_okay=False))
@click.option("--key", "path", required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--rehearse", is_flag=True, help="Also with uncommitted changes; the signature says that it is a rehearsal."
)
@click.password_option(prompt="Passphrase", confirmation_prompt=False, help="Opens the key.")
def make(dist: Path, path: Path, *, rehearse: bool, password: str) -> None:
    """Build everything into DIST, which must be empty, and sign its checksums."""
    if dist.exists() and any(dist.iterdir()):
        raise click.ClickException(f"{dist} is not empty; take away what lies there.")
    if _git("status", "--porcelain") and not rehearse:
        raise click.ClickException("There are uncommitted changes: nobody could build the same. Commit them first.")
    try:
        signer = serialization.load_pem_private_key(path.read_bytes(), password.encode())
    except (ValueError, TypeError) as fault:
        raise click.ClickException("The key cannot be opened: wrong passphrase, or no PEM.") from fault
    if not isinstance(signer, Ed25519PrivateKey):
        raise click.ClickException("The key is not Ed25519; make one with scripts/release.py key.")
    files = build(dist)
    sums = "".join(f"{hashlib.sha256(one.read_bytes()).hexdigest()}  {one.name}\n" for one in files)
    (dist / SUMS).write_text(sums, encoding="ascii")
    comment = f"tocsin {_git('rev-parse', 'HEAD')}{' rehearsal' if rehearse else ''}"
    (dist / f"{SUMS}.minisig").write_text(sign(sums.encode(), signer, comment), encoding="ascii")
    click.echo(f"{len(files)} files and {SUMS}, signed: {comment}")


@main.command()
@click.argument("dist", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--pub", required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
def verify(dist: Path, pub: Path) -> None:
    """Check the signature of the checksums, then every file in DIST."""
    sums = (dist / SUMS).read_bytes()
    try:
        comment = check(sums, (dist / f"{SUMS}.minisig").read_text("ascii"), pub.read_text("ascii"))
    except ValueError as fault:
        raise click.ClickException(str(fault)) from fault
    named = dict(reversed(line.split("  ", 1)) for line in sums.decode("ascii").splitlines())
    here = {one.name for one in dist.iterdir()} - {SUMS, f"{SUMS}.minisig"}
    if here != set(named):
        raise click.ClickException(f"Not as signed: {', '.join(sorted(here ^ set(named)))}.")
    for name, digest in named.items():
        if hashlib.sha256((dist / name).read_bytes()).hexdigest() != digest:
            raise click.ClickException(f"{name} is not the file that was signed.")
    click.echo(f"{len(named)} files are as signed: {comment}")


if __name__ == "__main__":
    main()
