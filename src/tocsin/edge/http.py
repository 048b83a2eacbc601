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
    """One client. Small, because there are many: what a request needs is dropped when the stream begins.

    A stream is written with the system call itself, past the event loop; the transport takes over what the kernel
    does not take at once, up to the bound, and says when it is rid of it.

    Attributes:
        direct: what may be sent to past the transport; None while that holds unsent bytes, and over TLS.
    """

    __slots__ = (
        "_closing",
        "_request",
        "_server",
        "_socket",
        "_transport",
        "cells",
        "deadline",
        "direct",
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
        self._socket: socket.SocketType | None = None
        self.direct: socket.SocketType | None = None
        self.pending = False
        self.deadline = 0.0
        self.leave: Callable[[Connection], None] | None = None

    # The transport's calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports keep the interface without the base class.
        self._transport = transport = cast(asyncio.Transport, transport)
        limits = self._server.limits
        if transport.get_extra_info("ssl_object") is None:
            # At 0 the transport writes at once, and pauses as long as it holds anything.
            transport.set_write_buffer_limits(high=0)
            number = transport.get_extra_info("socket").fileno()
            # A second object for the same descriptor: the transport owns it, so this one never closes it.
            self._socket = self.direct = socket.SocketType(self._server.family, socket.SOCK_STREAM, 0, number)
        else:
            transport.set_write_buffer_limits(high=limits.buffer_bytes)
        self.deadline = self._server.loop.time() + limits.request_s
        if not self._server.admit(self):
            self.answer(
                error(429, "TOC-5002", "This edge is full.", "Try again after Retry-After.", {"Retry-After": "5"})
            )

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's own signature
        self._closing = True
        self._let_go()
        self._request = None
        self._depart()
        self._server.forget(self)
        self._transport = None

    def pause_writing(self) -> None:
        self.direct = None

    def resume_writing(self) -> None:
        self.direct = self._socket

    def eof_received(self) -> bool:
        """The client's half is closed: so is ours."""
        return False

    def data_received(self, data: bytes) -> None:
        request = self._request
        if request is None or self._closing:
            return  # a stream listens no more
        if self.direct is None and self._over():
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
        self._let_go()
        self.deadline = self._server.loop.time() + _LINGER_S
        if self._transport is not None and self._transport.can_write_eof():
            self._transport.write_eof()
        else:  # TLS says by itself that no more comes
            self.close()

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

    def write(self, data: bytes) -> bool:
        """Send bytes, or let the transport keep them; False when it keeps too many, and then the client is dropped."""
        direct = self.direct
        if direct is not None:
            try:
                sent = direct.send(data)
            except BlockingIOError:
                sent = 0
            except OSError:  # the client is gone
                self.drop()
                return True
            if sent == len(data):
                return True
            data = data[sent:]
        elif self._over():
            self.drop()
            return False
        if self._transport is not None and not self._closing:
            self._transport.write(data)
        return True

    def _over(self) -> bool:
        """Whether the transport holds more than the bound."""
        transport = self._transport
        return (
            transport is not None
            and not self._closing
            and transport.get_write_buffer_size() > self._server.limits.buffer_bytes
        )

    def close(self) -> None:
        """Close when everything written is sent."""
        self._depart()
        self._closing = True
        self._let_go()
        if self._transport is not None:
            self._transport.close()

    def drop(self) -> None:
        """Close at once."""
        self._depart()
        self._closing = True
        self._let_go()
        if self._transport is not None:
            self._transport.abort()

    def _let_go(self) -> None:
        """The descriptor is the transport's alone from now on; its number may soon be another connection's."""
        own, self._socket, self.direct = self._socket, None, None
        if own is not None:
            own.detach()

    def _depart(self) -> None:
        """Leave the stream, once."""
        leave, self.leave = self.leave, None
        if leave is not None:
            leave(self)
