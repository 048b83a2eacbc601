"""The city's keys as files: made once, readable by their owner only, never logged or shown."""

from __future__ import annotations

import base64
import os
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tocsin.core.errors import TocsinError, Unavailable
from tocsin.record.chain import raw_public
from tocsin.record.events import Purpose
from tocsin.store.durable import replace_private
from tocsin.warn.sign import CapSigner, make_self_signed
from tocsin.warn.siren_command import public_key as public_key_of
from tocsin.warn.vapid import Vapid, new_key
from tocsin.wiring.key_ring import FIRST, Fresh, ring

LEDGER: Purpose = "ledger"
COMMAND: Purpose = "command"
RETIRED = "ledger.retired"
"""Public keys from before a restore that made new ones; those that were retired by a command stand in the ring."""
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
    for purpose, name in FIRST.items():
        path = in_use(folder, purpose)
        # A key that followed the first one is never made anew: it comes back from its backup.
        if path.name == name and not path.exists():
            make_key(path, purpose, city=city, now=now)
            made.append(name)
    if not (folder / PUSH_KEY).exists():
        write_private(folder / PUSH_KEY, new_key())
        made.append(PUSH_KEY)
    if not (folder / WEB_SECRET).exists():
        write_private(folder / WEB_SECRET, os.urandom(48).hex().encode())
        made.append(WEB_SECRET)
    return made


def in_use(folder: Path, purpose: Purpose) -> Path:
    """The file of the private key that signs now.

    Raises:
        Unavailable: what says so cannot be read (TOC-8002).
    """
    return folder / ring(folder)[purpose].now


def certificate_of(path: Path) -> Path:
    """The file of the certificate that belongs to a private CAP key."""
    return path.with_name(path.name.replace(".key.pem", ".cert.pem"))


def make_key(path: Path, purpose: Purpose, *, city: str, now: datetime) -> None:
    """Make a private key, and its certificate for CAP, in new files."""
    if purpose != "cap":
        write_private(path, _pem(Ed25519PrivateKey.generate()))
        return
    key, certificate = make_self_signed(city[:64], now, os.urandom(64))
    replace_private(certificate_of(path), certificate)
    write_private(path, key)


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


def signing_key(folder: Path, purpose: Purpose) -> Ed25519PrivateKey:
    """The Ed25519 private key that signs now.

    Raises:
        Unavailable: there is none, or it cannot be read (TOC-8002).
    """
    return read_key(in_use(folder, purpose))


def read_key(path: Path) -> Ed25519PrivateKey:
    """The Ed25519 private key of a file.

    Raises:
        Unavailable: there is none, or it cannot be read (TOC-8002).
    """
    try:
        key = serialization.load_pem_private_key(_read(path), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise Unavailable(
            "TOC-8002", f"{path.name} is no Ed25519 key.", field="keys", remedy="Restore it from its backup."
        )
    return key


def public_key(folder: Path, purpose: Purpose) -> Ed25519PublicKey:
    """The public half of that key."""
    return signing_key(folder, purpose).public_key()


def command_keys(folder: Path) -> tuple[str, ...]:
    """Public halves in base64 that sirens are to accept: of the key that signs, then those it changes with."""
    files = ring(folder)[COMMAND].files
    return tuple(base64.b64encode(raw_public(read_key(folder / name))).decode() for name in files)


def ledger_keys(folder: Path) -> list[bytes]:
    """Raw public keys that may have signed checkpoints, the present one first."""
    line = ring(folder)[LEDGER]
    mine = [raw_public(read_key(folder / name)) for name in line.files]
    gone = [base64.b64decode(one.public) for one in reversed(line.retired)]
    return list(dict.fromkeys((*mine, *gone, *retired(folder))))


def retired(folder: Path) -> list[bytes]:
    """Raw public keys that signed checkpoints before a restore made new ones: a line of base64 each.

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
    """The city's CAP signer as of now.

    Raises:
        Unavailable: key or certificate cannot be read (TOC-8002).
        Invalid: they cannot be used (TOC-3004).
    """
    path = in_use(folder, "cap")
    return CapSigner(_read(path), _read(certificate_of(path)))


def cap_certificates(folder: Path) -> tuple[bytes, ...]:
    """Every certificate that the city has signed CAP messages with, PEM, the present one first."""
    line = ring(folder)["cap"]
    mine = tuple(_read(certificate_of(folder / name)) for name in line.files)
    gone = (x509.load_der_x509_certificate(base64.b64decode(one.public)) for one in reversed(line.retired))
    return (*mine, *(one.public_bytes(serialization.Encoding.PEM) for one in gone))


class LiveCap:
    """Signs CAP messages with the key that is in use at that moment. Implements :class:`tocsin.core.ports.Signer`."""

    def __init__(self, folder: Path) -> None:
        self._signer = Fresh(folder, cap_signer)

    def sign_cap(self, unsigned: bytes) -> bytes:
        """The same message, signed; see :meth:`tocsin.warn.sign.CapSigner.sign_cap`."""
        return self._signer().sign_cap(unsigned)


class LiveCommand:
    """Signs commands to sirens with the key that is in use at that moment."""

    def __init__(self, folder: Path) -> None:
        self._key = Fresh(folder, lambda where: signing_key(where, COMMAND))

    def sign(self, data: bytes) -> bytes:
        """The Ed25519 signature over the bytes."""
        return self._key().sign(data)


def live_ledger(folder: Path) -> Fresh[Ed25519PrivateKey]:
    """Gives the key that signs checkpoints at that moment."""
    return Fresh(folder, lambda where: signing_key(where, LEDGER))


def web_secret(folder: Path) -> str:
    """Django's secret key."""
    return _read(folder / WEB_SECRET).decode()


def vapid(folder: Path, contact: str) -> Vapid | None:
    """Who signs for the city at push services; None in a home folder from before there was such a key.

    Raises:
        Unavailable: the key cannot be read (TOC-8002).
    """
    return Vapid(_read(folder / PUSH_KEY), contact) if (folder / PUSH_KEY).exists() else None
