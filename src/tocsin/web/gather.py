"""What has come of one request: its head and its body, put together as their bytes arrive, without waiting for any.

Only so much is understood here as tells where a request ends. Whether it is well formed is gunicorn's to say, which is
given exactly these bytes: where the two do not agree on the end, the connection is closed behind the answer.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from typing import IO
from urllib.parse import unquote_to_bytes

from gunicorn.http.errors import NoMoreData
from gunicorn.http.unreader import Unreader

from tocsin.web.doorkeeper import SMALL

HEAD_MOST = 32 * 1024
"""Longest head, request line included."""
GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"

_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,15})[ \t]*(?=\r\n)", re.IGNORECASE)
_EXPECT = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*(?=\r\n)", re.IGNORECASE)

Largest = Callable[[str], int]
"""Bytes that the body of a request for a path may have."""


class TooLong(Exception):
    """The head has no end."""


class Gathered:
    """One request that is on its way.

    Args:
        largest: how large a body each path takes; of a larger one nothing is awaited, as it will be refused.
    """

    __slots__ = ("_buffer", "_file", "_largest", "_searched", "came", "go_on", "length", "short")

    def __init__(self, largest: Largest) -> None:
        self._largest = largest
        self._buffer = bytearray()
        self._searched = 0
        self._file: IO[bytes] | None = None
        self.length = -1
        """Bytes of the body; -1 until the head is whole."""
        self.came = 0
        """Bytes of the body that are here."""
        self.short = False
        """Whether it goes on without its body, so that nothing can follow on this connection."""
        self.go_on = False
        """Whether the sender waits to be told that the body may come."""

    @property
    def begun(self) -> bool:
        """Whether a byte of it is here."""
        return bool(self._buffer)

    @property
    def whole(self) -> bool:
        """Whether nothing is missing."""
        return self.short or 0 <= self.length == self.came

    @property
    def bulky(self) -> bool:
        """Whether its body goes into a file without a name, and not into memory."""
        return self.length > SMALL and not self.short

    def feed(self, data: bytes) -> bytes:
        """Take what belongs to this request, and return what follows it.

        Raises:
            TooLong: the head has no end.
            OSError: there is no room for the body.
        """
        if self.length < 0:
            self._buffer += data
            data = self._head()
            if self.length < 0 or self.short:
                return data
        mine = data[: self.length - self.came]
        self.came += len(mine)
        if not self.bulky:
            self._buffer += mine
        else:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the request
            self._file.write(mine)
        return data[len(mine) :]

    def take(self) -> tuple[bytes, IO[bytes] | None]:
        """Head and small body, and the file of a large one."""
        if self._file is not None:
            self._file.seek(0)
        return bytes(self._buffer), self._file

    def drop(self) -> None:
        """It will not be asked for."""
        if self._file is not None:
            self._file.close()

    def _head(self) -> bytes:
        """Find the end of the head, and return what came behind it."""
        buffer, seen = self._buffer, self._searched
        end = buffer.find(_END, max(2 if buffer[:2] == b"\r\n" else 0, seen - 3))
        stop = end if end >= 0 else len(buffer)
        if stop > seen and buffer.count(b"\n", seen, stop) != buffer.count(b"\r\n", max(0, seen - 1), stop):
            self.length, self.short = 0, True  # gunicorn refuses it and would never find its end
            return b""
        self._searched = len(buffer)
        if stop > HEAD_MOST:
            raise TooLong
        if end < 0:
            return b""
        head, rest = bytes(buffer[: end + 4]), bytes(buffer[end + 4 :])
        names = head.lower()
        told = names.count(b"\r\ncontent-length")
        lengths = _LENGTH.findall(head) if told else []
        self.length = int(lengths[0]) if lengths else 0
        if told > 1 or told != len(lengths) or b"\r\ntransfer-encoding" in names:
            self.length, self.short = 0, True
        elif self.length:
            line = head.lstrip(b"\r\n").partition(b"\r\n")[0].split(b" ")
            self.short = self.length > self._largest(path_of(line[1] if len(line) > 1 else b""))
            # Told here that the body may come, or refused at once: gunicorn need not say it again.
            head, asks = _EXPECT.subn(b"", head)
            self.go_on = asks > 0 and not self.short and not rest and line[-1] == b"HTTP/1.1"
        self._buffer = bytearray(head)
        return rest


def path_of(target: bytes) -> str:
    """The path of a request's target, as Django will know it."""
    if not target.startswith(b"/"):
        target = b"/" + target.partition(b"://")[2].partition(b"/")[2]
    return unquote_to_bytes(target.partition(b"?")[0]).decode("utf-8", "replace")


class Given(Unreader):  # type: ignore[misc]  # gunicorn ships no types
    """Where gunicorn reads one request that is whole: from memory or a file, and never from a socket."""

    def __init__(self) -> None:
        super().__init__()
        self._file: IO[bytes] | None = None
        self.short = False
        """Whether more was read than there is."""

    def give(self, data: bytes, file: IO[bytes] | None) -> None:
        """The bytes of the next request."""
        self.buf.seek(0)
        self.buf.truncate()
        self.buf.write(data)
        self._file = file
        self.short = False

    def chunk(self, size_hint: int | None = None) -> bytes:
        """What comes next from the file.

        Raises:
            NoMoreData: gunicorn, or the application, expects more than there is.
        """
        data = self._file.read(min(max(size_hint or 0, 8192), 1024 * 1024)) if self._file is not None else b""
        if not data:
            self.short = True
            raise NoMoreData()
        return data

    def forget(self) -> None:
        """The request will not be read."""
        self.done()
        self.give(b"", None)

    def done(self) -> bool:
        """Let go of the request; whether exactly what there was has been read."""
        file, self._file = self._file, None
        exact = not self.short and not self.buf.getvalue() and (file is None or not file.read(1))
        if file is not None:
            file.close()
        return exact
