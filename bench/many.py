"""Many edge processes on one port: as many connections as eight processes hold, and an alert to a third of them.

The processes share the port by SO_REUSEPORT, each with a bus subscription of its own. A third of every load client's
connections are in the danger zone, the others elsewhere; the alert goes to the zone alone. The floor is as many C
processes, each a loop of `send` over its share of as many connections as are in the zone, at the same moment. In full:
150,000 connections in eight processes, with as many load clients, and an alert to 50,000. Over TLS one edge ends the
encryption itself; its floor is the same edge without.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import h3
from _crowd import Floor, ask, crowd_process, raise_file_limit, resident, run_wide
from _report import case, full, say
from live import CELL, MARK, REQUEST, Rig, edge_process

from tocsin.edge.server import run
from tocsin.edge.tls import Certificate

ROUNDS = 5
PROCESSES, CONNECTIONS, ZONE = 2, 12_000, 4_000
FULL_PROCESSES, FULL_CONNECTIONS, FULL_ZONE = 8, 150_000, 50_000
TLS_CONNECTIONS, FULL_TLS_CONNECTIONS = 1_000, 5_000
ELSEWHERE = h3.latlng_to_cell(48.0, 37.8, 7)
FAR = REQUEST.replace(CELL.encode(), ELSEWHERE.encode())


def tls_process(pipe: Connection, path: str, chain: str, key: str) -> None:
    """An edge that ends TLS itself."""
    raise_file_limit()
    tls = Certificate(Path(chain), Path(key))
    run("127.0.0.1", 0, Path(path), "edge-tls", tls=tls, ready=lambda _, port: pipe.send(port))


class Many(Rig):
    """As many edges on one port as there are load clients, and as many floors with load clients of theirs."""

    def __init__(self, folder: str, processes: int) -> None:
        super().__init__(folder)
        self.processes = processes
        self.edges: list[Any] = []
        self.crowds: list[Connection] = []
        self.floors: list[tuple[Floor, Connection]] = []

    async def start(self, *, floor: bool = True) -> None:
        """Start the edges and the floors."""
        await self.hub.start(Path(self.path))
        port = 0
        for number in range(self.processes):
            pipe, child = self.children.spawn(edge_process, self.path, port or _free_shared(), f"edge.{number}")
            port = await ask(pipe)
            self.edges.append(child)
        for number in range(self.processes):
            self.crowds.append(self.children.spawn(crowd_process, port, 20 + number)[0])
        if floor and (program := Floor.build(self.folder)):
            for number in range(self.processes):
                one = Floor(program)
                self.floors.append((one, self.children.spawn(crowd_process, one.port, 60 + number)[0]))

    async def fill(self, connections: int, zone: int) -> float:
        """Open all of them, each with its state; seconds that it took."""
        begun = time.monotonic()
        each, near = connections // self.processes, zone // self.processes

        async def one(crowd: Connection) -> None:
            for size, request, park in ((each - near, FAR, True), (near, REQUEST, False)):
                await ask(crowd, "grow", size, request)
                held, *_ = await ask(crowd, "hold", b"event: state", 120.0)
                assert held == size, f"{held} of {size} have a state"
                if park:
                    await ask(crowd, "park")

        await asyncio.gather(*(one(crowd) for crowd in self.crowds))
        took = time.monotonic() - begun
        for floor, crowd in self.floors:
            accepted = asyncio.create_task(floor.accept(near))
            await ask(crowd, "grow", near, b"")
            await accepted
        return took

    async def alert(self, near: int) -> float:
        """Seconds from publishing until the last client in the zone holds the update."""

        async def publish(_: bytes) -> None:
            self.hub.publish(self.frame())

        took = await self._all(self.crowds, near, [publish])
        receipts = [await asyncio.wait_for(self.receipts.get(), 30) for _ in self.edges]
        assert sum(one["clients"] for one in receipts) == near * self.processes
        return took

    async def floor_alert(self, near: int) -> float:
        """The same for the C loops, all begun at once."""
        return await self._all([crowd for _, crowd in self.floors], near, [floor.send for floor, _ in self.floors])

    async def _all(self, crowds: list[Connection], near: int, sends: list[Any]) -> float:
        answers = [asyncio.create_task(ask(crowd, "hold", MARK, 60.0)) for crowd in crowds]
        await asyncio.sleep(0.3)
        begun, data = time.monotonic(), self._bytes()
        await asyncio.gather(*(send(data) for send in sends))
        held = await asyncio.gather(*answers)
        assert all(one[0] == near for one in held), [one[0] for one in held]
        return max(one[3] for one in held) - begun

    async def stop(self) -> None:
        """End everything."""
        for floor, _ in self.floors:
            floor.stop()
        await super().stop()


def _free_shared() -> int:
    from _peers import free_port

    return free_port()


async def measure() -> list[dict[str, Any]]:
    """Every case."""
    processes, connections, zone = (
        (FULL_PROCESSES, FULL_CONNECTIONS, FULL_ZONE) if full() else (PROCESSES, CONNECTIONS, ZONE)
    )
    with tempfile.TemporaryDirectory() as folder:
        rig = Many(folder, processes)
        try:
            await rig.start()
            beat = asyncio.create_task(rig.beat())
            await asyncio.sleep(0.5)
            before = sum(resident(child.pid) for child in rig.edges)
            took = await rig.fill(connections, zone)
            grown = (sum(resident(child.pid) for child in rig.edges) - before) / connections
            ours, floor = [], []
            for number in range(ROUNDS + 1):
                seconds = await rig.alert(zone // processes)
                beside = await rig.floor_alert(zone // processes) if rig.floors else None
                if number:
                    ours.append(seconds * 1000)
                    floor += [beside * 1000] if beside else []
            beat.cancel()
        finally:
            await rig.stop()
    held = f"{connections} connections in {processes} processes"
    return [
        case(f"{held}: alert to {zone}, until the last holds 1 KB", *_medians(ours, floor)),
        case(f"{held}: memory of the edges", grown, None, unit="bytes each", digits=0),
        case(f"{held}: to open them all, each with its state", took, None, unit="s"),
        *await _tls(FULL_TLS_CONNECTIONS if full() else TLS_CONNECTIONS),
    ]


def _medians(ours: list[float], floor: list[float]) -> tuple[float, float | None]:
    return statistics.median(ours), statistics.median(floor) if floor else None


async def _tls(size: int) -> list[dict[str, Any]]:
    """One edge with TLS beside one without."""
    with tempfile.TemporaryDirectory() as folder:
        chain, key = _certificate(Path(folder))
        plain, tls = Rig(folder), Rig(folder + "/tls")
        Path(tls.folder).mkdir()
        try:
            await plain.start(floor=False)
            await tls.hub.start(Path(tls.path))
            pipe, tls.edge_child = tls.children.spawn(tls_process, tls.path, chain, key)
            tls.crowd, _ = tls.children.spawn(crowd_process, await ask(pipe), 5)
            memory = []
            for rig, given in ((plain, False), (tls, True)):
                before = resident(rig.edge_pid)
                await ask(rig.crowd, "grow", size, REQUEST, given)
                held, *_ = await ask(rig.crowd, "hold", b"event: state", 60.0)
                assert held == size, f"{held} of {size} have a state"
                memory.append((resident(rig.edge_pid) - before) / size)
            took: dict[Rig, list[tuple[float, ...]]] = {plain: [], tls: []}
            for _ in range(ROUNDS + 1):
                for rig, rounds in took.items():
                    rounds.append(await rig.through_edge(size))
        finally:
            await plain.stop()
            await tls.stop()
    each = [statistics.median(one[2] for one in took[rig][1:]) * 1e6 / size for rig in (tls, plain)]
    name = f"{size} connections over TLS (floor: without)"
    return [
        case(f"{name}: until the last client holds 1 KB", *each, unit="µs each", digits=2),
        case(f"{name}: memory", memory[1], memory[0], unit="bytes each", digits=0),
    ]


def _certificate(folder: Path) -> tuple[str, str]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
    chain, own = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    own.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return str(chain), str(own)


def main(json_only: bool = False) -> dict[str, Any]:
    """Run the bench and print it; gives the document."""
    raise_file_limit()
    return say("many", run_wide(measure()), floor="the floor", json_only=json_only)


if __name__ == "__main__":
    main("--json" in sys.argv)
