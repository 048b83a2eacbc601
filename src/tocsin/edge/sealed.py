"""A connection over TLS: the event loop's transport does the encryption and keeps what is not sent yet."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, cast

from tocsin.edge.http import Connection

if TYPE_CHECKING:
    from tocsin.edge.server import Server

_KEYS = itertools.count(-1, -1)
"""Below zero: there is no descriptor that could be written to past the encryption."""


class Sealed(Connection, asyncio.Protocol):
    """One client over TLS."""

    __slots__ = ("_transport",)

    def __init__(self, server: Server) -> None:
        super().__init__(server, next(_KEYS))
        self._transport: asyncio.Transport | None = None

    # The transport's calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports keep the interface without the base class.
        self._transport = transport = cast(asyncio.Transport, transport)
        transport.set_write_buffer_limits(high=self._server.limits.buffer_bytes)
        self.begin()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's own signature
        self._request = None
        self._depart()
        self._server.forget(self)
        self._transport = None

    def eof_received(self) -> bool:
        """The client's half is closed: so is ours."""
        return False

    def data_received(self, data: bytes) -> None:
        self.received(data)

    # What the rest of the edge calls.

    def write(self, data: bytes) -> bool:
        """Hand bytes to the transport; False when it keeps too many already, and then the client is dropped."""
        if self._over():
            self.drop()
            return False
        if self._transport is not None and not self._closing:
            self._transport.write(data)
        return True

    def close(self) -> None:
        """Close when everything written is sent."""
        self._depart()
        if self._transport is not None:
            self._transport.close()

    def drop(self) -> None:
        """Close at once."""
        self._depart()
        if self._transport is not None:
            self._transport.abort()

    def _over(self) -> bool:
        transport = self._transport
        return (
            transport is not None
            and not self._closing
            and transport.get_write_buffer_size() > self._server.limits.buffer_bytes
        )

    def _say_end(self) -> None:
        self.close()  # TLS says by itself that no more comes
