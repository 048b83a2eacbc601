"""Live fan-out: one 1 KB update to everyone, through the real edge and through a loop of ``send``.

The edge is fed by a real hub over its socket, finds who is concerned by their cells, gives each the same bytes with
their id, keeps every buffer bounded and says how many it wrote. The floor is a C loop of ``send`` over as many open
connections of the same kind (none where there is no compiler); the peers send the same bytes to as many clients of
theirs. All take turns in one run. Time is divided by the connections: from publishing until the last client holds the
whole update, and what the sending process spent on a processor. With bad clients a twentieth more connections ask and
never read, stop in the middle of a request, or send a byte at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import h3
from _crowd import Children, Floor, ask, cpu_s, crowd_process, raise_file_limit, resident, run_wide
from _peers import Peer, available
from _report import case, full, say

from tocsin.bus.local import LocalHub
from tocsin.core.time import rfc3339
from tocsin.edge.server import run
from tocsin.edge.sse import event

ROUNDS, FULL_ROUNDS = 7, 15
SIZES = (5_000, 10_000)
FULL_SIZES = (5_000, 10_000, 19_000)
PEERS_AT = 5_000
FULL_PEERS_AT = 10_000
BAD_AT, BAD_SHARE = 10_000, 20
ASKED = [
    ("until the last client holds 1 KB", "vs_floor", "at most", 1.15, "at most 1.15 times the C loop"),
    ("memory of the last", "ours", "at most", 3072, "at most 3 KB of the process a connection"),
]
MARK = b"~end~"
CELL = h3.latlng_to_cell(50.6, 36.6, 7)
REQUEST = f"GET /live?cells={CELL} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()


def edge_process(pipe: Connection, path: str, port: int = 0, name: str = "edge-bench") -> None:
    """The real edge, in a process of its own; tells its port."""
    raise_file_limit()
    run("127.0.0.1", port, Path(path), name, reuse_port=bool(port), ready=lambda _, port: pipe.send(port))


class Rig:
    """The hub here, the edge, the floor and a crowd for each in processes of their own."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.path = os.path.join(folder, "bus.sock")
        self.seq = 0
        self.receipts: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.hub = LocalHub(self._state, lambda _, frame: self.receipts.put_nowait(frame))
        self.children = Children()
        self.floor: Floor | None = None
        self.bad = 0

    def _state(self) -> dict[str, Any]:
        state = {"id": "city", "names": {"en": "City"}, "phase": "ok", "kind": None, "since": None, "levels": []}
        areas = [{"state": state, "cells": [h3.cell_to_parent(CELL, 5)]}]
        return {"seq": self.seq, "as_of": rfc3339(datetime.now(UTC)), "areas": areas, "alerts": []}

    async def start(self, *, floor: bool = True) -> None:
        """Start the processes; each is known by a pipe."""
        await self.hub.start(Path(self.path))
        self.edge, self.edge_child = self.children.spawn(edge_process, self.path)
        self.port = await ask(self.edge)
        self.crowd, _ = self.children.spawn(crowd_process, self.port)
        if floor and (program := Floor.build(self.folder)):
            self.floor = Floor(program)
            self.floor_crowd, _ = self.children.spawn(crowd_process, self.floor.port, 3)

    @property
    def edge_pid(self) -> int:
        """Of the edge's process."""
        return int(self.edge_child.pid)

    async def beat(self) -> None:
        """Once a second say that the truth is known as of now, as a worker does."""
        while True:
            self.hub.publish({"subject": "live.beat", "seq": self.seq, "as_of": rfc3339(datetime.now(UTC))})
            await asyncio.sleep(1)

    async def grow(self, size: int, have: int = 0) -> None:
        """Bring each crowd to that size and let every edge client have its state."""
        await ask(self.crowd, "grow", size, REQUEST)
        held, *_ = await ask(self.crowd, "hold", b"event: state", 2.0 if have else 60.0)
        assert have or held == size, f"{held} of {size} have a state"
        if self.floor is not None:
            accepted = asyncio.create_task(self.floor.accept(size - have))
            await ask(self.floor_crowd, "grow", size, b"")
            await accepted

    def frame(self) -> dict[str, Any]:
        """The next update, about 1 KB as an event."""
        self.seq += 1
        data = {"seq": self.seq, "at": rfc3339(datetime.now(UTC)), "entry": "warning.issued", "areas": []}
        data |= {"alert": None, "sound": "wail", "siren_areas": [], "pad": "x" * 860 + MARK.decode()}
        cells = [h3.cell_to_parent(CELL, 5)]
        return {"subject": "live.update", "seq": self.seq, "id": f"bench-{self.seq}", "cells": cells, "data": data}

    async def through_edge(self, size: int) -> tuple[float, ...]:
        """Seconds from publishing until the middle, the 99th of 100 and the last client hold the update, and of the
        edge's processor.
        """

        async def publish(_: bytes) -> None:
            self.hub.publish(self.frame())

        took = await self._through(self.crowd, self.edge_pid, size, publish, b"")
        receipt = await asyncio.wait_for(self.receipts.get(), 30)
        assert size <= receipt["clients"] <= size + self.bad, f"{receipt['clients']} written, {size} wanted"
        return took

    async def through_floor(self, size: int) -> tuple[float, ...]:
        """The same for the plain loop."""
        assert self.floor is not None
        return await self._through(self.floor_crowd, self.floor.pid, size, self.floor.send, self._bytes())

    async def through_peer(self, peer: Peer, crowd: Connection, size: int) -> tuple[float, ...]:
        """The same for a peer."""
        return await self._through(
            crowd, peer.pid, size, lambda data: asyncio.to_thread(peer.send, data), self._bytes()
        )

    def _bytes(self) -> bytes:
        frame = self.frame()
        return event("update", frame["data"], frame["seq"])

    async def _through(self, crowd: Connection, pid: int, size: int, send: Any, data: bytes) -> tuple[float, ...]:
        answer = asyncio.create_task(ask(crowd, "hold", MARK, 60.0))
        await asyncio.sleep(0.15)
        spent, begun = cpu_s(pid), time.monotonic()
        await send(data)
        held, *at = await answer
        assert held == size, f"{held} of {size} held"
        return *(one - begun for one in at), cpu_s(pid) - spent

    async def stop(self) -> None:
        """End every process that was started here."""
        if self.floor is not None:
            self.floor.stop()
        await self.children.stop()
        await self.hub.close()


