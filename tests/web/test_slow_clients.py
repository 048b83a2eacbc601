"""Clients that are slow, or play slow, at the web door: they wait among themselves, and whoever asks is answered."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.processes

TESTS = Path(__file__).parents[1]
THREADS = 4
MANY = 3 * THREADS
PROGRAM = f"""
import json, sys, time
from pathlib import Path
sys.path.insert(0, {str(TESTS)!r})
from tocsin.app.memory_vault import MemoryVault
from tocsin.web import gather, patient, room, serve
from tocsin.web.options import WebOptions

def ready():
    from doors import SetClock, a_desk
    from tocsin.store.django import migrate
    from tocsin.web.desk import set_desk
    migrate()
    set_desk(a_desk(SetClock()), vault=MemoryVault())

class Server(serve.Server):
    def load(self):
        known = super().load()

        def app(environ, start):
            path = environ["PATH_INFO"]
            if path == "/large":
                size = int(environ["QUERY_STRING"])
                start("200 OK", [("Content-Length", str(size))])
                return (b"x" * min(65536, size - at) for at in range(0, size, 65536))
            if path == "/later":
                start("429 Too Many Requests", [("Retry-After", "7"), ("Content-Length", "3"), ("X-Asked", "yes")])
                return [b"no\\n"]
            while path == "/hold" and not (home / "go").exists():
                time.sleep(0.01)
            if path in ("/crew/act", "/echo", "/hold"):
                came = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
                start("200 OK", [("Content-Length", str(len(came)))])
                return [came]
            return known(environ, start)

        return app

home = Path(sys.argv[1])
for name, value in json.loads(sys.argv[3]).items():
    setattr(patient if hasattr(patient, name) else room, name, value)
serve.Server = Server
options = WebOptions(home=home, key_file=home / "web.key", threads={THREADS})
getattr(serve, sys.argv[4])(options, "127.0.0.1", int(sys.argv[2]), ready=ready)
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Door:
    """A web door in a process of its own, and whoever knocks there."""

    def __init__(self, home: Path, how: str = "run", **limits: float) -> None:
        self.port = free_port()
        self._open = ExitStack()
        self._log = (home / "log").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(home), str(self.port), json.dumps(limits), how],
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    def __enter__(self) -> Door:
        deadline = time.monotonic() + 60
        while True:
            try:
                self.ask()
                return self
            except (httpx.TransportError, AssertionError):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    said = self.log
                    self.end()
                    pytest.fail(said)
                time.sleep(0.1)

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        self._open.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._log.close()

    @property
    def log(self) -> str:
        self._log.seek(0)
        return self._log.read()

    def ask(self) -> None:
        """An ordinary request; whoever is not answered within the time of a patient browser was silenced."""
        answer = httpx.get(f"http://127.0.0.1:{self.port}/healthz", timeout=8)
        assert answer.text == "ok\n"

    def knock(self, first: bytes = b"", *, room: int = 0) -> socket.socket:
        """A connection, with what is said first."""
        made = self._open.enter_context(socket.socket())
        if room:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        made.settimeout(20)
        made.connect(("127.0.0.1", self.port))
        made.sendall(first)
        return made


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with Door(tmp_path_factory.mktemp("door")) as made:
        yield made


def heard(client: socket.socket) -> bytes:
    """Everything that is said until the other side ends."""
    said = b""
    try:
        while more := client.recv(65536):
            said += more
    except ConnectionResetError:
        pass
    return said


HEAD = b"POST /echo HTTP/1.1\r\nHost: localhost\r\n"


