"""The broker of one machine: what the sirens need of it, and amqtt's faults that would hurt them."""

from __future__ import annotations

import asyncio
import socket
import struct

import aiomqtt
import pytest

from siren.brokers import free_port, until
from tocsin.channels.mqtt_broker import serve
from tocsin.core.errors import Unavailable


@pytest.fixture
async def port():
    port, stop = free_port(), asyncio.Event()
    task = asyncio.create_task(serve("127.0.0.1", port, stop))
    await _up(port)
    yield port
    stop.set()
    await task


async def _up(port: int, host: str = "127.0.0.1") -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection(host, port)
            except OSError:
                await asyncio.sleep(0.01)
                continue
            writer.close()
            await writer.wait_closed()
            return


async def collect(client: aiomqtt.Client, into: list) -> None:
    async for message in client.messages:
        into.append((message.topic.value, message.payload, message.retain))


class Listener:
    def __init__(self, port: int, *topics: str) -> None:
        self.port, self.topics = port, topics
        self.heard: list = []

    async def __aenter__(self) -> Listener:
        self._client = aiomqtt.Client("127.0.0.1", self.port)
        await self._client.__aenter__()
        self._task = asyncio.create_task(collect(self._client, self.heard))
        for topic in self.topics:
            await self._client.subscribe(topic, qos=1)
        return self

    async def __aexit__(self, *exc) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._client.__aexit__(None, None, None)

    async def say(self, topic: str, payload: bytes, **how) -> None:
        await self._client.publish(topic, payload, qos=1, **how)


def text(value: str) -> bytes:
    return struct.pack("!H", len(value)) + value.encode()


async def raw_connect(port: int, name: str, *, keepalive: int, will: str = ""):
    """A client that says CONNECT and then nothing more, as one does whose power is cut."""
    flags = 0x02 | ((0x04 | 0x08 | 0x20) if will else 0)
    body = text("MQTT") + bytes([4, flags]) + struct.pack("!H", keepalive) + text(name)
    body += text(will) + text("offline") if will else b""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(bytes([0x10, len(body)]) + body)
    assert await reader.readexactly(4) == bytes([0x20, 2, 0, 0])
    return reader, writer


async def test_retained_messages_are_kept_replaced_and_emptied(port):
    async with Listener(port) as one:
        await one.say("a/b", b"1", retain=True)
        await one.say("a/b", b"2", retain=True)
        await one.say("a/c", b"3", retain=True)
        await one.say("a/c", b"", retain=True)
        await one.say("a/d", b"4")
        async with Listener(port, "a/#") as two:
            await until(lambda: two.heard)
            await one.say("end", b"")
            assert two.heard == [("a/b", b"2", True)]


async def test_a_live_message_is_not_flagged_retained_even_when_it_is_kept(port):
    async with Listener(port, "a") as two, Listener(port) as one:
        await one.say("a", b"1", retain=True)
        await until(lambda: two.heard)
        assert two.heard == [("a", b"1", False)]


async def test_every_qos_1_message_of_a_burst_arrives_in_order(port):
    async with Listener(port, "t") as two, Listener(port) as one:
        for n in range(500):
            await one.say("t", str(n).encode())
        await until(lambda: len(two.heard) >= 500)
        assert [int(p) for _, p, _ in two.heard] == list(range(500))


async def test_what_was_acknowledged_is_delivered_though_the_sender_left_at_once(port):
    """A sensor that says one thing and goes. amqtt acknowledged it and threw it away."""
    async with Listener(port, "t") as two:
        reader, writer = await raw_connect(port, "brief", keepalive=60)
        burst = b""
        for n in range(1, 51):
            body = text("t") + struct.pack("!H", n) + str(n).encode()
            burst += bytes([0x32, len(body)]) + body
        writer.write(burst + bytes([0xE0, 0]))
        acknowledged = len(await reader.read()) // 4
        writer.close()
        assert acknowledged
        await until(lambda: len(two.heard) >= acknowledged)
        assert [int(p) for _, p, _ in two.heard] == list(range(1, acknowledged + 1))


