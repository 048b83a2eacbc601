"""Faults that a night can bring. Each is a context: inside it the fault holds, afterwards it is healed."""

from __future__ import annotations

import contextlib
import random
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from datetime import timedelta

import httpx

from chaos.city import QUIET, City
from journeys.many import Many
from tocsin.core.time import rfc3339

Fault = Callable[[City, random.Random], AbstractContextManager[object]]


def killed(name: str) -> Fault:
    """The process dies as in a power cut, and is started again."""

    @contextlib.contextmanager
    def fault(city: City, _dice: random.Random) -> Iterator[None]:
        with city.keeper.killed(name):
            yield

    return fault


def halted(name: str) -> Fault:
    """The process stands still: it answers nothing, and its sockets stay open."""

    @contextlib.contextmanager
    def fault(city: City, _dice: random.Random) -> Iterator[None]:
        with city.keeper.halted(name):
            yield

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
    """Every packet to the broker is lost, from here and from elsewhere."""
    port = city.stack.own.mqtt_bind.rpartition(":")[2]
    put = []
    for way in ("OUTPUT", "INPUT"):
        drop = ["iptables", "-w", "5", "{}", way, "-p", "tcp", "--dport", port, "-j", "DROP"]
        done = subprocess.run([word.format("-I") for word in drop], capture_output=True, check=False)
        put += [drop] if done.returncode == 0 else []
    try:
        yield
    finally:
        for drop in put:
            subprocess.run([word.format("-D") for word in drop], capture_output=True, check=True)


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
