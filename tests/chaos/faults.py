"""Faults that a night can bring. Each is a context: inside it the fault holds, afterwards it is healed."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx

from chaos.city import QUIET, City
from journeys.many import Many
from tocsin.core.time import rfc3339

Fault = Callable[[City, random.Random], AbstractContextManager[object]]


@dataclass(frozen=True)
class Kind:
    """A kind of fault. ``touches``: what two faults may not touch at once; ``lasts``: seconds, from and to.

    ``needs``: whether it can be brought here; ``here``: whether this set-up has what it touches at all.
    """

    name: str
    touches: str
    make: Fault
    lasts: tuple[float, float] = (0.0, 1.0)
    needs: Callable[[City], bool] = lambda _city: True

    def here(self, city: City) -> bool:
        """Whether it is this machine, and not the set-up, that does not let it be brought."""
        return self.needs in (own_disk, can_filter) and on_one(city)


PROCESSES = ("web", "worker", "edge", "broker", "siren", "reach", "worker-2", "edge-2", "reach-2")
NODES = 3


def killed(name: str) -> Fault:
    """The process dies as in a power cut, and is started again."""

    @contextlib.contextmanager
    def fault(city: City, _dice: random.Random) -> Iterator[None]:
        city.stack.supervisor.kill(name)
        yield
        city.stack.supervisor.spawn(name)

    return fault


def halted(name: str) -> Fault:
    """The process stands still: it answers nothing, and its sockets stay open."""

    @contextlib.contextmanager
    def fault(city: City, _dice: random.Random) -> Iterator[None]:
        city.stack.signal(name, signal.SIGSTOP)
        try:
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):
                city.stack.signal(name, signal.SIGCONT)

    return fault


@contextlib.contextmanager
def full_disk(city: City, _dice: random.Random) -> Iterator[None]:
    """Somebody fills the disk to the last byte."""
    ballast = city.home / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(65536))
    try:
        yield
    finally:
        ballast.unlink()


@contextlib.contextmanager
def read_only_disk(city: City, _dice: random.Random) -> Iterator[None]:
    """The kernel takes the disk out of writing, as it does after an error; files that are open stay so."""
    remount = ["mount", "-o", "remount,{}", str(city.home)]
    done = subprocess.run([p.format("ro") for p in remount], capture_output=True, check=False)
    try:
        yield
    finally:
        if done.returncode == 0:
            subprocess.run([p.format("rw") for p in remount], capture_output=True, check=True)


@contextlib.contextmanager
def locked_database(city: City, _dice: random.Random) -> Iterator[None]:
    """Somebody else holds the database's write lock."""
    with closing(sqlite3.connect(city.home / "db.sqlite3", timeout=5, isolation_level=None)) as db:
        with contextlib.suppress(sqlite3.OperationalError):
            db.execute("BEGIN IMMEDIATE")
        yield
        if db.in_transaction:
            db.execute("ROLLBACK")


def clock_step(seconds: float) -> Fault:
    """Every clock of the city steps at once, as after a bad time server; it stays so."""

    @contextlib.contextmanager
    def fault(city: City, _dice: random.Random) -> Iterator[None]:
        clock = city.stack.clock
        clock._write(clock.now() + timedelta(seconds=seconds), 1.0)
        yield

    return fault


@contextlib.contextmanager
def replayed_commands(city: City, dice: random.Random) -> Iterator[None]:
    """Somebody plays recorded siren commands again, in another order, as in Dallas in 2017."""
    old = [h for h in city.stack.mqtt.heard if h.topic.endswith("/set") and "/drill/" not in h.topic]
    for heard in dice.sample(old, min(len(old), 8)):
        city.publish(heard.topic, heard.payload)
    yield


@contextlib.contextmanager
def junk_messages(city: City, dice: random.Random) -> Iterator[None]:
    """Rubbish on every topic that is read."""
    siren = dice.choice(sorted(city.stack.sirens.values()))
    for topic in (f"tocsin/siren/{siren}/set", f"tocsin/siren/{siren}/report", "tocsin/detections/x"):
        city.publish(topic, dice.randbytes(dice.randint(0, 300)))
        city.publish(topic, b'{"id": 7, "siren": null, "state": {}}')
    yield


@contextlib.contextmanager
def stale_feed(city: City, dice: random.Random) -> Iterator[None]:
    """A source answers well and sends what it saw ten minutes ago."""
    for source in city.stack.sources:
        body = city.stack.detection(source, QUIET, ident=f"old-{dice.randrange(10**9)}")
        body["observed_at"] = rfc3339(city.stack.clock.now() - timedelta(minutes=10))
        with contextlib.suppress(httpx.HTTPError):
            city.stack.sources[source].http.post("/detections", json=body)
    yield


@contextlib.contextmanager
def repeated_detections(city: City, dice: random.Random) -> Iterator[None]:
    """A network delivers the last detections again, in another order."""
    for source, body in dice.sample(city.sent[-6:], min(len(city.sent), 6)):
        with contextlib.suppress(httpx.HTTPError):
            city.stack.sources[source].http.post("/detections", json=body)
    yield


