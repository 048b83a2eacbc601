"""The two brokers that every siren test runs on, and a client to look at them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiomqtt
import pytest

PATIENCE_S = 20.0


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


async def until(true: Callable[[], object], what: str = "") -> None:
    """Wait for a condition, generously."""
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.01)


async def _answers(port: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                await writer.wait_closed()
                return
            await asyncio.sleep(0.02)


_SERVE = """
import asyncio, signal, sys
from tocsin.channels.mqtt_broker import serve
async def main():
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await serve("127.0.0.1", int(sys.argv[1]), stop)
asyncio.run(main())
"""


class Broker:
    """A broker in a process of its own, so that a test can stop it and start it again."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.port = free_port()
        self._folder = folder
        self._process: subprocess.Popen | None = None

    async def start(self) -> None:
        if self.kind == "mosquitto":
            config = self._folder / "mosquitto.conf"
            config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
            command = [mosquitto(), "-c", str(config)]
        else:
            command = [sys.executable, "-W", "error", "-c", _SERVE, str(self.port)]
        log = (self._folder / f"{self.kind}.log").open("ab")
        self._process = subprocess.Popen(command, stdout=log, stderr=log)
        log.close()
        await _answers(self.port)

    async def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            code = await asyncio.to_thread(self._process.wait, 20)
            self._process = None
            if self.kind == "embedded":
                assert code == 0, (self._folder / "embedded.log").read_text()


def mosquitto() -> str:
    path = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if path is None:
        reason = "the Mosquitto broker is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


class Ear:
    """A plain client: collects everything and can say anything."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.heard: list[tuple[str, bytes, bool]] = []

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Ear]:
        async with aiomqtt.Client("127.0.0.1", self.port, timeout=10) as self.client:
            await self.client.subscribe("#", qos=1)
            task = asyncio.create_task(self._listen())
            try:
                yield self
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def _listen(self) -> None:
        async for message in self.client.messages:
            self.heard.append((message.topic.value, message.payload, message.retain))

    async def say(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        await self.client.publish(topic, payload, qos=1, retain=retain)

    def on(self, topic: str) -> list[bytes]:
        return [payload for t, payload, _ in self.heard if t == topic]

    async def retained(self, topic: str, timeout: float = PATIENCE_S) -> bytes | None:
        """What a newcomer is told."""
        with contextlib.suppress(TimeoutError):
            async with aiomqtt.Client("127.0.0.1", self.port, timeout=10) as client:
                await client.subscribe(topic, qos=1)
                async with asyncio.timeout(timeout):
                    async for message in client.messages:
                        return message.payload
        return None
