"""What people use instead of the edge, where it is installed (``bench/peers/requirements.txt`` in ``.venv-peers``,
Mosquitto from the system): each starts with its own crowd's request, what says that a client is in, and how to send.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VENV = Path(__file__).parents[1] / ".venv-peers" / "bin"
_SSE = Path(__file__).parent / "peers" / "sse.py"
_CONNECT = b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00"
_SUBSCRIBE = b"\x82\x08\x00\x01\x00\x03all\x00"


@dataclass
class Peer:
    """One of them, running. ``ready`` is in what a client hears once it listens."""

    name: str
    port: int
    pid: int
    request: bytes
    ready: bytes
    send: Callable[[bytes], Any]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


def available(folder: str) -> Iterator[tuple[str, Callable[[], contextlib.AbstractContextManager[Peer]]]]:
    """Those installed here."""
    if mosquitto := shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"):
        yield "Mosquitto", lambda: _mosquitto(mosquitto, folder)
    if nats := shutil.which("nats-server", path=str(VENV)) or shutil.which("nats-server"):
        yield "NATS", lambda: _nats(nats)
    if (VENV / "uvicorn").is_file():
        yield "Starlette SSE", _starlette


@contextlib.contextmanager
def running(command: list[str], port: int, *, apart: bool = False) -> Iterator[int]:
    """A program that listens on a port, while the block lasts; its process id. ``apart``: in a session of its own, as a
    system's services are, for Linux shares its processors out to sessions first.
    """
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=apart)
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert time.monotonic() < deadline, f"{command[0]} does not listen"
                time.sleep(0.05)
        yield process.pid
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def _mosquitto(program: str, folder: str) -> Iterator[Peer]:
    port = free_port()
    config = Path(folder) / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_connections -1\n")
    with running([program, "-c", str(config)], port) as pid, socket.create_connection(("127.0.0.1", port)) as mouth:
        mouth.sendall(_CONNECT)
        mouth.recv(4)

        def send(data: bytes) -> None:
            body = b"\x00\x03all" + data
            mouth.sendall(b"\x30" + bytes((len(body) % 128 | 128, len(body) // 128)) + body)

        yield Peer("Mosquitto", port, pid, _CONNECT + _SUBSCRIBE, b"\x90\x03\x00\x01\x00", send)


@contextlib.contextmanager
def _nats(program: str) -> Iterator[Peer]:
    port = free_port()
    command = [program, "-a", "127.0.0.1", "-p", str(port)]
    with running(command, port) as pid, socket.create_connection(("127.0.0.1", port)) as mouth:
        mouth.sendall(b'CONNECT {"verbose":false}\r\n')

        def send(data: bytes) -> None:
            mouth.sendall(b"PUB all %d\r\n" % len(data) + data + b"\r\n")

        yield Peer("NATS", port, pid, b'CONNECT {"verbose":false}\r\nSUB all 1\r\nPING\r\n', b"PONG", send)


@contextlib.contextmanager
def _starlette() -> Iterator[Peer]:
    port = free_port()
    with running([str(VENV / "python"), str(_SSE), str(port)], port) as pid:

        def send(data: bytes) -> None:
            with socket.create_connection(("127.0.0.1", port)) as mouth:
                mouth.sendall(b"POST /publish HTTP/1.1\r\nHost: b\r\nContent-Length: %d\r\n\r\n" % len(data) + data)
                mouth.recv(1024)

        yield Peer("Starlette SSE", port, pid, b"GET /live HTTP/1.1\r\nHost: b\r\n\r\n", b"event: state", send)
