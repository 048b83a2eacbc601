"""Ten times the worst minute that was ever seen, and everybody who wants to be in the way at once.

Real processes on a clean store. An officer issues prepared warnings one after another: measured from the click (the
request of the issue) to the signed command at an ordinary MQTT subscriber, first in quiet, then while

- every district of a large region triggers: 40 areas a second, each seen by two sources (2,400 areas a minute; the
  worst real minute had about 240);
- 20,000 junk connections are held at the live edge, half of which send their request one byte at a time;
- eight clients without a key send damage reports as fast as they are answered.

The floor is the same click in quiet, so that the ratio says what abuse costs. The clients run on the same machine and
take their share of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import resource
import socket
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import aiomqtt
import httpx
import storm
from _report import case, full, say

CLICKS = 60
PACE_S = 0.25
AREAS_A_SECOND = 40
JUNK = 20_000 if full() else 4_000
FLOODERS = 8
HOLDERS = 2


def main(json_only: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="ta-") as folder:
        quiet, abused, told = _run(Path(folder))
    rows = [
        case(f"click to siren command, {part}, under abuse beside quiet", storm._at(abused, at), storm._at(quiet, at))
        for part, at in (("p50", 0.5), ("p99", 0.99))
    ]
    rows += [
        case("areas triggered a minute by sources, as answered", told["areas_a_minute"], None, unit="areas/min"),
        case("junk connections held at the edge", told["junk"], None, unit="connections", digits=0),
        case("reports answered 429 with Retry-After, of 100", told["limited"], None, unit="%"),
    ]
    say("abuse", rows, floor="in quiet", json_only=json_only)


def _run(folder: Path) -> tuple[list[float], list[float], dict[str, float]]:
    from tocsin.app.actor import Grant
    from tocsin.cli.check import clean
    from tocsin.cli.city import prepare
    from tocsin.cli.supervise import Supervisor

    storm.AREAS, storm.SIDE = 900, 30
    own = clean(folder / "h")
    prepare(own, *storm._city())
    from tocsin.store import accounts

    keys = [accounts.new_api_key(name, "sensor", [Grant(role="sensor")]).secret for name in ("radar", "ears")]
    grants = [Grant(role="duty"), Grant(role="approver")]
    duty = accounts.create_officer("duty", password="correct horse battery", grants=grants)  # noqa: S106 - a bench's
    officer = accounts.new_api_key("duty", "officer", officer=duty).secret
    running = Supervisor(own, log=folder / "log", extra={"edge": {"TOCSIN_MAX_CLIENTS": str(JUNK + 1000)}})
    running.start()
    try:
        return asyncio.run(_measure(own, keys, officer))
    finally:
        running.stop()


async def _measure(own: Any, keys: list[str], officer: str) -> tuple[list[float], list[float], dict[str, float]]:
    host, _, port = own.mqtt_bind.rpartition(":")
    seen: dict[str, float] = {}

    async def listen(client: aiomqtt.Client) -> None:
        async for message in client.messages:
            seen.setdefault(message.topic.value.split("/")[2], time.perf_counter())

    async with aiomqtt.Client(host, int(port)) as ear:
        await ear.subscribe("tocsin/siren/+/set", 1)
        listener = asyncio.create_task(listen(ear))
        headers = {"Authorization": f"Bearer {officer}"}
        async with httpx.AsyncClient(base_url=f"{own.site_url}/api/v1", timeout=60, headers=headers) as client:
            quiet = await _clicks(client, seen, range(CLICKS))
            abuse = Abuse(own, keys)
            await asyncio.to_thread(abuse.start)
            try:
                abused = await _clicks(client, seen, range(CLICKS, 2 * CLICKS))
            finally:
                told = await asyncio.to_thread(abuse.stop)
        listener.cancel()
    return quiet, abused, told


async def _clicks(client: httpx.AsyncClient, seen: dict[str, float], numbers: range) -> list[float]:
    """Draft, look, and issue, one area after another; the click is the issue."""
    took = []
    for number in numbers:
        body = {"threat": "drone", "level": "alert", "areas": [f"d{number:03}"], "reason": "seen from the tower"}
        drafted = (await client.post("/warnings", json=body)).json()
        await asyncio.sleep(PACE_S)
        began = time.perf_counter()
        issue = {"sha256": drafted["sha256"], "confirm": drafted["confirm"]}
        answer = await client.post(f"/warnings/{drafted['warning']}/issue", json=issue)
        assert answer.is_success, answer.text
        siren, end = f"s{number:03}", began + 60
        while siren not in seen and time.perf_counter() < end:
            await asyncio.sleep(0.001)
        took.append((seen[siren] - began) * 1000)
    return took


class Abuse:
    """The processes of those who are in the way."""

    def __init__(self, own: Any, keys: list[str]) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._over: Event = spawn.Event()
        self._said: Any = spawn.Queue()
        edge, site = own.edge_bind, own.site_url
        jobs = [(_hold, (edge, JUNK // HOLDERS)) for _ in range(HOLDERS)]
        jobs += [(_flood, (site,)), (_trigger, (site, keys))]
        self._all = [
            spawn.Process(target=job, args=(*given, self._over, self._said), daemon=True) for job, given in jobs
        ]

    def start(self) -> None:
        """Begin; returns when the junk is connected."""
        for one in self._all[:HOLDERS]:
            one.start()
        self._held = sum(self._said.get(timeout=120)["junk"] for _ in range(HOLDERS))
        for one in self._all[HOLDERS:]:
            one.start()
        for _ in self._all[HOLDERS:]:
            self._said.get(timeout=60)  # each has had its first answer

    def stop(self) -> dict[str, float]:
        """End, and what came of it."""
        self._over.set()
        told: dict[str, float] = {"junk": self._held}
        for _ in self._all[HOLDERS:]:
            told |= self._said.get(timeout=60)
        for one in self._all:
            one.join(30)
        return told


def _hold(bind: str, count: int, over: Event, said: Any) -> None:
    """Connections that never finish their question: one half says nothing, the other one byte now and then."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    host, _, port = bind.rpartition(":")
    held = []
    for _ in range(count):
        with contextlib.suppress(OSError):
            held.append(socket.create_connection((host, int(port)), timeout=10))
    said.put({"junk": len(held)})
    letters = b"GET /live?cells=" * 1000
    at = 0
    while not over.wait(1.0):
        for sock in held[::2]:
            with contextlib.suppress(OSError):
                sock.send(letters[at : at + 1])
        at += 1


