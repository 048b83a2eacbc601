"""Three hundred areas in one minute: from a detection leaving its source to the siren command on the broker.

Real processes on a clean store. Each area is reported by two sources, as fast as to fill one minute; the second report
issues the warning by the agreed rule. Measured per area: from just before the second report is sent to the moment an
ordinary MQTT subscriber holds the signed command. The floor, in the same run: a bare QoS 1 publication to the same
subscriber through the same broker.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

import aiomqtt
import httpx
from _city import grid
from _report import case, say

AREAS = 300
SECONDS = 60.0


def main(json_only: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="ts-") as folder:
        ours, floor = _run(Path(folder))
    cases = [
        case(f"{AREAS} areas in {SECONDS:.0f} s: detection to siren command, p50", _at(ours, 0.5), _at(floor, 0.5)),
        case(f"{AREAS} areas in {SECONDS:.0f} s: detection to siren command, p99", _at(ours, 0.99), _at(floor, 0.99)),
    ]
    say("storm", cases, floor="a bare publication", json_only=json_only)


def _at(values: list[float], share: float) -> float:
    if share == 0.5:
        return statistics.median(values)
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def _run(folder: Path) -> tuple[list[float], list[float]]:
    from tocsin.app.actor import Grant
    from tocsin.cli.check import clean
    from tocsin.cli.city import prepare
    from tocsin.cli.supervise import Supervisor

    own = clean(folder / "h")
    prepare(own, *grid(AREAS, AREAS))
    from tocsin.store import accounts

    keys = [accounts.new_api_key(name, "sensor", [Grant(role="sensor")]).secret for name in ("radar", "ears")]
    running = Supervisor(own, log=folder / "log")
    running.start()
    try:
        return asyncio.run(_storm(own, keys))
    finally:
        running.stop()


async def _storm(own: object, keys: list[str]) -> tuple[list[float], list[float]]:
    host, _, port = own.mqtt_bind.rpartition(":")
    seen: dict[str, float] = {}
    bare: dict[str, float] = {}

    async def listen(client: aiomqtt.Client) -> None:
        async for message in client.messages:
            kind, name = message.topic.value.split("/")[1:3]
            (bare if kind == "bench" else seen).setdefault(name, time.perf_counter())

    async with aiomqtt.Client(host, int(port)) as ear, aiomqtt.Client(host, int(port)) as mouth:
        await ear.subscribe([("tocsin/siren/+/set", 1), ("tocsin/bench/+", 1)])
        listener = asyncio.create_task(listen(ear))
        limits = httpx.Limits(max_connections=20)
        async with httpx.AsyncClient(base_url=own.site_url, timeout=30, limits=limits) as client:
            began, sent = await _send(client, mouth, keys)
        deadline = time.perf_counter() + 20
        while len(seen) < AREAS and time.perf_counter() < deadline:
            await asyncio.sleep(0.05)
        listener.cancel()
    missing = set(began) - set(seen)
    assert not missing, f"{len(missing)} sirens were never commanded"
    return [(seen[k] - began[k]) * 1000 for k in began], [(bare[k] - sent[k]) * 1000 for k in bare]


async def _send(client: httpx.AsyncClient, mouth: aiomqtt.Client, keys: list[str]) -> tuple[dict, dict]:
    """Report every area twice, spread over the minute; beside each, one bare publication."""
    began: dict[str, float] = {}
    sent: dict[str, float] = {}
    start = time.perf_counter()

    async def one(number: int) -> None:
        await asyncio.sleep(max(0.0, start + number * SECONDS / AREAS - time.perf_counter()))
        siren = f"s{number:03}"
        for source, key in zip(("radar", "ears"), keys, strict=True):
            now = (await client.get("/api/v1/health")).json()["generated_at"]
            body = {"id": siren, "source": source, "threat": "drone", "areas": [f"d{number:03}"], "observed_at": now}
            began[siren] = time.perf_counter()
            answer = await client.post("/api/v1/detections", json=body, headers={"Authorization": f"Bearer {key}"})
            assert answer.status_code == 201, answer.text
        assert answer.json()["outcome"] == "issued", answer.text
        sent[siren] = time.perf_counter()
        await mouth.publish(f"tocsin/bench/{siren}", b"x" * 400, qos=1)

    await asyncio.gather(*(one(number) for number in range(AREAS)))
    return began, sent


if __name__ == "__main__":
    main("--json" in sys.argv)