async def measure() -> list[dict[str, Any]]:
    """Every case, in the form of the design."""
    cases = []
    with tempfile.TemporaryDirectory() as folder:
        rig, have = Rig(folder), 0
        try:
            await rig.start()
            await asyncio.sleep(0.5)
            beat = asyncio.create_task(rig.beat())
            for size in FULL_SIZES if full() else SIZES:
                before = resident(rig.edge_pid)
                await rig.grow(size, have)
                grown = (resident(rig.edge_pid) - before) / (size - have)
                cases += await _at(rig, folder, size)
                name = f"{size} connections: memory of the last {size - have}"
                cases.append(case(name, grown, None, unit="bytes each", digits=0))
                have = size
                if size == BAD_AT:
                    cases += await _beside_bad(rig, size)
            beat.cancel()
        finally:
            await rig.stop()
    return cases


async def _at(rig: Rig, folder: str, size: int) -> list[dict[str, Any]]:
    """The cases of one size, with peers at one of them."""
    async with contextlib.AsyncExitStack() as stack:
        turns: dict[str, Any] = {"ours": rig.through_edge}
        if rig.floor is not None:
            turns["floor"] = rig.through_floor
        if size == (FULL_PEERS_AT if full() else PEERS_AT):
            for number, (name, start) in enumerate(available(folder)):
                peer = stack.enter_context(start())
                turns[name] = await _peer_turn(rig, stack, peer, size, 10 + number)
        took = await _rounds(turns, size)
    return [
        _case(f"{size} connections: until the last client holds 1 KB", took, 2, size),
        _case(f"{size} connections: the sender's processor", took, 3, size),
    ]


async def _peer_turn(rig: Rig, stack: contextlib.AsyncExitStack, peer: Peer, size: int, network: int) -> Any:
    own = Children()
    stack.push_async_callback(own.stop)
    crowd, _ = own.spawn(crowd_process, peer.port, network)
    await ask(crowd, "grow", size, peer.request)
    held, *_ = await ask(crowd, "hold", peer.ready, 60.0)
    assert held == size, f"{held} of {size} are in at {peer.name}"
    return lambda size: rig.through_peer(peer, crowd, size)


async def _rounds(turns: dict[str, Any], size: int) -> dict[str, list[tuple[float, ...]]]:
    """Every contender in turn, in another order each round, we and the floor twice; the first round does not count."""
    took: dict[str, list[tuple[float, ...]]] = {name: [] for name in turns}
    names = [*turns, *(name for name in ("floor", "ours") if name in turns)]
    for number in range((FULL_ROUNDS if full() else ROUNDS) + 1):
        at = number % len(names)
        for name in names[at:] + names[:at]:
            seconds = await turns[name](size)
            if number:
                took[name].append(seconds)
    return took


def _case(name: str, took: dict[str, list[tuple[float, ...]]], place: int, size: int) -> dict[str, Any]:
    each = {who: statistics.median(one[place] for one in rounds) * 1e6 / size for who, rounds in took.items()}
    ours, floor = each.pop("ours"), each.pop("floor", None)
    return case(name, ours, floor, unit="µs each", digits=2, peers=each)


async def _beside_bad(rig: Rig, size: int) -> list[dict[str, Any]]:
    """How long good clients wait without and with a twentieth of bad ones; the floor is the edge without them."""
    bad, at = size // BAD_SHARE, 1
    good, beside = [], []
    for _ in range(FULL_ROUNDS if full() else ROUNDS):
        good.append(await rig.through_edge(size))
        rig.bad = await ask(rig.crowd, "bad", bad, REQUEST)
        at = await ask(rig.crowd, "drip", REQUEST, at)
        beside.append(await rig.through_edge(size))
        await ask(rig.crowd, "heal")
        await asyncio.sleep(0.2)
        rig.bad = 0
    return [
        case(
            f"{size} connections and {bad} bad ones: {share} of the good (floor: without the bad)",
            *(statistics.median(one[place] for one in rounds) * 1000 for rounds in (beside, good)),
        )
        for place, share in ((0, "p50"), (1, "p99"), (2, "the last"))
    ]


def main(json_only: bool = False) -> dict[str, Any]:
    """Run the bench and print it; gives the document."""
    raise_file_limit()
    return say("live", run_wide(measure()), floor="a C loop of send", json_only=json_only)


if __name__ == "__main__":
    main("--json" in sys.argv)
