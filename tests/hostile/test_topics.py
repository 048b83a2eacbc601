"""A wildcard in a name listens to everybody; one in a topic speaks to everybody. Neither is taken anywhere."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import aiomqtt
import pytest
from click.testing import CliRunner

from siren.brokers import Broker, Ear, until
from siren.test_agent import PUBLIC
from tocsin.cli import root
from tocsin.core.errors import Invalid
from tocsin.siren.config import load
from tocsin.warn import commands as cmd
from tocsin.warn.events import Siren
from warn.rig import ADMIN, Rig

NAMES = ("+", "#", "s+", "s/#", "s/1", "../s01", "s 1", "s\n01", "$SYS", "", "s" * 65)


@pytest.mark.parametrize("name", NAMES)
def test_no_siren_has_a_wildcard_for_a_name(name: str) -> None:
    with pytest.raises(Invalid, match="no id of a siren"):
        load(json.dumps({"id": name, "folder": "/tmp/x"}).encode())
    bad = Siren(id=name, name={"en": "Siren"}, area="south", demo=True)
    Rig().refused("TOC-4004", cmd.RegisterSirens(sirens=(bad,)), ADMIN)


@pytest.mark.parametrize("name", NAMES)
def test_no_sensor_has_a_wildcard_for_a_name(name: str) -> None:
    done = CliRunner().invoke(root, ["sensor", "add", name, "--key", PUBLIC])
    assert isinstance(done.exception, Invalid)
    assert done.exception.field == "name"


def publish(topic: bytes) -> bytes:
    """A PUBLISH at QoS 0 of MQTT 3.1.1, whatever the topic; no client library writes one like these."""
    body = len(topic).to_bytes(2) + topic + b"forged"
    return b"\x30" + bytes([len(body)]) + body


CONNECT = b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00"
"""With a clean session and no name: each is a client of its own."""


@pytest.mark.parametrize("kind", ["embedded", pytest.param("mosquitto", marks=pytest.mark.mosquitto)])
async def test_a_topic_with_a_wildcard_reaches_nobody(kind: str, tmp_path: Path) -> None:
    broker = Broker(kind, tmp_path)
    await broker.start()
    try:
        async with Ear(broker.port).open() as ear:
            rogues = []
            for topic in (b"tocsin/siren/+/set", b"tocsin/siren/#", b"#", b"+/+/+/+"):
                reader, writer = await asyncio.open_connection("127.0.0.1", broker.port)
                rogues.append(writer)
                writer.write(CONNECT)
                assert (await asyncio.wait_for(reader.readexactly(4), 20))[:1] == b"\x20"
                writer.write(publish(topic))
                await writer.drain()
            async with aiomqtt.Client("127.0.0.1", broker.port, timeout=20) as honest:
                for _ in range(5):  # each is acknowledged: the broker has turned to everybody in between
                    await honest.publish("tocsin/siren/s01/set", b"after", qos=1)
            await until(lambda: len(ear.on("tocsin/siren/s01/set")) == 5)
            assert [payload for _, payload, _ in ear.heard] == [b"after"] * 5
            for writer in rogues:
                writer.close()
    finally:
        await broker.stop()
