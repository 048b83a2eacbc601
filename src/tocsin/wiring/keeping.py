"""Backup and restore of one installation: database, files of the home folder, checkpoints, and keys when asked."""

from __future__ import annotations

import base64
import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tocsin import __version__
from tocsin.core.errors import Broken, Invalid, Refused
from tocsin.core.ports import Checkpoint
from tocsin.core.time import rfc3339
from tocsin.store import archive, backup
from tocsin.store.archive import Manifest
from tocsin.store.django import database
from tocsin.wiring import keys, sealed_keys
from tocsin.wiring.parts import Parts
from tocsin.wiring.settings import Settings

_APART = ("run", "keys")
"""What no backup holds: sockets, what is prepared for one use (Web Push), private keys; sealed ones stand apart."""

_DATABASE = {"sqlite": "database/db.sqlite3", "postgresql": "database/postgresql.dump"}
_KEYS = "keys/sealed"
_SETTINGS = ("policy_file", "publication_file", "repair_file")


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore made."""

    manifest: Manifest
    keys: list[str]
    rebuilt: int


def make(made: Parts, target: Path, checkpoints: list[Checkpoint], passphrase: str = "") -> Manifest:
    """Write a backup while everything goes on.

    Args:
        made: the installation.
        target: the new file.
        checkpoints: those kept beside the database.
        passphrase: seals the private keys into it; without one they are left out.

    Raises:
        Broken: the ledger or the database is not sound, or the file is not what was written (TOC-8005).
        Unavailable: disk or database do not do their part (TOC-8002).
    """
    own, city = made.settings, made.city
    made.ledger  # noqa: B018 - makes Django ready
    signer = keys.signing_key(own.keys, keys.LEDGER)
    public = keys.ledger_keys(own.keys)
    with archive.Writer(target) as out, tempfile.TemporaryDirectory(prefix=".tocsin-", dir=target.parent) as folder:
        # The database first: whatever an entry speaks of lay in its file before the entry was written.
        head, head_hash = _database(out, Path(folder), made, public, checkpoints)
        for name, path in _files(own):
            with contextlib.suppress(FileNotFoundError):  # it went meanwhile
                out.add_file(name, path)
        if passphrase:
            out.add_bytes(_KEYS, sealed_keys.seal(_private(own.keys), passphrase))
        manifest = Manifest(
            made_at=rfc3339(made.clock.now()),
            tocsin=__version__,
            city=city.id,
            database="sqlite" if backup.kind() == "sqlite" else "postgresql",
            head=head,
            head_hash=head_hash,
            ledger_keys=tuple(base64.b64encode(one).decode() for one in public),
            keys="sealed" if passphrase else "none",
            evidence="elsewhere" if own.evidence_url else "here",
        )
        return out.finish(manifest, signer)


def _database(
    out: archive.Writer, folder: Path, made: Parts, public: list[bytes], checkpoints: list[Checkpoint]
) -> tuple[int, str]:
    kind = backup.kind()
    copy = folder / "copy"
    if kind == "sqlite":
        with archive.disk("written"):
            backup.copy_sqlite(copy)
        head, head_hash, findings = backup.check_sqlite(copy, public, checkpoints=checkpoints, origin=made.city.id)
        if findings:
            raise _unsound(findings[0].seq, findings[0].message)
    else:
        head, head_hash = made.ledger.head()
        backup.dump_postgresql(copy)
    out.add_file(_DATABASE[kind], copy)
    return head, head_hash


def _unsound(seq: int, message: str) -> Broken:
    return Broken(
        "TOC-8005",
        f"The ledger is not sound, at entry {seq}: {message}",
        field="ledger",
        remedy="Keep the last good backup; see docs/how-to/keep-and-restore.md.",
    )


def _files(own: Settings) -> Iterator[tuple[str, Path]]:
    """Every file of the home folder but those apart, so that a kind of file that comes later is not forgotten."""
    base = Path(str(database("sqlite:", home=own.home)["NAME"]))
    if urlsplit(own.database_url).scheme == "sqlite":
        base = Path(str(database(own.database_url, home=own.home)["NAME"]))
    own_database = {base.with_name(base.name + end) for end in ("", "-wal", "-shm", "-journal")}
    for folder, inner, names in os.walk(own.home):
        here = Path(folder)
        if here == own.home:
            inner[:] = [name for name in inner if name not in _APART]
        for name in sorted(names):
            path = here / name
            if path.absolute() in own_database or _passing(name) or not path.is_file():
                continue
            yield f"home/{path.relative_to(own.home).as_posix()}", path
    for field in _SETTINGS:
        if given := getattr(own, field):
            yield f"home/settings/{field}.json", Path(given)


def _passing(name: str) -> bool:
    """Whether a file is one that is being written, or was when a crash came."""
    return name.startswith((".", "incoming-")) or name.endswith((".new", ".part"))


def _private(folder: Path) -> dict[str, bytes]:
    found = (path for path in sorted(folder.iterdir()) if path.is_file() and not _passing(path.name))
    return {path.name: path.read_bytes() for path in found}


def unpack(source: Path, own: Settings, *, key: bytes | None = None, passphrase: str = "") -> tuple[Manifest, Path]:
    """Check a backup and lay its files into an empty home folder, all or none.

    Returns:
        The manifest, and where a PostgreSQL dump lies (nowhere else is it of use; remove it afterwards).

    Raises:
        Refused: the home folder is not empty, or the database is of another kind (TOC-8005).
        Broken: the backup is not sound (TOC-8005); nothing was written.
        Invalid: the passphrase is wrong (TOC-8005); nothing was left behind.
    """
    home = own.home.absolute()
    if home.exists() and any(home.iterdir()):
        raise Refused(
            "TOC-8005",
            f"{home} is not empty.",
            field="TOCSIN_HOME",
            remedy="Choose a new folder; nothing is ever restored over another installation.",
        )
    manifest = archive.check(source, key=key)
    place = _database_place(manifest, own)
    home.parent.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=f".{home.name}-", dir=home.parent))
    try:
        archive.take_out(source, manifest, lambda name: _placed(name, stage))
        sealed = stage / ".sealed"
        if sealed.exists():
            data = sealed.read_bytes()
            sealed.unlink()
            if passphrase:
                _lay_keys(stage / "keys", sealed_keys.unseal(data, passphrase))
        with archive.disk("put in place"):
            if manifest.database == "sqlite":
                (stage / ".database").rename(_staged(place, home, stage))
            stage.rename(home)
    except BaseException:
        shutil.rmtree(stage, ignore_errors=True)
        raise
    return manifest, home / ".database"


def _database_place(manifest: Manifest, own: Settings) -> Path:
    scheme = urlsplit(own.database_url).scheme.replace("postgres:", "postgresql:")
    if scheme != manifest.database:
        raise Refused(
            "TOC-8005",
            f"The backup is of a {manifest.database} database.",
            field="TOCSIN_DATABASE_URL",
            remedy="Name an empty database of that kind.",
        )
    if scheme != "sqlite":
        return Path()
    place = Path(str(database(own.database_url, home=own.home)["NAME"]))
    if place.exists():
        raise Refused("TOC-8005", f"{place} exists.", field="TOCSIN_DATABASE_URL", remedy="Name a new file.")
    return place


def _staged(place: Path, home: Path, stage: Path) -> Path:
    """Where the database lies before the folder gets its name; one outside the home folder goes there at once."""
    target = stage / place.relative_to(home) if place.is_relative_to(home) else place
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return target


def _placed(name: str, stage: Path) -> Path:
    if name in _DATABASE.values():
        return stage / ".database"
    if name == _KEYS:
        return stage / ".sealed"
    room, _, rest = name.partition("/")
    if room != "home" or rest.partition("/")[0] in _APART:
        raise archive.unusable(f"It holds {name!r}, which has no place here.")
    return stage / rest


def _lay_keys(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(mode=0o700)
    for name, data in files.items():
        if name != Path(name).name or name.startswith("."):
            raise Invalid("TOC-8005", "The sealed keys have names that no keys have.", field="keys", remedy="Ask why.")
        keys.write_private(folder / name, data)


def fit_keys(made: Parts, manifest: Manifest, *, fresh: bool) -> list[str]:
    """Make new keys where none came along, and keep what is needed to verify the past. The names of those made."""
    folder = made.settings.keys
    has = keys.in_use(folder, keys.LEDGER).exists()
    if has or not fresh:
        return []
    city = made.city
    found = keys.make_keys(folder, city=city.names.get("en", city.id), now=made.clock.now())
    (folder / keys.RETIRED).write_text("\n".join(manifest.ledger_keys) + "\n")
    return found


def settle(made: Parts, manifest: Manifest, dump: Path, checkpoints: list[Checkpoint]) -> int:
    """Fill the database, bring its tables up to date, verify the ledger, rebuild the read tables.

    Returns:
        How many entries the read tables were rebuilt from.

    Raises:
        Broken: the ledger is not the one that the manifest names (TOC-8005).
    """
    from tocsin.store.check import check_tables
    from tocsin.store.django import migrate
    from tocsin.store.projections import Projector

    if manifest.database == "postgresql":
        backup.load_postgresql(dump)
        dump.unlink()
    migrate()
    public = [base64.b64decode(one) for one in manifest.ledger_keys]
    count, findings = check_tables(public, checkpoints=checkpoints, origin=manifest.city)
    if findings:
        raise _unsound(findings[0].seq, findings[0].message)
    entry = next(iter(made.ledger.read(manifest.head - 1, 1)), None) if manifest.head else None
    if count < manifest.head or (entry is not None and entry.hash != manifest.head_hash):
        raise _unsound(manifest.head, "the manifest names another.")
    return Projector(made.ledger).rebuild()
