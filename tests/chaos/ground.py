"""The ground of a run: network and mounts of its own, and places in it whose cables can be pulled.

A demonstration speaks to the loopback and to nothing else. So every place has an address of 127.77.0.0/24, and a
switch joins them: to the parts it is this machine, to the kernel they are machines of their own. All of it ends with
the process that laid it, however that ends, and nothing outside is touched.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

LAID = "CHAOS_GROUND"
"""Set in the environment of a process that has its own network and mounts."""

SWITCH = "city"
HEAD = "127.77.0.1"
"""The machine on which most of it runs, and from which everything is looked at."""

PLACES = {"nats-2": "127.77.0.12", "edge-2": "127.77.0.13", "worker-2": "127.77.0.14", "siren": "127.77.0.15"}
"""Machines of their own, and what runs there."""

_NEW_NETWORK = 0x40000000  # CLONE_NEWNET, linux/sched.h
_TRIAL = "ip link set lo up && ip link add name t type bridge && mount -t tmpfs none /run && ip netns add t"
_ROUTED = "sysctl -qw net.ipv4.conf.all.route_localnet=1 net.ipv4.conf.{0}.route_localnet=1"
# The kernel keeps 127.0.0.0/8 to itself; in the same table a narrower route comes first.
_ROUTE = "ip route replace 127.77.0.0/24 dev {0} src {1} table local"


def why_not() -> str:
    """Why this machine does not let such a ground be laid, or nothing."""
    try:
        done = subprocess.run(["unshare", "-n", "-m", "sh", "-ec", _TRIAL], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "unshare is missing: install util-linux"
    return "" if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


def laid() -> bool:
    """Whether this process stands on such a ground."""
    return LAID in os.environ


def begin(arguments: Sequence[str]) -> None:
    """Start this program anew on a ground of its own, where this machine allows it; else return."""
    if not laid() and not why_not():
        os.environ[LAID] = "1"
        os.execvp("unshare", ["unshare", "-n", "-m", sys.executable, "-m", "chaos.run", *arguments])  # noqa: S606 - ourselves


def lay(hosts_file: Path, resolver_file: Path) -> None:
    """Lay it: the switch, the places, and who is asked for names. Once in a process that stands on its own ground."""
    resolver_file.write_text(f"nameserver {HEAD}\n")
    hosts_file.write_text("127.0.0.1 localhost\n")
    _do("ip link set lo up")
    _do(f"ip link add name {SWITCH} type bridge && ip link set {SWITCH} up && ip addr add {HEAD}/24 dev {SWITCH}")
    _do(f"{_ROUTED.format(SWITCH)} && {_ROUTE.format(SWITCH, HEAD)}")
    _do("mount -t tmpfs none /run/netns || { mkdir -p /run/netns && mount -t tmpfs none /run/netns; }")
    _do(f"mount --bind {resolver_file} /etc/resolv.conf && mount --bind {hosts_file} /etc/hosts")
    for place, address in PLACES.items():
        _do(f"ip netns add {place} && ip link add name {place} type veth peer name eth0 netns {place}")
        inside = "ip link set lo up && ip link set eth0 up && {0} && ip addr add {1}/24 dev eth0 && {2}"
        filled = inside.format(_ROUTED.format("eth0"), address, _ROUTE.format("eth0", address))
        _do(f"ip netns exec {place} sh -ec '{filled}'")
        join(place)


def cut(place: str) -> None:
    """Pull the cable: nothing comes in or out any more, and nobody is told."""
    _do(f"ip link set {place} nomaster")


def join(place: str) -> None:
    """Plug it in again."""
    _do(f"ip link set {place} master {SWITCH} up")


def within(place: str) -> list[str]:
    """What to write before a command that is to run there."""
    return ["ip", "netns", "exec", place] if laid() and place in PLACES else []


def enter(place: str) -> None:
    """From here on this thread's new sockets belong there."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path(f"/run/netns/{place}").open("rb") as file:
        if libc.setns(file.fileno(), _NEW_NETWORK) != 0:
            raise OSError(ctypes.get_errno(), f"the place {place} cannot be entered")


def break_connections() -> None:
    """Every connection over TCP is reset, at every place, as when a router between them starts anew."""
    for prefix in _everywhere():
        _do(f"{prefix} ss -K -t state established")


def _everywhere() -> Iterable[str]:
    return ("", *(" ".join(within(place)) for place in PLACES))


def _do(command: str) -> None:
    done = subprocess.run(["sh", "-ec", command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.stderr.strip()}")
