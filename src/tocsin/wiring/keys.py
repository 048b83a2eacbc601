"""The city's keys as files: made once, readable by their owner only, never logged or shown."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tocsin.core.errors import TocsinError, Unavailable
from tocsin.warn.sign import CapSigner, make_self_signed
from tocsin.warn.siren_command import public_key as public_key_of
from tocsin.warn.vapid import Vapid, new_key

LEDGER = "ledger.ed25519"
COMMAND = "command.ed25519"
RETIRED = "ledger.retired"
CAP_KEY = "cap.key.pem"
CAP_CERT = "cap.cert.pem"
PUSH_KEY = "push.key.pem"
WEB_SECRET = "web.secret"  # noqa: S105 - the name of a file, not its content


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read; an existing one is never overwritten."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())


def make_keys(folder: Path, *, city: str, now: datetime) -> list[str]:
    """Make whichever keys are missing; the names of those that were made."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = []
    for name in (LEDGER, COMMAND):
        if not (folder / name).exists():
            write_private(folder / name, _pem(Ed25519PrivateKey.generate()))
            made.append(name)
    if not (folder / CAP_KEY).exists():
        key, certificate = make_self_signed(city[:64], now, os.urandom(64))
        (folder / CAP_CERT).write_bytes(certificate)
        write_private(folder / CAP_KEY, key)
        made.append(CAP_KEY)
    if not (folder / PUSH_KEY).exists():
        write_private(folder / PUSH_KEY, new_key())
        made.append(PUSH_KEY)
    if not (folder / WEB_SECRET).exists():
        write_private(folder / WEB_SECRET, os.urandom(48).hex().encode())
        made.append(WEB_SECRET)
    return made


def _pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise Unavailable(
            "TOC-8002",
            f"The key {path.name} cannot be read.",
            field="keys",
            remedy="Run `tocsin init`, or restore the keys folder from its backup.",
        ) from fault


def signing_key(folder: Path, name: str) -> Ed25519PrivateKey:
    """The Ed25519 private key of that name.

    Raises:
        Unavailable: there is none, or it cannot be read (TOC-8002).
    """
    key = serialization.load_pem_private_key(_read(folder / name), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise Unavailable("TOC-8002", f"{name} is no Ed25519 key.", field="keys", remedy="Restore it from its backup.")
    return key


def public_key(folder: Path, name: str) -> Ed25519PublicKey:
    """The public half of that key."""
    return signing_key(folder, name).public_key()


def retired(folder: Path) -> list[bytes]:
    """Raw public keys that signed checkpoints before the present one: a line of base64 each in ``ledger.retired``.

    Raises:
        Unavailable: a line is no key (TOC-8002).
    """
    path = folder / RETIRED
    lines = path.read_text().split() if path.exists() else []
    try:
        return [public_key_of(line).public_bytes_raw() for line in lines]
    except TocsinError as fault:
        raise Unavailable(
            "TOC-8002", f"{RETIRED} holds a line that is no key.", field="keys", remedy="One base64 key a line."
        ) from fault


def cap_signer(folder: Path) -> CapSigner:
    """The city's CAP signer."""
    return CapSigner(_read(folder / CAP_KEY), _read(folder / CAP_CERT))


def web_secret(folder: Path) -> str:
    """Django's secret key."""
    return _read(folder / WEB_SECRET).decode()


def vapid(folder: Path, contact: str) -> Vapid | None:
    """Who signs for the city at push services; None in a home folder from before there was such a key.

    Raises:
        Unavailable: the key cannot be read (TOC-8002).
    """
    return Vapid(_read(folder / PUSH_KEY), contact) if (folder / PUSH_KEY).exists() else None
