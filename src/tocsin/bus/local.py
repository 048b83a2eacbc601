"""The hub of one machine: publish and subscribe in the process or over a unix socket.

All of it runs on one event loop: ``publish`` is called from there. Frames leave in the order in which they were
published. Every buffer has a bound; a subscriber over it is cut off and comes back to a state with its backlog.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import msgspec

from tocsin.bus.backlog import Backlog
from tocsin.bus.frames import MAX_TO_HUB, BadFrame, Unpacker, pack
from tocsin.bus.listener import Listener, SocketSubscription, subscribe
from tocsin.bus.subjects import (
    RETAINED,
    DeadLetter,
    Frame,
    OnDead,
    OnFrame,
    StateProvider,
    receipt_id,
)
from tocsin.core.errors import Invalid, Unavailable
from tocsin.core.time import rfc3339

__all__ = ["Listener", "LocalHub", "SocketSubscription", "subscribe"]

_HELLO_S = 5.0
_MAX_PATH = 100


class LocalHub:
    """The one publisher of a machine.

    Args:
        state_provider: gives the ``live.state`` of this instant; called on the loop whenever a subscriber arrives.
        on_client_frame: called with ``(name, frame)`` for what subscribers send.
        on_dead: called with what that refuses.
        backlog: how many updates are kept for subscribers that come back.
        backlog_bytes: and how many bytes of them.
        buffer_bytes: a subscriber with more than this unsent is cut off.
        queue_frames: the same bound for subscribers of this process.
    """

    def __init__(
        self,
        state_provider: StateProvider,
        on_client_frame: OnFrame | None = None,
        *,
        on_dead: OnDead | None = None,
        backlog: int = 1000,
        backlog_bytes: int = 16 * 1024 * 1024,
        buffer_bytes: int = 8 * 1024 * 1024,
        queue_frames: int = 2000,
    ) -> None:
        self._on_frame = on_client_frame
        self._on_dead = on_dead
        self._backlog = Backlog(state_provider, backlog, backlog_bytes)
        self.buffer_bytes = buffer_bytes
        self._queue_frames = queue_frames
        self._peers: set[_Peer] = set()
        self._listeners: set[Listener] = set()
        self._server: asyncio.Server | None = None
        self._path: Path | None = None
        self.cut_off = 0

    async def start(self, path: Path) -> None:
        """Listen on a unix socket that only this user may open; a socket left by a dead hub is replaced.

        Raises:
            Unavailable: another hub is listening there (TOC-8002).
            Invalid: the path cannot be a socket (TOC-8001).
        """
        sock = _bind(path)
        self._backlog.floor()
        self._path = path
        self._server = await asyncio.get_running_loop().create_unix_server(lambda: _Peer(self), sock=sock, backlog=128)

    def publish(self, frame: Frame) -> None:
        """Give a frame to every subscriber; updates are also kept. Never blocks.

        Raises:
            BadFrame: the frame is over 64 MiB.
        """
        data = pack(frame)
        if frame["subject"] in RETAINED:
            self._backlog.keep(frame, data[4:])
        for peer in tuple(self._peers):
            peer.push(data)
        for listener in tuple(self._listeners):
            if not listener.offer(frame):
                self.cut_off += 1
                self._listeners.discard(listener)

    def listen(self, name: str) -> Listener:
        """A subscription for code on this loop."""
        return Listener(self, name, self._queue_frames)

    async def close(self) -> None:
        """Cut every subscriber off, stop listening and remove the socket."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for peer in tuple(self._peers):
            peer.drop()
        for listener in tuple(self._listeners):
            await listener.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            self._path = None
        await asyncio.sleep(0)

    def stats(self) -> dict[str, int]:
        """The numbers of every buffer: subscribers, kept updates and their bytes, most unsent bytes, cut-offs."""
        return {
            "subscribers": len(self._peers) + len(self._listeners),
            "backlog": len(self._backlog),
            "backlog_bytes": self._backlog.bytes,
            "most_unsent": max((peer.unsent() for peer in self._peers), default=0),
            "cut_off": self.cut_off,
        }

    # What peers and listeners call.

    def arrived(self, listener: Listener) -> Frame:
        """Count a listener in and give it its greeting, with no frame between the two."""
        greeting = self._backlog.greeting()
        self._listeners.add(listener)
        return greeting

    def left(self, listener: Listener) -> None:
        """Forget a listener."""
        self._listeners.discard(listener)

    def heard(self, name: str, frame: Frame) -> None:
        """Pass on what a subscriber sent; what is refused is a dead letter."""
        if self._on_frame is None:
            return
        try:
            self._on_frame(name, frame)
        except (KeyError, ValueError, TypeError) as fault:
            if self._on_dead is not None:
                self._on_dead(_dead(name, frame, f"refused: {type(fault).__name__}"))

    def join(self, peer: _Peer) -> bytes:
        """Count a peer in and give it its greeting."""
        greeting = pack(self._backlog.packed_greeting())
        self._peers.add(peer)
        return greeting

    def part(self, peer: _Peer) -> None:
        """Forget a peer."""
        self._peers.discard(peer)


