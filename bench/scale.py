"""Fifty million residents: what a machine of this kind was seen to do in this run, and the queues that follow from it.

Measured here: deciding, rendering and signing an issue; committing it (to PostgreSQL where there is one); from
publishing on the NATS bus, three servers with three copies, until a subscriber holds the update; what an edge process
takes for an update and for each client; a client that comes back and gets its state; our processor's time for a Web
Push message that is encrypted anew and sent over HTTP/2. Assumed: of 50,000,000 residents one in twenty has the page
open and three in ten have a push subscription; 18,000 connections an edge process, eight processes a machine, a core a
process; an area is a 3,000th of all. The network beyond our machines, and how fast push services take messages, are
not in it. The queues are replayed with these times, first come, first served, a hundred times with dice of a fixed
seed; a case is the median of the hundred.
"""

from __future__ import annotations

import asyncio
import ssl
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from _crowd import Children, ask
from _queues import Measured, everybody, minute, pushed, returned
from _report import case, full, say
from commit import _ledger

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

RESIDENTS = 50_000_000
PAGES, SUBSCRIPTIONS = RESIDENTS // 20, RESIDENTS * 3 // 10
A_PROCESS, A_MACHINE = 18_000, 8
PROCESSES = -(-PAGES // A_PROCESS)
WORKERS = (16, 64, 256)
AREAS = 300
TIMES = 100
FEW, MANY = 200, 2_000


def main(json_only: bool) -> None:
    found = measure()
    cases = [*_constants(found), *_queues(found)]
    say("scale", cases, floor="", json_only=json_only)


def measure() -> Measured:
    """Every constant, on this machine, now."""
    with tempfile.TemporaryDirectory(prefix="tc-", dir="/tmp") as folder:
        append = _appends(Path(folder))
        fixed, write, back = asyncio.run(_edge())
        return Measured(
            decide=np.array(_decisions()),
            append=np.array(append),
            bus=np.array(asyncio.run(_bus())),
            fixed=fixed,
            write=write,
            back=back,
            push=asyncio.run(_push(Path(folder))),
        )


def _constants(found: Measured) -> list[dict[str, Any]]:
    rows: list[tuple[str, float]] = [
        ("measured: decide, render and sign an issue, p50", float(np.median(found.decide))),
        ("measured: commit it, p50", float(np.median(found.append))),
        ("measured: an update over the bus to another process, p50", float(np.median(found.bus))),
        ("measured: an update at an edge process, without its clients", found.fixed),
        ("measured: each client of it", found.write),
        ("measured: a client back with its state", found.back),
        ("measured: our processor for a Web Push message", found.push),
    ]
    return [case(name, took, None, digits=4) for name, took in rows]


def _queues(found: Measured) -> list[dict[str, Any]]:
    dice = np.random.default_rng(50_000_000)

    def often(of: Callable[[], Any], at: Callable[[Any], float]) -> float:
        return statistics.median(at(of()) for _ in range(TIMES))

    def quantile(share: float) -> Callable[[Any], float]:
        return lambda took: float(np.quantile(took, share))

    everyone = f"an alert to {PAGES:,} open pages in {PROCESSES} processes"
    some = f"{AREAS} areas in one minute, from the command to their pages"
    gone = f"an edge machine with {A_PROCESS * A_MACHINE:,} pages dies, until the last is back elsewhere"
    rows: list[tuple[str, float]] = []
    for name, at in (("p50", quantile(0.5)), ("p99", quantile(0.99)), ("last", np.max)):
        rows.append((f"{everyone}, {name}", often(lambda: everybody(found, PAGES, PROCESSES, dice), at)))
    for name, at in (("p50", quantile(0.5)), ("p99", quantile(0.99)), ("last", np.max)):
        rows.append((f"{some}, {name}", often(lambda: minute(found, AREAS, PAGES, PROCESSES, dice), at)))
    left = PROCESSES - A_MACHINE
    rows.append((gone, often(lambda: returned(found, A_PROCESS * A_MACHINE, left, dice), np.max)))
    cases = [case(name, took, None) for name, took in rows]
    for workers in WORKERS:
        took = pushed(found, SUBSCRIPTIONS, workers) / 1000
        cases.append(case(f"{SUBSCRIPTIONS:,} push messages by {workers} workers, the last", took, None, unit="s"))
    needed = -(-SUBSCRIPTIONS * found.push // 60_000)
    cases.append(case("workers for all push messages in one minute", needed, None, unit="workers", digits=0))
    cases.append(case("edge machines", -(-PROCESSES // A_MACHINE), None, unit="machines", digits=0))
    return cases


def _appends(folder: Path) -> list[float]:
    """Commits to the ledger of many machines, or to SQLite where there is no PostgreSQL."""
    import postgres

    took = []
    with _ledger(folder, "default" if postgres.missing() else "pg") as commit:
        for at in range(220 if full() else 120):
            began = time.perf_counter()
            commit()
            if at >= 20:
                took.append((time.perf_counter() - began) * 1000)
    return took


def _decisions() -> list[float]:
    """The second of two detections, which issues a warning, without a disk under the ledger."""
    from doors import SetClock, a_desk
    from workers.kit import seen

    took = []
    for at in range(30):
        desk = a_desk(SetClock())
        seen(desk, "radar", ident="a")
        began = time.perf_counter()
        seen(desk, "ears", ident="b")
        if at >= 5:
            took.append((time.perf_counter() - began) * 1000)
    return took


async def _bus() -> list[float]:
    """From ``publish`` until a subscriber of the NATS bus holds the frame, through three servers with three copies."""
    import nats_server
    from tocsin.bus.nats import NatsHub, NatsSubscription

    servers = nats_server.Servers(3).start()
    hub = NatsHub(servers.address(), lambda: {"seq": 0, "areas": [], "alerts": []}, term=1)
    subscription = NatsSubscription(servers.address(), "bench")
    sent: dict[int, float] = {}
    took: list[float] = []
    ready = asyncio.Event()

    async def listen() -> None:
        async for frame in subscription:
            ready.set()
            if frame["subject"] == "live.update":
                took.append((time.perf_counter() - sent[frame["seq"]]) * 1000)

    try:
        await hub.start()
        listening = asyncio.create_task(listen())
        await asyncio.wait_for(ready.wait(), 30)
        while not hub.stats()["stored"]:  # until three servers keep what is published
            await _publish(hub, sent, len(sent) + 1)
        took.clear()
        for _ in range(300):
            await _publish(hub, sent, len(sent) + 1)
        await asyncio.sleep(0.5)
        await subscription.close()
        await listening
        await hub.close()
    finally:
        servers.stop()
    return took


async def _publish(hub: Any, sent: dict[int, float], seq: int) -> None:
    sent[seq] = time.perf_counter()
    frame = {"subject": "live.update", "seq": seq, "id": f"e{seq}", "cells": [], "data": {"pad": "x" * 900}}
    hub.publish(frame)
    await asyncio.sleep(0.01)


async def _edge() -> tuple[float, float, float]:
    """Of one real edge process: an update without clients, each client of it, and a client that comes back."""
    from live import Rig

    with tempfile.TemporaryDirectory(prefix="te-", dir="/tmp") as folder:
        rig = Rig(folder)
        beat: asyncio.Task[None] | None = None
        try:
            await rig.start(floor=False)
            await asyncio.sleep(0.5)
            beat = asyncio.create_task(rig.beat())
            await rig.grow(FEW)
            few = [(await rig.through_edge(FEW))[2] for _ in range(7)]
            began = time.perf_counter()
            await rig.grow(MANY, FEW)
            back = max(time.perf_counter() - began - 2.0, 0.0) / (MANY - FEW)  # it listens for two seconds more
            many = [(await rig.through_edge(MANY))[2] for _ in range(7)]
        finally:
            if beat is not None:
                beat.cancel()
            await rig.stop()
    write = (statistics.median(many) - statistics.median(few)) / (MANY - FEW)
    fixed = max(statistics.median(few) - FEW * write, 0.0)
    return fixed * 1000, write * 1000, back * 1000


async def _push(folder: Path) -> float:
    """Milliseconds of our processor for one message to a push service that speaks real HTTP/2, in another process."""
    from channels.rigs import To, warning
    from channels.test_webpush import KEYS, LOCAL, PLACE, VAPID
    from tocsin.channels.webpush import WebPushChannel

    children = Children()
    pipe, _ = children.spawn(push_process, str(folder))
    port, pem = await ask(pipe)
    tls = ssl.create_default_context(cafile=pem)
    tls.set_alpn_protocols(["h2"])
    channel = WebPushChannel(PLACE, VAPID, LOCAL, tls, connections=4)
    to = [
        To(id=n, address={"endpoint": f"https://localhost:{port}/take/{n}/{'x' * 150}", **KEYS}, language="en")
        for n in range(2000)
    ]
    took = []
    try:
        for at in range(6):
            began = time.process_time()
            count = 0
            async for outcome in channel.send(warning(id=f"n{at}"), to):
                count += outcome.stage != "failed"
            assert count == len(to), f"{count} of {len(to)} were taken"
            if at:
                took.append((time.process_time() - began) * 1000 / len(to))
    finally:
        await channel.close()
        await children.stop()
    return statistics.median(took)


def push_process(pipe: Connection, folder: str) -> None:
    """A push service in a process of its own; tells its port and its certificate's file."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from channels.push_service import PushService

    async def serve() -> None:
        service = PushService(Path(folder))
        await service.start()
        pipe.send((service.port, str(service.pem)))
        while True:
            await asyncio.sleep(0.2)
            service.arrived.clear()

    asyncio.run(serve())


if __name__ == "__main__":
    main("--json" in sys.argv)
