"""The other ends of the channels, for the contract suite: real servers on this machine that do as they are told.

Each rig says how to make the channel against it, how addresses look that the far end takes, refuses for now and calls
gone, and gives what arrived as ``(recipient, text)``.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from tocsin.channels import webhook
from tocsin.channels._port import Channel, Place
from tocsin.core.notice import Late, Said, TestNotice, WarningNotice

NOW = datetime(2024, 1, 5, 6, 1, tzinfo=UTC)


class Fixed:
    def now(self) -> datetime:
        return NOW


class To(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    address: dict[str, Any]
    language: str = "en"
    token: str = "0123456789abcdef0123456789abcdef"


def place(heard: Callable[[Late], None] = lambda _late: None, **options: str) -> Place:
    return Place(
        options=options,
        site_url="https://warn.example",
        sender={"en": "Port Almen", "ru": "Порт-Альмен"},
        clock=Fixed(),
        heard=heard,
    )


def warning(**changes: Any) -> WarningNotice:
    notice = WarningNotice(
        id="01HKCX0000000000000000TEST",
        seq=7,
        sent=NOW,
        expires=NOW + timedelta(hours=1),
        said={
            "en": (Said(headline="Rocket danger: Old Town", instruction="Go to shelter now."),),
            "ru": (Said(headline="Ракетная опасность: Старый город", instruction="Идите в укрытие."),),
        },
        sender={"en": "Port Almen", "ru": "Порт-Альмен"},
        act="alert",
        warning="w1",
        threat="missile",
        level="alert",
        urgency="Immediate",
        cells=("872c0a0ffffffff",),
        cap="/cap/tocsin-1.xml",
    )
    return msgspec.structs.replace(notice, **changes)


def trial() -> TestNotice:
    return TestNotice(
        id="01HKCX0000000000000000TRY0",
        seq=0,
        sent=NOW,
        expires=NOW + timedelta(hours=1),
        said={"en": (Said(headline="Test of this channel"),), "ru": (Said(headline="Проверка канала"),)},
        sender={"en": "Port Almen", "ru": "Порт-Альмен"},
    )


class WebhookRig:
    """An HTTP/1.1 server: ``/take``, ``/later`` (503 with Retry-After), ``/gone`` (410), ``/away`` (a redirect)."""

    name = "webhook"
    says_test_in_words = False  # a program reads "type": "test"

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()

    def channel(self, heard: Callable[[Late], None] = lambda _late: None, **options: str) -> Channel:
        return webhook.make(place(heard, **{"webhook_allow": "127.0.0.0/8"} | options))

    def address(self, kind: str) -> dict[str, Any]:
        return webhook.read_address(f"http://127.0.0.1:{self.port}/{kind}")

    @property
    def arrived(self) -> list[str]:
        return [json.dumps(json.loads(body), ensure_ascii=False) for path, _, body in self.requests if path == "/take"]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode().split("\r\n")[:-2]
                headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                path = first.split()[1]
                self.requests.append((path, headers, body))
                writer.write(self._answer(path))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _answer(self, path: str) -> bytes:
        status = {
            "/later": "503 Busy\r\nRetry-After: 7",
            "/gone": "410 Gone",
            "/away": f"307 Elsewhere\r\nLocation: http://127.0.0.1:{self.port}/take",
            "/accepted": "202 Accepted",
        }.get(path, "200 OK")
        return f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode()


RIGS = {rig.name: rig for rig in (WebhookRig,)}
