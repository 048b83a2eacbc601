"""Who watches a night: live clients on the edge, and an ear on the broker. They see what the public sees."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiomqtt
import httpx
import msgspec


@dataclass
class LiveClient:
    """One resident's page: an SSE client for one cell. ``received``: (monotonic seconds, event, document).

    ``last``: the id of the last event, kept over any loss of the connection, as a browser does.
    """

    area: str
    cell: str
    edge_url: str
    received: list[tuple[float, str, dict[str, Any]]] = field(default_factory=list)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    changed: Callable[[], None] = lambda: None
    last: str = ""

    async def run(self) -> None:
        """Listen for ever; resumes from the last id after a loss."""
        async with httpx.AsyncClient(timeout=httpx.Timeout(5, read=40)) as client:
            while True:
                headers = {"Last-Event-ID": self.last} if self.last else {}
                try:
                    async with client.stream("GET", self.url, headers=headers) as answer:
                        await self._listen(answer)
                except httpx.HTTPError:
                    await asyncio.sleep(0.3)

    @property
    def url(self) -> str:
        """The address of the stream."""
        return f"{self.edge_url}/live?cells={self.cell}"

    async def _listen(self, answer: httpx.Response) -> None:
        event, data, seen = "message", "", self.last
        async for line in answer.aiter_lines():
            if line.startswith("event:"):
                event = line[6:].strip()
            elif line.startswith("data:"):
                data += line[5:].strip()
            elif line.startswith("id:"):
                seen = line[3:].strip()
            elif not line and data:
                # Taken over with the whole event: one that was cut off in its middle has not been seen.
                self.last = seen
                self._take(event, data)
                event, data = "message", ""

    def _take(self, event: str, data: str) -> None:
        self.received.append((time.monotonic(), event, msgspec.json.decode(data)))
        if event == "state":
            self.ready.set()
        self.changed()

    def seen(self, seq: int) -> float | None:
        """When the entry ``seq`` arrived, by update or in a later state."""
        for at, event, document in self.received:
            if (event == "update" and document["seq"] == seq) or (event == "state" and document["seq"] >= seq):
                return at
        return None


@dataclass
class Ear:
    """Listens on the broker for what sirens report. ``reports``: (monotonic seconds, siren, document)."""

    host: str
    port: int
    reports: list[tuple[float, str, dict[str, Any]]] = field(default_factory=list)
    sounding: dict[str, str] = field(default_factory=dict)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    changed: Callable[[], None] = lambda: None

    async def run(self) -> None:
        """Listen for ever."""
        while True:
            try:
                async with aiomqtt.Client(self.host, self.port) as client:
                    await client.subscribe("tocsin/siren/+/report", qos=1)
                    self.ready.set()
                    async for message in client.messages:
                        self._take(message)
            except aiomqtt.MqttError:
                await asyncio.sleep(0.3)

    def _take(self, message: aiomqtt.Message) -> None:
        siren = message.topic.value.split("/")[2]
        document = msgspec.json.decode(bytes(message.payload or b"{}"))
        self.reports.append((time.monotonic(), siren, document))
        self.sounding[siren] = document["tone"] if document["state"] in {"sounding", "manual"} else ""
        self.changed()

    def sounded(self, command_id: str) -> float | None:
        """When the siren first reported that it sounds for that command."""
        for at, _, document in self.reports:
            if document.get("command_id") == command_id and document["state"] == "sounding":
                return at
        return None