@contextlib.contextmanager
def bad_clients(city: City, dice: random.Random) -> Iterator[None]:
    """Clients of the edge that read nothing, ask byte by byte, or never finish their question."""
    host, _, port = city.stack.own.edge_bind.rpartition(":")
    opened: list[socket.socket] = []
    cell = city.stack.inside(dice.choice(sorted(city.stack.sirens)))
    whole = f"GET /live?cells={cell} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    questions = (whole, whole[:12], b"\x16\x03\x01\x00", b"")
    for n in range(60):
        with contextlib.suppress(OSError):
            sock = socket.create_connection((host, int(port)), timeout=1)
            opened.append(sock)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            sock.send(questions[n % len(questions)])
    try:
        yield
    finally:
        for sock in opened:
            sock.close()


@contextlib.contextmanager
def exercise(city: City, dice: random.Random) -> Iterator[None]:
    """Somebody holds an exercise in the middle of it."""
    body = {"exercise": f"drill {dice.randrange(10**6)}", "areas": [QUIET]}
    with contextlib.suppress(httpx.HTTPError):
        city.stack.duty.http.post("/drills", json=body)
    yield


@contextlib.contextmanager
def cut_network(city: City, _dice: random.Random) -> Iterator[None]:
    """Every packet between the processes of this machine is lost: only what goes over unix sockets arrives."""
    rule = ["iptables", "-w", "5", "{}", "OUTPUT", "-p", "tcp", "--dport", city.stack.own.mqtt_bind.rpartition(":")[2]]
    drop = [*rule, "-j", "DROP"]
    done = subprocess.run([p.format("-I") for p in drop], capture_output=True, check=False)
    try:
        yield
    finally:
        if done.returncode == 0:
            subprocess.run([p.format("-D") for p in drop], capture_output=True, check=True)


def node_killed(at: int) -> Fault:
    """One server of the message cluster dies and is started again."""

    @contextlib.contextmanager
    def fault(city: City, _dice: random.Random) -> Iterator[None]:
        nats = many(city).nats
        nats.kill(at)
        yield
        nats.begin(at)
        nats.wait(at)

    return fault


def node_halted(at: int) -> Fault:
    """One server of the message cluster stands still."""

    @contextlib.contextmanager
    def fault(city: City, _dice: random.Random) -> Iterator[None]:
        process = many(city).nats.running[at]
        assert process is not None
        process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)

    return fault


@contextlib.contextmanager
def database_restarted(city: City, _dice: random.Random) -> Iterator[None]:
    """The database server is ended at once, as by its supervisor, and comes up again."""
    server = many(city).postgres
    server._run("pg_ctl", "-D", server.data, "-w", "-m", "immediate", "stop")
    yield
    server.again()


def many(city: City) -> Many:
    """The set-up of many machines."""
    assert isinstance(city.stack, Many)
    return city.stack


def runs(name: str) -> Callable[[City], bool]:
    """Whether that process is part of this set-up."""
    return lambda city: name in city.stack.supervisor.children


def on_many(city: City) -> bool:
    """Whether this is the set-up of many machines."""
    return isinstance(city.stack, Many)


def on_one(city: City) -> bool:
    """Whether the database is a file of this machine."""
    return not on_many(city)


def own_disk(city: City) -> bool:
    """Whether the home folder is a disk of its own, which may be filled."""
    return os.path.ismount(city.home)


def can_filter(_city: City) -> bool:
    """Whether packets may be dropped here."""
    if not any((Path(folder) / "iptables").exists() for folder in ("/usr/sbin", "/sbin")):
        return False
    return subprocess.run(["iptables", "-w", "5", "-L", "-n"], capture_output=True, check=False).returncode == 0


KINDS: tuple[Kind, ...] = (
    *(Kind(f"{name} killed", name, killed(name), needs=runs(name)) for name in PROCESSES),
    *(Kind(f"{name} stands still", name, halted(name), (0.3, 2.5), runs(name)) for name in PROCESSES),
    # One server at a time: two of three are what the cluster promises to live with.
    *(Kind(f"message server {at} killed", "nats", node_killed(at), (0.3, 2.5), on_many) for at in range(NODES)),
    *(Kind(f"message server {at} stands still", "nats", node_halted(at), (0.3, 2.5), on_many) for at in range(NODES)),
    Kind("database restarted", "disk", database_restarted, (0.2, 1.5), on_many),
    Kind("disk full", "disk", full_disk, (0.3, 1.5), own_disk),
    Kind("disk read-only", "disk", read_only_disk, (0.3, 1.5), own_disk),
    Kind("database locked", "disk", locked_database, (0.3, 1.5), on_one),
    Kind("clock 20 s on", "disk", clock_step(20.0)),  # the replay's clock is a file of that disk
    Kind("clock 5 s back", "disk", clock_step(-5.0)),
    Kind("old commands again", "mqtt", replayed_commands),
    Kind("junk messages", "mqtt", junk_messages),
    Kind("packets to the broker lost", "mqtt", cut_network, (0.5, 2.5), can_filter),
    Kind("feed with old data", "feed", stale_feed),
    Kind("detections again", "feed", repeated_detections),
    Kind("bad clients", "clients", bad_clients, (0.5, 2.0)),
    Kind("an exercise", "exercise", exercise),
)


def hold(kind: Kind, city: City, dice: random.Random, after_s: float) -> float:
    """Wait, bring the fault, hold it, heal it; the monotonic time at which it was healed."""
    time.sleep(after_s)
    with kind.make(city, dice):
        time.sleep(dice.uniform(*kind.lasts))
    return time.monotonic()
