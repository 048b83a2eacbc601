"""A live edge that says what a test tells it to, and a web server for a browser to look at. Both on free ports."""

from __future__ import annotations

import contextlib
import json
import queue
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

STOP = b""


class FakeEdge:
    """Keeps every connected browser's queue. ``hello`` is sent on connect; ``requests`` holds what was asked;
    ``health`` is what ``/healthz`` answers."""

    def __init__(self) -> None:
        self.greeting: list[tuple[str, dict[str, Any], int | None]] = []
        self.requests: list[tuple[str, str]] = []
        self.health: dict[str, Any] | None = {"ok": True, "seq": 99, "source_age_s": 0.2, "live": {"clients": 3}}
        self._queues: list[queue.Queue[bytes]] = []
        self._lock = threading.Lock()
        edge = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                edge._serve(self)

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://localhost:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def _say_health(self, handler: BaseHTTPRequestHandler) -> None:
        """Its numbers; with ``health`` None it breaks off, as a dead edge does."""
        if self.health is None:
            handler.close_connection = True
            return
        body = json.dumps(self.health).encode()
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Access-Control-Allow-Origin", "*")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        if handler.path == "/healthz":
            self._say_health(handler)
            return
        mine: queue.Queue[bytes] = queue.Queue()
        with self._lock:
            self.requests.append((handler.path, handler.headers.get("Last-Event-ID", "")))
            for name, data, number in self.greeting:
                mine.put(frame(name, data, number))
            self._queues.append(mine)
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Cache-Control", "no-store")
        handler.send_header("Access-Control-Allow-Origin", "*")
        handler.end_headers()
        with contextlib.suppress(OSError):
            while (chunk := mine.get()) != STOP:
                handler.wfile.write(chunk)
                handler.wfile.flush()

    def send(self, name: str, data: dict[str, Any], number: int | None = None) -> None:
        """Send an event to everybody who listens."""
        with self._lock:
            for one in self._queues:
                one.put(frame(name, data, number))

    def drop(self) -> None:
        """End every connection; browsers come again."""
        with self._lock:
            for one in self._queues:
                one.put(STOP)
            self._queues.clear()

    @property
    def listeners(self) -> int:
        """How many connections are open."""
        return len(self._queues)

    def close(self) -> None:
        """Stop."""
        self.drop()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def frame(name: str, data: dict[str, Any], number: int | None) -> bytes:
    """One server-sent event."""
    head = f"id: {number}\n" if number is not None else ""
    return f"{head}event: {name}\ndata: {json.dumps(data)}\n\n".encode()


class _Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


@contextlib.contextmanager
def served(edge_url: str) -> Iterator[str]:
    """The web door on a free port, told of an edge."""
    from django.core.wsgi import get_wsgi_application
    from django.test import override_settings

    with override_settings(TOCSIN_EDGE_URL=edge_url):
        server = make_server("127.0.0.1", 0, get_wsgi_application(), server_class=_Threads, handler_class=_Quiet)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"http://localhost:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
