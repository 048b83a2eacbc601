"""A process finds a name at once while other names are dead: nobody answers for them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from chaos import ground

LOOK = """
import asyncio, os, socket
from tocsin.cli.roles import run_on_uvloop

silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
silent.bind(("127.0.0.1", 53))
silent.setblocking(False)

async def look():
    loop = asyncio.get_running_loop()
    dead = [asyncio.ensure_future(loop.getaddrinfo(f"dead-{n}.example.org", 80)) for n in range(12)]
    await loop.sock_recv(silent, 512)  # the first of them is being looked for
    await loop.getaddrinfo("known.example.org", 80)
    print("found", sum(one.done() for one in dead), flush=True)
    os._exit(0)

run_on_uvloop(look())
"""
LAY = """
ip link set lo up
mount --bind "$1/resolv.conf" /etc/resolv.conf
mount --bind "$1/hosts" /etc/hosts
shift
exec "$@"
"""


def test_dead_names_do_not_hold_up_a_living_one(tmp_path: Path) -> None:
    why = ground.why_not()
    if why:
        pytest.skip(f"this machine lets no network be laid: {why}")
    (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    (tmp_path / "hosts").write_text("127.0.0.1 known.example.org\n")
    command = ["unshare", "-n", "-m", "sh", "-ec", LAY, "sh", str(tmp_path), sys.executable, "-c", LOOK]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    # None of the dead was given up meanwhile, which takes ten seconds: the living one did not wait for them.
    assert done.stdout == "found 0\n", done.stderr
