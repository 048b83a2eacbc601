"""``tocsin mqtt credentials``: one account each, secrets told once, the bridge's taken up by itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from doors import SetClock, a_desk
from tocsin.cli import root
from tocsin.cli.city import CITIES
from tocsin.store.ledger import DjangoLedger
from tocsin.wiring import keys
from tocsin.wiring.outside import broker_access, broker_settings


def test_each_siren_gets_an_account_once(db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, out = tmp_path / "home", tmp_path / "out"
    home.mkdir()
    shutil.copy(CITIES / "port-almen" / "city.json", home)
    keys.make_keys(home / "keys", city="Port Almen", now=SetClock().at)
    monkeypatch.setenv("TOCSIN_HOME", str(home))
    # A command's socket ends with its process; here the process goes on.
    monkeypatch.setattr("tocsin.wiring.parts.Wake", lambda _path: lambda _seq: None)
    a_desk(SetClock(), ledger=DjangoLedger())
    assert broker_access(home) is None

    def run(*more: str) -> dict[str, str]:
        shutil.rmtree(out, ignore_errors=True)
        done = CliRunner().invoke(root, ["mqtt", "credentials", "--out", str(out), *more], catch_exceptions=False)
        assert done.exit_code == 0
        assert all(path.stat().st_mode & 0o077 == 0 for path in out.iterdir())
        return {path.stem: path.read_text().strip() for path in out.glob("*.secret")}

    first = run()
    assert set(first) == {"bridge", "home-assistant", "siren-s01", "siren-s02"}
    access = broker_access(home)
    assert access is not None
    assert all(access.opens(name, secret) for name, secret in first.items())
    assert "user siren-s01\n" in (out / "acl").read_text()
    bridge = broker_settings("mqtt://127.0.0.1:1883", home=home)
    assert (bridge.username, bridge.password) == ("bridge", first["bridge"])
    named = broker_settings("mqtt://someone:else@127.0.0.1:1883", home=home)
    assert (named.username, named.password) == ("someone", "else")
    assert run() == {}
    assert set(run("--renew", "siren-s01", "--drop", "siren-s02")) == {"siren-s01"}
    after = broker_access(home)
    assert after is not None
    assert set(after.accounts) == {"bridge", "home-assistant", "siren-s01"}
    assert not after.opens("siren-s01", first["siren-s01"])
    assert not any(secret in (home / "mqtt.json").read_text() for secret in first.values())