def _flood(site: str, over: Event, said: Any) -> None:
    asyncio.run(_reports(site, over, said))


async def _reports(site: str, over: Event, said: Any) -> None:
    """Reports of damage without a key, as fast as they are answered."""
    answers: Counter[int] = Counter()
    limited = 0

    async def one(client: httpx.AsyncClient, number: int) -> None:
        nonlocal limited
        n = 0
        while not over.is_set():
            n += 1
            with contextlib.suppress(httpx.HTTPError):
                answer = await client.post("/api/v1/reports", json={"client_id": f"{number}-{n}", "windows": 3})
                answers[answer.status_code] += 1
                limited += answer.status_code == 429 and "Retry-After" in answer.headers

    async with httpx.AsyncClient(base_url=site, timeout=30) as client:
        await client.post("/api/v1/reports", json={})
        said.put({})
        await asyncio.gather(*(one(client, n) for n in range(FLOODERS)))
    said.put({"limited": 100 * limited / max(1, answers.total()), "reports": answers.total()})


def _trigger(site: str, keys: list[str], over: Event, said: Any) -> None:
    asyncio.run(_detections(site, keys, over, said))


async def _detections(site: str, keys: list[str], over: Event, said: Any) -> None:
    """Two sources see something in one area after another, at the pace of the worst minute times ten."""
    done = 0

    async def see(client: httpx.AsyncClient, number: int) -> None:
        nonlocal done
        for source, key in zip(("radar", "ears"), keys, strict=True):
            with contextlib.suppress(httpx.HTTPError):
                now = datetime.now(UTC).isoformat()
                body = {"id": f"x{number}", "source": source, "threat": "drone", "observed_at": now}
                body["areas"] = [f"d{2 * CLICKS + number % (storm_areas - 2 * CLICKS):03}"]
                answer = await client.post("/api/v1/detections", json=body, headers={"Authorization": f"Bearer {key}"})
                done += answer.is_success and source == "ears"

    storm_areas, tasks, number = 900, set(), 0
    limits = httpx.Limits(max_connections=60)
    async with httpx.AsyncClient(base_url=site, timeout=60, limits=limits) as client:
        said.put({})
        began = time.perf_counter()
        while not over.is_set():
            if len(tasks) < 400:
                tasks.add(task := asyncio.create_task(see(client, number)))
                task.add_done_callback(tasks.discard)
                number += 1
            await asyncio.sleep(max(0.0, began + number / AREAS_A_SECOND - time.perf_counter()))
        took = time.perf_counter() - began
        for task in tasks:
            task.cancel()
    said.put({"areas_a_minute": done / took * 60})


if __name__ == "__main__":
    main("--json" in sys.argv)
