"""A running city that is hurt on purpose, and what is asked of it again and again until it answers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiomqtt
import httpx
import psycopg

from journeys.many import Many
from journeys.rig import ACOUSTIC, RADAR, Live, Stack
from tocsin.wiring import Settings

QUIET = "belgorod-kreyda"
"""An area of which nothing new is ever seen: nothing may ever go out there."""

DISK_MB = 96


class SmallDisk(Stack):
    """One machine whose home folder is a small disk of its own, where that can be had."""

    def set_up(self) -> Settings:
        """Everything on this machine."""
        own = super().set_up()
        own.home.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tocsin-chaos", str(own.home)]
        with contextlib.suppress(OSError):
            subprocess.run(mount, capture_output=True, check=False)
        return own

    def close(self) -> None:
        """Stop everything and give the disk back."""
        if os.path.ismount(self.own.home):
            subprocess.run(["umount", "--lazy", str(self.own.home)], capture_output=True, check=False)
        super().close()


@dataclass
class City:
    """A running set-up, its open pages, and what was sent to it.

    ``sent``: detections as they were sent, so that they can be sent again.
    """

    stack: Stack
    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    pages: dict[str, Live] = field(default_factory=dict)

    @classmethod
    def make(cls, setting: str = "one") -> City:
        """Start it: ``one`` machine, or ``many``."""
        return cls(stack=SmallDisk() if setting == "one" else Many())

    @property
    def home(self) -> Path:
        """The home folder."""
        return self.stack.own.home

    def close(self) -> None:
        """Stop everything and give the disk back."""
        self.stack.close()

    def page(self, area: str) -> Live:
        """A resident's page in an area, open for the whole run."""
        if area not in self.pages:
            self.pages[area] = self.stack.live(area)
        return self.pages[area]

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
