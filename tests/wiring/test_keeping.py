"""A backup taken while a night is written; its restore on what could be another machine; what must not be restored."""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connections

from doors import SetClock, a_desk
from record_story import tell
from tocsin.cli import root
from tocsin.cli.city import CITIES
from tocsin.core.errors import Broken, Invalid, Refused, TocsinError
from tocsin.core.event import Event
from tocsin.record.chain import raw_public
from tocsin.record.export import seal_head
from tocsin.store import accounts, archive, backup
from tocsin.store.ledger import DjangoLedger
from tocsin.store.projections import Projector
from tocsin.store.vault import DjangoVault
from tocsin.wiring import keeping, keys, sealed_keys
from tocsin.wiring.parts import Parts
from tocsin.wiring.settings import Settings

WORDS = "six words that nobody else knows"


class House:
    """An installation with a night in it."""

    def __init__(self, home: Path, django_home: Path, clock: SetClock) -> None:
        self.home = home
        home.mkdir()
        shutil.copy(CITIES / "port-almen" / "city.json", home)
        keys.make_keys(home / "keys", city="Port Almen", now=clock.at)
        (home / "run").mkdir()
        (home / "run" / "push-pool.sqlite3").write_text("not kept")
        (home / "border.geojson").write_text('{"type":"LineString","coordinates":[[36.0,50.4],[37.0,50.4]]}')
        self.photo = b"\xff\xd8 the photo as it came"
        (home / "evidence" / "ab").mkdir(parents=True)
        (home / "evidence" / "ab" / "ab12").write_bytes(self.photo)
        self.made = Parts(Settings(home=home, database_url=f"sqlite:///{django_home}/db.sqlite3"))
        self.ledger = DjangoLedger()
        tell(a_desk(clock, ledger=self.ledger), clock)
        self.key = keys.signing_key(home / "keys", keys.LEDGER)
        seal_head(self.ledger, origin="port-almen", at=clock.at, private_key=self.key)
        accounts.create_officer("olga", password="correct horse battery")
        self.sealed = DjangoVault().keep("report.home", {"contact": "Olena"})

    def back_up(self, target: Path, passphrase: str = "") -> archive.Manifest:
        return keeping.make(self.made, target, [], passphrase)


