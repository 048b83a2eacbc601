"""The broker of one machine: MQTT 3.1.1 in this process, for ``tocsin up`` without anything installed.

It speaks to this machine only, whatever address it listens on: there is no TLS in it. With accounts (``tocsin mqtt
credentials``) each client needs its password and reaches its own topics alone. Sirens on other machines need a broker
made for that, such as Mosquitto (see the reference of sirens). Retained messages live in memory;
the agents and the gateway publish theirs again whenever they connect.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from tocsin.core.errors import Unavailable

if TYPE_CHECKING:
    from tocsin.channels._mqtt_access import Access

SHUTDOWN_S = 5.0
"""Longest that ending every session may take."""


async def serve(
    host: str = "127.0.0.1", port: int = 1883, stop: asyncio.Event | None = None, *, access: Access | None = None
) -> None:
    """Serve until ``stop`` is set.

    Args:
        host: the address to listen on.
        port: the TCP port.
        stop: set to end; None = until cancelled.
        access: the accounts and their topics; None lets everybody on this machine say and hear everything.

    Raises:
        Unavailable: the port is taken or the address is not this machine's (TOC-8002).
    """
    from amqtt.errors import BrokerError

    from tocsin.channels._amqtt import TocsinBroker

    # amqtt logs every packet at these levels.
    logging.getLogger("amqtt").setLevel(logging.ERROR)
    logging.getLogger("transitions").setLevel(logging.ERROR)
    broker = TocsinBroker(host, port, access)
    try:
        await broker.start()
    except BrokerError as fault:
        raise Unavailable(
            "TOC-8002",
            f"The broker cannot listen on {host}:{port}: {fault}.",
            field="TOCSIN_MQTT_URL",
            remedy="Choose another port, or use the broker that is already there.",
        ) from fault
    try:
        await (stop or asyncio.Event()).wait()
    finally:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SHUTDOWN_S):
                await broker.shutdown()
