"""The listening side: accepts connections within a limit, keeps deadlines, ends gracefully."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import resource
import signal
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from tocsin.bus.listener import subscribe
from tocsin.bus.subjects import Subscription
from tocsin.core.ports import Clock
from tocsin.edge.http import Connection
from tocsin.edge.live import Edge, Limits
from tocsin.edge.sealed import Sealed
from tocsin.edge.sse import retry
from tocsin.edge.tls import Certificate
from tocsin.edge.wire import Door

_LOG = logging.getLogger(__name__)
_BACKLOG = 4096
_SEND_BUFFER = 128 * 1024
_LYING_BUFFER = 16 * 1024
"""So much of it may lie there without being on its way. Beyond that it lies with us, where all clients share the same
bytes: twenty thousand that never read would fill the memory that the kernel has for all connections of the machine.
"""
_OTHER_FILES = 128
_VANISHED_MS = 30_000
_LOOK_S = 30.0


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant in UTC."""
        return datetime.now(UTC)


class Server:
    """The connections of one edge."""

    def __init__(self, edge: Edge, tls: Certificate | None = None) -> None:
        self.edge = edge
        self.family = socket.AF_INET
        self._tls = tls
        self.limits: Limits = edge.limits
        self._room = min(edge.limits.connections, max(1, _file_limit() - _OTHER_FILES))
        self.loop = asyncio.get_running_loop()
        self._all: set[Connection] = set()
        self._waiting: set[Connection] = set()
        self._date = b""
        self._draining = False
        self._look_at = 0.0

    def admit(self, connection: Connection) -> bool:
        """Count a connection in; False when there are too many, and then only its refusal is still sent."""
        room = len(self._all) < self._room and not self._draining
        over = len(self._all) >= self._room + _OTHER_FILES // 2
        self._all.add(connection)
        self._waiting.add(connection)
        if over:
            connection.drop()
        return room

    def ending(self, connection: Connection) -> None:
        """The connection is closed as soon as its last bytes are sent; it has a deadline for that."""
        connection.deadline = self.loop.time() + self.limits.request_s
        self._waiting.add(connection)

    def streaming(self, connection: Connection) -> None:
        """The connection has become a stream and has no deadline any more."""
        self._waiting.discard(connection)

    def forget(self, connection: Connection) -> None:
        """The connection is gone."""
        self._all.discard(connection)
        self._waiting.discard(connection)

    def date(self) -> bytes:
        """The ``Date`` header, made once a second."""
        if not self._date:
            self._date = self.edge.date().encode()
        return self._date

    async def tick_for_ever(self) -> None:
        """The one timer of the edge: pings, staleness, deadlines."""
        while True:
            await asyncio.sleep(1.0)
            self._date = b""
            self.edge.tick()
            now = self.loop.time()
            if self._tls is not None and now >= self._look_at:
                self._look_at = now + _LOOK_S
                self._tls.look()
            for connection in [one for one in self._waiting if one.deadline < now]:
                connection.expire()

    async def drain(self) -> None:
        """Tell every stream when to come back, spread over seconds, and let it take its last bytes."""
        self._draining = True
        for connection in tuple(self._all):
            if connection.stream is not None:
                connection.write(retry())
            connection.close()
        deadline = self.loop.time() + self.limits.drain_s
        while self._all and self.loop.time() < deadline:
            await asyncio.sleep(0.02)
        for connection in tuple(self._all):
            connection.drop()
        await asyncio.sleep(0)


async def serve(
    host: str,
    port: int,
    bus: Subscription,
    name: str,
    *,
    clock: Clock,
    sock: socket.socket | None = None,
    reuse_port: bool = False,
    limits: Limits | None = None,
    tls: Certificate | None = None,
    ready: Callable[[Edge, int], None] | None = None,
) -> None:
    """Serve until cancelled, then drain.

    Args:
        sock: a bound socket to listen on instead of ``host`` and ``port``.
        reuse_port: let several edges share the port.
        tls: end TLS here; without it the edge speaks plain HTTP, as behind a proxy.
        ready: called with the edge and its port once it listens.
    """
    edge = Edge(bus, name, clock=clock, limits=limits)
    server = Server(edge, tls)
    listening = sock or _listen(host, port, reuse_port=reuse_port)
    server.family = listening.family
    # Bounds what the kernel keeps for a slow client; accepted sockets inherit it.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _LYING_BUFFER)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        # A client that vanished without a word is dropped by the kernel, not by us.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _VANISHED_MS)
    plain, sealed = None, None
    if tls is None:
        plain = Door(server, listening, _BACKLOG)
    else:
        sealed = await server.loop.create_server(
            lambda: Sealed(server),
            sock=listening,
            backlog=_BACKLOG,
            ssl=tls.context,
            ssl_handshake_timeout=edge.limits.request_s,
        )
    if ready is not None:
        ready(edge, listening.getsockname()[1])
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(edge.follow())
            group.create_task(server.tick_for_ever())
    finally:
        for door in (plain, sealed):
            if door is not None:
                door.close()
        await bus.close()
        await server.drain()
        if plain is not None:
            plain.end()


def _file_limit() -> int:
    """As many open files as the system lets this process have; more connections than that are answered 429."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard == resource.RLIM_INFINITY:
        hard = 1_048_576
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def _listen(host: str, port: int, *, reuse_port: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=_BACKLOG, reuse_port=reuse_port)


def run(
    host: str,
    port: int,
    bus_path: Path,
    name: str = "edge-1",
    *,
    reuse_port: bool = False,
    limits: Limits | None = None,
    tls: Certificate | None = None,
    ready: Callable[[Edge, int], None] | None = None,
) -> None:
    """Run an edge as a process of its own until SIGTERM or SIGINT; returns when its clients are drained."""
    # What is here by now stays: the collector need not walk over it again while thousands come.
    gc.collect()
    gc.freeze()
    uvloop.run(_main(host, port, bus_path, name, reuse_port=reuse_port, limits=limits, tls=tls, ready=ready))


async def _main(
    host: str,
    port: int,
    bus_path: Path,
    name: str,
    *,
    reuse_port: bool,
    limits: Limits | None,
    tls: Certificate | None,
    ready: Callable[[Edge, int], None] | None,
) -> None:
    bus = subscribe(bus_path, name)
    task = asyncio.ensure_future(
        serve(host, port, bus, name, clock=SystemClock(), reuse_port=reuse_port, limits=limits, tls=tls, ready=ready)
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task
    _LOG.info("edge %s has drained", name)
