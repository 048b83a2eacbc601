"""Where requests wait for a connection: a queue and a bounded number of HTTP/2 connections for each push service."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Iterable
from urllib.parse import urlsplit

import httpcore

from tocsin.channels._h2 import Connection
from tocsin.channels._h2_frames import Request
from tocsin.channels._outside import Allowed, Forbidden, judged

CONNECT_S = 10.0
MOST_ORIGINS = 64
"""Push services that connections are kept to; there are about five in the world."""


class Origins:
    """Sends requests to any number of push services.

    Args:
        tls: offers ``h2`` alone.
        allowed: hosts and networks that may be private.
        connections: at most so many to one service.
        timeout: seconds that one answer may take.
    """

    def __init__(self, tls: ssl.SSLContext, allowed: Allowed, *, connections: int, timeout: float) -> None:
        self._tls, self._allowed = tls, allowed
        self._connections, self._timeout = connections, timeout
        self._origins: dict[str, Origin] = {}

    def post(self, origin: str, requests: Iterable[Request]) -> None:
        """Send them as soon as the service takes them; each is answered once, whatever happens."""
        found = self._origins.get(origin)
        if found is None:
            if len(self._origins) >= MOST_ORIGINS:
                self._drop_idle()
            found = Origin(origin, self._tls, self._allowed, connections=self._connections, timeout=self._timeout)
            self._origins[origin] = found
        found.post(requests)

    def _drop_idle(self) -> None:
        for name, one in list(self._origins.items()):
            if one.idle:
                one.close()
                del self._origins[name]

    async def close(self) -> None:
        """End every connection; what waits for an answer gets none."""
        for one in self._origins.values():
            one.close()
        self._origins.clear()
        await asyncio.sleep(0)


class Origin:
    """The queue and the connections of one push service; the arguments are those of :class:`Origins`."""

    def __init__(self, origin: str, tls: ssl.SSLContext, allowed: Allowed, *, connections: int, timeout: float) -> None:
        parts = urlsplit(origin)
        self._host, self._port = parts.hostname or "", parts.port or 443
        self._tls, self._allowed = tls, allowed
        self._most, self._timeout = connections, timeout
        self._queue: deque[Request] = deque()
        self._open: list[Connection] = []
        self._opening: asyncio.Task[None] | None = None

    @property
    def idle(self) -> bool:
        """Whether nothing waits here."""
        return not self._queue and self._opening is None and not any(one.busy for one in self._open)

    def post(self, requests: Iterable[Request]) -> None:
        """Queue them and send what can be sent."""
        self._queue.extend(requests)
        self._spread()

    def _spread(self) -> None:
        """Give every free connection work; open one more when there is more than they take."""
        for one in self._open:
            if self._queue and one.free > 0:
                one.work()
        if self._queue and self._opening is None and len(self._open) < self._most:
            self._opening = asyncio.get_running_loop().create_task(self._connect())

    def _next(self) -> Request | None:
        return self._queue.popleft() if self._queue else None

    def _back(self, request: Request) -> None:
        self._queue.appendleft(request)
        asyncio.get_running_loop().call_soon(self._spread)

    def _gone(self, one: Connection) -> None:
        if one in self._open:
            self._open.remove(one)
        if self._queue:
            asyncio.get_running_loop().call_soon(self._spread)

    async def _connect(self) -> None:
        fault = ""
        try:
            async with asyncio.timeout(CONNECT_S):
                self._open.append(await self._connection())
        except Forbidden:
            fault = "private address"
        except (httpcore.ConnectError, OSError, TimeoutError) as why:
            fault = type(why).__name__
        finally:
            self._opening = None
        if fault and not self._open:
            waiting, self._queue = self._queue, deque()
            for request in waiting:
                request.answered(request.key, 0, b"", fault)
        elif not fault:
            self._spread()

    async def _connection(self) -> Connection:
        last: OSError | None = None
        for ip in await judged(self._host, self._port, self._allowed):
            try:
                transport, made = await asyncio.get_running_loop().create_connection(
                    lambda: Connection(self._next, self._back, self._gone, timeout=self._timeout),
                    str(ip),
                    self._port,
                    ssl=self._tls,
                    server_hostname=self._host,
                )
            except OSError as fault:
                last = fault
                continue
            if transport.get_extra_info("ssl_object").selected_alpn_protocol() != "h2":
                transport.abort()
                raise ConnectionError("it speaks no HTTP/2")
            try:
                await made.ready
            except BaseException:
                made.abort()
                raise
            return made
        raise last or OSError("no address")

    def close(self) -> None:
        """End it."""
        if self._opening is not None:
            self._opening.cancel()
        waiting, self._queue = self._queue, deque()
        for one in list(self._open):
            one.abort()
        for request in waiting:
            request.answered(request.key, 0, b"", "closed")
