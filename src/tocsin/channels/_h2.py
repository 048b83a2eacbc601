"""An HTTP/2 client (RFC 9113) for one purpose: very many small POSTs to few hosts, of whose answers a status is read.

Frames are laid together by hand from parts made once a batch, and many requests leave in one write, so that encryption
of the link and the kernel are entered once for dozens. Why by hand stands, with what others cost, in
``docs/reference/webpush.md``.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from typing import cast

from tocsin.channels import _h2_frames as h2
from tocsin.channels._h2_frames import Broken, Head, Request, Stream, frame
from tocsin.channels._hpack import POST_HTTPS, BadBlock, Encoder, answer, literal, number


class Connection(asyncio.Protocol):
    """One connection. It asks for requests as long as the other side takes more, and never waits for one.

    Args:
        pull: gives the next request, or None.
        back: takes a request that the other side has not looked at, to be sent elsewhere.
        gone: told once when the connection takes no more requests.
        timeout: seconds that one answer may take.
    """

    def __init__(
        self,
        pull: Callable[[], Request | None],
        back: Callable[[Request], None],
        gone: Callable[[Connection], None],
        *,
        timeout: float,
    ) -> None:
        self._pull, self._back, self._gone, self._timeout = pull, back, gone, timeout
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._streams: dict[int, Stream] = {}
        self._next = 1
        self._in = bytearray()
        self._block: tuple[int, int, bytes] | None = None
        self._encoder: Encoder | None = None
        self._resized = b""
        self._heads: dict[int, tuple[Head, int, bytes, bytes]] = {}
        self._window = h2.WINDOW_0
        self._stream_window = h2.WINDOW_0
        self._most_frame = h2.MOST_FRAME
        self._most_streams = 100
        self._eaten = 0
        self._used_at = self._loop.time()
        self._paused = False
        self._open = True
        self._sweep: asyncio.TimerHandle | None = None
        self.ready: asyncio.Future[None] = self._loop.create_future()
        """Done once the other side has said how it wants to be spoken to."""

    @property
    def free(self) -> int:
        """Requests that could be sent now."""
        return self._most_streams - len(self._streams) if self._open and self._encoder is not None else 0

    @property
    def busy(self) -> int:
        """Requests that wait for their answer."""
        return len(self._streams)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=4 * h2.WRITE)
        self._transport.write(h2.HELLO)
        self._sweep = self._loop.call_later(1.0, self._look)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the name is asyncio's
        self._retire()
        if self._sweep is not None:
            self._sweep.cancel()
        if not self.ready.done():
            self.ready.set_exception(ConnectionError("closed before it spoke"))
            self.ready.exception()  # nobody may be waiting for it any more
        streams, self._streams = self._streams, {}
        for stream in streams.values():
            self._answer(stream, 0, "connection lost")

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self.work()

    def close(self) -> None:
        """Take no more, and end once every answer has come."""
        self._retire()
        if not self._streams and self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """End at once."""
        self._retire()
        if self._transport is not None:
            self._transport.abort()

    def _retire(self) -> None:
        if self._open:
            self._open = False
            self._gone(self)

    def _fail(self, code: int) -> None:
        """The other side breaks the rules: say so and hang up."""
        self._retire()
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(frame(h2.GOAWAY, 0, 0, struct.pack(">II", 0, code)))
            self._transport.close()

    # Out

    def work(self) -> None:
        """Send what there is and what the other side takes."""
        transport = self._transport
        if transport is None or self._encoder is None:
            return
        out = bytearray()
        now = self._loop.time()
        due = now + self._timeout
        while not self._paused and self._open and len(self._streams) < self._most_streams and self._window > 0:
            request = self._pull()
            if request is None:
                break
            self._used_at = now
            self._start(request, due, out)
            if len(out) >= h2.WRITE:
                transport.write(bytes(out))
                out.clear()
        if out:
            transport.write(bytes(out))

    def _start(self, request: Request, due: float, out: bytearray) -> None:
        which, self._next = self._next, self._next + 2
        if which >= h2.LAST_STREAM:
            self._retire()
        before, after = self._head(request.head)
        path, body = request.path, request.body
        size = len(path)
        block = (
            self._resized
            + before
            + (b"\x04" + bytes((size,)) + path if size < 127 else literal(b":path", path))
            + after
        )
        self._resized = b""
        out += h2.frame_head(len(block) >> 8, len(block) & 255, h2.HEADERS, h2.END_HEADERS, which)
        out += block
        stream = self._streams[which] = Stream(request, due)
        size = len(body)
        if size <= self._window and size <= self._stream_window and size <= self._most_frame:
            self._window -= size
            out += h2.frame_head(size >> 8, size & 255, h2.DATA, h2.END_STREAM, which)
            out += body
        else:
            stream.rest, stream.window = body, self._stream_window
            out += self._more(which, stream)

    def _head(self, head: Head) -> tuple[bytes, bytes]:
        """The block before and after the path, by the table as it is now."""
        encoder = cast("Encoder", self._encoder)
        known = self._heads.get(id(head))
        if known is not None and known[1] == encoder.inserted:
            return known[2], known[3]
        count = encoder.inserted
        before = POST_HTTPS + encoder.shared([(b":authority", head.authority)])
        after = encoder.shared(head.fields)
        if encoder.inserted == count:  # nothing was put into the table, so the same bytes say the same again
            if len(self._heads) > 64:
                self._heads.clear()
            self._heads[id(head)] = (head, count, before, after)
        return before, after

    def _more(self, which: int, stream: Stream) -> bytes:
        """As much of a body as fits into the windows."""
        out = bytearray()
        while stream.rest:
            size = min(len(stream.rest), self._window, stream.window, self._most_frame)
            if size <= 0:
                break
            part, stream.rest = stream.rest[:size], stream.rest[size:]
            self._window -= size
            stream.window -= size
            out += frame(h2.DATA, 0 if stream.rest else h2.END_STREAM, which, part)
        return bytes(out)

    def _flow(self) -> None:
        """A window has opened: first what was begun, then what is new."""
        out = bytearray()
        for which, stream in self._streams.items():
            if stream.rest and self._window > 0:
                out += self._more(which, stream)
        if out and self._transport is not None:
            self._transport.write(bytes(out))
        self.work()

    # In

    def data_received(self, data: bytes) -> None:
        """Take bytes of the other side, in any pieces."""
        inbox = self._in
        inbox += data
        at, end = 0, len(inbox)
        try:
            while end - at >= 9:
                high, low, kind, flags, which = h2.read_frame(inbox, at)
                size = high << 8 | low
                if size > h2.MOST_FRAME:
                    raise Broken(0x6)
                if end - at < 9 + size:
                    break
                self._take(kind, flags, which & h2.MOST_WINDOW, bytes(inbox[at + 9 : at + 9 + size]))
                at += 9 + size
        except (Broken, BadBlock, struct.error, IndexError) as fault:
            self._fail(fault.code if isinstance(fault, Broken) else h2.COMPRESSION)
            return
        del inbox[:at]
        if self._eaten > h2.WINDOW_0 // 2 and self._transport is not None:
            self._transport.write(frame(h2.WINDOW, 0, 0, struct.pack(">I", self._eaten)))
            self._eaten = 0
        if not self._open and not self._streams and self._transport is not None:
            self._transport.close()
        else:
            self.work()

    def _take(self, kind: int, flags: int, which: int, payload: bytes) -> None:
        if self._block is not None and kind != h2.CONTINUATION:
            raise Broken(h2.PROTOCOL)
        if kind == h2.HEADERS:
            self._headers(flags, which, payload)
        elif kind == h2.DATA:
            self._eaten += len(payload)
            if flags & h2.END_STREAM:
                self._end(which)
        elif kind == h2.CONTINUATION:
            self._continued(flags, which, payload)
        elif kind == h2.WINDOW:
            self._opened(which, struct.unpack(">I", payload)[0] & h2.MOST_WINDOW)
        elif kind == h2.RST:
            self._reset(which, struct.unpack(">I", payload)[0])
        elif kind == h2.SETTINGS:
            self._settings(flags, payload)
        elif kind == h2.PING:
            if not flags & h2.ACK and self._transport is not None:
                self._transport.write(frame(h2.PING, h2.ACK, 0, payload[:8]))
        elif kind == h2.GOAWAY:
            self._go_away(struct.unpack(">II", payload[:8])[0] & h2.MOST_WINDOW)
        elif kind == h2.PUSH:
            raise Broken(h2.PROTOCOL)

    def _headers(self, flags: int, which: int, payload: bytes) -> None:
        if flags & h2.PADDED:
            payload = payload[1 : len(payload) - payload[0]]
        if flags & h2.PRIORITY:
            payload = payload[5:]
        if flags & h2.END_HEADERS:
            self._heard(flags, which, payload)
        else:
            self._block = (flags, which, payload)

    def _continued(self, flags: int, which: int, payload: bytes) -> None:
        if self._block is None or self._block[1] != which or len(self._block[2]) > h2.MOST_BLOCK:
            raise Broken(h2.PROTOCOL)
        first, _, block = self._block
        self._block = (first, which, block + payload)
        if flags & h2.END_HEADERS:
            whole, self._block = self._block[2], None
            self._heard(first, which, whole)

    def _heard(self, flags: int, which: int, block: bytes) -> None:
        stream = self._streams.get(which)
        if stream is not None and stream.status == 0:
            status, after = answer(block)
            if status >= 200:
                stream.status, stream.after = status, after
        if flags & h2.END_STREAM:
            self._end(which)

    def _end(self, which: int) -> None:
        stream = self._streams.pop(which, None)
        if stream is None:
            return
        if stream.rest and self._transport is not None:  # answered before it was read to its end
            self._transport.write(frame(h2.RST, 0, which, struct.pack(">I", h2.CANCEL)))
        self._answer(stream, stream.status, "" if stream.status else "no status")

    def _answer(self, stream: Stream, status: int, detail: str) -> None:
        request = stream.request
        request.answered(request.key, status, stream.after, detail)

    def _reset(self, which: int, code: int) -> None:
        stream = self._streams.pop(which, None)
        if stream is None:
            return
        if stream.status:  # the answer came whole, the rest of the body is not wanted (RFC 9113, 8.1)
            self._answer(stream, stream.status, "")
        elif code == h2.REFUSED:
            self._back(stream.request)
        else:
            self._answer(stream, 0, f"reset {code}")

    def _opened(self, which: int, by: int) -> None:
        if not by:
            raise Broken(h2.PROTOCOL)
        if which == 0:
            self._window += by
            if self._window > h2.MOST_WINDOW:
                raise Broken(h2.FLOW)
        elif which in self._streams:
            self._streams[which].window += by
        self._flow()

    def _settings(self, flags: int, payload: bytes) -> None:
        if flags & h2.ACK:
            return
        table = None
        for name, value in h2.read_setting(payload):
            if name == h2.TABLE:
                table = value
            elif name == h2.STREAMS:
                self._most_streams = min(value, h2.AT_ONCE)
            elif name == h2.WINDOW_SIZE:
                if value > h2.MOST_WINDOW:
                    raise Broken(h2.FLOW)
                for stream in self._streams.values():
                    stream.window += value - self._stream_window
                self._stream_window = value
            elif name == h2.FRAME:
                self._most_frame = min(value, h2.MOST_FRAME)
        if self._transport is not None:
            self._transport.write(frame(h2.SETTINGS, h2.ACK, 0))
        if self._encoder is None:
            self._encoder = Encoder(min(4096 if table is None else table, 4096))
            # A smaller table than the usual one is confirmed at the head of the first block (RFC 7541, 4.2).
            self._resized = number(table, 5, 0x20) if table is not None and table < 4096 else b""
            if not self.ready.done():
                self.ready.set_result(None)
        elif table is not None and table < 4096:
            self.close()  # what is in its table by now is easier said on a new connection
        self._flow()

    def _go_away(self, last: int) -> None:
        self._retire()
        for which in [which for which in self._streams if which > last]:
            self._back(self._streams.pop(which).request)

    def _look(self) -> None:
        """Once a second: end what has waited too long."""
        self._sweep = self._loop.call_later(1.0, self._look)
        now = self._loop.time()
        for which, stream in list(self._streams.items()):
            if stream.due > now:
                break  # later ones were sent later
            del self._streams[which]
            if self._transport is not None:
                self._transport.write(frame(h2.RST, 0, which, struct.pack(">I", h2.CANCEL)))
            self._answer(stream, 0, "timeout")
        self.work()
        if not self._streams and now - self._used_at > h2.IDLE_S:
            self.close()  # what lies between may have forgotten it without a word
