"""Those who are in the way: processes that load the doors of a running city, for ``tocsin bench abuse``.

Each speaks HTTP with as few instructions as it can, and at a lower priority: in earnest they are other machines. What
they take of this one is measured beside what they did.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import select
import socket
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from _crowd import raise_file_limit

from tocsin.wiring.priority import stand_back

NICE = 10
PATIENCE_S = 20.0
To = tuple[Any, Any]
"""An event, set when it is over, and the queue on which to say what came of it."""
CONNECTIONS = 48


class Wire:
    """One HTTP/1.1 connection that is kept, and opened again when it was closed."""

    def __init__(self, site: str) -> None:
        self.host, _, port = site.rpartition("//")[2].rpartition(":")
        self.port = int(port)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, body: object, key: str = "") -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the answer; status 0 when the connection broke."""
        data = json.dumps(body).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nContent-Type: application/json\r\n"
        head += f"Content-Length: {len(data)}\r\n" + (f"Authorization: Bearer {key}\r\n" if key else "")
        try:
            async with asyncio.timeout(PATIENCE_S):
                if self._streams is None:
                    self._streams = await asyncio.open_connection(self.host, self.port)
                reader, writer = self._streams
                writer.write(f"{head}\r\n".encode() + data)
                top = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in top[1:]) if k}
                answer = await reader.readexactly(int(headers.get("content-length", 0)))
        except (OSError, EOFError, TimeoutError, asyncio.IncompleteReadError):
            self.close()
            return 0, {}, b""
        if headers.get("connection", "").lower() == "close":
            self.close()
        return int(top[0].split()[1]), headers, answer

    def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


def _stand_back() -> None:
    """A session of its own, and behind all others: elsewhere it would take nothing of this machine."""
    os.setsid()
    stand_back(NICE)


def trigger(to: To, site: str, keys: dict[str, str], areas: list[str], a_second: float) -> None:
    """Each area is seen by two sources, one after the other, at this pace; who is told to come again does.

    Says ``{"sent": area → when the second report was first sent, "issued": areas whose second report was answered
    "issued", "turned away": answers 429, "lost": reports without an answer}``.
    """
    _stand_back()
    asyncio.run(_trigger(to, site, keys, areas, a_second))


async def _trigger(to: To, site: str, keys: dict[str, str], areas: list[str], a_second: float) -> None:
    over, said = to
    sent: dict[str, float] = {}
    issued: list[str] = []
    count: Counter[str] = Counter()
    queue: asyncio.Queue[str] = asyncio.Queue()

    async def report(wire: Wire, area: str, source: str) -> bytes:
        body: dict[str, Any] = {"id": f"x-{area}", "source": source, "threat": "drone", "areas": [area]}
        body["observed_at"] = datetime.now(UTC).isoformat()
        for _ in range(30):
            status, headers, answer = await wire.post("/api/v1/detections", body, keys[source])
            if status == 201:
                return answer
            count["turned away" if status == 429 else "lost"] += 1
            await asyncio.sleep(float(headers.get("retry-after", 1)))
        return b""

    async def serve() -> None:
        wire = Wire(site)
        while True:
            area = await queue.get()
            await report(wire, area, "radar")
            sent[area] = time.monotonic()
            if b'"issued"' in await report(wire, area, "ears"):
                issued.append(area)
            queue.task_done()

    said.put("begun")
    servers = [asyncio.create_task(serve()) for _ in range(CONNECTIONS)]
    began = time.monotonic()
    for number, area in enumerate(areas):
        await asyncio.sleep(max(0.0, began + number / a_second - time.monotonic()))
        queue.put_nowait(area)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_S * 3):
            await queue.join()
    took = time.monotonic() - began
    for one in servers:
        one.cancel()
    said.put({"trigger": {"sent": sent, "issued": issued, "took": took, **count}})
    await asyncio.to_thread(over.wait)


def flood(to: To, site: str, a_second: float, clients: int) -> None:
    """Reports of damage without a key, at this pace over so many connections, whatever is answered.

    Says ``{"answers": status → how many, "retry": 429 with Retry-After}``.
    """
    _stand_back()
    asyncio.run(_flood(to, site, a_second, clients))


async def _flood(to: To, site: str, a_second: float, clients: int) -> None:
    over, said = to
    answers: Counter[int] = Counter()
    retry = 0

    async def one(number: int) -> None:
        nonlocal retry
        wire, n, began = Wire(site), 0, time.monotonic()
        while not over.is_set():
            await asyncio.sleep(max(0.0, began + n * clients / a_second - time.monotonic()))
            n += 1
            body = {"client_id": f"flood-{number}-{n}", "area": "f0000", "address": "Main street 1", "windows": 3}
            status, headers, _ = await wire.post("/api/v1/reports", body)
            answers[status] += 1
            retry += status == 429 and headers.get("retry-after", "").isdigit()

    said.put("begun")
    await asyncio.gather(*(one(number) for number in range(clients)))
    said.put({"flood": {"answers": dict(answers), "retry": retry}})


def junk(to: To, bind: str, network: int, kinds: tuple[int, int], cell: str) -> None:
    """Connections to the edge that are of no use: of ``kinds`` the first so many send their question one byte a
    second and come back when they are thrown out, the others open a stream and never read it.

    Says how many it holds, and at the end ``{"junk": {"held": …, "least": …, "again": …}}``.
    """
    _stand_back()
    raise_file_limit()
    _Junk(bind, network, kinds, cell).run(*to)


class _Junk:
    def __init__(self, bind: str, network: int, kinds: tuple[int, int], cell: str) -> None:
        host, _, port = bind.rpartition(":")
        self.to = (host, int(port))
        self.network, self.made, self.again = network, 0, 0
        self.poll = select.epoll()
        self.slow, self.deaf = kinds
        self.question = f"GET /live?cells={cell} HTTP/1.1\r\nHost: b\r\n\r\n".encode()
        self.all: dict[int, tuple[socket.socket, bool]] = {}

    def open(self, deaf: bool) -> None:
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.bind((f"127.0.{self.network}.{2 + self.made // 4000 % 200}", 0))
        self.made += 1
        sock.settimeout(5.0)
        try:
            sock.connect(self.to)
            sock.setblocking(False)
            sock.send(self.question if deaf else b"GET /live?cells=")
        except OSError:
            sock.close()
            return
        self.all[sock.fileno()] = (sock, deaf)
        # A deaf one is never read; only that it was thrown out is looked for.
        self.poll.register(sock.fileno(), select.EPOLLRDHUP if deaf else select.EPOLLIN | select.EPOLLRDHUP)

    def run(self, over: Any, said: Any) -> None:
        for number in range(self.slow + self.deaf):
            self.open(number < self.deaf)
        said.put(len(self.all))
        held, at, turn = [len(self.all)], time.monotonic(), 0
        while not over.is_set():
            self._come_back(max(0.0, at + 0.1 - time.monotonic()))
            if time.monotonic() < at + 0.1:
                continue
            at, turn = at + 0.1, turn + 1
            for sock, deaf in list(self.all.values())[turn % 10 :: 10]:
                if not deaf:
                    with contextlib.suppress(OSError):
                        sock.send(b"8")
            if turn % 10 == 0:
                held.append(len(self.all))
        said.put({"junk": {"held": sorted(held)[len(held) // 2], "least": min(held), "again": self.again}})

    def _come_back(self, within_s: float) -> None:
        for number, _ in self.poll.poll(within_s, 200):
            sock, deaf = self.all.pop(number)
            self.poll.unregister(number)
            sock.close()
            self.again += 1
            self.open(deaf)


Job = Callable[..., None]
