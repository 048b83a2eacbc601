"""The whole way: from the officer's click to the last siren and the last open page, beside one fdatasync.

Real worker and edge processes on a clean store, Mosquitto where it is installed and else the embedded broker. A
command issues a warning for the whole city: decide, render the CAP message in four languages, judge it, sign, commit to
SQLite (WAL, synchronous=FULL), wake the worker, fold, publish, sign a command for each siren, write each client.
Measured from just before the command to the moment it has returned, to each siren command in the hands of an ordinary
MQTT subscriber, to the moment at which the kernel put the update into each client's socket.
The stages are shares of all recipients in all rounds. The issue path ends when the first siren command and the first
live bytes are both out; its floor is appending 4 KiB to a file on the same disk and one fdatasync, between the rounds
and after such a pause as a command comes after: a disk that had nothing to do, and a processor that slept, take several
times as long as in a loop of nothing but fdatasync. Beside such a loop, nine in a row of which the middle counts, the
path stands in rows of its own, and the two floors in another.
Every second round sends the draft's bytes, written and judged when it was drafted, as an officer's click and the rule
do while they are fresh; these have rows of their own, and the issue path is of the others, which write them anew. The
first rounds do not count: by then every shape of message has been judged once, as a web process sees to when it starts.
In the last rounds, where Node is installed, there are push subscriptions too: their stage ends when a push service on
this machine, which speaks real HTTP/2, has the encrypted message. In full: 10,000 live clients, 500 sirens and 100,000
push subscriptions. All recipients, the broker and the push service share the machine with Tocsin, and its processors;
the subscriber of siren commands, which stands for devices of their own, goes before others where that is allowed.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import h3
import msgspec
from _city import grid
from _crowd import Children, ask, crowd_process, elsewhere, raise_file_limit, run_wide
from _peers import free_port, running
from _report import case, full, say
from _subscribers import Service, push_service, subscribe

ROUNDS, FULL_ROUNDS = 12, 28
CLIENTS, FULL_CLIENTS = 2_000, 10_000
SIRENS, FULL_SIRENS = 100, 500
AREAS, FULL_AREAS = 60, 300
PUSH_ROUNDS, FULL_PUSH_ROUNDS = 2, 2
PUSHED, FULL_PUSHED = 5_000, 100_000
FIRST_ROUNDS = 2
ASKED = [
    ("first live bytes, p50", "vs_floor", "at most", 20.0, "at most 20 times one fdatasync"),
    ("first live bytes, p99", "vs_floor", "at most", 60.0, "at most 60 times one fdatasync"),
    ("beside fdatasync in a loop, p50", "vs_floor", "at most", 20.0, "at most 20 times one of a loop of them"),
    ("beside fdatasync in a loop, p99", "vs_floor", "at most", 60.0, "at most 60 times one of a loop of them"),
]
SETTLE_S = (0.3, 0.7)
"""Pauses are of any length between these, so that what the processes do at regular times falls in with no round."""
WRITTEN_S = 5.0
"""Until the disk has what was subscribed: in a city it comes over months, not in the seconds before a warning."""


def ear_process(pipe: Connection, port: int) -> None:
    """An MQTT subscriber of siren commands: for each order ``N`` the moments (monotonic) at which N of them came."""
    elsewhere()
    heard = siren_commands(port)
    pipe.send("ready")
    while True:
        (wanted,) = pipe.recv()
        pipe.send([next(heard)[0] for _ in range(wanted)])


def siren_commands(port: int) -> Iterator[tuple[float, bytes]]:
    """Subscribe to every siren's commands; when each came (monotonic), and the body of its packet."""
    sock = socket.create_connection(("127.0.0.1", port))
    sock.sendall(b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00")
    topic = b"tocsin/siren/+/set"
    sock.sendall(b"\x82" + bytes((5 + len(topic), 0, 1, 0, len(topic))) + topic + b"\x00")
    packets = _packets(sock)
    while next(packets)[0] != 0x90:
        pass
    return ((at, body) for kind, at, body in packets if kind & 0xF0 == 0x30)


def _packets(sock: socket.socket) -> Iterator[tuple[int, float, bytes]]:
    """First byte of each packet, when it had come, and its body."""
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
            end = head + 1 + length
            if len(held) < end:
                break
            yield held[0], at, bytes(held[head + 1 : end])
            del held[:end]


@contextmanager
def city(folder: Path, areas: int, sirens: int, trusted: Path | None = None) -> Iterator[Any]:
    """A clean store with that city, and its worker, edge and broker running; gives what ``prepare`` made.
    ``trusted``: certificate of the push service.
    """
    from tocsin.cli.check import clean
    from tocsin.cli.city import prepare
    from tocsin.cli.supervise import Supervisor

    with ExitStack() as stack:
        own = clean(folder / "h")
        broker = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
        if broker is not None:
            port, config = free_port(), folder / "mosquitto.conf"
            listens = f"listener {port} 127.0.0.1\nset_tcp_nodelay true\n"
            config.write_text(f"{listens}allow_anonymous true\nmax_queued_messages 0\n")
            stack.enter_context(running([broker, "-c", str(config)], port, apart=True))
            own = msgspec.structs.replace(own, mqtt_url=f"mqtt://127.0.0.1:{port}")
        extra = {}
        if trusted is not None:
            own = msgspec.structs.replace(own, push_allow="localhost,127.0.0.0/8")
            extra["reach"] = {"SSL_CERT_FILE": str(trusted)}
        made, _ = prepare(own, *grid(areas, sirens))
        up = Supervisor(own, log=folder / "log", extra=extra)
        up.start()
        stack.callback(up.stop)
        yield made


class Way:
    """The moments of every round."""

    def __init__(self) -> None:
        self.stages: dict[str, list[float]] = {"siren commands": [], "live clients": []}
        self.committed: dict[bool, list[float]] = {False: [], True: []}
        self.path: dict[bool, list[float]] = {False: [], True: []}
        self.floor: list[float] = []
        self.loop_floor: list[float] = []

    def take(
        self, floor: tuple[float, float], began: float, done: float, at: dict[str, list[float]], *, ready: bool
    ) -> None:
        """Keep a round: when the command began and had returned, when each recipient had what is meant for it, and
        whether its message was ready before.
        """
        self.floor.append(floor[0])
        self.loop_floor.append(floor[1])
        self.committed[ready].append((done - began) * 1000)
        for stage, moments in at.items():
            self.stages.setdefault(stage, []).extend((moment - began) * 1000 for moment in moments)
        first = (min(at[stage]) for stage in ("siren commands", "live clients"))
        self.path[ready].append((max(first) - began) * 1000)


class Course:
    """What the rounds run on: the desk, the recipients' processes, and the file of the floor."""

    def __init__(self, folder: Path, made: Any, service: Service | None) -> None:
        from tocsin.app.actor import Actor, Grant

        self.desk, self.made, self.service = made.desk, made, service
        self.policy = made.desk.policy
        self.actor = Actor(id="officer:bench", grants=tuple(Grant(role=role) for role in ("sensor", "duty")))
        self.clients, self.sirens = (FULL_CLIENTS, FULL_SIRENS) if full() else (CLIENTS, SIRENS)
        self.pushed = FULL_PUSHED if full() else PUSHED
        self.children, self.way, self.pauses = Children(), Way(), random.Random(5)
        self.probe = os.open(folder / "probe", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    async def gather(self) -> None:
        """Bring the recipients on: an ear for the sirens, and every client until it has a state."""
        own = self.made.settings
        self.crowd, _ = self.children.spawn(crowd_process, int(own.edge_bind.rpartition(":")[2]))
        self.ear, _ = self.children.spawn(ear_process, int(own.broker.rpartition(":")[2]))
        await ask(self.ear)
        self.cell = h3.latlng_to_cell(*await asyncio.to_thread(_inside, self.desk), 7)
        request = f"GET /live?cells={self.cell} HTTP/1.1\r\nHost: b\r\n\r\n".encode()
        await ask(self.crowd, "grow", self.clients, request)
        held, *_ = await ask(self.crowd, "hold", b"event: state", 120.0)
        assert held == self.clients, f"{held} of {self.clients} clients have a state"

    async def subscribe(self) -> None:
        """From now on there are push subscriptions."""
        rounds = FULL_PUSH_ROUNDS if full() else PUSH_ROUNDS
        assert self.service is not None
        await asyncio.to_thread(subscribe, self.made, self.service.url, self.cell, self.pushed, rounds)
        await asyncio.sleep(WRITTEN_S)

    def _expect(self) -> list[asyncio.Task[Any]]:
        return [
            asyncio.create_task(ask(self.ear, self.sirens)),
            asyncio.create_task(ask(self.crowd, "when", b"event: update", 60.0, True)),
        ]

    async def round(self, number: int, *, measured: bool, push: bool) -> None:
        """Two sources report, the second of which issues the warning; everybody has it; it is ended."""
        from tocsin.warn.commands import AllClear, EndManually

        floor = await asyncio.to_thread(_sync, self.probe)
        first, second = (_detection(self.desk, number, source) for source in ("radar", "ears"))
        ready = number % 2 == 1
        self.desk.policy = msgspec.structs.replace(self.policy, refresh_s=self.policy.refresh_s if ready else -1)
        await asyncio.to_thread(self.desk.do, first, self.actor)
        expected = self._expect()
        await asyncio.sleep(self.pauses.uniform(*SETTLE_S))
        began, done, outcome = await asyncio.to_thread(_timed, self.desk, second, self.actor)
        assert outcome.state.live, "the second source did not issue"
        heard, reached = await asyncio.wait_for(asyncio.gather(*expected), 60)
        assert len(reached) == self.clients, f"{len(reached)} of {self.clients} clients have it"
        at = {"siren commands": heard, "live clients": reached}
        if push:
            assert self.service is not None
            at["push messages"] = await asyncio.wait_for(asyncio.to_thread(self.service.times, self.pushed), 180)
        expected = self._expect()
        warning = next(iter(outcome.state.live))
        # An end by hand tells subscribers nothing: each round is one message for each of them.
        end = EndManually(warning_id=warning, reason="next round") if push else None
        await asyncio.to_thread(self.desk.do, end or AllClear(warning_id=warning, reason="next round"), self.actor)
        await asyncio.wait_for(asyncio.gather(*expected), 60)
        await asyncio.sleep(self.pauses.uniform(*SETTLE_S))
        if measured:
            self.way.take(floor, began, done, at, ready=ready)


def _detection(desk: Any, number: int, source: str) -> Any:
    from tocsin.warn.commands import ReportDetection
    from tocsin.warn.events import Detection

    return ReportDetection(
        detection=Detection(
            id=str(number),
            source=source,
            trusted=True,
            threat="rocket_artillery",
            areas=("city",),
            observed_at=desk.clock.now() - timedelta(milliseconds=1),
        )
    )


async def _measure(folder: Path, made: Any, service: Service | None) -> Way:
    course = Course(folder, made, service)
    rounds = FIRST_ROUNDS + (FULL_ROUNDS if full() else ROUNDS)
    pushed = (FULL_PUSH_ROUNDS if full() else PUSH_ROUNDS) if service is not None else 0
    try:
        await course.gather()
        for number in range(rounds + pushed):
            if number == rounds:
                await course.subscribe()
            await course.round(number, measured=number >= FIRST_ROUNDS, push=number >= rounds)
    finally:
        os.close(course.probe)
        await course.children.stop()
    return course.way


def _inside(desk: Any) -> tuple[float, float]:
    """A place in the middle of a district, as lat, lon."""
    from shapely.geometry import shape

    place = shape(desk.state().areas["d000"].geometry).centroid
    return place.y, place.x


def _timed(desk: Any, command: Any, actor: Any) -> tuple[float, float, Any]:
    began = time.monotonic()
    outcome = desk.do(command, actor)
    return began, time.monotonic(), outcome


def _sync(handle: int) -> tuple[float, float]:
    """Milliseconds of one append of 4 KiB with its fdatasync: the first of nine, and their middle."""
    took = []
    for _ in range(9):
        began = time.monotonic()
        os.write(handle, b"x" * 4096)
        os.fdatasync(handle)
        took.append((time.monotonic() - began) * 1000)
    return took[0], statistics.median(took)


def share(values: list[float], part: float) -> float:
    """The value that this part of them do not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def main(json_only: bool) -> None:
    """Run the bench and print it."""
    from tocsin.app import threads
    from tocsin.wiring.memory import settle

    threads.share()
    raise_file_limit()
    areas, sirens = (FULL_AREAS, FULL_SIRENS) if full() else (AREAS, SIRENS)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ts-")))
        service = stack.enter_context(push_service(folder / "push"))
        made = stack.enter_context(city(folder, areas, sirens, service and service.certificate))
        settle()  # as the process does in which an officer's command is carried out
        over = threading.Event()
        stack.callback(over.set)
        threading.Thread(target=threads.attend, args=(made.desk, over), daemon=True).start()
        way = run_wide(_measure(folder, made, service))
    floor, loop = statistics.median(way.floor), statistics.median(way.loop_floor)
    cases = [
        case(f"{what}, {name}", share(took[ready], part), beside, digits=3)
        for what, took, ready, beside in (
            ("issue path: command to first siren command and first live bytes", way.path, False, floor),
            ("issue path, anew: beside fdatasync in a loop", way.path, False, loop),
            ("the same where the draft's bytes go out", way.path, True, floor),
            ("issue path, draft's bytes: beside fdatasync in a loop", way.path, True, loop),
            ("command to warning committed", way.committed, False, floor),
            ("the same where the draft's bytes are committed", way.committed, True, floor),
        )
        for name, part in (("p50", 0.5), ("p99", 0.99))
    ]
    cases.append(case("one append of 4 KiB and fdatasync after a pause, beside one of a loop", floor, loop, digits=3))
    way.stages = {"committed": way.committed[False] + way.committed[True]} | way.stages
    clients = FULL_CLIENTS if full() else CLIENTS
    sizes = {
        "siren commands": f"{sirens} siren commands",
        "live clients": f"{clients} live clients",
        "push messages": f"{FULL_PUSHED if full() else PUSHED} push messages",
    }
    for stage, moments in ((sizes.get(name, name), moments) for name, moments in way.stages.items()):
        after = "" if stage == "committed" else " after committed"
        for name, part in (("p50", 0.5), ("p99", 0.99), ("last", 1.0)):
            cases.append(case(f"way: {stage}{after}, {name}", share(moments, part), None, digits=2))
    say("issue", cases, floor="one fdatasync", json_only=json_only)


if __name__ == "__main__":
    main("--json" in sys.argv)
