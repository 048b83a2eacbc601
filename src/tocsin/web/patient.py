"""gunicorn's worker with threads, for clients that are slow, or play slow: none of them holds a thread.

gunicorn gives a connection to a thread at its first byte, and the thread waits for the rest, and later until the answer
is taken: as many slow clients as there are threads silence the door, officers included. Here the one loop that watches
all connections gathers each request, asks the doorkeeper, and gives it to a thread when it is whole and its turn has
come; what a connection does not take of the answer at once goes out from that loop, too. Each step has its time, and so
many connections may wait in all and from one address: the one that matters least goes first.
"""

from __future__ import annotations

import contextlib
import errno
import selectors
import time
from collections import Counter
from concurrent.futures import Future
from functools import partial
from typing import Any, cast

from gunicorn.http import wsgi
from gunicorn.http.errors import NoMoreData
from gunicorn.workers.gthread import ThreadWorker

from tocsin.web import room
from tocsin.web.asking import Asking, come_again, known_of
from tocsin.web.connection import Connection, Phase
from tocsin.web.doorkeeper import AGAIN_S, READS, WAIT_S, Doorkeeper, Known, Pass
from tocsin.web.gather import GO_ON, Gathered, TooLong
from tocsin.web.outlet import Blocks, written

HEAD_S = 10.0
"""From the first byte of a head to its last."""
BODY_S = 10.0
BODY_RATE = 8 * 1024
"""A body has ``BODY_S``, and a second more for each so many bytes that it announces."""
GOING_S = 10.0
GOING_LEAST = 8 * 1024
"""In each ``GOING_S`` a connection takes so many bytes of its answer, or the rest."""
ENDING_S = 2.0
ENDING_MOST = 64 * 1024
"""How long, and for how many bytes, the other side may go on when all was said."""
LINGER_S = 2.0
"""How long a connection without a request stays when the server ends."""

PER_ADDRESS = 256
"""Connections of one address that wait. A proxy of ours may have more."""
HELD_EACH = 512 * 1024
"""So much of one answer lies ready for a connection that is slow; the rest of a file is read later."""
STEPS = 16
"""So many pieces go to one connection before others have their turn."""
RECV = 64 * 1024
LOOK_S = 0.5
"""How often deadlines are looked at."""
READ_S = 30.0
"""Longest that a page waits for its turn: one that came without its parts would be worse than one that comes late."""
TURN_S = 0.05
"""How soon it is looked again whether somebody may go in, when nobody leaves."""