async def test_a_client_whose_power_is_cut_is_declared_offline(port):
    async with Listener(port, "w") as two:
        _, writer = await raw_connect(port, "dead", keepalive=1, will="w")
        await until(lambda: two.heard)
        assert two.heard == [("w", b"offline", False)]
        writer.close()


async def test_a_client_that_comes_back_over_its_dead_self_ends_up_online(port):
    async with Listener(port, "w") as two:
        _, old = await raw_connect(port, "same", keepalive=600, will="w")
        async with aiomqtt.Client("127.0.0.1", port, identifier="same") as again:
            await again.publish("w", b"online", qos=1, retain=True)
            await until(lambda: len(two.heard) == 2)
            assert [p for _, p, _ in two.heard] == [b"offline", b"online"]
        old.close()


async def test_a_newcomer_is_not_told_what_others_subscribed_to(port):
    async with Listener(port, "secret/#") as one:
        await one.say("secret/x", b"1", retain=True)
        async with Listener(port, "mine") as two:
            await one.say("mine", b"2")
            await until(lambda: two.heard)
            assert two.heard == [("mine", b"2", False)]


def own_address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no address but the loopback")
        return s.getsockname()[0]


async def test_nobody_outside_this_machine_gets_a_word_in():
    address, port, stop = own_address(), free_port(), asyncio.Event()
    task = asyncio.create_task(serve("0.0.0.0", port, stop))  # noqa: S104 - that it listens everywhere is the point
    await _up(port)
    reader, writer = await asyncio.open_connection(address, port)
    async with asyncio.timeout(20):
        assert await reader.read(1) == b""
    writer.close()
    stop.set()
    await task


async def test_a_port_that_is_taken_is_said_so(port):
    with pytest.raises(Unavailable, match="TOC-8002"):
        await serve("127.0.0.1", port, asyncio.Event())


def said(topic: bytes, payload: bytes = b"", *, flags: int = 0, number: bytes = b"") -> bytes:
    body = struct.pack("!H", len(topic)) + topic + number + payload
    return bytes([0x30 | flags, len(body)]) + body


@pytest.mark.parametrize(
    "malformed",
    [
        said(b"a/#", b"payload"),
        said(b"a/+/b"),
        said(b"+", b"x", flags=2, number=b"\0\1"),
        said(b"", b"payload"),
        said(b"a\0b", b"payload"),
        said(b"a\xff", b"payload"),
        said(b"a", b"payload", flags=6, number=b"\0\1"),
        bytes([0x30, 4]) + struct.pack("!H", 20) + b"ab" + said(b"t", b"payload of another") * 2,
        bytes([0x30, 1, 0]) + said(b"t", b"payload of another"),
        bytes([0xF0, 0]),
        bytes([0x00, 0]),
        bytes([0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]),
    ],
)
async def test_who_sends_what_is_malformed_is_cut_off_at_once_and_the_others_never_notice(port, malformed):
    """amqtt threw the packet away and took the rest of it for the next: the client was neither heard nor let go."""
    async with Listener(port, "t", "w") as two, Listener(port) as one:
        reader, writer = await raw_connect(port, "bad", keepalive=600, will="w")
        writer.write(malformed + said(b"t", b"after"))
        async with asyncio.timeout(20):
            assert await reader.read() == b""
        writer.close()
        await one.say("t", b"well")
        await until(lambda: len(two.heard) >= 2)
        assert sorted(p for _, p, _ in two.heard) == [b"offline", b"well"]


async def test_a_will_for_many_topics_is_not_taken(port):
    async with Listener(port, "t") as two, Listener(port) as one:
        body = text("MQTT") + bytes([4, 0x0E]) + struct.pack("!H", 600) + text("bad") + text("a/#") + text("offline")
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(bytes([0x10, len(body)]) + body)
        async with asyncio.timeout(20):
            assert await reader.read() in (b"", bytes([0x20, 2, 0, 5]))
        writer.close()
        await one.say("t", b"well")
        await until(lambda: two.heard)
