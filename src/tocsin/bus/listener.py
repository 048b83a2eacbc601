"""The subscriber's ends of the local hub: in its process, and over its unix socket."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Protocol

from tocsin.bus.frames import MAX_FROM_HUB, MAX_TO_HUB, BadFrame, length_of, pack, unpack
from tocsin.bus.subjects import Frame

_FIRST_WAIT_S = 0.05
_LONGEST_WAIT_S = 2.0
_MOST_UNSENT = 1024 * 1024


class _Home(Protocol):
    """What a listener asks of its hub."""

    def arrived(self, listener: Listener) -> Frame: ...
    def left(self, listener: Listener) -> None: ...
    def heard(self, name: str, frame: Frame) -> None: ...


class Listener:
    """A subscription in the hub's own process. When its queue is full it is greeted anew."""

    def __init__(self, hub: _Home, name: str, limit: int) -> None:
        self._hub = hub
        self._name = name
        self._queue: asyncio.Queue[Frame | None] = asyncio.Queue(limit + 1)
        self._limit = limit
        self._closed = False
        self._cut = False

    async def __aiter__(self) -> AsyncIterator[Frame]:
        """Frames in order, a ``live.state`` first; ends with :meth:`close`."""
        while not self._closed:
            self._cut = False
            while not self._queue.empty():
                self._queue.get_nowait()
            yield self._hub.arrived(self)
            while (frame := await self._queue.get()) is not None:
                yield frame

    def offer(self, frame: Frame) -> bool:
        """Queue a frame; False when there is no room, and then the listener is cut off."""
        if self._queue.qsize() >= self._limit:
            self.cut()
            return False
        self._queue.put_nowait(frame)
        return True

    def cut(self) -> None:
        """End this connection; what is queued is dropped and the next greeting makes up for it."""
        if not self._cut:
            self._cut = True
            while not self._queue.empty():
                self._queue.get_nowait()
            self._queue.put_nowait(None)

    def send(self, frame: Frame) -> bool:
        """Hand a frame to the hub."""
        self._hub.heard(self._name, frame)
        return True

    async def close(self) -> None:
        """End the iteration and leave the hub."""
        self._closed = True
        self._hub.left(self)
        self.cut()


def subscribe(path: Path, name: str) -> SocketSubscription:
    """A subscription to the hub behind a unix socket, also one that is not there yet."""
    return SocketSubscription(path, name)


class SocketSubscription:
    """A subscription over the unix socket. It reads no faster than its user, so the hub sees a slow one as slow."""

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self._name = name
        self._writer: asyncio.StreamWriter | None = None
        self._closed = asyncio.Event()
        self.connections = 0

    async def __aiter__(self) -> AsyncIterator[Frame]:
        """Frames in order, a ``live.state`` first and after every reconnection; ends with :meth:`close`."""
        wait = _FIRST_WAIT_S
        while not self._closed.is_set():
            try:
                reader, self._writer = await asyncio.open_unix_connection(os.fspath(self._path))
            except OSError:
                reader = None
            if reader is not None:
                async with contextlib.aclosing(self._frames(reader)) as frames:
                    async for frame in frames:
                        wait = _FIRST_WAIT_S
                        yield frame
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait * random.uniform(0.5, 1.0)):  # noqa: S311 - spreads load
                    await self._closed.wait()
            wait = min(wait * 2, _LONGEST_WAIT_S)

    async def _frames(self, reader: asyncio.StreamReader) -> AsyncGenerator[Frame, None]:
        """The frames of one connection, until it is lost or cannot be read."""
        writer = self._writer
        assert writer is not None  # noqa: S101 - set beside the reader
        try:
            writer.write(pack({"hello": 1, "name": self._name}))
            self.connections += 1
            while not self._closed.is_set():
                length = length_of(await reader.readexactly(4), MAX_FROM_HUB)
                yield unpack(await reader.readexactly(length))
        except (OSError, asyncio.IncompleteReadError, BadFrame):
            return
        finally:
            self._writer = None
            writer.close()

    def send(self, frame: Frame) -> bool:
        """Hand a frame to the hub; False when there is no connection or no room."""
        writer = self._writer
        if writer is None or writer.is_closing() or writer.transport.get_write_buffer_size() > _MOST_UNSENT:
            return False
        writer.write(pack(frame, MAX_TO_HUB))
        return True

    async def close(self) -> None:
        """End the iteration and leave the hub."""
        self._closed.set()
        if self._writer is not None:
            self._writer.transport.abort()
