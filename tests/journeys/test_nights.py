"""The bundled nights, lived through by real processes on clean stores."""

from __future__ import annotations

import json
import subprocess
import sys
from urllib.parse import urlsplit

import psycopg
import pytest

import nats_server

pytestmark = pytest.mark.processes


def check(name: str, *arguments: str) -> dict:
    done = subprocess.run(
        [sys.executable, "-m", "tocsin", "night", "check", name, "--json", *arguments],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return json.loads(done.stdout)


def test_the_whole_night() -> None:
    result = check("belgorod-2024-01-05")
    assert result["night"] == "belgorod-2024-01-05"
    assert result["ok"] is True
    assert sorted({row["row"] for row in result["rows"]}) == list(range(19))
    assert all(row["ok"] and row["entries"] for row in result["rows"])
    assert set(result["times_ms"]) == {"detection_to_siren", "detection_to_live"}
    assert all(value > 0 for value in result["times_ms"].values())
    assert result["log"]["lines"] > 0
    assert result["log"]["leaks"] == 0


@pytest.mark.long
def test_another_night_in_another_city_with_other_facts() -> None:
    result = check("port-almen-2024-04-06")
    assert result["ok"] is True
    assert all(row["ok"] for row in result["rows"])


@pytest.mark.long
@pytest.mark.postgres
def test_the_night_on_postgresql(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute("CREATE DATABASE night_check")
    own = urlsplit(postgres_url)._replace(path="/night_check").geturl()
    assert check("belgorod-2024-01-05", "--database", own)["ok"] is True


@pytest.mark.long
@pytest.mark.postgres
def test_the_night_on_many_machines(postgres_url: str) -> None:
    nats_server.required()
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute("CREATE DATABASE night_many")
    own, nats = urlsplit(postgres_url)._replace(path="/night_many").geturl(), nats_server.Servers(3).start()
    try:
        result = check("belgorod-2024-01-05", "--database", own, "--nats", ",".join(nats.urls))
    finally:
        nats.stop()
    assert result["ok"] is True


@pytest.mark.long
def test_the_night_in_one_process() -> None:
    assert check("belgorod-2024-01-05", "--one-process")["ok"] is True
