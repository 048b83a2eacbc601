"""Plain connections by their descriptors alone: no transport, no socket object, no task and no timer for each.

One door accepts, and watches every connection by an epoll of its own, which the event loop sees as one descriptor.
After a crash all clients come back at once: each is accepted, read, answered and registered in one go.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import select
import socket
from collections import deque
from typing import TYPE_CHECKING

from tocsin.edge.http import Connection

if TYPE_CHECKING:
    from tocsin.edge.server import Server

_LOG = logging.getLogger(__name__)
_AT_ONCE = 64
"""So many are accepted, and so many heard, before the loop turns to others: a storm never holds up a warning."""
_READ = 16 * 1024
_PAUSE_S = 0.1
_LISTEN = select.EPOLLIN
_TALK = select.EPOLLIN | select.EPOLLOUT


class Door:
    """A listening socket and its connections."""

    def __init__(self, server: Server, sock: socket.socket, backlog: int) -> None:
        self._server = server
        self._sock = sock
        self._poll = select.epoll()
        self._all: dict[int, Wire] = {}
        self._stuck: set[int] = set()
        sock.setblocking(False)
        # Accepted sockets inherit it.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.listen(backlog)
        self._poll.register(sock.fileno(), _LISTEN)
        server.loop.add_reader(self._poll.fileno(), self._look)

    def _look(self) -> None:
        """Serve some of those who have something for us. What is left is there in the next turn of the loop."""
        door = self._sock.fileno()
        for fd, events in self._poll.poll(0, _AT_ONCE):
            if fd == door:
                self._accept()
            elif (wire := self._all.get(fd)) is not None:
                self._serve(wire, events)

    def _serve(self, wire: Wire, events: int) -> None:
        """Let a connection do what it can. One that fails goes: it would be met again in every turn, before others."""
        try:
            wire.ready(events)
        except Exception:
            _LOG.exception("a connection of the edge failed")
            wire.drop()

    def _accept(self) -> None:
        # What `accept` is made of: the descriptor without an object around it.
        accept = self._sock._accept  # type: ignore[attr-defined]
        server, everyone = self._server, self._all
        for _ in range(_AT_ONCE):
            try:
                fd, _ = accept()
            except OSError as fault:
                if fault.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                    self._rest()
                return
            os.set_blocking(fd, False)
            try:
                # Before the first bytes are read: what they lead to may already wait for room.
                self._poll.register(fd, _LISTEN)
            except OSError:
                os.close(fd)
                self._rest()
                return
            wire = everyone[fd] = Wire(server, self, fd)
            if wire.begin():
                self._serve(wire, _LISTEN)

    def _rest(self) -> None:
        """The system has nothing left for another connection: ask again a little later, not in every turn."""
        # The watch itself stays: that could be refused when it is asked for anew.
        self._poll.modify(self._sock.fileno(), 0)
        self._server.loop.call_later(_PAUSE_S, self._resume)

    def _resume(self) -> None:
        if not self._poll.closed and self._sock.fileno() >= 0:
            self._poll.modify(self._sock.fileno(), _LISTEN)

    def want(self, fd: int, *, room: bool) -> None:
        """Watch a connection, with ``room`` also for room to write."""
        self._poll.modify(fd, _TALK if room else _LISTEN)

    def stuck(self, fd: int) -> None:
        """There is said to be room, and nothing is taken: the kernel has no memory left for connections. It would say
        so of thousands in every turn, so they are asked again a little later.
        """
        self._poll.modify(fd, _LISTEN)
        if not self._stuck:
            self._server.loop.call_later(_PAUSE_S, self._loosen)
        self._stuck.add(fd)

    def _loosen(self) -> None:
        stuck, self._stuck = self._stuck, set()
        for fd in stuck:
            self._poll.modify(fd, _TALK)

    def forget(self, fd: int) -> None:
        """Close a descriptor; that also ends its watch."""
        self._stuck.discard(fd)
        del self._all[fd]
        os.close(fd)

    def close(self) -> None:
        """Accept no more. Connections stay."""
        with contextlib.suppress(OSError, ValueError):
            self._poll.unregister(self._sock.fileno())
        self._sock.close()

    def end(self) -> None:
        """Watch no more, when every connection is gone."""
        self._server.loop.remove_reader(self._poll.fileno())
        self._poll.close()


class Wire(Connection):
    """One client without encryption. What the kernel does not take at once is kept here, up to the bound."""

    __slots__ = ("_door", "_half", "_unsent")

    def __init__(self, server: Server, door: Door, fd: int) -> None:
        super().__init__(server, fd)
        self._door = door
        self._half = False
        self._unsent: Unsent | None = None

    def ready(self, events: int) -> None:
        """The descriptor has room, bytes, or its end."""
        if events & select.EPOLLOUT:
            self._flush()
        if events & ~select.EPOLLOUT and self.key >= 0:
            try:
                data = os.read(self.key, _READ)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if data:
                self.received(data)
            else:  # the client's half is closed: so is ours
                self.drop()

    def write(self, data: bytes) -> bool:
        """Send bytes, or keep them; False when too many are kept already, and then the client is dropped."""
        if self._closing:
            return True
        if self._unsent is not None:
            if self._over():
                self.drop()
                return False
            self._unsent.add(data)
        else:
            try:
                sent = os.write(self.key, data)
            except BlockingIOError:
                sent = 0
            except OSError:  # the client is gone
                self.drop()
                return True
            if sent == len(data):
                return True
            self._unsent = Unsent(data[sent:])
            self._door.want(self.key, room=True)
        # Also where answers of before still wait when the stream begins: nothing may go past them.
        if self.stream is not None:
            self.stream.apart.add(self.key)
        return True

    def _flush(self) -> None:
        """Send what is kept; then do what was to come after it."""
        unsent = self._unsent
        if unsent is None:
            return
        before = unsent.size
        try:
            whole = unsent.flush(self.key)
        except OSError:
            self.drop()
            return
        if not whole:
            if unsent.size == before:
                self._door.stuck(self.key)
            return
        self._unsent = None
        self._door.want(self.key, room=False)
        if self.stream is not None:
            self.stream.apart.discard(self.key)
        if self._half:
            self._say_end()
        elif self._closing:
            self.drop()

    def close(self) -> None:
        """Close when everything written is sent, or when that takes too long."""
        self._depart()
        self._half = False
        if self._unsent is None:
            self.drop()
        else:
            self._server.ending(self)

    def drop(self) -> None:
        """Close at once."""
        self._depart()
        self._request = self._unsent = None
        if self.key >= 0:
            # The number may soon be another connection's.
            fd, self.key = self.key, -1
            self._door.forget(fd)
            self._server.forget(self)

    def _over(self) -> bool:
        return self._unsent is not None and self._unsent.size > self._server.limits.buffer_bytes

    def _say_end(self) -> None:
        self._half = self._unsent is not None
        if not self._half and self.key >= 0:
            own = socket.SocketType(self._server.family, socket.SOCK_STREAM, 0, self.key)
            with contextlib.suppress(OSError):
                own.shutdown(socket.SHUT_WR)
            own.detach()


class Unsent:
    """Bytes that wait for room, shared with every other client that waits for the same.

    Attributes:
        size: how many they are.
    """

    __slots__ = ("_parts", "size")

    def __init__(self, data: bytes) -> None:
        self._parts = deque((data,))
        self.size = len(data)

    def add(self, data: bytes) -> None:
        """More, after the others."""
        self._parts.append(data)
        self.size += len(data)

    def flush(self, fd: int) -> bool:
        """Send as much as there is room for; whether that was all.

        Raises:
            OSError: the client is gone.
        """
        while self._parts:
            first = self._parts[0]
            try:
                sent = os.write(fd, first)
            except BlockingIOError:
                return False
            self.size -= sent
            if sent < len(first):
                self._parts[0] = first[sent:]
                return False
            self._parts.popleft()
        return True
