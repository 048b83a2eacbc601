"""One message, whoever sent it, takes nobody's sirens away."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import aiomqtt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from siren.brokers import Broker, until
from tocsin.bus.frames import BadFrame, unpack
from tocsin.channels.siren import SirenChannel, SirenSettings
from tocsin.core.errors import Invalid
from tocsin.core.time import parse_cap_time, parse_instant
from tocsin.siren import health
from tocsin.warn.siren_command import read, read_drill
from tocsin.workers.inbox import Inbox, report_of

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NOW = datetime(2024, 1, 5, 1, 0, tzinfo=UTC)
DEEP = b"[" * 5000
NOT_UTF8 = b'{"siren":"s01","state":"\xff"}'
DEEP_OBJECT = b'{"siren":"s01","a":' + b"[" * 3000
RUBBISH = [DEEP, NOT_UTF8, DEEP_OBJECT, b"", b"null", b"1e999", b'{"siren":"s01"', b"\x00" * 50]


class Now:
    def now(self) -> datetime:
        return NOW


@pytest.mark.parametrize("payload", RUBBISH)
def test_a_siren_gives_a_verdict_on_whatever_comes(payload: bytes) -> None:
    keys = (KEY.public_key(),)
    assert read(payload, siren_id="s01", public_keys=keys, now=NOW, seen=()).word in ("malformed", "bad_signature")
    word, drill = read_drill(payload, siren_id="s01", public_keys=keys, now=NOW, seen=())
    assert (word in ("malformed", "bad_signature"), drill) == (True, None)
    assert health.field(payload, "as_of") == ""


@pytest.mark.parametrize("payload", RUBBISH)
def test_a_report_that_is_rubbish_is_malformed_and_nothing_worse(payload: bytes) -> None:
    with pytest.raises(Invalid) as caught:
        report_of("s01", payload)
    assert caught.value.code == "TOC-4001"


@pytest.mark.parametrize("payload", RUBBISH)
def test_a_frame_that_is_rubbish_is_a_bad_frame(payload: bytes) -> None:
    with pytest.raises(BadFrame):
        unpack(payload)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_outside_every_year_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_instant(text, field="observed_at")
    with pytest.raises(ValueError, match="year"):
        parse_cap_time(text)


async def test_the_inbox_outlives_a_fault_of_its_own() -> None:
    def broken(_receipt: object) -> None:
        raise ZeroDivisionError

    inbox = Inbox(None, None, receipt=broken, sensors={})  # type: ignore[arg-type]
    report = {"siren": "s01", "state": "silent", "measured_at": "2024-01-05T01:00:00Z"}
    await inbox.heard("report", "s01", json.dumps(report).encode())


async def test_the_channel_hears_on_after_rubbish_from_a_neighbour(tmp_path) -> None:
    broker = Broker("embedded", tmp_path)
    await broker.start()
    heard: list[bytes] = []

    async def hear(_kind: str, _who: str, payload: bytes) -> None:
        heard.append(payload)

    channel, stop = SirenChannel(SirenSettings(port=broker.port), KEY, Now(), heard=hear), asyncio.Event()
    task = asyncio.create_task(channel.run(stop))
    try:
        await asyncio.wait_for(channel.connected.wait(), 20)
        async with aiomqtt.Client("127.0.0.1", broker.port, timeout=10) as neighbour:
            for payload in (*RUBBISH, b"last"):
                await neighbour.publish("tocsin/siren/s01/report", payload, qos=1)
        await until(lambda: b"last" in heard, "the message after the rubbish")
        assert channel.counts["connections"] == 1
    finally:
        stop.set()
        await task
        await broker.stop()


async def test_the_channel_connects_again_whatever_its_listener_raises(tmp_path) -> None:
    broker = Broker("embedded", tmp_path)
    await broker.start()
    heard: list[bytes] = []

    async def hear(_kind: str, _who: str, payload: bytes) -> None:
        if payload == b"break":
            raise ZeroDivisionError
        heard.append(payload)

    channel, stop = SirenChannel(SirenSettings(port=broker.port), KEY, Now(), heard=hear), asyncio.Event()
    task = asyncio.create_task(channel.run(stop))
    try:
        await asyncio.wait_for(channel.connected.wait(), 20)
        async with aiomqtt.Client("127.0.0.1", broker.port, timeout=10) as neighbour:
            await neighbour.publish("tocsin/siren/s01/report", b"break", qos=1)
            await until(lambda: channel.counts["connections"] > 1 and channel.connected.is_set(), "a new connection")
            await neighbour.publish("tocsin/siren/s01/report", b"after", qos=1)
            await until(lambda: heard == [b"after"], "the message after the fault")
    finally:
        stop.set()
        await task
        await broker.stop()