_FULL = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_LATE = b"HTTP/1.1 408 Request Timeout"
_LONG = b"HTTP/1.1 431 Request Header Fields Too Large"
_BUSY = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1"
_NO_ROOM = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 60"
_EMPTY = b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class PatientWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """A worker whose threads meet whole requests only. Its ``app`` is a :class:`tocsin.web.serve.Server`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._all: set[Connection] = set()
        self._from: Counter[str] = Counter()
        self._keeper: Doorkeeper[Connection] = Doorkeeper(threads=self.cfg.threads, acting=self.app.expect)
        self._looked = 0.0
        self._ending: float | None = None

    # What gunicorn's loop calls.

    def accept(self, listener: Any) -> None:
        """Take one connection and watch it."""
        try:
            sock, client = listener.accept()
        except OSError as fault:
            if fault.errno in _FULL:
                self._make_room(None)
            elif fault.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                raise
            return
        conn = Connection(self.cfg, sock, client, listener.getsockname())
        self._all.add(conn)
        self._from[conn.address] += 1
        self.nr_conns += 1
        self._await(conn)
        if self._from[conn.address] > PER_ADDRESS and conn.address not in self.app.proxies:
            self._make_room(conn.address)
        elif self.nr_conns >= self.worker_connections:
            self._make_room(None)

    def murder_keepalived(self, force: bool = False) -> None:
        """Close what has had its time."""
        now = time.monotonic()
        if force:
            for conn in [conn for conn in self._all if conn.waits]:
                self._close(conn)
        elif now - self._looked >= LOOK_S or self._ending is not None:
            self._looked = now
            for conn in [conn for conn in self._all if conn.until <= now and conn.waits]:
                self._late(conn, now)

    def murder_pending(self) -> None:
        """Nothing: there is one kind of waiting here."""

    def _cap_keepalive(self, deadline: float) -> None:
        self._ending = deadline
        for conn in self._all:
            if conn.phase is Phase.IDLE:
                conn.until = min(conn.until, deadline)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """One round of the loop. While some wait for their turn it looks again soon: time alone may let them in."""
        super().wait_for_and_dispatch_events(min(timeout, TURN_S) if self._keeper.waiting else timeout)
        self._let_in()

    def finish_request(self, conn: Connection, fs: Future[bool]) -> None:
        """A thread has answered."""
        if conn.asking is not None and conn.inside is not None:
            self._keeper.leaves(conn.asking.asked, conn.inside, conn.known)
        conn.inside = None
        try:
            conn.keep = not fs.cancelled() and fs.result()
            self._going(conn)
        except Exception:
            self._close(conn)

    # In the loop: a request comes.

    def _await(self, conn: Connection) -> None:
        """Watch for a request, of which something may be here already."""
        request = conn.fresh(self.app.largest)
        now = time.monotonic()
        ends = now + (min(self.cfg.keepalive, LINGER_S) if self._ending is not None else self.cfg.keepalive)
        self._enter(conn, Phase.IDLE, now, ends)
        rest, conn.rest = conn.rest, b""
        if rest:
            self._gather(conn, request, rest)
        else:
            self._watch(conn, selectors.EVENT_READ)

    def _readable(self, conn: Connection) -> None:
        data = _received(conn)
        if data is None:
            return
        if not data or conn.request is None:
            self._close(conn)
        else:
            self._gather(conn, conn.request, data)

    def _gather(self, conn: Connection, request: Gathered, data: bytes) -> None:
        head = request.length < 0
        try:
            conn.rest = request.feed(data)
        except TooLong:
            return self._refuse(conn, _LONG)
        except OSError:
            return self._refuse(conn, _NO_ROOM)
        if request.whole:
            return self._arrived(conn, request)
        now = time.monotonic()
        if request.length < 0:
            if conn.phase is Phase.IDLE:
                self._enter(conn, Phase.COMING, now, now + HEAD_S)
        elif head:
            if request.bulky and not self._bulk(conn, request, now):
                return self._refuse(conn, _BUSY)
            self._enter(conn, Phase.COMING, now, now + BODY_S + request.length / BODY_RATE)
            if request.go_on:
                with contextlib.suppress(OSError):
                    conn.sock.send(GO_ON)
        return self._watch(conn, selectors.EVENT_READ)

    def _arrived(self, conn: Connection, request: Gathered) -> None:
        """A request is whole: it goes to a thread, waits for its turn, or is told to come again."""
        data, file = request.take()
        conn.source.give(data, file)
        conn.asking = asking = Asking(data, request.length, conn.client, self.app.proxies)
        verdict = self._keeper.comes(conn, asking.asked)
        if isinstance(verdict, Pass):
            self._inside(conn, verdict)
        elif verdict is None:
            self._watch(conn, 0)
            now = time.monotonic()
            self._enter(conn, Phase.WAITING, now, now + (READ_S if asking.asked.method in READS else WAIT_S))
        else:
            self._turn_away(conn, verdict)

    def _inside(self, conn: Connection, how: Pass) -> None:
        self._watch(conn, 0)
        conn.phase, conn.inside, conn.known = Phase.INSIDE, how, Known()
        self.enqueue_req(conn)

    def _let_in(self) -> None:
        for conn, how in self._keeper.turns():
            self._inside(conn, how)

    def _turn_away(self, conn: Connection, wait_s: float) -> None:
        """Tell them to come again, without a thread. Who has sent more before the answer has to connect again."""
        asking = cast(Asking, conn.asking)
        conn.keep = not (asking.last or conn.rest or cast(Gathered, conn.request).short) and self.alive
        conn.source.forget()
        conn.outlet.sendall(come_again(wait_s, asking.asked, close=not conn.keep))
        self._going(conn)

    def _bulk(self, conn: Connection, request: Gathered, now: float) -> bool:
        """Whether there is a place for a large body; the slowest may have to give its own up."""
        while (others := room.in_the_way(self._all, conn, request, conn.address in self.app.proxies)) is not None:
            slowest = room.slowest(others, now)
            if slowest is None:
                return False
            self._refuse(slowest, _LATE)
        return True

    # In a thread: it is answered.

    def handle(self, conn: Connection) -> bool:
        """Answer one request; whether another may follow on its connection."""
        req = None
        try:
            req = next(conn.parser)
            return bool(req) and self.handle_request(req, conn)
        except (NoMoreData, StopIteration) as fault:
            self.log.debug("A request without an end: %s", fault)
        except OSError as fault:
            if fault.errno not in (errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN):
                self.log.exception("Socket error processing request.")
        except Exception as fault:
            self.handle_error(req, conn.outlet, conn.client, fault)
        return False

    def handle_request(self, req: Any, conn: Connection) -> bool:
        """Ask the application, and write as much of its answer as is to lie ready."""
        resp, environ = wsgi.create(req, conn.outlet, conn.client, conn.server, self.cfg)
        environ["wsgi.multithread"] = True
        environ["wsgi.file_wrapper"] = Blocks
        self.nr += 1
        if not self.alive or not self.cfg.keepalive or (conn.request is not None and conn.request.short):
            resp.force_close()
        try:
            answer = self.wsgi(environ, resp.start_response)
            conn.known = known_of(environ, resp)
            conn.more = more = written(resp, answer)
            while next(more, self) is None:
                if conn.outlet.size > HELD_EACH:
                    return not resp.should_close()
            conn.more = None
            conn.outlet.flush()
        except OSError:
            raise
        except (Exception, SystemExit):
            if not resp.headers_sent:
                raise
            self.log.exception("Error handling request")
            return False
        if resp.should_close():
            return False
        return bool(conn.parser.finish_body(deadline=time.monotonic() + ENDING_S))

    # In the loop: its answer goes.

    def _going(self, conn: Connection) -> None:
        """Send what waits; then comes the next request, or the end."""
        now = time.monotonic()
        try:
            gone = False
            for _ in range(STEPS):
                gone = conn.outlet.flush()
                if conn.more is None or (not gone and conn.outlet.size > HELD_EACH // 2):
                    break
                if next(conn.more, self) is self:
                    conn.more = None
        except OSError:
            return self._close(conn)
        except Exception:
            self.log.exception("Error in the middle of an answer")
            return self._close(conn)
        if gone and conn.more is None:
            exact = conn.source.done()
            return self._await(conn) if conn.keep and exact else self._end(conn)
        if conn.phase is not Phase.GOING:
            conn.marked = conn.outlet.sent
            self._enter(conn, Phase.GOING, now, now + GOING_S)
            for one in room.too_much(self._all):
                self._close(one)
        if conn.phase is Phase.GOING:
            self._watch(conn, selectors.EVENT_WRITE)
        return None

    def _refuse(self, conn: Connection, line: bytes) -> None:
        """Say why without asking the application, and end."""
        with contextlib.suppress(OSError):
            conn.sock.send(line + _EMPTY)
        self._end(conn)

    def _end(self, conn: Connection) -> None:
        """Say that nothing follows, and let the other side read to the end of what was said."""
        now = time.monotonic()
        conn.marked = 0
        try:
            conn.sock.shutdown(1)
        except OSError:
            return self._close(conn)
        self._enter(conn, Phase.ENDING, now, now + ENDING_S)
        if conn.request is not None:
            conn.request.drop()
        self._watch(conn, selectors.EVENT_READ)
        return self._drain(conn)

    def _drain(self, conn: Connection) -> None:
        data = _received(conn)
        if data is None:
            return
        conn.marked += len(data)
        if not data or conn.marked > ENDING_MOST:
            self._close(conn)

    # In the loop: time and room.

    def _enter(self, conn: Connection, phase: Phase, now: float, until: float) -> None:
        conn.phase, conn.since, conn.until = phase, now, until

    def _watch(self, conn: Connection, events: int) -> None:
        if events == conn.events:
            return
        if not conn.events:
            self.poller.register(conn.sock, events, partial(self._ready, conn))
        elif not events:
            self.poller.unregister(conn.sock)
        else:
            self.poller.modify(conn.sock, events, partial(self._ready, conn))
        conn.events = events

    def _ready(self, conn: Connection, _sock: Any) -> None:
        """Something can be read or written; an event may have lain while its connection was closed."""
        try:
            if conn.phase in (Phase.IDLE, Phase.COMING):
                self._readable(conn)
            elif conn.phase is Phase.GOING:
                self._going(conn)
            elif conn.phase is Phase.ENDING:
                self._drain(conn)
        except Exception:  # of one connection, which must not be the end of all
            self.log.exception("Error on a connection")
            self._close(conn)

    def _late(self, conn: Connection, now: float) -> None:
        if conn.phase is Phase.COMING:
            self._refuse(conn, _LATE)
        elif conn.phase is Phase.WAITING:
            self._keeper.drops(conn)
            self._turn_away(conn, AGAIN_S)
        elif conn.phase is Phase.GOING and conn.outlet.sent - conn.marked >= GOING_LEAST:
            conn.marked, conn.until = conn.outlet.sent, now + GOING_S
        else:
            self._close(conn)

    def _make_room(self, address: str | None) -> None:
        """Close a connection that waits, of one address, or of the one that has most."""
        least = room.matters_least(self._all, address)
        if least is not None:
            self._close(least)

    def _close(self, conn: Connection) -> None:
        if conn.phase is Phase.GONE:
            return
        if conn.phase is Phase.WAITING:
            self._keeper.drops(conn)
        with contextlib.suppress(OSError, KeyError, ValueError):
            self._watch(conn, 0)
        self._all.discard(conn)
        self._from[conn.address] -= 1
        if self._from[conn.address] <= 0:
            del self._from[conn.address]
        self.nr_conns -= 1
        conn.close()


def _received(conn: Connection) -> bytes | None:
    """What came; nothing at all when the other side has ended or is gone, None when there is only more to wait for."""
    try:
        return conn.sock.recv(RECV)
    except BlockingIOError:
        return None
    except OSError:
        return b""
