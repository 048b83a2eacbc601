"""A reconnect storm: every edge process is killed in the middle of an update, and all its clients come back at once.

Two edge processes share one port. They are killed (SIGKILL) while an update is on its way, another update is published
while nobody serves, the processes are started again, and every client connects anew with the id of the last event that
it holds. Measured from the first new connection until the last client holds its state; then each client must have had
every update once, in order. The floor is as many C processes that accept as many connections of the same load clients,
read the request and answer each with as many bytes. In full: 20,000 clients.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from _crowd import Floor, ask, raise_file_limit, run_wide
from _peers import free_port
from _report import case, full, say
from live import REQUEST, Rig, edge_process

ROUNDS = 5
PROCESSES = 2
CLIENTS, FULL_CLIENTS = 4_000, 20_000
ASKED = [("clients back", "vs_floor", "at least", 0.5, "at least half as many a second as the C acceptors")]
_UPDATE = re.compile(rb"event: update\nid: (\d+)\n")
_ID = re.compile(rb"\nid: (\d+)\n")


class Storm(Rig):
    """Two edges on one port, two floors on another, two crowds that come back."""

    async def start(self, *, floor: bool = True) -> None:
        """Start the hub and the edges."""
        await self.hub.start(Path(self.path))
        self.port = free_port()
        self.edges: list[Any] = []
        await self.serve()
        self.crowds = [self.children.spawn(returning_process, self.port, 80 + number)[0] for number in range(PROCESSES)]
        self.program = Floor.build(self.folder) if floor else None

    async def serve(self) -> None:
        """Start the edges, as after a crash."""
        started = [
            self.children.spawn(edge_process, self.path, self.port, f"edge.{number}") for number in range(PROCESSES)
        ]
        await asyncio.gather(*(ask(pipe) for pipe, _ in started))
        self.edges = [child for _, child in started]

    async def round(self, clients: int) -> tuple[float, int]:
        """One storm; seconds until the last client is back, and bytes that each was answered with."""
        await self._each("settle", clients // PROCESSES)
        self.hub.publish(self.frame())
        await asyncio.sleep(0.01)
        for child in self.edges:
            os.kill(child.pid, signal.SIGKILL)
        for child in self.edges:
            await asyncio.to_thread(child.join)
        self.hub.publish(self.frame())
        await self.serve()
        back = await self._each("back", REQUEST, clients // PROCESSES)
        self.hub.publish(self.frame())
        wanted = list(range(self.seq - 2, self.seq + 1))
        wrong = sum(await self._each("verify", wanted))
        assert not wrong, f"{wrong} clients have a gap or a duplicate"
        while not self.receipts.empty():
            self.receipts.get_nowait()
        return _span(back), sum(heard for _, _, heard in back) // clients

    async def floor_round(self, clients: int, answer: int) -> float:
        """The same clients at the C acceptors."""
        assert self.program is not None
        port = free_port()
        floors = [Floor(self.program, port) for _ in range(PROCESSES)]
        crowds = [self.children.spawn(returning_process, port, 90 + number) for number in range(PROCESSES)]
        data = b"x" * (answer - 16) + b"event: state\n\n\n\n"
        serving = [asyncio.create_task(one.serve(clients, data)) for one in floors]  # more than come; killed below
        await asyncio.gather(*(ask(pipe, "ready") for pipe, _ in crowds))
        took = _span(await asyncio.gather(*(ask(pipe, "back", REQUEST, clients // PROCESSES) for pipe, _ in crowds)))
        for one in floors:
            one.stop()
        await asyncio.gather(*serving, return_exceptions=True)
        for _, child in crowds:
            child.kill()
            await asyncio.to_thread(child.join)
        return took

    async def _each(self, order: str, *given: Any) -> list[Any]:
        return await asyncio.gather(*(ask(crowd, order, *given) for crowd in self.crowds))


def returning_process(pipe: Any, port: int, network: int) -> None:
    """Clients that keep what they hear, and come back with their last event id."""
    raise_file_limit()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    crowd = Returning(port, network)
    while True:
        order, *given = pipe.recv()
        pipe.send(getattr(crowd, order)(*given))


class Returning:
    """Each client is a number; it has a socket, what it heard on it, and what it heard on the one before."""

    def __init__(self, port: int, network: int) -> None:
        from _crowd import Crowd

        self.crowd = Crowd(port, network)
        self.before: list[bytes] = []

    def ready(self) -> bool:
        """That the process has started."""
        return True

    def settle(self, clients: int) -> int:
        """At the beginning, connect; later, only forget what was heard so far."""
        if not self.before:
            self.back(REQUEST, clients)
        self.before = [b"\n" + b"".join(_last(bytes(heard))) for heard in self.crowd.heard.values()]
        return len(self.before)

    def back(self, request: bytes, clients: int) -> tuple[float, float, int]:
        """Drop every socket, connect anew with the last event id, read until each holds its state; when the first
        connected, when the last had it, and how many bytes all have heard.
        """
        crowd = self.crowd
        if crowd.sockets:
            while self._drain():  # what the dead edge had sent
                pass
            self.before = [
                before + bytes(crowd.heard[number])
                for before, number in zip(self.before, list(crowd.heard), strict=True)
            ]
        for sock in crowd.sockets.values():
            sock.close()
        crowd.sockets.clear()
        crowd.heard.clear()
        crowd.opened = 0
        lasts = [_ID.findall(before)[-1:] for before in self.before] or [[]] * clients
        began = time.monotonic()
        for last in lasts:
            head = b"Last-Event-ID: " + last[0] + b"\r\n\r\n" if last else b"\r\n"
            number = crowd.open(request.removesuffix(b"\r\n") + head)
            crowd.heard[number] = bytearray()
        times = crowd.when(b"event: state", 120.0)
        assert len(times) == clients, "not all are back"
        return began, times[-1], sum(map(len, crowd.heard.values()))

    def _drain(self) -> bool:
        """Read what is there; whether anything was. A closed socket stays in its place."""
        found = False
        for number, sock in self.crowd.sockets.items():
            try:
                data = sock.recv(65_536)
            except OSError:
                continue
            self.crowd.heard[number] += data
            found = found or bool(data)
        return found

    def verify(self, wanted: list[int]) -> int:
        """How many have not had exactly these updates in this order."""
        mark = b"id: %d\n" % wanted[-1]
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not all(mark in heard for heard in self.crowd.heard.values()):
            self._drain()
            time.sleep(0.01)
        wrong = 0
        for before, heard in zip(self.before, self.crowd.heard.values(), strict=True):
            ids = [int(one) for one in _UPDATE.findall(before + bytes(heard))]
            wrong += ids[-len(wanted) :] != wanted or len(set(ids)) != len(ids)
        return wrong


def _last(heard: bytes) -> list[bytes]:
    """The last event id that was heard, as a line of its own."""
    return [b"id: " + one + b"\n" for one in _ID.findall(heard)[-1:]]


def _span(spans: list[tuple[float, float, int]]) -> float:
    return max(last for _, last, _ in spans) - min(first for first, *_ in spans)


async def measure() -> list[dict[str, Any]]:
    """Every case."""
    clients = FULL_CLIENTS if full() else CLIENTS
    with tempfile.TemporaryDirectory() as folder:
        rig = Storm(folder)
        try:
            await rig.start()
            beat = asyncio.create_task(rig.beat())
            await asyncio.sleep(0.5)
            ours, floor = [], []
            for _ in range(ROUNDS):
                took, answer = await rig.round(clients)
                ours.append(clients / took)
                if rig.program is not None:
                    floor.append(clients / await rig.floor_round(clients, answer))
            beat.cancel()
        finally:
            await rig.stop()
    name = f"{clients} clients back after every edge process was killed, no gap and no duplicate"
    beside = statistics.median(floor) if floor else None
    return [case(name, statistics.median(ours), beside, unit="clients/s", digits=0)]


def main(json_only: bool = False) -> dict[str, Any]:
    """Run the bench and print it; gives the document."""
    raise_file_limit()
    return say("reconnect", run_wide(measure()), floor="C acceptors", json_only=json_only)


if __name__ == "__main__":
    main("--json" in sys.argv)
