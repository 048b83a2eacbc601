"""A city on PostgreSQL, set up, backed up and brought up elsewhere by the commands that an operator types."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tocsin.cli.city import CITIES

pytestmark = [pytest.mark.postgres, pytest.mark.long]

CITY = CITIES / "port-almen"
WORDS = "six words that nobody else knows"
Rows = dict[str, list[tuple[object, ...]]]


@pytest.fixture
def databases(postgres_url: str) -> Iterator[tuple[str, str]]:
    """Two empty databases of one server."""
    with psycopg.connect(postgres_url, autocommit=True) as server:
        for name in ("keep_old", "keep_new"):
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield postgres_url.replace("/postgres?", "/keep_old?"), postgres_url.replace("/postgres?", "/keep_new?")
        for name in ("keep_old", "keep_new"):
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


class Machine:
    """One machine: a home folder and the address of its database."""

    def __init__(self, home: Path, url: str) -> None:
        self.home, self.url = home, url

    def types(self, *words: str, refused: bool = False) -> str:
        """What `tocsin …` says on stdout, or on stderr where it must refuse."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
        own |= {"TOCSIN_HOME": str(self.home), "TOCSIN_DATABASE_URL": self.url, "TOCSIN_BACKUP_PASSPHRASE": WORDS}
        own |= {"TOCSIN_FIRST_PASSWORD": "correct horse battery", "TOCSIN_NEW_PASSWORD": "staple of another kind"}
        done = subprocess.run(
            [sys.executable, "-m", "tocsin", *words], env=own, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == (1 if refused else 0), done.stdout + done.stderr
        return done.stderr if refused else done.stdout

    def rows(self) -> Rows:
        """Every row of every table but the sessions, which no backup takes along, and those made from the ledger."""
        found: Rows = {}
        with psycopg.connect(self.url) as db:
            names = db.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            for (name,) in names:
                if "session" not in name and not name.startswith("read_") and name != "ledger_cursor":
                    every = db.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(name))).fetchall()
                    found[name] = sorted(every, key=repr)
        return found

    def sirens(self) -> set[str]:
        """Ids in the table of sirens that is made from the ledger."""
        with psycopg.connect(self.url) as db:
            return {str(siren) for (siren,) in db.execute("SELECT id FROM read_siren").fetchall()}


def test_a_city_on_postgresql_stands_up_elsewhere_by_its_backup(databases: tuple[str, str], tmp_path: Path) -> None:
    old, new = Machine(tmp_path / "old", databases[0]), Machine(tmp_path / "new", databases[1])
    files = [f"--{name}={CITY / found}" for name, found in (("city", "city.json"), ("areas", "areas.geojson"))]
    old.types("init", *files, f"--sirens={CITY / 'sirens.json'}", "--officer", "olga")
    old.types("officer", "add", "petro", "--role", "duty")
    away = tmp_path / "night.tar"
    manifest = json.loads(old.types("backup", "--keys", str(away), "--json"))
    before = old.rows()
    assert len(before["ledger_entry"]) == manifest["head"] > 0
    assert len(before["tocsin_officer"]) == 2

    key = old.types("ledger", "key").split()[-1]
    told = json.loads(new.types("restore", str(away), "--key", key, "--json"))

    assert told == {"home": str(new.home), "entries": manifest["head"], "keys_made": []}
    assert new.rows() == before
    listed = json.loads((CITY / "sirens.json").read_text("utf-8"))["features"]
    assert new.sirens() == {siren["properties"]["id"] for siren in listed}
    assert json.loads(new.types("ledger", "verify", "--json"))["ok"] is True
    assert {path.name: path.read_bytes() for path in (new.home / "keys").iterdir()} == {
        path.name: path.read_bytes() for path in (old.home / "keys").iterdir()
    }
    assert "petro" in new.types("officer", "list")

    elsewhere = Machine(tmp_path / "elsewhere", databases[1])
    assert "TOC-8" in elsewhere.types("restore", str(away), "--key", key, refused=True)
    assert new.rows() == before, "a restore over a city that is there has changed it"
    damaged = bytearray(away.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    away.write_bytes(damaged)
    assert "TOC-8005" in elsewhere.types("restore", "--check", str(away), refused=True)
