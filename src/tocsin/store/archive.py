"""A backup as one file: a tar archive of plain files, a manifest with the SHA-256 of each, and a signature over it.

Anybody opens it with ``tar`` and checks it with ``sha256sum``. All of it is checked before anything is taken out.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import os
import re
import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tocsin.core.errors import Broken, Invalid, Unavailable
from tocsin.store.durable import sync

FORMAT = 1
MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
MOST_MANIFEST = 64 * 1024**2
"""Bytes that a manifest may have: some 400,000 files of evidence."""

_CHUNK = 1024 * 1024
_NAME = re.compile(r"(?:database|home|keys)(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,200}){1,6}")


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a backup: its path in the archive, bytes, and SHA-256 in hex."""

    path: str
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup says of itself.

    Attributes:
        format: of this archive; a later one is refused.
        made_at: RFC 3339, UTC.
        tocsin: version that made it.
        city: id of the city.
        database: kind of the database.
        head: last entry of the ledger in it; in a PostgreSQL backup the last one when it began.
        head_hash: hash of that entry.
        ledger_keys: public keys that sign the ledger's checkpoints, base64, the present one first.
        keys: whether private keys are in it, sealed by a passphrase.
        evidence: whether files of evidence are in it, or lie in a storage elsewhere.
        files: every file but the manifest and its signature.
    """

    format: int = FORMAT
    made_at: str
    tocsin: str
    city: str
    database: Literal["sqlite", "postgresql"]
    head: int
    head_hash: str
    ledger_keys: tuple[str, ...]
    keys: Literal["none", "sealed"]
    evidence: Literal["here", "elsewhere"]
    files: tuple[Member, ...] = ()


def unusable(message: str, remedy: str = "Take another backup; keep this one apart.") -> Broken:
    """The error of a backup that is not what it should be."""
    return Broken("TOC-8005", message, field="backup", remedy=remedy)


@contextlib.contextmanager
def disk(what: str) -> Iterator[None]:
    """Say in our words what the disk says: full, read-only, gone."""
    try:
        yield
    except OSError as fault:
        raise Unavailable(
            "TOC-8002",
            f"The backup could not be {what}: {fault.strerror or type(fault).__name__}.",
            field="backup",
            remedy="Make room, or choose another place; nothing was left behind.",
        ) from fault


class Writer:
    """Writes a backup to a file of its own beside the target, which appears only when it is whole.

    Args:
        target: must not exist.

    Raises:
        Invalid: the target exists (TOC-8005).
    """

    def __init__(self, target: Path) -> None:
        if target.exists():
            raise Invalid(
                "TOC-8005", f"{target} exists.", field="target", remedy="Name a new file; no backup is written over."
            )
        self.target = target
        self.fresh = target.with_name(f".{target.name}.part")
        self.members: list[Member] = []

    def __enter__(self) -> Writer:
        with disk("written"):
            self.fresh.unlink(missing_ok=True)
            handle = os.open(self.fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            self._out = os.fdopen(handle, "wb")
            self._tar = tarfile.open(fileobj=self._out, mode="w", format=tarfile.PAX_FORMAT)
        return self

    def __exit__(self, *_fault: object) -> None:
        with contextlib.suppress(OSError):
            self._out.close()
        self.fresh.unlink(missing_ok=True)

    def add_file(self, name: str, path: Path) -> None:
        """Add a file as long as it is now; what is appended to it meanwhile is not in it.

        Raises:
            Invalid: its name is not one that a backup holds (TOC-8005).
        """
        with path.open("rb") as source:
            self._add(name, source, os.fstat(source.fileno()).st_size)

    def add_bytes(self, name: str, data: bytes) -> None:
        """Add a file that was made in memory."""
        self._add(name, io.BytesIO(data), len(data))

    def _add(self, name: str, source: IO[bytes], size: int) -> None:
        if not _NAME.fullmatch(name):
            raise Invalid(
                "TOC-8005",
                f"{name!r} cannot be put into a backup.",
                field="home",
                remedy="Move files that are not Tocsin's out of the home folder.",
            )
        told = _Hashing(source)
        with disk("written"):
            self._tar.addfile(_member(name, size), told)
        self.members.append(Member(path=name, bytes=size, sha256=told.hex))

    def finish(self, manifest: Manifest, key: Ed25519PrivateKey) -> Manifest:
        """Write manifest and signature, flush everything to the disk, read it all back, and give it its name.

        Raises:
            Broken: what was read back is not what was written (TOC-8005).
            Unavailable: the disk does not do its part (TOC-8002).
        """
        whole = msgspec.structs.replace(manifest, files=tuple(self.members))
        text = msgspec.json.format(msgspec.json.encode(whole), indent=1)
        with disk("written"):
            for name, data in ((MANIFEST, text), (SIGNATURE, base64.b64encode(key.sign(text)))):
                self._tar.addfile(_member(name, len(data)), io.BytesIO(data))
            self._tar.close()
            self._out.flush()
            os.fsync(self._out.fileno())
        if check(self.fresh) != whole:
            raise unusable("What was read back is not what was written.")
        with disk("written"):
            self.fresh.replace(self.target)
            sync(self.target.parent)
        return whole


class _Hashing:
    """A reader that hashes what passes."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source, self._digest = source, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        try:
            with disk("read"):
                data = self._source.read(size)
        except tarfile.TarError as fault:
            raise unusable(f"It is damaged: {fault}.") from fault
        self._digest.update(data)
        return data

    @property
    def hex(self) -> str:
        return self._digest.hexdigest()


