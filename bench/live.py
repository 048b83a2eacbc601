"""How long one 1 KB update takes to reach everyone: the real edge against a plain loop of ``send``.

Both send the same bytes to the same number of connections in the same run, in turn. Two figures each: until the last
client holds the update, and the sender's own time. Run it with ``tocsin bench live``.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import resource
import select
import signal
import socket
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import h3
from _report import case, say

from tocsin.bus.local import LocalHub
from tocsin.core.time import rfc3339
from tocsin.edge.server import run
from tocsin.edge.sse import event

ROUNDS = 7
SIZES = (5_000, 10_000)
MARK = b"~end~"
CELL = h3.latlng_to_cell(50.6, 36.6, 7)
PER_ADDRESS = 5_000
REQUEST = f"GET /live?cells={CELL} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()
_SPAWN = multiprocessing.get_context("spawn")


def raise_file_limit() -> None:
    """As many open files as the system lets this process have."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def edge_process(pipe: Connection, path: str) -> None:
    """The real edge, in a process of its own; tells its port."""
    raise_file_limit()
    run("127.0.0.1", 0, Path(path), "edge-bench", ready=lambda _, port: pipe.send(port))


def floor_process(pipe: Connection) -> None:
    """The least that can be done: accept, then send the bytes to each socket in a loop."""
    raise_file_limit()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as door:
        pipe.send(door.getsockname()[1])
        peers: list[socket.socket] = []
        while True:
            order = pipe.recv()
            if isinstance(order, int):
                peers += [door.accept()[0] for _ in range(order)]
                pipe.send(len(peers))
            else:
                begun = time.monotonic()
                for peer in peers:
                    peer.send(order)
                pipe.send(time.monotonic() - begun)


def crowd_process(pipe: Connection, port: int) -> None:
    """Holds many connections and tells when the last of them holds what is marked."""
    raise_file_limit()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    crowd = Crowd(port)
    while True:
        order = pipe.recv()
        if order[0] == "grow":
            pipe.send(crowd.grow(order[1], order[2]))
        else:
            pipe.send(crowd.all_hold(order[1], order[2]))


