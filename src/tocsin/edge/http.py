"""HTTP/1.1 on one connection: reads a request within its bounds, answers it, or turns into an event stream.

How the bytes come and go is another's part: :mod:`tocsin.edge.wire` without encryption, :mod:`tocsin.edge.sealed` with.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import httptools

from tocsin.core.errors import TocsinError
from tocsin.edge import routes
from tocsin.edge.answers import Answer, error

if TYPE_CHECKING:
    from tocsin.edge.server import Server
    from tocsin.edge.stream import Stream

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


class Connection(ABC):
    """One client. Small, because there are many: what a request needs is dropped when the stream begins.

    Attributes:
        key: the client's number in its stream: the descriptor to write to, or below zero where there is none.
        stream: the stream that it has become a listener of.
    """

    __slots__ = ("_closing", "_request", "_server", "cells", "deadline", "key", "slot", "stream")

    def __init__(self, server: Server, key: int) -> None:
        self._server = server
        self._request: Request | None = None
        self._closing = False
        self.cells: tuple[str, ...] = ()
        self.key = key
        self.slot = 0
        self.deadline = 0.0
        self.stream: Stream | None = None

    def begin(self) -> bool:
        """Count the connection in; False when there is no room, and then it is told so and reads no request."""
        self.deadline = self._server.loop.time() + self._server.limits.request_s
        if not self._server.admit(self):
            self.answer(
                error(429, "TOC-5002", "This edge is full.", "Try again after Retry-After.", {"Retry-After": "5"})
            )
            return False
        return True

    def received(self, data: bytes) -> None:
        """Bytes of the client."""
        if self.stream is not None or self._closing:
            return  # a stream listens no more
        if self._over():
            self.drop()
            return
        request = self._request
        if request is None:
            request = self._request = Request(self)
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
        server, edge = self._server, self._server.edge
        self._request = None
        self.deadline = 0.0
        self.cells, self.stream = answer.cells, answer.stream
        server.streaming(self)
        opening = edge.open_live if answer.stream is edge.live else edge.open_drill
        self.write(_STREAM_HEAD % server.date() + opening(self, answer.last))

    # What the rest of the edge calls.

    def answer(self, answer: Answer, *, keep: bool = False, head: bool = False) -> None:
        """Write a short answer; close after it unless the connection is kept."""
        if self._closing:
            return
        if answer.close:
            keep = False
        if not self.write(answer.render(self._server.date(), keep=keep, head=head)):
            return
        if keep:
            self.deadline = self._server.loop.time() + self._server.limits.idle_s
        else:
            # Say that no more comes, and read on for a moment: closing over unread bytes would take the answer back.
            self._closing = True
            self.deadline = self._server.loop.time() + _LINGER_S
            self._say_end()

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

    def _depart(self) -> None:
        """Leave the stream, once."""
        stream, self.stream = self.stream, None
        self._closing = True
        if stream is not None:
            stream.leave(self)

    # What each kind of connection does in its own way.

    @abstractmethod
    def write(self, data: Any) -> bool:
        """Send bytes, or keep them; False when too many are kept already, and then the client is dropped."""

    @abstractmethod
    def close(self) -> None:
        """Close when everything written is sent."""

    @abstractmethod
    def drop(self) -> None:
        """Close at once."""

    @abstractmethod
    def _over(self) -> bool:
        """Whether more than the bound is kept."""

    @abstractmethod
    def _say_end(self) -> None:
        """Tell the client that no more bytes come, after those that are kept."""
