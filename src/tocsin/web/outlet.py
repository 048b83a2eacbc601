"""Where an answer is written: it goes out as far as the connection takes it, and no thread waits for the rest."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Iterator
from typing import IO, Any

BLOCK = 64 * 1024
"""An answer goes out in one piece up to this; files are read in such pieces."""
_AT_ONCE = 16


class Outlet:
    """Stands before gunicorn as the socket of one connection.

    Args:
        sock: a socket that does not block.
    """

    __slots__ = ("_parts", "_sock", "sent", "size")

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._parts: deque[memoryview] = deque()
        self.size = 0
        """Bytes that wait."""
        self.sent = 0
        """Bytes that went out."""

    def sendall(self, data: bytes) -> None:
        """Take more of the answer."""
        self._parts.append(memoryview(data))
        self.size += len(data)
        if self.size >= BLOCK:
            self.flush()

    def gettimeout(self) -> float:
        """A socket that does not block."""
        return 0.0

    def flush(self) -> bool:
        """Send what the connection takes now; whether nothing is left.

        Raises:
            OSError: the connection is broken.
        """
        parts = self._parts
        while parts:
            try:
                went = self._sock.sendmsg(parts if len(parts) <= _AT_ONCE else [parts[at] for at in range(_AT_ONCE)])
            except BlockingIOError:
                return False
            self.size -= went
            self.sent += went
            while parts and went >= len(parts[0]):
                went -= len(parts.popleft())
            if went:
                parts[0] = parts[0][went:]
        return True


class Blocks:
    """A file as an answer, in larger pieces than Django's."""

    def __init__(self, source: IO[bytes], _size: int = 0) -> None:
        self._source = source

    def close(self) -> None:
        """Close the file; Django has put the end of its answer in the place of that."""
        if hasattr(self._source, "close"):
            self._source.close()

    def __iter__(self) -> Iterator[bytes]:
        while data := self._source.read(BLOCK):
            yield data


def written(resp: Any, answer: Any) -> Iterator[None]:
    """Write an answer, piece by piece; at the end, or when it is given up, it is closed as WSGI demands."""
    try:
        for piece in answer:
            resp.write(piece)
            yield
        resp.close()
    finally:
        if hasattr(answer, "close"):
            answer.close()