class Crowd:
    """Many client sockets in one process, by epoll."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.sockets: dict[int, socket.socket] = {}
        self.poll = select.epoll()

    def grow(self, size: int, request: bytes) -> int:
        """Open connections up to ``size``, from several loopback addresses, and send the request on each."""
        while len(self.sockets) < size:
            sock = socket.socket()
            sock.bind((f"127.0.0.{2 + len(self.sockets) // PER_ADDRESS}", 0))
            sock.connect(("127.0.0.1", self.port))
            sock.setblocking(False)
            sock.send(request)
            self.sockets[sock.fileno()] = sock
            self.poll.register(sock.fileno(), select.EPOLLIN)
        return len(self.sockets)

    def all_hold(self, mark: bytes, timeout_s: float) -> tuple[int, float]:
        """Read until every connection has received ``mark``: how many have, and when (monotonic) the last did."""
        waiting, tails = set(self.sockets), {}
        deadline = time.monotonic() + timeout_s
        while waiting and time.monotonic() < deadline:
            for number, _ in self.poll.poll(0.2):
                data = self._read(number)
                if data is None:
                    waiting.discard(number)
                    continue
                data = tails.get(number, b"") + data
                if mark in data:
                    waiting.discard(number)
                tails[number] = data[-len(mark) :]
        return len(self.sockets) - len(waiting), time.monotonic()

    def _read(self, number: int) -> bytes | None:
        try:
            data = self.sockets[number].recv(65_536)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if data:
            return data
        self.poll.unregister(number)
        self.sockets.pop(number).close()
        return None


class Rig:
    """The hub here, the edge, the floor and a crowd for each in processes of their own."""

    def __init__(self, folder: str) -> None:
        self.path = os.path.join(folder, "bus.sock")
        self.seq = 0
        self.receipts: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.hub = LocalHub(self._state, lambda _, frame: self.receipts.put_nowait(frame))
        self.processes: list[Any] = []

    def _state(self) -> dict[str, Any]:
        state = {"id": "city", "names": {"en": "City"}, "phase": "ok", "kind": None, "since": None, "levels": []}
        areas = [{"state": state, "cells": [h3.cell_to_parent(CELL, 5)]}]
        return {"seq": self.seq, "as_of": rfc3339(datetime.now(UTC)), "areas": areas, "alerts": []}

    async def start(self, *, floor: bool = True) -> None:
        """Start the processes; each is known by a pipe."""
        await self.hub.start(Path(self.path))
        self.edge, self.edge_pid = self._spawn(edge_process, self.path)
        self.crowd, _ = self._spawn(crowd_process, await self.ask(self.edge))
        if floor:
            self.floor, _ = self._spawn(floor_process)
            self.floor_crowd, _ = self._spawn(crowd_process, await self.ask(self.floor))

    def _spawn(self, target: Any, *given: Any) -> tuple[Connection, int]:
        ours, theirs = _SPAWN.Pipe()
        process = _SPAWN.Process(target=target, args=(theirs, *given), daemon=True)
        process.start()
        theirs.close()
        self.processes.append((process, ours))
        return ours, process.pid or 0

    async def ask(self, pipe: Connection, *order: Any) -> Any:
        """Send an order, if any, and wait for the answer."""
        if order:
            pipe.send(order[0] if len(order) == 1 else order)
        return await asyncio.to_thread(pipe.recv)

    async def grow(self, size: int, have: int = 0, *, floor: bool = True) -> None:
        """Bring each crowd to that size and let every edge client have its state."""
        await self.ask(self.crowd, "grow", size, REQUEST)
        held, _ = await self.ask(self.crowd, "hold", b"event: state", 2.0 if have else 60.0)
        assert have or held == size, f"{held} of {size} have a state"
        if floor:
            accepted = asyncio.create_task(self.ask(self.floor, size - have))
            await self.ask(self.floor_crowd, "grow", size, b"")
            await accepted

    def frame(self) -> dict[str, Any]:
        """The next update, about 1 KB as an event."""
        self.seq += 1
        data = {"seq": self.seq, "at": rfc3339(datetime.now(UTC)), "entry": "warning.issued", "areas": []}
        data |= {"alert": None, "sound": "wail", "siren_areas": [], "pad": "x" * 860 + MARK.decode()}
        cells = [h3.cell_to_parent(CELL, 5)]
        return {"subject": "live.update", "seq": self.seq, "id": f"bench-{self.seq}", "cells": cells, "data": data}

    async def through_edge(self, size: int) -> tuple[float, float]:
        """Seconds from publishing until the last client holds the update, and the edge's own time of it."""
        answer = asyncio.create_task(self.ask(self.crowd, "hold", MARK, 60.0))
        await asyncio.sleep(0.1)
        begun = time.monotonic()
        self.hub.publish(self.frame())
        held, at = await answer
        receipt = await asyncio.wait_for(self.receipts.get(), 30)
        assert held == receipt["clients"] == size, f"{held} held, {receipt['clients']} written, {size} wanted"
        first, last = (datetime.fromisoformat(receipt[key]) for key in ("first_at", "last_at"))
        return at - begun, (last - first).total_seconds()

    async def through_floor(self, size: int) -> tuple[float, float]:
        """The same for the plain loop."""
        frame = self.frame()
        answer = asyncio.create_task(self.ask(self.floor_crowd, "hold", MARK, 60.0))
        await asyncio.sleep(0.1)
        begun = time.monotonic()
        own = await self.ask(self.floor, event("update", frame["data"], frame["seq"]))
        held, at = await answer
        assert held == size, f"{held} of {size} held"
        return at - begun, own

    def edge_bytes(self) -> int:
        """Resident memory of the edge process, in bytes."""
        for line in Path(f"/proc/{self.edge_pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) * 1024
        raise LookupError("VmRSS")

    async def stop(self) -> None:
        """End every process that was started here."""
        for process, pipe in self.processes:
            process.terminate()
            pipe.close()
        for process, _ in self.processes:
            await asyncio.to_thread(process.join, 10)
            if process.is_alive():
                process.kill()
        await self.hub.close()


async def measure(sizes: tuple[int, ...] = SIZES, rounds: int = ROUNDS) -> list[dict[str, Any]]:
    """Every case, in the form of the design."""
    cases = []
    with tempfile.TemporaryDirectory() as folder:
        rig, have = Rig(folder), 0
        try:
            await rig.start()
            await asyncio.sleep(0.5)
            for size in sizes:
                before = rig.edge_bytes()
                await rig.grow(size, have)
                grown = (rig.edge_bytes() - before) / (size - have)
                cases.append(
                    case(f"{size} connections: memory of the last {size - have}", grown, None, unit="bytes each")
                )
                have = size
                ours, floor = [], []
                for number in range(rounds + 1):
                    turns = (rig.through_edge, rig.through_floor)
                    for turn in turns if number % 2 else reversed(turns):
                        seconds = await turn(size)
                        (ours if turn == rig.through_edge else floor).append(seconds)
                for place, what in enumerate(("until the last client holds 1 KB", "sender's own time")):
                    medians = [statistics.median(one[place] for one in side[1:]) * 1000 for side in (ours, floor)]
                    cases.append(case(f"{size} connections: {what}", *medians, digits=2))
        finally:
            await rig.stop()
    return cases


def main(json_only: bool = False) -> dict[str, Any]:
    """Run the bench and print it; gives the document."""
    raise_file_limit()
    return say("live", asyncio.run(measure()), floor="a plain loop of send", json_only=json_only)


if __name__ == "__main__":
    main("--json" in sys.argv)
