"""A broker that answers, and has forgotten who wants to hear what: city and sirens connect anew by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from siren.brokers import free_port, until
from tocsin.channels import siren as channel_module
from tocsin.channels._amqtt import TocsinBroker
from tocsin.channels.siren import SirenChannel, SirenSettings
from tocsin.siren import link as link_module
from tocsin.siren.config import SirenConfig
from tocsin.siren.link import Link

SHORT_S = 0.3
PUBLIC = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


class Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@pytest.fixture
async def broker() -> AsyncIterator[tuple[TocsinBroker, int]]:
    port = free_port()
    made = TocsinBroker("127.0.0.1", port)
    await made.start()
    yield made, port
    await made.shutdown()


async def test_the_city_hears_its_own_beat_or_connects_anew(broker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_module, "ECHO_S", SHORT_S)
    forgetful, port = broker
    channel = SirenChannel(SirenSettings(port=port), Ed25519PrivateKey.generate(), Clock())
    stop = asyncio.Event()
    running = asyncio.create_task(channel.run(stop))
    await channel.connected.wait()
    await channel.beat(datetime.now(UTC), 1)
    await until(lambda: channel._unheard_since is None)
    forgetful._subscriptions.clear()
    await channel.beat(datetime.now(UTC), 2)
    await until(lambda: channel.counts["connections"] == 2)
    await channel.beat(datetime.now(UTC), 3)
    await until(lambda: channel._unheard_since is None)
    stop.set()
    await running


async def test_without_beats_nothing_is_concluded(broker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_module, "ECHO_S", 0.0)
    _, port = broker
    channel = SirenChannel(SirenSettings(port=port), Ed25519PrivateKey.generate(), Clock())
    stop = asyncio.Event()
    running = asyncio.create_task(channel.run(stop))
    await channel.connected.wait()
    for _ in range(50):
        await asyncio.sleep(0)
    assert channel.counts["connections"] == 1
    stop.set()
    await running


async def test_a_siren_that_hears_no_beat_connects_anew(
    broker: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_module, "DEAF_S", SHORT_S)
    monkeypatch.setattr(link_module, "FIRST_WAIT_S", 0.01)
    forgetful, port = broker
    heard: list[str] = []

    async def arrived(what: str, payload: bytes) -> None:
        heard.append(what)

    config = SirenConfig(id="s01", folder=str(tmp_path), port=port, public_keys=(PUBLIC,), area="harbour")
    link = Link(config, arrived, list)
    stop = asyncio.Event()
    running = asyncio.create_task(link.run(stop))
    await until(lambda: link.connected)
    forgetful._subscriptions.clear()
    await until(lambda: link.connections >= 2 and link.connected)
    stop.set()
    await running
