"""A running city that is hurt on purpose, and what is asked of it again and again until it answers."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiomqtt
import httpx
import psycopg

from chaos.keeper import Keeper
from chaos.spread import SmallDisk, Spread
from journeys.many import Many
from journeys.rig import ACOUSTIC, RADAR, Live

QUIET = "belgorod-kreyda"
"""An area of which nothing new is ever seen: nothing may ever go out there."""


@dataclass
class City:
    """A running set-up, its open pages, and what was sent to it.

    ``sent``: detections as they were sent, so that they can be sent again. ``lost``: edges that surely hear nothing
    new, and since when (monotonic seconds). ``keeper``: who starts processes again.
    """

    stack: SmallDisk | Spread
    keeper: Keeper
    lost: dict[str, float] = field(default_factory=dict)
    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    pages: dict[str, Live] = field(default_factory=dict)

    @classmethod
    def make(cls, setting: str = "one") -> City:
        """Start it: ``one`` machine, or ``many``."""
        stack = SmallDisk() if setting == "one" else Spread()
        made = cls(stack=stack, keeper=Keeper(stack.supervisor))
        made.keeper.start()
        return made

    @property
    def home(self) -> Path:
        """The home folder."""
        return self.stack.own.home

    def close(self) -> None:
        """Stop everything and give the disk back."""
        self.keeper.close()
        self.stack.close()

    @contextlib.contextmanager
    def losing(self, *edges: str) -> Iterator[None]:
        """Inside it these edges hear nothing new."""
        self.lost |= dict.fromkeys(edges, time.monotonic())
        try:
            yield
        finally:
            for edge in edges:
                del self.lost[edge]

    @property
    def edges(self) -> dict[str, str]:
        """Every edge and its address."""
        stack = self.stack
        return (
            dict(zip(("edge", "edge-2"), stack.edges, strict=True))
            if isinstance(stack, Many)
            else {"edge": stack.own.edge_url}
        )

    def watch(self, area: str) -> None:
        """Open a resident's page in an area at every edge, for the whole run."""
        for edge, url in self.edges.items():
            self.pages[f"{area} at {edge}"] = self.stack.live(area, edge_url=url)

    def pages_of(self, area: str) -> list[Live]:
        """The open pages of an area."""
        return [page for page in self.pages.values() if page.area == area]

    def publish(self, topic: str, payload: bytes) -> None:
        """Say something on the broker, if it is there."""

        async def once() -> None:
            async with asyncio.timeout(2), aiomqtt.Client(*self.stack.broker, timeout=1) as client:
                await client.publish(topic, payload, qos=0)

        with contextlib.suppress(aiomqtt.MqttError, TimeoutError, OSError):
            asyncio.run(once())

    def alarm(self, area: str, mark: str, within: float) -> None:
        """Two sources see a drone. What gets no answer is sent again; what came too late is seen anew."""
        before, end, n = self.head(), time.monotonic() + within, 0
        while not self.facts("warning.issued", before):
            for source in (RADAR, ACOUSTIC):
                self._see(source, area, f"{mark}-{n}", end)
            n += 1
            if time.monotonic() > end:
                raise AssertionError(f"no warning was issued in {within:.0f} s")

    def _see(self, source: str, area: str, ident: str, end: float) -> None:
        body = self.stack.detection(source, area, ident=ident)
        self.sent.append((source, body))
        self.persist(lambda: self.stack.sources[source].http.post("/detections", json=body), end)

    def persist(self, ask: Callable[[], httpx.Response], end: float) -> httpx.Response:
        """Ask until there is an answer that is not the server's own trouble."""
        while True:
            with contextlib.suppress(httpx.HTTPError):
                answer = ask()
                if answer.status_code < 500 and answer.status_code != 429:
                    return answer
            if time.monotonic() > end:
                raise AssertionError("no answer")
            time.sleep(0.1)

    def head(self) -> int:
        """The last entry, also while the database is in trouble."""
        while True:
            try:
                return self.stack.head()
            except (sqlite3.Error, psycopg.Error):
                time.sleep(0.05)

    def facts(self, kind: str, after: int) -> list[dict[str, Any]]:
        """Entries of a kind, also while the database is in trouble."""
        while True:
            try:
                return self.stack.facts(kind, after)
            except (sqlite3.Error, psycopg.Error):
                time.sleep(0.05)