@pytest.fixture
def house(db: str, tmp_path: Path, django_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    from tocsin.web.desk import set_desk

    monkeypatch.setattr(sealed_keys, "_COST", 10)
    yield House(tmp_path / "old", django_home, SetClock())
    set_desk(None)


@pytest.fixture
def taken(house: House, tmp_path: Path) -> Path:
    house.back_up(tmp_path / "night.tar")
    return tmp_path / "night.tar"


def tocsin(home: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
    return subprocess.run(
        [sys.executable, "-m", "tocsin", *arguments],
        check=False,
        env=own | {"TOCSIN_HOME": str(home)} | environ,
        capture_output=True,
        text=True,
        timeout=300,
    )


def officers(path: Path) -> int:
    with closing(sqlite3.connect(path)) as file:
        return int(file.execute("SELECT count(*) FROM tocsin_officer").fetchone()[0])


def test_a_night_backed_up_while_it_is_written_stands_up_elsewhere(house: House, tmp_path: Path) -> None:
    stop, wrote = threading.Event(), []

    def write() -> None:
        ledger = DjangoLedger()
        while not stop.is_set():
            number = len(wrote)
            event = Event(
                id=f"w{number}", kind="a.noted", version=1, subject="a/1", body={}, actor="officer:x", at=SetClock().at
            )
            wrote.append(ledger.append([event])[0].seq)
        connections["default"].close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while not wrote:
            pass
        target = tmp_path / "away" / "night.tar"
        target.parent.mkdir()
        manifest = house.back_up(target, WORDS)
    finally:
        stop.set()
        writer.join()
    assert wrote[0] - 1 <= manifest.head <= wrote[-1]
    assert target.stat().st_mode & 0o777 == 0o600
    assert list(target.parent.iterdir()) == [target], "nothing half-made is left"

    new = tmp_path / "new"
    public = base64.b64encode(raw_public(house.key)).decode()
    done = tocsin(new, "restore", str(target), "--key", public, "--json", TOCSIN_BACKUP_PASSPHRASE=WORDS)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"home": str(new), "entries": manifest.head, "keys_made": []}
    verified = tocsin(new, "ledger", "verify", "--json")
    assert json.loads(verified.stdout) == {"ok": True, "entries": manifest.head, "findings": []}, verified.stderr
    assert {path.name: path.read_bytes() for path in (new / "keys").iterdir()} == {
        path.name: path.read_bytes() for path in (house.home / "keys").iterdir()
    }
    assert (new / "evidence" / "ab" / "ab12").read_bytes() == house.photo
    assert (new / "border.geojson").read_bytes() == (house.home / "border.geojson").read_bytes()
    assert not (new / "run" / "push-pool.sqlite3").exists()
    assert officers(new / "db.sqlite3") == 1
    with backup._opened(new / "db.sqlite3") as alias:
        assert DjangoVault(alias).open(house.sealed) == {"contact": "Olena"}
        assert [e.hash for e in DjangoLedger(alias).read()] == [
            e.hash for e in house.ledger.read(0, limit=manifest.head)
        ]
        tables = Projector(DjangoLedger(alias), using=alias)
        live = tables.dump()
        assert tables.rebuild() == manifest.head
        assert tables.dump() == live
        assert any(live.values())


def test_nobody_is_signed_in_by_a_backup_and_no_key_is_in_it(house: House, tmp_path: Path) -> None:
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session["who"] = "olga"
    session.create()
    manifest = house.back_up(tmp_path / "night.tar")
    data = (tmp_path / "night.tar").read_bytes()
    assert str(session.session_key).encode() not in data
    assert manifest.keys == "none"
    for path in (house.home / "keys").iterdir():
        if "cert" not in path.name:
            assert path.read_bytes()[40:80] not in data, path.name
    house.back_up(tmp_path / "sealed.tar", WORDS)
    assert (house.home / "keys" / keys.WEB_SECRET).read_bytes() not in (tmp_path / "sealed.tar").read_bytes()


def test_without_keys_new_ones_still_verify_the_past(taken: Path, tmp_path: Path) -> None:
    own = Settings(home=tmp_path / "new")
    manifest, _dump = keeping.unpack(taken, own)
    made = Parts(own)
    assert keeping.fit_keys(made, manifest, fresh=False) == []
    assert "ledger.ed25519" in keeping.fit_keys(made, manifest, fresh=True)
    public = keys.ledger_keys(own.keys)
    _head, _hash, findings = backup.check_sqlite(own.home / "db.sqlite3", public, origin="port-almen")
    assert findings == []
    assert backup.check_sqlite(own.home / "db.sqlite3", public[:1], origin="port-almen")[2] != []


def test_the_commands_say_what_they_did(
    house: House, tmp_path: Path, django_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_HOME", str(house.home))
    monkeypatch.setenv("TOCSIN_DATABASE_URL", f"sqlite:///{django_home}/db.sqlite3")
    monkeypatch.setenv("TOCSIN_BACKUP_PASSPHRASE", WORDS)
    folder = tmp_path / "away"
    folder.mkdir()
    plain = CliRunner().invoke(root, ["backup", str(folder)], catch_exceptions=False)
    assert plain.exit_code == 0
    assert "No private keys are in it" in plain.output
    (made,) = folder.iterdir()
    assert made.name.startswith("tocsin-port-almen-")
    sealed = CliRunner().invoke(root, ["backup", "--keys", "--json", str(tmp_path / "k.tar")], catch_exceptions=False)
    assert json.loads(sealed.stdout)["keys"] == "sealed"
    checked = CliRunner().invoke(root, ["restore", "--check", str(made)], catch_exceptions=False)
    assert "sound, ledger up to entry" in checked.output
    wrong = CliRunner().invoke(root, ["restore", "--check", "--key", "AAAA", str(made)])
    assert wrong.exit_code != 0


def test_nothing_is_restored_over_anything(house: House, taken: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="not empty"):
        keeping.unpack(taken, Settings(home=house.home))
    with pytest.raises(Refused, match="sqlite database"):
        keeping.unpack(taken, Settings(home=tmp_path / "new", database_url="postgresql:///empty"))
    with pytest.raises(Invalid, match="exists"):
        house.back_up(taken)
    assert not (tmp_path / "new").exists()


def test_the_passphrase_decides(house: House, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="fewer than 16"):
        house.back_up(tmp_path / "night.tar", "short")
    assert list(tmp_path.glob("*.tar*")) == []
    house.back_up(tmp_path / "night.tar", WORDS)
    with pytest.raises(Invalid, match="passphrase is wrong"):
        keeping.unpack(tmp_path / "night.tar", Settings(home=tmp_path / "new"), passphrase=WORDS + "!")
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["old"], "nothing half-made is left"


def _cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _flipped(data: bytes) -> bytes:
    at = data.index(b"the photo as it came")
    return data[:at] + b"T" + data[at + 1 :]


def _forged(data: bytes) -> bytes:
    """Everything written anew by somebody else, hashes and all, with a key of theirs."""
    out, key, text = io.BytesIO(), Ed25519PrivateKey.generate(), b""
    with tarfile.open(fileobj=io.BytesIO(data)) as old, tarfile.open(fileobj=out, mode="w") as new:
        for info in old:
            body = old.extractfile(info).read()  # type: ignore[union-attr]
            if info.name == archive.SIGNATURE:
                body = base64.b64encode(key.sign(text))
            elif info.name == archive.MANIFEST:
                text = body = body.replace(b'"port-almen"', b'"other-city"')
            info.size = len(body)
            new.addfile(info, io.BytesIO(body))
    return out.getvalue()


@pytest.mark.parametrize("change", [_cut, _flipped, _forged, lambda _data: b"", lambda _data: b"no tar" * 999])
def test_a_backup_that_is_not_what_was_written_is_refused(
    taken: Path, tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    taken.write_bytes(change(taken.read_bytes()))
    with pytest.raises(Broken, match="TOC-8005"):
        keeping.unpack(taken, Settings(home=tmp_path / "new"))
    assert not (tmp_path / "new").exists()


def test_a_signature_of_another_city_is_refused(taken: Path) -> None:
    assert archive.check(taken).city == "port-almen"
    with pytest.raises(Broken, match="another key made it"):
        archive.check(taken, key=raw_public(Ed25519PrivateKey.generate()))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("home/../../etc/cron.d/x", tarfile.REGTYPE),
        ("/home/x", tarfile.REGTYPE),
        ("home/link", tarfile.SYMTYPE),
        ("home/link", tarfile.LNKTYPE),
        ("home/device", tarfile.CHRTYPE),
        ("elsewhere/x", tarfile.REGTYPE),
        ("home/.ssh/authorized_keys", tarfile.REGTYPE),
    ],
)
def test_no_archive_reaches_outside(tmp_path: Path, name: str, kind: bytes) -> None:
    with tarfile.open(tmp_path / "bad.tar", "w") as tar:
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.size = kind, "/etc/passwd", 0
        tar.addfile(info, io.BytesIO())
    with pytest.raises(Broken, match="which no backup holds"):
        archive.check(tmp_path / "bad.tar")


def test_a_full_disk_leaves_nothing_half_made(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive.os, "fsync", full)
    with pytest.raises(TocsinError, match="No space left"):
        house.back_up(tmp_path / "night.tar")
    assert [path.name for path in tmp_path.iterdir()] == ["old"]


def test_a_ledger_that_is_not_sound_is_not_passed_off_as_a_backup(house: House, tmp_path: Path) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("UPDATE ledger_entry SET kind = 'a.forged' WHERE seq = 3")
    with pytest.raises(Broken, match="entry 3"):
        house.back_up(tmp_path / "night.tar")
    assert list(tmp_path.glob("*.tar")) == []


def test_a_corrupted_database_is_told_from_a_sound_one(house: House, taken: Path, tmp_path: Path) -> None:
    """The procedure of the page: the copy says what is wrong, and the last good backup still stands up."""
    damaged = tmp_path / "damaged.sqlite3"
    backup.copy_sqlite(damaged)
    with damaged.open("r+b") as file:
        for page in range(3, damaged.stat().st_size // 4096, 2):
            file.seek(page * 4096)
            file.write(b"\xff" * 2048)
    with backup._opened(damaged) as alias, pytest.raises(TocsinError) as caught:
        backup.copy_sqlite(tmp_path / "copy", alias)
    assert caught.value.code in {"TOC-8002", "TOC-8005"}
    manifest, _dump = keeping.unpack(taken, Settings(home=tmp_path / "new"))
    public = [base64.b64decode(one) for one in manifest.ledger_keys]
    assert backup.check_sqlite(tmp_path / "new" / "db.sqlite3", public) == (manifest.head, manifest.head_hash, [])


@pytest.mark.postgres
def test_postgresql_is_dumped_and_filled_anew(pg: str, postgres_url: str, tmp_path: Path) -> None:
    ledger = DjangoLedger(pg)
    clock = SetClock()
    tell(a_desk(clock, ledger=ledger), clock)
    backup.dump_postgresql(tmp_path / "dump", pg)
    with pytest.raises(Invalid, match="not empty"):
        backup.load_postgresql(tmp_path / "dump", pg)
    with connections[pg].cursor() as cursor:
        cursor.execute("CREATE DATABASE elsewhere")
    connections.databases["elsewhere"] = {**connections[pg].settings_dict, "NAME": "elsewhere"}
    try:
        backup.load_postgresql(tmp_path / "dump", "elsewhere")
        other = DjangoLedger("elsewhere")
        assert list(other.read()) == list(ledger.read())
        assert backup.check_tables([], using="elsewhere") == (ledger.head()[0], [])
        Projector(other, using="elsewhere").rebuild()
    finally:
        connections["elsewhere"].close()
        del connections["elsewhere"], connections.databases["elsewhere"]
        with connections[pg].cursor() as cursor:
            cursor.execute("DROP DATABASE elsewhere")
