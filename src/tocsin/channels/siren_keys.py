"""Which command keys the sirens accept: asked of the broker, which keeps each siren's last health message."""

from __future__ import annotations

import asyncio
import secrets
import ssl
from collections.abc import Collection

import aiomqtt
import msgspec

from tocsin.channels.siren import SirenSettings
from tocsin.core.errors import Unavailable

PATIENCE_S = 5.0
"""Seconds for which sirens that the broker knows nothing of are waited for."""


class _Health(msgspec.Struct):
    keys: tuple[str, ...] = ()


def read_keys(payload: bytes) -> frozenset[str]:
    """The key ids that a health message names; none where it cannot be read, or comes from an older agent."""
    try:
        return frozenset(msgspec.json.decode(payload, type=_Health).keys)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return frozenset()


async def accepted(
    settings: SirenSettings, sirens: Collection[str], patience_s: float = PATIENCE_S
) -> dict[str, frozenset[str]]:
    """Siren → ids of the command keys that it says it accepts; a siren that nothing is known of is absent.

    Raises:
        Unavailable: the broker does not answer (TOC-8002).
    """
    heard: dict[str, frozenset[str]] = {}
    try:
        async with aiomqtt.Client(
            settings.host,
            settings.port,
            username=settings.username or None,
            password=settings.password or None,
            tls_context=ssl.create_default_context(cafile=settings.cafile) if settings.cafile else None,
            identifier=f"tocsin-keys-{secrets.token_hex(4)}",
            timeout=patience_s,
        ) as client:
            await client.subscribe("tocsin/siren/+/health", qos=1)
            async with asyncio.timeout(patience_s):
                async for message in client.messages:
                    siren = message.topic.value.split("/")[2]
                    if siren in sirens and isinstance(message.payload, bytes):
                        heard[siren] = read_keys(message.payload)
                    if len(heard) == len(sirens):
                        break
    except TimeoutError:
        pass  # whoever has not spoken is not in it
    except (aiomqtt.MqttError, OSError) as fault:
        raise Unavailable(
            "TOC-8002",
            f"The broker does not answer: {fault}.",
            field="TOCSIN_MQTT_URL",
            remedy="Start it, so that the sirens can be asked which keys they accept.",
        ) from fault
    return heard