@pytest.mark.parametrize("how", ["run", "run_here"])
def test_clients_that_are_slow_silence_nobody(tmp_path: Path, how: str) -> None:
    with Door(tmp_path, how) as door:
        slow = [door.knock(b"G") for _ in range(MANY)]
        slow += [door.knock(HEAD + b"Content-Length: 1000\r\n\r\n{") for _ in range(MANY)]
        slow += [door.knock(HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nab") for _ in range(MANY)]
        bulk = b"POST /report HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000\r\n\r\n--x"
        slow += [door.knock(bulk) for _ in range(MANY)]
        never = [door.knock(b"GET /large?50000000 HTTP/1.1\r\nHost: a\r\n\r\n", room=4096) for _ in range(MANY)]
        for _ in range(3):
            door.ask()
            for client in slow:
                with contextlib.suppress(OSError):  # was turned away
                    client.send(b"E")
        assert never


def test_who_is_too_slow_is_told_so_and_has_to_go(tmp_path: Path) -> None:
    with Door(tmp_path, HEAD_S=0.2, BODY_S=0.2, BODY_RATE=1e9, GOING_S=0.2) as door:
        assert heard(door.knock(b"GET / HT")).startswith(b"HTTP/1.1 408 ")
        assert heard(door.knock(HEAD + b"Content-Length: 10\r\n\r\nabc")).startswith(b"HTTP/1.1 408 ")
        deaf = door.knock(b"GET /large?50000000 HTTP/1.1\r\nHost: a\r\n\r\n", room=4096)
        while _is_open(door, deaf):  # it reads again only when it has had its time
            time.sleep(0.05)
        assert len(heard(deaf)) < 50_000_000


def _is_open(door: Door, client: socket.socket) -> bool:
    """Whether the door has not closed its side of a connection, as the system sees it."""
    mine, established = f":{client.getsockname()[1]:04X}", "01"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(
        local.endswith(f":{door.port:04X}") and other.endswith(mine) and state == established
        for _, local, other, state, *_ in rows
    )


def test_a_slow_reader_gets_all_of_a_long_answer(door: Door) -> None:
    reader = door.knock(b"GET /large?5000000 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", room=4096)
    door.ask()
    assert len(heard(reader).partition(b"\r\n\r\n")[2]) == 5_000_000


def test_requests_that_come_in_pieces_or_all_at_once_are_answered_in_their_order(door: Door) -> None:
    asked = b"".join(
        b"%sContent-Length: %d\r\n\r\n%s" % (HEAD, len(body), body) for body in (b"one", b"", b"three" * 5000)
    )
    asked += b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    whole = heard(door.knock(asked))
    pieces = door.knock()
    for at in range(200):
        pieces.sendall(asked[at : at + 1])
    pieces.sendall(asked[200:])
    for said in (whole, heard(pieces)):
        assert said.count(b"HTTP/1.1 200 OK") == 4
        assert [said.index(b"\r\n\r\none"), said.index(b"threethree"), said.index(b"ok\n")] == sorted(
            [said.index(b"\r\n\r\none"), said.index(b"threethree"), said.index(b"ok\n")]
        )


def test_a_large_body_arrives_whole_and_another_request_may_follow(door: Door) -> None:
    body = bytes(range(256)) * 4 * 2000
    client = http.client.HTTPConnection("127.0.0.1", door.port, timeout=20)
    for path in ("/crew/act", "/crew/%61ct"):
        client.request("POST", path, body)
        assert client.getresponse().read() == body
    client.request("GET", "/healthz")
    assert client.getresponse().read() == b"ok\n"
    client.close()


def test_who_asks_first_is_told_that_the_body_may_come_or_that_it_may_not(door: Door) -> None:
    client = door.knock(HEAD + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.sendall(b"hello")
    assert client.recv(1000).endswith(b"\r\n\r\nhello")
    refused = door.knock(
        b"POST /api/v1/warnings HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\nExpect: 100-continue\r\n\r\n"
    )
    assert heard(refused).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (b"GET / HTTP/1.1\nHost: a\n\n", b"400"),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 40_000, b"431"),
        (HEAD + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", b"400"),
        (HEAD + b"Content-Length: -3\r\n\r\n", b"400"),
        (HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX y\r\n\r\n", b"400"),
        (b"NONSENSE\r\n\r\n", b"400"),
    ],
)
def test_what_is_no_request_is_refused_and_nothing_follows(door: Door, said: bytes, answer: bytes) -> None:
    client = door.knock(said)
    heard_ = heard(client)
    assert heard_.startswith(b"HTTP/1.1 " + answer)
    assert heard_.count(b"HTTP/1.1 ") == 1
    door.ask()


def test_one_address_has_so_many_connections_and_its_oldest_go_first(tmp_path: Path) -> None:
    with Door(tmp_path, PER_ADDRESS=10) as door:
        first = door.knock(b"G")
        later = [door.knock(b"G") for _ in range(10)]
        assert heard(first) == b""
        later[-1].sendall(b"ET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert heard(later[-1]).endswith(b"ok\n")
        door.ask()


def test_a_slow_large_body_gives_its_place_to_another(tmp_path: Path) -> None:
    with Door(tmp_path, BULKY_MOST=2, BULKY_GRACE_S=0.0) as door:
        head = b"POST /crew/act HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n"
        quick = door.knock(head + b"x" * 60_000)
        slow = door.knock(head)
        third = door.knock(head)
        assert heard(slow).startswith(b"HTTP/1.1 408 ")
        for client, left in ((quick, 40_000), (third, 100_000)):
            client.sendall(b"x" * left)
            assert heard(client).startswith(b"HTTP/1.1 200 ")


def post(path: str, body: bytes = b"") -> bytes:
    return b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s" % (path.encode(), len(body), body)


def test_who_sends_waits_for_a_turn_without_a_thread_and_is_answered(tmp_path: Path) -> None:
    with Door(tmp_path) as door:
        held = [door.knock(post("/hold")) for _ in range(2)]
        waiting = [door.knock(post("/echo", b"%02d" % number)) for number in range(MANY)]
        given_up = waiting.pop()
        given_up.close()
        for _ in range(3):
            door.ask()  # who reads is answered meanwhile
        waiting[0].settimeout(0.3)
        with pytest.raises(TimeoutError):
            waiting[0].recv(1)
        (tmp_path / "go").touch()
        waiting[0].settimeout(20)
        for client in held:
            assert client.recv(65536).startswith(b"HTTP/1.1 200 OK")
        for number, client in enumerate(waiting):
            assert client.recv(65536).endswith(b"\r\n\r\n%02d" % number)


def test_who_waits_too_long_for_a_turn_is_told_to_come_again(tmp_path: Path) -> None:
    with Door(tmp_path, WAIT_S=0.5) as door:
        held = [door.knock(post("/hold")) for _ in range(2)]
        late = door.knock(post("/echo", b"late"))
        answer = late.recv(65536)
        assert answer.startswith(b"HTTP/1.1 429 Too Many Requests\r\n")
        assert b"\r\nRetry-After: 1\r\n" in answer
        assert b"\r\nConnection: keep-alive\r\n" in answer
        (tmp_path / "go").touch()
        for client in held:
            assert client.recv(65536).startswith(b"HTTP/1.1 200 OK")
        late.sendall(post("/echo", b"again"))
        assert late.recv(65536).endswith(b"\r\n\r\nagain"), "on the same connection"


def test_who_comes_too_early_is_told_so_by_the_loop_and_may_stay(door: Door) -> None:
    client = door.knock(post("/later", b"{}"))
    assert b"X-Asked: yes" in client.recv(65536)
    client.sendall(post("/later", b"{}"))
    again = client.recv(65536)
    assert again.startswith(b"HTTP/1.1 429 Too Many Requests\r\n")
    assert b"X-Asked" not in again
    assert b"\r\nRetry-After: 7\r\n" in again
    assert b"\r\nDate: " in again
    client.sendall(post("/echo", b"other"))
    assert client.recv(65536).endswith(b"\r\n\r\nother")
    both = door.knock(post("/later") + post("/echo", b"behind it"))
    assert heard(both).count(b"HTTP/1.1 ") == 1, "who has sent more before the answer connects again"
    last = door.knock(b"POST /later HTTP/1.0\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
    assert b"\r\nConnection: close\r\n" in heard(last)