def _member(name: str, size: int) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.size, made.mode = size, 0o600
    return made


def check(path: Path, *, key: bytes | None = None) -> Manifest:
    """Read a whole backup and compare it with its manifest; nothing is written.

    Args:
        path: the archive.
        key: raw Ed25519 public key of the ledger that must have signed it; without one the manifest's own is taken,
            which shows damage but no forgery.

    Raises:
        Broken: it is damaged, cut, forged, or holds what no backup holds (TOC-8005).
        Unavailable: it cannot be read (TOC-8002).
    """
    found: dict[str, Member] = {}
    said: dict[str, bytes] = {}
    for name, size, source in _members(path):
        if name in (MANIFEST, SIGNATURE):
            said[name] = _Hashing(source).read(MOST_MANIFEST)
            continue
        told = _Hashing(source)
        while told.read(_CHUNK):
            pass
        found[name] = Member(path=name, bytes=size, sha256=told.hex)
    if set(said) != {MANIFEST, SIGNATURE}:
        raise unusable(f"{path.name} is cut: its manifest is missing.")
    manifest = _read_manifest(said[MANIFEST])
    _signed(manifest, said, key)
    listed = {member.path: member for member in manifest.files}
    if wrong := sorted(name for name in {*found, *listed} if found.get(name) != listed.get(name)):
        raise unusable(f"{wrong[0]} is not what the manifest says, nor are {len(wrong) - 1} others.")
    return manifest


def _read_manifest(text: bytes) -> Manifest:
    try:
        manifest = msgspec.json.decode(text, type=Manifest)
    except msgspec.MsgspecError as fault:
        raise unusable(f"The manifest cannot be read: {fault}.") from fault
    if manifest.format != FORMAT:
        raise unusable(f"The backup has format {manifest.format}, not {FORMAT}.", "Use the version that made it.")
    return manifest


def _signed(manifest: Manifest, said: dict[str, bytes], key: bytes | None) -> None:
    try:
        raw = key if key is not None else base64.b64decode(manifest.ledger_keys[0], validate=True)
        proof = base64.b64decode(said[SIGNATURE], validate=True)
        Ed25519PublicKey.from_public_bytes(raw).verify(proof, said[MANIFEST])
    except (ValueError, IndexError, InvalidSignature) as fault:
        raise unusable("The manifest's signature does not hold: it was changed, or another key made it.") from fault


def _members(path: Path) -> Iterator[tuple[str, int, IO[bytes]]]:
    """Every file of an archive, once, under a name that no one can climb out of a folder with."""
    seen: set[str] = set()
    with disk("read"):
        try:
            with tarfile.open(path, mode="r:") as tar:
                for info in tar:
                    known = info.name in (MANIFEST, SIGNATURE) or _NAME.fullmatch(info.name)
                    source = tar.extractfile(info) if info.isreg() and known and info.name not in seen else None
                    if source is None or info.issparse():
                        raise unusable(f"It holds {info.name[:80]!r}, which no backup holds.")
                    seen.add(info.name)
                    yield info.name, info.size, source
        except tarfile.TarError as fault:
            raise unusable(f"{path.name} is no backup, or is damaged: {fault}.") from fault


def take_out(path: Path, manifest: Manifest, place: Callable[[str], Path]) -> None:
    """Write every file where ``place`` says, mode 0600, hashed once more on the way.

    Raises:
        Broken: the archive changed since it was checked (TOC-8005).
        Unavailable: the disk does not take it (TOC-8002).
    """
    listed = {member.path: member for member in manifest.files}
    for name, _size, source in _members(path):
        if name in (MANIFEST, SIGNATURE):
            continue
        target, told = place(name), _Hashing(source)
        with disk("taken out"):
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as out:
                shutil.copyfileobj(told, out, _CHUNK)
                out.flush()
                os.fsync(handle)
        if name not in listed or told.hex != listed[name].sha256:
            raise unusable(f"{name} changed while it was read.")
