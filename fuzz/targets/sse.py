"""Requests to the edge, in pieces as a network cuts them: streams, polling, anything else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import fuzz.place  # noqa: F401  # the tests' cities, below
from edge.rig import HERE, City, Clock
from tocsin.edge.live import Edge, Limits
from tocsin.edge.sealed import Sealed

HEAD = b" HTTP/1.1\r\nHost: x\r\n"
SEEDS = [
    b"GET /live?cells=" + HERE.encode() + b"&lang=ru" + HEAD + b"Last-Event-ID: 7\r\n\r\n",
    b"GET /drill?cells=" + HERE.encode() + HEAD + b"\r\n",
    b"GET /api/v1/now/" + HERE.encode() + b".json" + HEAD + b'If-None-Match: W/"a", *\r\n\r\n',
    b"HEAD /healthz" + HEAD + b"\r\nGET /healthz" + HEAD + b"Connection: close\r\n\r\n",
    b"OPTIONS /live" + HEAD + b"\r\n",
    b"POST /live" + HEAD + b"Content-Length: 5\r\n\r\nhello",
    b"GET http://a@[::1]:9/live?cells=%zz HTTP/1.0\r\n\r\n",
    b"\x16\x03\x01\x02\x00",
]
WORDS = [
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Length: 0\r\n",
    b"\r\n\r\n",
    b"\n\n",
    b"%00",
    b"%ff",
    b"&cells=",
    b";",
    b"..",
    b"//",
]
WORDS += [
    b"Last-Event-ID: 99999999999999999999\r\n",
    b"Expect: 100-continue\r\n",
    b"Upgrade: h2c\r\nConnection: Upgrade\r\n",
    b"\xff",
]
WORDS += [b"PRI * HTTP/2.0", b"CONNECT a:1", b"HTTP/9.9", b"last_event_id=", b"\x00", b" " * 100]


class _Transport:
    """Keeps what is written to it."""

    def __init__(self) -> None:
        self.out = bytearray()
        self.open = True

    def get_extra_info(self, name: str) -> object:
        return name if name == "ssl_object" else None  # as over TLS: no descriptor is asked for

    def set_write_buffer_limits(self, **_: int) -> None:
        return

    def get_write_buffer_size(self) -> int:
        return 0

    def write(self, data: bytes) -> None:
        assert self.open, "written after the end"
        self.out += data

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.open = False

    close = abort = write_eof


class _Bus:
    """Nobody asks it here."""

    cursor = 0


def _server() -> Any:
    clock = Clock()
    edge = Edge(_Bus(), "fuzz", clock=clock, limits=Limits())  # type: ignore[arg-type]
    edge.take(City(clock).state())
    return SimpleNamespace(
        edge=edge,
        limits=edge.limits,
        loop=SimpleNamespace(time=lambda: 0.0),
        admit=lambda _: True,
        streaming=lambda _: None,
        forget=lambda _: None,
        date=lambda: b"Thu, 04 Jan 2024 20:58:00 GMT",
    )


SERVER = _server()


def take(data: bytes) -> None:
    """One connection: every piece in turn, then the end."""
    transport = _Transport()
    connection = Sealed(SERVER)
    connection.connection_made(transport)  # type: ignore[arg-type]
    step = 1 + len(data) % 97
    for at in range(0, len(data), step):
        connection.data_received(data[at : at + step])
    connection.expire()
    connection.connection_lost(None)
    out = bytes(transport.out)
    assert not out or out.startswith(b"HTTP/1.1 ")
    assert b"HTTP/1.1 500" not in out