class _Peer(asyncio.Protocol):
    """A subscriber on the unix socket."""

    __slots__ = ("_allowed", "_hub", "_name", "_timer", "_transport", "_unpacker")

    def __init__(self, hub: LocalHub) -> None:
        self._hub = hub
        self._name: str | None = None
        self._unpacker = Unpacker(MAX_TO_HUB)
        self._allowed = hub.buffer_bytes
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports keep the interface without the base class.
        self._transport = cast(asyncio.Transport, transport)
        self._timer = asyncio.get_running_loop().call_later(_HELLO_S, self.drop)

    def data_received(self, data: bytes) -> None:
        try:
            frames = self._unpacker.feed(data)
        except BadFrame:
            self.drop()
            return
        for frame in frames:
            if self._name is not None:
                self._hub.heard(self._name, frame)
            elif frame.get("hello") == 1 and isinstance(frame.get("name"), str):
                self._greet(frame["name"])
            else:
                self.drop()
                return

    def _greet(self, name: str) -> None:
        self._name = name[:100]
        if self._timer is not None:
            self._timer.cancel()
        greeting = self._hub.join(self)
        self._allowed = self._hub.buffer_bytes + len(greeting)
        self._write(greeting)

    def push(self, data: bytes) -> None:
        """Write a frame, or cut the subscriber off when it has too much unread."""
        if self.unsent() > self._allowed:
            self._hub.cut_off += 1
            self.drop()
        else:
            self._write(data)

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def unsent(self) -> int:
        """Bytes that wait for the subscriber."""
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    def drop(self) -> None:
        """Cut the subscriber off at once."""
        self._hub.part(self)
        if self._transport is not None:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's own signature
        self._hub.part(self)
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()


def _dead(name: str, frame: Frame, reason: str) -> DeadLetter:
    now = rfc3339(datetime.now(UTC))
    return DeadLetter(
        stream="local",
        subject=f"written.{name}",
        seq=0,
        event=receipt_id(name, frame),
        reason=reason,
        tries=1,
        at=now,
        first_at=now,
        text=msgspec.json.encode(frame).decode(),
    )


def _bind(path: Path) -> socket.socket:
    if len(os.fsencode(path)) > _MAX_PATH:
        raise Invalid(
            "TOC-8001",
            f"The socket path {path} is longer than {_MAX_PATH} bytes.",
            field="TOCSIN_HOME",
            remedy="Choose a shorter home folder.",
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    _clear(path)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        sock.bind(os.fspath(path))
    except OSError:
        sock.close()
        raise
    finally:
        os.umask(before)
    return sock


def _clear(path: Path) -> None:
    """Remove a socket that nobody listens on."""
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise Invalid(
                "TOC-8001", f"{path} is not a socket.", field=str(path), remedy="Move that file out of the way."
            )
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe, contextlib.suppress(ConnectionRefusedError):
        probe.settimeout(1.0)
        probe.connect(os.fspath(path))
        raise Unavailable(
            "TOC-8002", f"Another hub is listening on {path}.", field=str(path), remedy="Stop the other worker first."
        )
    path.unlink(missing_ok=True)
