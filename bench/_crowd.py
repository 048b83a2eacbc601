"""Crowds for the benches of the edge: many client sockets in processes of their own, and the C floor beside them."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import resource
import select
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

from tocsin.wiring.priority import go_first

T = TypeVar("T")
PER_ADDRESS = 5_000
_STAMPED = 35
"""SO_TIMESTAMPNS of Linux, which Python does not name: with what is read comes when the kernel had it for us."""
_STAMP = struct.Struct("@ll")
SPAWN = multiprocessing.get_context("spawn")
_UNJUDGED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_UNJUDGED.check_hostname, _UNJUDGED.verify_mode = False, ssl.CERT_NONE
FLOOR = Path(__file__).parent / "floor" / "fan.c"


def raise_file_limit() -> int:
    """As many open files as the system lets this process have."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def elsewhere() -> None:
    """Stand for another machine: a session of its own, before all others where the system lets it."""
    os.setsid()
    go_first(10)


def crowd_process(pipe: Connection, port: int, network: int = 2) -> None:
    """Holds many connections and obeys: ``grow``, ``hold``, ``bad``, ``ids``."""
    raise_file_limit()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    crowd = Crowd(port, network)
    while True:
        order, *given = pipe.recv()
        pipe.send(getattr(crowd, order)(*given))


