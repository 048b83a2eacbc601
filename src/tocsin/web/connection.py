"""One connection of the web door: what came of its request, what waits of its answer, and until when it may take."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from enum import Enum, auto
from typing import Any

from gunicorn.http.parser import RequestParser

from tocsin.web.asking import Asking
from tocsin.web.doorkeeper import Known, Pass
from tocsin.web.gather import Gathered, Given, Largest
from tocsin.web.outlet import Outlet


class Phase(Enum):
    """What a connection does."""

    IDLE = auto()
    """Nothing of a request has come."""
    COMING = auto()
    """A request is on its way."""
    WAITING = auto()
    """It is here, and waits for its turn."""
    INSIDE = auto()
    """A thread answers it."""
    GOING = auto()
    """Its answer is on its way."""
    ENDING = auto()
    """All was said; what still comes is thrown away, so that the other side reads the answer to its end."""
    GONE = auto()
    """Closed."""


class Connection:
    """A connection.

    Args:
        cfg: gunicorn's settings.
        sock: its socket.
        client: who is at the other end, as the system says it.
        server: where we listen.
    """

    def __init__(self, cfg: Any, sock: socket.socket, client: Any, server: Any) -> None:
        sock.setblocking(False)
        self.cfg = cfg
        self.sock = sock
        self.client = client
        self.server = server
        self.address = network_of(client)
        self.phase = Phase.IDLE
        self.events = 0
        """What the poller watches for."""
        self.since = 0.0
        """When it came into its phase."""
        self.until = 0.0
        """When it is too late."""
        self.request: Gathered | None = None
        self.rest = b""
        """What came behind the request."""
        self.source = Given()
        self.parser = RequestParser(cfg, iter(()), client)
        self.parser.unreader = self.source
        self.outlet = Outlet(sock)
        self.more: Iterator[None] | None = None
        """Goes on with an answer that did not fit: each step writes another piece."""
        self.keep = False
        """Whether another request may follow."""
        self.asking: Asking | None = None
        """What the request that is here asks."""
        self.inside: Pass | None = None
        """As whom it is inside."""
        self.known = Known()
        """What became of it."""
        self.marked = 0
        """How much of the answer had gone when that was last looked at; how much was thrown away, at the end."""

    @property
    def waits(self) -> bool:
        """Whether no thread is busy with it."""
        return self.phase not in (Phase.INSIDE, Phase.GONE)

    def fresh(self, largest: Largest) -> Gathered:
        """The request that is to come."""
        self.request = Gathered(largest)
        return self.request

    def close(self) -> None:
        """Close it and whatever it holds."""
        self.phase = Phase.GONE
        if self.request is not None:
            self.request.drop()
        self.source.done()
        more, self.more = self.more, None
        if more is not None:
            more.close()  # type: ignore[attr-defined]  # a generator: this ends the answer it reads from
        self.sock.close()


def network_of(client: Any) -> str:
    """What one household or host has: an address, or of IPv6 the upper half of one."""
    at = str(client[0]) if isinstance(client, tuple) and client else ""
    if ":" not in at:
        return at
    try:
        found = ipaddress.IPv6Address(at.partition("%")[0])
    except ValueError:
        return at
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(found) >> 64 << 64, 64)))
