"""What a client of the broker sends, read so that whatever is malformed ends its connection (MQTT 3.1.1, section 4.8).

amqtt throws such a packet away where it stopped reading it, and takes the rest of it for the next one: the client is no
longer heard, is told nothing, and its Will does not come.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Any

from amqtt.adapters import BufferReader
from amqtt.codecs_amqtt import read_or_raise
from amqtt.mqtt import packet_class
from amqtt.mqtt.packet import (
    CONNECT,
    DISCONNECT,
    PINGREQ,
    PUBACK,
    PUBCOMP,
    PUBLISH,
    PUBREC,
    PUBREL,
    SUBSCRIBE,
    UNSUBSCRIBE,
    MQTTFixedHeader,
)
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
from amqtt.mqtt.publish import PublishPacket

_log = logging.getLogger("tocsin.channels.mqtt_broker")

_HANDLED = {
    CONNECT: BrokerProtocolHandler.handle_connect,
    DISCONNECT: BrokerProtocolHandler.handle_disconnect,
    PINGREQ: BrokerProtocolHandler.handle_pingreq,
    PUBACK: BrokerProtocolHandler.handle_puback,
    PUBCOMP: BrokerProtocolHandler.handle_pubcomp,
    PUBLISH: BrokerProtocolHandler.handle_publish,
    PUBREC: BrokerProtocolHandler.handle_pubrec,
    PUBREL: BrokerProtocolHandler.handle_pubrel,
    SUBSCRIBE: BrokerProtocolHandler.handle_subscribe,
    UNSUBSCRIBE: BrokerProtocolHandler.handle_unsubscribe,
}
"""What a client may send to a broker."""


class Malformed(Exception):
    """A packet that MQTT does not allow."""


def is_topic(name: str) -> bool:
    """Whether something can be published there (sections 3.3.2.1 and 4.7.3)."""
    return bool(name) and not any(sign in name for sign in "+#\0")


async def read(handler: BrokerProtocolHandler) -> None:
    """Read packets until the client goes, falls silent or sends one that is malformed. In place of amqtt's loop."""
    running: deque[asyncio.Task[None]] = deque()
    silence = handler.session.keep_alive or None
    handler._reader_ready.set()
    try:
        while (packet := await _next(handler, silence)) is not None:
            task = asyncio.create_task(_HANDLED[packet.fixed_header.packet_type](handler, packet))
            running.append(task)
            while running and running[0].done():
                running.popleft()
    except asyncio.CancelledError:
        pass  # amqtt's way to stop this loop, for which it then waits
    except TimeoutError:
        pass
    except Exception as fault:
        _log.warning("a client of the broker sent what is no MQTT and is cut off: %s", type(fault).__name__)
    for task in running:
        task.cancel()
    await handler.handle_connection_closed()
    handler._reader_stopped.set()
    await handler.stop()


async def _next(handler: BrokerProtocolHandler, silence: int | None) -> Any:
    """The next packet; None at the end.

    Raises:
        Malformed: it is not allowed. amqtt raises errors of its own.
    """
    async with asyncio.timeout(silence):  # half a packet and then silence is silence, too
        header = await MQTTFixedHeader.from_stream(handler.reader)
        if header is None:
            return None
        if header.packet_type not in _HANDLED or (header.packet_type == PUBLISH and header.flags & 0x06 == 0x06):
            raise Malformed
        rest = await read_or_raise(handler.reader, header.remaining_length) if header.remaining_length else b""
    # From memory: whatever the packet says of itself, nothing behind it is read.
    packet = await packet_class(header).from_stream(BufferReader(rest), fixed_header=header)
    if isinstance(packet, PublishPacket):
        # amqtt leaves out what is no UTF-8, and would publish elsewhere.
        written = rest[2 : 2 + int.from_bytes(rest[:2], "big")].decode("utf-8")
        if not is_topic(written) or written != packet.topic_name:
            raise Malformed
    return packet
