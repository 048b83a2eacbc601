"""The examples for running on many machines are read by the programs that they are for."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import nats_server
from tocsin.bus.nats import Address, NatsHub, NatsSubscription
from tocsin.bus.nats_link import connect, write_envelope
from tocsin.cli.check import free_ports
from tocsin.wiring import load

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
TLS = ("fullchain.pem", "privkey.pem", "nats.pem", "nats-key.pem", "ca.pem")


def program(name: str, package: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        why = f"{package} is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    return found


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates of nobody, where the examples name some."""
    folder = tmp_path_factory.mktemp("tls")
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"]
    made += ["-subj", "/CN=example.org", "-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    subprocess.run(made, check=True, capture_output=True)
    for name in ("nats.pem", "ca.pem"):
        shutil.copy(folder / "fullchain.pem", folder / name)
    shutil.copy(folder / "privkey.pem", folder / "nats-key.pem")
    return folder


def test_every_setting_of_the_example_is_one() -> None:
    lines = [line for line in (DEPLOY / "tocsin.env").read_text().splitlines() if line and not line.startswith("#")]
    made = load(dict(line.split("=", 1) for line in lines))
    assert len(made.nats_servers) == 3


def test_nginx_reads_its_example(tmp_path: Path, tls: Path) -> None:
    nginx = program("nginx", "nginx-light")
    text = (DEPLOY / "nginx.conf").read_text().replace("/etc/tocsin/tls", str(tls))
    text = re.sub(r"/var/(log|cache)/nginx|/run(?=/nginx.pid)", str(tmp_path), text)
    (tmp_path / "nginx.conf").write_text(text)
    done = subprocess.run(
        [nginx, "-t", "-c", str(tmp_path / "nginx.conf")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_nats_reads_its_example(tmp_path: Path, tls: Path) -> None:
    nats_server.required()
    server = nats_server.program()
    assert server is not None
    text = (DEPLOY / "nats.conf").read_text().replace("/etc/tocsin/tls", str(tls))
    if not nats_server.syncs(server):
        text = text.replace("sync_interval: always", "")
    (tmp_path / "nats.conf").write_text(text)
    done = subprocess.run(
        [server, "-t", "-c", str(tmp_path / "nats.conf")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_systemd_reads_the_units(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not here")
    for unit in UNITS:
        text = unit.read_text().replace("/opt/tocsin/.venv/bin/tocsin", "/bin/true")
        (tmp_path / unit.name).write_text(text)
    names = [str(tmp_path / unit.name.replace("@", "@1")) for unit in UNITS]
    done = subprocess.run(["systemd-analyze", "verify", *names], capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if "tocsin" in line] == []


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_every_unit_names_a_role_and_is_hardened(unit: Path) -> None:
    from tocsin.cli.root import root

    text = unit.read_text()
    role = re.search(r"^ExecStart=/opt/tocsin/\.venv/bin/tocsin (\w+)", text, re.MULTILINE)
    assert role is not None
    assert role[1] in root.commands
    assert {"NoNewPrivileges=yes", "ProtectSystem=strict", "Restart=always", "CapabilityBoundingSet="} <= set(
        text.splitlines()
    )


async def test_an_edges_account_hears_asks_and_says_what_it_wrote_and_can_do_no_more(tmp_path: Path) -> None:
    nats_server.required()
    server, (port, monitor) = nats_server.program() or "", free_ports(2)
    text = (DEPLOY / "nats.conf").read_text()
    text = re.sub(r"^(tls|cluster) \{.*?^\}$", "", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r'password: "[^"]*"', 'password: "word"', text)
    text = text.replace("0.0.0.0:4222", f"127.0.0.1:{port}").replace("127.0.0.1:8222", f"127.0.0.1:{monitor}")
    text = text.replace("/var/lib/nats", str(tmp_path))
    if not nats_server.syncs(server):
        text = text.replace("sync_interval: always", "")
    (tmp_path / "nats.conf").write_text(text)
    heard: list[tuple[str, dict[str, Any]]] = []
    worker, edge = (Address(servers=(f"nats://{user}:word@127.0.0.1:{port}",)) for user in ("worker", "edge"))
    running = subprocess.Popen([server, "-c", str(tmp_path / "nats.conf")], stderr=subprocess.DEVNULL)
    hub = NatsHub(worker, lambda: {"seq": 0, "areas": [], "alerts": []}, lambda *said: heard.append(said), term=1)
    subscription = NatsSubscription(edge, "edge-1")
    frames: list[dict[str, Any]] = []

    async def follow() -> None:
        async for frame in subscription:
            frames.append(frame)

    try:
        async with asyncio.timeout(60):
            await hub.start()
            following = asyncio.create_task(follow())
            while not frames:
                await asyncio.sleep(0.01)
            forger = await connect(edge, "forger")
            for subject in (edge.frames("live.update"), edge.late("live.update"), edge.dead("x")):
                await forger.publish(subject, write_envelope(9, 1, b'{"subject":"live.update","seq":9}'))
            await forger.flush()
            await forger.close()
            hub.publish({"subject": "live.update", "seq": 1, "id": "e1", "cells": [], "data": {}})
            while len(frames) < 2:
                await asyncio.sleep(0.01)
            while not heard:
                subscription.send({"subject": "live.written", "seq": 1, "clients": 1})
                await asyncio.sleep(0.1)
        assert [frame["subject"] for frame in frames] == ["live.state", "live.update"]
        assert heard[0] == ("edge-1", {"subject": "live.written", "seq": 1, "clients": 1})
        await subscription.close()
        await following
        await hub.close()
    finally:
        running.kill()
        running.wait()
