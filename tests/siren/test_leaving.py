"""A siren and the bridge leave even when the library loses the cancellation of what they were sending."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from siren.brokers import PATIENCE_S, until
from tocsin.channels.siren import SirenChannel, SirenSettings
from tocsin.siren.config import SirenConfig
from tocsin.siren.link import Link
from tocsin.wiring.clock import SystemClock


class LosingClient:
    """A client whose publication ends as if answered when it is cancelled, as asyncio.wait_for does on Python 3.11."""

    def __init__(self, waits_on: str) -> None:
        self.waits_on = waits_on
        self.said: list[tuple[str, bytes]] = []
        self.pending_calls_threshold = 0

    async def subscribe(self, *_: object) -> None:
        await asyncio.sleep(0)

    async def publish(self, topic: str, payload: bytes, **_: Any) -> None:
        self.said.append((topic, payload))
        if topic == self.waits_on:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                return

    @property
    async def messages(self) -> AsyncIterator[Any]:
        await asyncio.Event().wait()
        yield None


async def test_a_siren_that_leaves_says_so_while_it_was_sending(tmp_path):
    async def arrived(*_: object) -> None: ...

    client: Any = LosingClient("tocsin/siren/s01/report")
    link = Link(SirenConfig(id="s01", folder=str(tmp_path), public_keys=()), arrived, list)
    stop = asyncio.Event()
    link.report(b"{}")
    session = asyncio.create_task(link._session(client, stop))
    await until(lambda: client.said)
    stop.set()
    async with asyncio.timeout(PATIENCE_S):
        await session
    assert client.said[-1] == ("tocsin/siren/s01/availability", b"offline")


async def test_a_bridge_that_leaves_says_so_while_it_was_repeating():
    client: Any = LosingClient("tocsin/city/state")
    channel = SirenChannel(SirenSettings(), Ed25519PrivateKey.generate(), SystemClock())
    channel._retained["tocsin/city/state"] = b"{}"
    stop = asyncio.Event()
    session = asyncio.create_task(channel._session(client, stop))
    await until(lambda: ("tocsin/city/state", b"{}") in client.said)
    stop.set()
    async with asyncio.timeout(PATIENCE_S):
        await session
    assert client.said[-1] == ("tocsin/bridge/availability", b"offline")


async def test_what_speaks_through_the_bridge_again_and_again_ends_while_it_was_speaking():
    client: Any = LosingClient("tocsin/bridge/beat")
    channel = SirenChannel(SirenSettings(), Ed25519PrivateKey.generate(), SystemClock())
    channel._client = client

    async def speak() -> None:
        for _ in range(5):
            await channel.beat(SystemClock().now(), 1)

    speaking = asyncio.create_task(speak())
    await until(lambda: client.said)
    client.waits_on = ""
    speaking.cancel()
    await asyncio.wait([speaking])
    assert speaking.cancelled()
    assert len(client.said) == 1
