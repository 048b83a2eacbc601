"""A siren's command and its report are not kept back until what went before them is acknowledged."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiomqtt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from siren.brokers import free_port
from tocsin.channels._amqtt import TocsinBroker
from tocsin.channels.siren import SirenChannel, SirenSettings
from tocsin.siren.config import SirenConfig
from tocsin.siren.link import Link
from tocsin.wiring.clock import SystemClock

PUBLIC = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


@pytest.fixture
async def port() -> AsyncIterator[int]:
    number = free_port()
    made = TocsinBroker("127.0.0.1", number)
    await made.start()
    yield number
    await made.shutdown()


async def _at_once(client: aiomqtt.Client) -> bool:
    async with client as connected:
        return bool(connected._client.socket().getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))


async def test_the_city_speaks_at_once(port: int) -> None:
    assert await _at_once(
        SirenChannel(SirenSettings(port=port), Ed25519PrivateKey.generate(), SystemClock())._connect()
    )


async def test_a_siren_speaks_at_once(port: int, tmp_path: Path) -> None:
    async def arrived(_what: str, _payload: bytes) -> None:
        pass

    config = SirenConfig(id="s01", folder=str(tmp_path), port=port, public_keys=(PUBLIC,), area="harbour")
    assert await _at_once(Link(config, arrived, list)._client())
