"""The whole way: from the officer's click to the last siren and the last open page, beside one fdatasync.

Real worker and edge processes on a clean store, Mosquitto where it is installed and else the embedded broker. A
command issues a warning for the whole city: decide, render the CAP message in four languages with its correction,
judge both, sign, commit to SQLite (WAL, synchronous=FULL), wake the worker, fold, publish, sign a command for each
siren, write each client. Measured from just before the command to the moment it has returned, to each siren command in
the hands of an ordinary MQTT subscriber, to each client's socket that holds the update. The stages are shares of all
recipients in all rounds. The issue path ends when the first siren command and the first live bytes are both out; its
floor is appending 4 KiB to a file on the same disk and one fdatasync, between the rounds. In full: 10,000 live clients
and 500 sirens.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import h3
from _city import grid
from _crowd import Children, ask, crowd_process, raise_file_limit, run_wide
from _peers import free_port, running
from _report import case, full, say

ROUNDS, FULL_ROUNDS = 12, 16
CLIENTS, FULL_CLIENTS = 2_000, 10_000
SIRENS, FULL_SIRENS = 100, 500
AREAS, FULL_AREAS = 60, 300
FIRST_ROUNDS = 2
SETTLE_S = 0.4


def ear_process(pipe: Connection, port: int) -> None:
    """An MQTT subscriber of siren commands: for each order ``N`` the moments (monotonic) at which N of them came."""
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.sendall(b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00")
        topic = b"tocsin/siren/+/set"
        sock.sendall(b"\x82" + bytes((5 + len(topic), 0, 1, 0, len(topic))) + topic + b"\x00")
        packets = _packets(sock)
        while next(packets)[0] != 0x90:
            pass
        pipe.send("ready")
        while True:
            (wanted,) = pipe.recv()
            times: list[float] = []
            while len(times) < wanted:
                kind, at = next(packets)
                if kind & 0xF0 == 0x30:
                    times.append(at)
            pipe.send(times)


def _packets(sock: socket.socket) -> Iterator[tuple[int, float]]:
    """First byte of each packet and when it had come."""
    held = bytearray()
    while True:
        data = sock.recv(65_536)
        assert data, "the broker has closed"
        at = time.monotonic()
        held += data
        while True:
            length, shift, head = 0, 0, 1
            while head < len(held) and held[head] & 0x80:
                length |= (held[head] & 0x7F) << shift
                shift, head = shift + 7, head + 1
            if head >= len(held):
                break
            length |= held[head] << shift
            if len(held) < head + 1 + length:
                break
            yield held[0], at
            del held[: head + 1 + length]


@contextmanager
def city(folder: Path, areas: int, sirens: int) -> Iterator[Any]:
    """A clean store with that city, and its worker, edge and broker running; gives what ``prepare`` made."""
    import msgspec

    from tocsin.cli.check import clean
    from tocsin.cli.city import prepare
    from tocsin.cli.supervise import Supervisor

    with ExitStack() as stack:
        own = clean(folder / "h")
        broker = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
        if broker is not None:
            port, config = free_port(), folder / "mosquitto.conf"
            config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n")
            stack.enter_context(running([broker, "-c", str(config)], port))
            own = msgspec.structs.replace(own, mqtt_url=f"mqtt://127.0.0.1:{port}")
        made, _ = prepare(own, *grid(areas, sirens))
        up = Supervisor(own, log=folder / "log")
        up.start()
        stack.callback(up.stop)
        yield made


class Way:
    """The moments of every round."""

    def __init__(self) -> None:
        self.stages: dict[str, list[float]] = {"committed": [], "siren commands": [], "live clients": []}
        self.path: list[float] = []
        self.floor: list[float] = []


async def _measure(folder: Path, made: Any) -> Way:
    from tocsin.app.actor import Actor, Grant
    from tocsin.warn.commands import AllClear, ReportDetection
    from tocsin.warn.events import Detection

    clients, sirens = (FULL_CLIENTS, FULL_SIRENS) if full() else (CLIENTS, SIRENS)
    desk, own, way, children = made.desk, made.settings, Way(), Children()
    actor = Actor(id="officer:bench", grants=tuple(Grant(role=role) for role in ("sensor", "duty")))
    probe = os.open(folder / "probe", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    crowd, _ = children.spawn(crowd_process, int(own.edge_bind.rpartition(":")[2]))
    ear, _ = children.spawn(ear_process, int(own.broker.rpartition(":")[2]))
    try:
        await ask(ear)
        cell = h3.latlng_to_cell(*await asyncio.to_thread(_inside, desk), 7)
        await ask(crowd, "grow", clients, f"GET /live?cells={cell} HTTP/1.1\r\nHost: b\r\n\r\n".encode())
        held, *_ = await ask(crowd, "hold", b"event: state", 120.0)
        assert held == clients, f"{held} of {clients} clients have a state"
        for number in range(FIRST_ROUNDS + (FULL_ROUNDS if full() else ROUNDS)):
            floor = await asyncio.to_thread(_sync, probe)
            detections = [
                ReportDetection(
                    detection=Detection(
                        id=str(number),
                        source=source,
                        trusted=True,
                        threat="rocket_artillery",
                        areas=("city",),
                        observed_at=desk.clock.now() - timedelta(milliseconds=1),
                    )
                )
                for source in ("radar", "ears")
            ]
            await asyncio.to_thread(desk.do, detections[0], actor)
            reached = asyncio.create_task(ask(crowd, "when", b"event: update", 60.0))
            heard = asyncio.create_task(ask(ear, sirens))
            await asyncio.sleep(SETTLE_S)
            began, done, outcome = await asyncio.to_thread(_timed, desk, detections[1], actor)
            assert outcome.state.live, "the second source did not issue"
            at = {"siren commands": await asyncio.wait_for(heard, 60), "live clients": await reached}
            assert len(at["live clients"]) == clients, f"{len(at['live clients'])} of {clients} clients have it"
            over = asyncio.create_task(ask(crowd, "when", b"event: update", 60.0))
            ended = asyncio.create_task(ask(ear, sirens))
            await asyncio.to_thread(
                desk.do, AllClear(warning_id=next(iter(outcome.state.live)), reason="next round"), actor
            )
            await asyncio.wait_for(asyncio.gather(over, ended), 60)
            await asyncio.sleep(SETTLE_S)
            if number < FIRST_ROUNDS:
                continue
            way.floor.append(floor)
            way.stages["committed"].append((done - began) * 1000)
            for stage, moments in at.items():
                way.stages[stage] += [(moment - began) * 1000 for moment in moments]
            way.path.append((max(min(moments) for moments in at.values()) - began) * 1000)
    finally:
        os.close(probe)
        await children.stop()
    return way


def _inside(desk: Any) -> tuple[float, float]:
    """A place in the middle of a district, as lat, lon."""
    from shapely.geometry import shape

    place = shape(desk.state().areas["d000"].geometry).centroid
    return place.y, place.x


def _timed(desk: Any, command: Any, actor: Any) -> tuple[float, float, Any]:
    began = time.monotonic()
    outcome = desk.do(command, actor)
    return began, time.monotonic(), outcome


def _sync(handle: int) -> float:
    """Milliseconds of one append of 4 KiB with its fdatasync: the middle of nine."""
    took = []
    for _ in range(9):
        began = time.monotonic()
        os.write(handle, b"x" * 4096)
        os.fdatasync(handle)
        took.append((time.monotonic() - began) * 1000)
    return statistics.median(took)


def share(values: list[float], part: float) -> float:
    """The value that this part of them do not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def main(json_only: bool) -> None:
    """Run the bench and print it."""
    raise_file_limit()
    areas, sirens = (FULL_AREAS, FULL_SIRENS) if full() else (AREAS, SIRENS)
    with tempfile.TemporaryDirectory(prefix="ts-") as folder, city(Path(folder), areas, sirens) as made:
        way = run_wide(_measure(Path(folder), made))
    floor = statistics.median(way.floor)
    cases = [
        case(f"issue path: command to first siren command and first live bytes, {name}", took, floor, digits=3)
        for name, took in (("p50", statistics.median(way.path)), ("p99", share(way.path, 0.99)))
    ]
    for name, part in (("p50", 0.5), ("p99", 0.99)):
        cases.append(
            case(f"command to warning committed, {name}", share(way.stages["committed"], part), floor, digits=3)
        )
    clients = FULL_CLIENTS if full() else CLIENTS
    sizes = {"siren commands": f"{sirens} siren commands", "live clients": f"{clients} live clients"}
    for stage, moments in ((sizes.get(name, name), moments) for name, moments in way.stages.items()):
        after = "" if stage == "committed" else " after committed"
        for name, part in (("p50", 0.5), ("p99", 0.99), ("last", 1.0)):
            cases.append(case(f"way: {stage}{after}, {name}", share(moments, part), None, digits=2))
    say("issue", cases, floor="one fdatasync", json_only=json_only)


if __name__ == "__main__":
    main("--json" in sys.argv)