class Crowd:
    """Many client sockets in one process, by epoll; their addresses are 127.0.``network``.x."""

    def __init__(self, port: int, network: int = 2) -> None:
        self.port = port
        self.network = network
        self.opened = 0
        self.sockets: dict[int, socket.socket] = {}
        self.kept: list[socket.socket] = []
        self.heard: dict[int, bytearray] = {}
        self.poll = select.epoll()

    def grow(self, size: int, request: bytes, tls: bool = False) -> int:
        """Open connections up to ``size``, from several loopback addresses, and send the request on each."""
        while len(self.sockets) < size:
            self.open(request, tls)
        return len(self.sockets)

    def open(self, request: bytes, tls: bool = False) -> int:
        """One more connection; its number."""
        sock = self._connect()
        if tls:
            sock = _UNJUDGED.wrap_socket(sock)
        sock.setblocking(False)
        if request:
            sock.send(request)
        self.sockets[sock.fileno()] = sock
        self.poll.register(sock.fileno(), select.EPOLLIN)
        return sock.fileno()

    def _connect(self, **options: int) -> socket.socket:
        sock = socket.socket()
        for name, value in options.items():
            sock.setsockopt(socket.SOL_SOCKET, getattr(socket, name), value)
        sock.bind((f"127.0.{self.network}.{2 + self.opened // PER_ADDRESS}", 0))
        sock.connect(("127.0.0.1", self.port))
        self.opened += 1
        return sock

    def park(self) -> int:
        """Keep those that are open and listen to them no more; how many are kept."""
        for number, sock in self.sockets.items():
            self.poll.unregister(number)
            self.kept.append(sock)
        self.sockets.clear()
        return len(self.kept)

    def bad(self, size: int, request: bytes) -> int:
        """Clients that behave badly, a third of each kind: who asks and never reads, with the smallest buffer; who
        sends half a request and falls silent; who sends a byte at a time.
        """
        for number in range(size):
            sock = self._connect(SO_RCVBUF=2048)
            kind = number % 3
            sock.send((request, request[: len(request) // 2], request[:1])[kind])
            self.kept.append(sock)
        return size

    def heal(self) -> int:
        """Close the bad ones; how many there were."""
        gone = len(self.kept)
        for sock in self.kept:
            sock.close()
        self.kept.clear()
        self.opened -= gone
        return gone

    def drip(self, request: bytes, at: int) -> int:
        """One more byte from each that sends a byte at a time."""
        for sock in self.kept[2::3]:
            with contextlib.suppress(OSError):
                sock.send(request[at : at + 1])
        return at + 1

    def hold(self, mark: bytes, timeout_s: float) -> tuple[int, float, float, float]:
        """Read until every connection has received ``mark``: how many have, and when (monotonic) the middle one, the
        99th of 100 and the last did.
        """
        times = self.when(mark, timeout_s)
        at = [times[min(len(times) - 1, int(len(times) * share))] for share in (0.5, 0.99, 1)] if times else [0.0] * 3
        return len(times), at[0], at[1], at[2]

    def when(self, mark: bytes, timeout_s: float, by_kernel: bool = False) -> list[float]:
        """Read until every connection has received ``mark``; when each did (monotonic), in order. ``by_kernel``: when
        its socket held it, however late this one process gets to the thousands that it reads; not for TLS.
        """
        if by_kernel:
            for sock in self.sockets.values():
                sock.setsockopt(socket.SOL_SOCKET, _STAMPED, 1)
        waiting, tails = set(self.sockets), dict[int, bytes]()
        times: list[float] = []
        behind = time.time() - time.monotonic()
        deadline = time.monotonic() + timeout_s
        while waiting and time.monotonic() < deadline:
            for number, _ in self.poll.poll(0.2, 256):
                data, at = self._stamped(number) if by_kernel else (self._read(number), 0.0)
                if data is None:
                    waiting.discard(number)
                    continue
                data = tails.get(number, b"") + data
                if mark in data and number in waiting:
                    waiting.discard(number)
                    times.append(at - behind if at else time.monotonic())
                tails[number] = data[-len(mark) :]
        return sorted(times)

    def _stamped(self, number: int) -> tuple[bytes | None, float]:
        """What can be read, and when (by the clock on the wall) the last of it came."""
        try:
            data, said, *_ = self.sockets[number].recvmsg(65_536, socket.CMSG_SPACE(_STAMP.size))
        except BlockingIOError:
            return b"", 0.0
        if not data:
            return self._read(number), 0.0
        stamps = [_STAMP.unpack(what) for _, kind, what in said if kind == _STAMPED]
        at = stamps[0] if stamps else (0, 0)
        return data, at[0] + at[1] / 1e9

    def _read(self, number: int) -> bytes | None:
        try:
            data = self.sockets[number].recv(65_536)
        except (BlockingIOError, ssl.SSLWantReadError):
            return b""
        except OSError:
            data = b""
        if data:
            if number in self.heard:
                self.heard[number] += data
            return data
        self.poll.unregister(number)
        self.sockets.pop(number).close()
        return None


class Floor:
    """The C loop; absent where there is no compiler."""

    def __init__(self, program: Path, port: int = 0) -> None:
        self._process = subprocess.Popen([program, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = int(self._line())

    @classmethod
    def build(cls, folder: str) -> Path | None:
        """Compile it; None without a compiler."""
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            return None
        program = Path(folder) / "fan"
        subprocess.run([compiler, "-O2", "-o", program, FLOOR], check=True)
        return program

    @property
    def pid(self) -> int:
        """Of its process."""
        return self._process.pid

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().decode()

    def _order(self, line: str, data: bytes = b"") -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n" + data)
        self._process.stdin.flush()
        return self._line()

    async def accept(self, size: int) -> None:
        """Accept so many more connections."""
        await asyncio.to_thread(self._order, f"accept {size}")

    async def send(self, data: bytes) -> float:
        """Send to all; seconds of the loop."""
        return float(await asyncio.to_thread(self._order, f"send {len(data)}", data))

    async def serve(self, size: int, data: bytes) -> float:
        """Accept so many connections and answer each; seconds from the first on."""
        return float(await asyncio.to_thread(self._order, f"serve {size} {len(data)}", data))

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()


class Children:
    """Processes that are known by a pipe."""

    def __init__(self) -> None:
        self._all: list[tuple[Any, Connection]] = []

    def spawn(self, target: Callable[..., None], *given: Any) -> tuple[Connection, Any]:
        """Start one; its pipe and itself."""
        ours, theirs = SPAWN.Pipe()
        process = SPAWN.Process(target=target, args=(theirs, *given), daemon=True)
        process.start()
        theirs.close()
        self._all.append((process, ours))
        return ours, process

    async def stop(self) -> None:
        """End every one of them."""
        for process, pipe in self._all:
            process.terminate()
            pipe.close()
        for process, _ in self._all:
            await asyncio.to_thread(process.join, 10)
            if process.is_alive():
                process.kill()
        self._all.clear()


def run_wide(work: Coroutine[Any, Any, T]) -> T:
    """Run it on a loop with a thread for every process that is waited for."""

    async def wide() -> T:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(64))
        return await work

    return asyncio.run(wide())


async def ask(pipe: Connection, *order: Any) -> Any:
    """Send an order, if any, and wait for the answer."""
    if order:
        pipe.send(order)
    return await asyncio.to_thread(pipe.recv)


def cpu_s(pid: int) -> float:
    """Seconds that a process has spent on a processor."""
    total = 0
    for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):
            total += int(task.read_text().split()[0])
    return total / 1e9


def resident(pid: int) -> int:
    """Resident memory of a process, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    raise LookupError("VmRSS")
