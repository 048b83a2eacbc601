"""The agent's link to the broker: connects for ever, publishes what is newest, keeps reports until they are out."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import socket
import ssl
import time
from collections import deque
from collections.abc import Awaitable, Callable

import aiomqtt

from tocsin.core.again import Again
from tocsin.siren.config import SirenConfig

FIRST_WAIT_S = 0.5
"""Seconds before the first attempt to connect again; doubled each time."""

LONGEST_WAIT_S = 5.0
"""Longest such wait: a siren that is not there does not warn, and an attempt costs a broker that is away nothing."""

KEEPALIVE_S = 10
"""MQTT keep-alive: a broker that hears nothing for one and a half of these publishes our Will, and we notice within two
of these that a connection is dead of which nobody was told."""

DEAF_S = 30.0
"""Without a beat for so long, or half as long again, the siren connects anew: a broker that stood still may have
forgotten what it wants. Its data is as old by then, and it says that its link is lost."""

KEPT_REPORTS = 200
"""Reports kept while there is no connection; the oldest are dropped first, and counted."""

_log = logging.getLogger("tocsin.siren")
_dice = random.SystemRandom()


class Link:
    """One MQTT connection of one siren.

    Args:
        config: the siren's settings.
        arrived: called with ``set``, ``drill``, ``beat`` or ``quiet_test`` and the payload.
        birth: gives ``(topic, payload)`` to publish retained on connection and when Home Assistant comes up.
    """

    def __init__(
        self,
        config: SirenConfig,
        arrived: Callable[[str, bytes], Awaitable[None]],
        birth: Callable[[], list[tuple[str, bytes]]],
    ) -> None:
        self._config = config
        self._arrived = arrived
        self._birth = birth
        self._base = f"tocsin/siren/{config.id}"
        self._reports: deque[tuple[str, bytes]] = deque()
        self._latest: dict[str, bytes] = {}
        self._work = asyncio.Event()
        self.connected = False
        self.connections = 0
        self._heard_at = 0.0
        self.dropped = 0
        self.retained_ignored = 0

    def latest(self, what: str, payload: bytes) -> None:
        """Publish, retained, on ``tocsin/siren/<id>/<what>``; while offline only the newest is kept."""
        self._latest[f"{self._base}/{what}"] = payload
        self._work.set()

    def report(self, payload: bytes, *, drill: bool = False) -> None:
        """Publish once, not retained, on the report topic, or on the drill's own."""
        topic = f"tocsin/drill/{self._config.id}/report" if drill else f"{self._base}/report"
        if len(self._reports) >= KEPT_REPORTS:
            self._reports.popleft()
            self.dropped += 1
        self._reports.append((topic, payload))
        self._work.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Stay connected until ``stop`` is set, then publish ``offline`` and disconnect."""
        again = Again(FIRST_WAIT_S, LONGEST_WAIT_S)
        while not stop.is_set():
            before = self.connections
            try:
                async with self._client() as client:
                    await self._session(client, stop)
            except (aiomqtt.MqttError, OSError, ValueError) as fault:
                _log.info("siren %s: no connection: %s", self._config.id, fault)
            self.connected = False
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(again.after(success=self.connections > before)):
                    await stop.wait()

    def _client(self) -> aiomqtt.Client:
        config = self._config
        return aiomqtt.Client(
            config.host,
            config.port,
            username=config.username or None,
            password=config.password or None,
            identifier=f"tocsin-siren-{config.id}",
            will=aiomqtt.Will(f"{self._base}/availability", b"offline", qos=1, retain=True),
            # A queue at the broker would deliver old commands flagged as new; the city repeats what is still valid.
            clean_session=True,
            keepalive=KEEPALIVE_S,
            timeout=10,
            max_queued_incoming_messages=1000,
            # Without it TCP keeps a small message back until the one before it is acknowledged (RFC 896), which the
            # other side may put off for a fifth of a second and more (RFC 1122, 4.2.3.2).
            socket_options=((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),),
            tls_context=ssl.create_default_context(cafile=config.cafile) if config.cafile else None,
        )

    async def _session(self, client: aiomqtt.Client, stop: asyncio.Event) -> None:
        # Subscribed before "online" is said: who reads "online" may send a command at once.
        await client.subscribe([(topic, 1) for topic in self._topics()])
        await self._announce(client)
        self.connected = True
        self.connections += 1
        self._heard_at = time.monotonic()
        tasks: list[asyncio.Task[object]] = [
            asyncio.create_task(self._hears()),
            asyncio.create_task(self._listen(client)),
            asyncio.create_task(self._send(client)),
            asyncio.create_task(stop.wait()),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()
        await client.publish(f"{self._base}/availability", b"offline", qos=1, retain=True)

    async def _hears(self) -> None:
        """Fail when no beat comes: the broker may answer pings and have forgotten what we subscribed to."""
        deaf = DEAF_S * _dice.uniform(1.0, 1.5)  # a city that hears nothing does not come back all at once
        while (silent := time.monotonic() - self._heard_at) < deaf:
            await asyncio.sleep(deaf - silent)
        raise aiomqtt.MqttError(f"no beat for {deaf:.0f} s")

    def _topics(self) -> dict[str, str]:
        config = self._config
        topics = {
            f"{self._base}/set": "set",
            f"{self._base}/quiet_test": "quiet_test",
            "tocsin/bridge/beat": "beat",
            f"{config.discovery_prefix}/status": "ha",
        }
        return topics | ({f"tocsin/drill/{config.id}/set": "drill"} if config.drills else {})

    async def _announce(self, client: aiomqtt.Client) -> None:
        for topic, payload in self._birth():
            self._latest.pop(topic, None)
            await client.publish(topic, payload, qos=1, retain=True)

    async def _listen(self, client: aiomqtt.Client) -> None:
        topics = self._topics()
        greeting = asyncio.create_task(asyncio.sleep(0))
        try:
            async for message in client.messages:
                what = topics.get(message.topic.value)
                payload = message.payload
                if message.retain:
                    # A retained command would sound at every reconnection; a retained beat is of unknown age.
                    self.retained_ignored += what is not None
                elif what == "ha" and payload == b"online":
                    if greeting.done():
                        greeting = asyncio.create_task(self._greet(client))
                elif what is not None and what != "ha":
                    if what == "beat":
                        self._heard_at = time.monotonic()
                    await self._arrived(what, payload)
        finally:
            greeting.cancel()
            await asyncio.gather(greeting, return_exceptions=True)

    async def _greet(self, client: aiomqtt.Client) -> None:
        """Home Assistant came up: say everything again, at a random moment so that a city does not shout at once."""
        await asyncio.sleep(_dice.uniform(1, 10))
        await self._announce(client)

    async def _send(self, client: aiomqtt.Client) -> None:
        me = asyncio.current_task()
        # aiomqtt waits by asyncio.wait_for, which loses a cancellation that comes with an answer (before Python 3.12).
        while me is None or not me.cancelling():
            await self._work.wait()
            self._work.clear()
            while self._reports:
                topic, payload = self._reports[0]
                await client.publish(topic, payload, qos=1)
                # Taken off only when the broker has it: after a broken connection it is sent again.
                if self._reports and self._reports[0] == (topic, payload):
                    self._reports.popleft()
            while self._latest:
                topic, payload = self._latest.popitem()
                await client.publish(topic, payload, qos=1, retain=True)
