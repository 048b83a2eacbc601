"""HTTP/1.1 on one connection: reads a request within its bounds, answers it, or turns into an event stream."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import httptools

from tocsin.core.errors import TocsinError
from tocsin.edge import routes
from tocsin.edge.answers import Answer, error

if TYPE_CHECKING:
    from tocsin.edge.server import Server

_STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-store, no-transform\r\n"
    b"X-Accel-Buffering: no\r\nX-Content-Type-Options: nosniff\r\nAccess-Control-Allow-Origin: *\r\n"
    b"Connection: close\r\nDate: %s\r\n\r\n"
)
_LINGER_S = 2.0


class Request:
    """What is known of the request that is being read."""

    __slots__ = ("body", "has_host", "head", "headers", "method", "parser", "size", "url")

    KEPT = (b"last-event-id", b"if-none-match")

    def __init__(self, connection: Connection) -> None:
        self.parser = httptools.HttpRequestParser(connection)
        self.clear()

    def clear(self) -> None:
        """Ready for the next request of the connection."""
        self.size = 0  # bytes as they came, also of what the parser still holds
        self.head = 0  # bytes of the target and of whole headers
        self.url = b""
        self.method = ""
        self.body = False
        self.has_host = False
        self.headers: dict[bytes, bytes] = {}


class Connection(asyncio.Protocol):
    """One client. Small, because there are many: what a request needs is dropped when the stream begins."""

    __slots__ = (
        "_closing",
        "_request",
        "_server",
        "_transport",
        "cells",
        "deadline",
        "full",
        "last",
        "leave",
        "pending",
        "slot",
    )

    def __init__(self, server: Server) -> None:
        self._server = server
        self._transport: asyncio.Transport | None = None
        self._request: Request | None = Request(self)
        self._closing = False
        self.cells: tuple[str, ...] = ()
        self.last = 0
        self.slot = 0
        self.full = False
        self.pending = False
        self.deadline = 0.0
        self.leave: Callable[[Connection], None] | None = None

    # The transport's calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports keep the interface without the base class.
        self._transport = transport = cast(asyncio.Transport, transport)
        limits = self._server.limits
        transport.set_write_buffer_limits(high=limits.buffer_bytes)
        sock = transport.get_extra_info("socket")
        if sock is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
            # A client that vanished without a word is dropped by the kernel, not by us.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 30_000)
        self.deadline = self._server.loop.time() + limits.request_s
        if not self._server.admit(self):
            self.answer(
                error(429, "TOC-5002", "This edge is full.", "Try again after Retry-After.", {"Retry-After": "5"})
            )

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's own signature
        self._closing = True
        self._request = None
        self._depart()
        self._server.forget(self)
        self._transport = None

    def pause_writing(self) -> None:
        self.full = True

    def resume_writing(self) -> None:
        self.full = False

    def eof_received(self) -> bool:
        """The client's half is closed: so is ours."""
        return False

    def data_received(self, data: bytes) -> None:
        request = self._request
        if request is None or self._closing:
            return  # a stream listens no more
        if self.full:
            self.drop()
            return
        limits = self._server.limits
        if request.size == 0:
            self.deadline = min(self.deadline, self._server.loop.time() + limits.request_s)
        request.size += len(data)
        try:
            request.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.close()
        except httptools.HttpParserError:
            self.answer(error(400, "TOC-5002", "This is not an HTTP/1.1 request.", "Send a GET request."))
        if self._request is request and request.size > limits.head_bytes:
            self._too_long()

    # The parser's calls. An exception here would surface as a parser error, so none is raised.

    def on_url(self, url: bytes) -> None:
        """A part of the request target."""
        if self._request is not None:
            self._request.head += len(url)
            if self._request.head <= self._server.limits.head_bytes:
                self._request.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        request = self._request
        if request is None:
            return
        request.head += len(name) + len(value) + 4
        name = name.lower()
        if name in Request.KEPT:
            request.headers[name] = value
        elif name == b"host":
            request.has_host = True
        elif (name == b"content-length" and value.strip() != b"0") or name == b"transfer-encoding":
            request.body = True

    def on_headers_complete(self) -> None:
        """Every header is read: a body is refused before it comes."""
        request = self._request
        if request is None or self._closing:
            return
        request.method = request.parser.get_method().decode("ascii", "replace")
        if request.body:
            self.answer(error(413, "TOC-5002", "A request here has no body.", "Send a GET without a body."))
        elif (version := request.parser.get_http_version()) not in ("1.0", "1.1"):
            self.answer(error(400, "TOC-5002", f"HTTP/{version} is not spoken here.", "Send HTTP/1.1."))
        elif not request.has_host and version == "1.1":
            self.answer(error(400, "TOC-5002", "The Host header is missing.", "Send a Host header."))

    def on_message_complete(self) -> None:
        """A whole request is read."""
        request = self._request
        if request is None or self._closing:
            return
        keep = request.parser.should_keep_alive()
        if request.head > self._server.limits.head_bytes:
            self._too_long()
            return
        try:
            answer = routes.answer(self._server.edge, request.method, request.url, request.headers)
        except TocsinError as refusal:
            answer = Answer.refusal(refusal)
        if answer.stream is None or request.method == "HEAD":
            self.answer(answer, keep=keep, head=request.method == "HEAD")
            request.clear()
        else:
            self._open(answer)

    def _open(self, answer: Answer) -> None:
        """Turn into an event stream: register first, then the first bytes, with no await between the two."""
        edge = self._server.edge
        self._request = None
        self.cells = answer.cells
        self._server.streaming(self)
        assert answer.stream is not None  # noqa: S101 - the caller has looked
        self.leave = answer.stream.leave
        opening = edge.open_live if answer.stream is edge.live else edge.open_drill
        head = _STREAM_HEAD % self._server.date()
        self.write(head + opening(self, answer.last))

    # What the rest of the edge calls.

    def answer(self, answer: Answer, *, keep: bool = False, head: bool = False) -> None:
        """Write a short answer; close after it unless the connection is kept."""
        if self._transport is None or self._closing:
            return
        if answer.close:
            keep = False
        self.write(answer.render(self._server.date(), keep=keep, head=head))
        if keep:
            self.deadline = self._server.loop.time() + self._server.limits.idle_s
        else:
            self._linger()

    def _linger(self) -> None:
        """Say that no more comes, and read on for a moment: closing over unread bytes would take the answer back."""
        self._closing = True
        self.deadline = self._server.loop.time() + _LINGER_S
        if self._transport is not None:
            self._transport.write_eof()

    def _too_long(self) -> None:
        limit = self._server.limits.head_bytes
        self.answer(
            error(431, "TOC-5002", f"The request is longer than {limit} bytes.", "Send fewer headers or cells.")
        )

    def expire(self) -> None:
        """The deadline has passed: a half-sent request is told so, an idle connection is closed."""
        if self._closing:
            self.drop()
        elif self._request is not None and self._request.size:
            self.answer(error(408, "TOC-5002", "The request did not come in time.", "Send it again, faster."))
        else:
            self.close()

    def write(self, data: bytes) -> None:
        """Hand bytes to the transport; what it cannot send at once it keeps, up to the bound that sets ``full``."""
        transport = self._transport
        if transport is not None and not self._closing:
            transport.write(data)

    def close(self) -> None:
        """Close when everything written is sent."""
        self._depart()
        self._closing = True
        if self._transport is not None:
            self._transport.close()

    def drop(self) -> None:
        """Close at once."""
        self._depart()
        self._closing = True
        if self._transport is not None:
            self._transport.abort()

    def _depart(self) -> None:
        """Leave the stream, once."""
        leave, self.leave = self.leave, None
        if leave is not None:
            leave(self)
