"""One durable commit, and what many machines add: our ledger beside one fdatasync and the stores that people pick.

The work: keep one fact of about 1 KiB so that a power cut does not take it back. Ours is an entry of the ledger with
its hash chain, on SQLite (WAL, synchronous=FULL) and on PostgreSQL. The floor: write the same bytes on into a file
that has its room already and fdatasync, on the same disk. The peers do it without a chain: a row in SQLite (WAL,
FULL), one INSERT in PostgreSQL, one publication to JetStream with `sync_interval: always`. JetStream as it comes
acknowledges before it writes, and is shown for that reason alone. All take turns in blocks. Further rows: the same
append until a worker elsewhere is woken by it (NOTIFY of PostgreSQL; floor: the append alone), and the seat of a
killed leader until another has it, which asks ten times a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from _report import case, full, say

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

ROUNDS = 5
BODY = {"text": "x" * 700}
NOTE = b"x" * 1024

Way = Callable[[], None]


def main(json_only: bool) -> None:
    each = 200 if full() else 40
    with (
        tempfile.TemporaryDirectory(prefix="tc-", dir="/tmp") as folder,
        contextlib.ExitStack() as held,
    ):
        ways = {name: held.enter_context(make) for name, make in _ways(Path(folder))}
        took = _in_turn(ways, each)
        cases = list(_commits(took))
        if "PostgreSQL" in ways:
            cases += [_woken(each), _seat()]
    say("commit", cases, floor="fdatasync", json_only=json_only)


def _ways(folder: Path) -> Iterator[tuple[str, contextlib.AbstractContextManager[Way]]]:
    import nats_server
    import postgres

    postgresql = postgres.missing() is None
    yield "fdatasync", _fdatasync(folder)
    yield "SQLite", _sqlite(folder)
    if postgresql:
        yield "PostgreSQL", _postgresql()
    if nats_server.missing() is None and nats_server.syncs(nats_server.program() or ""):
        yield "JetStream, always", _jetstream(folder / "always", "always")
        yield "JetStream, as it comes (not durable)", _jetstream(folder / "later", "2m")
    yield "ledger on SQLite", _ledger(folder, "default")
    if postgresql:
        yield "ledger on PostgreSQL", _ledger(folder, "pg")


def _in_turn(ways: dict[str, Way], each: int) -> dict[str, list[float]]:
    """Milliseconds of every commit; the ways take turns in blocks: one that follows another's commit at once would pay
    for what the file system still has to write of that.
    """
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            for at in range(each + 5):
                began = time.perf_counter()
                way()
                if at >= 5:
                    took[name].append((time.perf_counter() - began) * 1000)
    return took


def _commits(took: dict[str, list[float]]) -> Iterator[dict[str, Any]]:
    for quantile, at in (("p50", statistics.median), ("p99", _p99)):
        floor = at(took["fdatasync"])
        peers = {name: at(ms) for name, ms in took.items() if name != "fdatasync" and not name.startswith("ledger")}
        for name in ("ledger on SQLite", "ledger on PostgreSQL"):
            if name in took:
                yield case(f"one entry, {name}, {quantile}", at(took[name]), floor, peers=peers, digits=3)


def _p99(ms: list[float]) -> float:
    return sorted(ms)[int(len(ms) * 0.99)]


@contextlib.contextmanager
def _fdatasync(folder: Path) -> Iterator[Way]:
    file = os.open(folder / "floor", os.O_CREAT | os.O_WRONLY)
    os.write(file, bytes(16 * 1024 * 1024))  # written once, so that no commit has to make room in the file system
    os.fsync(file)
    os.lseek(file, 0, os.SEEK_SET)

    def commit() -> None:
        os.write(file, NOTE)
        os.fdatasync(file)

    yield commit
    os.close(file)


@contextlib.contextmanager
def _sqlite(folder: Path) -> Iterator[Way]:
    with contextlib.closing(sqlite3.connect(folder / "bare.sqlite3", isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, body BLOB)")
        yield lambda: db.execute("INSERT INTO note (body) VALUES (?)", (NOTE,)) and None


@contextlib.contextmanager
def _postgresql() -> Iterator[Way]:
    import psycopg

    server = _server()
    with psycopg.connect(server, autocommit=True) as db:
        db.execute("CREATE TABLE note (id bigserial PRIMARY KEY, body bytea)")
        yield lambda: db.execute("INSERT INTO note (body) VALUES (%s)", (NOTE,)) and None


_CLUSTER: list[Any] = []


def _server() -> str:
    """The PostgreSQL server of this run."""
    import postgres

    if not _CLUSTER:
        _CLUSTER.append(postgres.Cluster())
        _CLUSTER[0].start()
        import atexit

        atexit.register(_CLUSTER[0].stop)
    return str(_CLUSTER[0].url)


@contextlib.contextmanager
def _jetstream(folder: Path, sync: str) -> Iterator[Way]:
    from nats.js.api import StreamConfig

    import nats_server
    from tocsin.bus import nats_link
    from tocsin.cli.check import free_ports

    folder.mkdir()
    (port,) = free_ports(1)
    conf = folder / "nats.conf"
    conf.write_text(f"listen: 127.0.0.1:{port}\njetstream {{ store_dir: {folder}/js, sync_interval: {sync} }}\n")
    server = subprocess.Popen(
        [nats_server.program() or "", "-c", str(conf)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    loop = asyncio.new_event_loop()
    to = nats_link.Address(servers=(f"nats://127.0.0.1:{port}",))

    async def begin() -> tuple[Any, Any]:
        client = await nats_link.connect(to, "bench")
        js = client.jetstream()
        await js.add_stream(StreamConfig(name="BENCH", subjects=["bench.>"]))
        return client, js

    try:
        client, js = loop.run_until_complete(begin())
        yield lambda: loop.run_until_complete(js.publish("bench.note", NOTE)) and None
        loop.run_until_complete(nats_link.close(client))
    finally:
        server.kill()
        server.wait()
        loop.close()


@contextlib.contextmanager
def _ledger(folder: Path, using: str) -> Iterator[Way]:
    ledger = _made(folder, using)
    yield lambda: ledger.append([_event()]) and None


def _made(folder: Path, using: str) -> Any:
    import postgres
    from tocsin.store.django import configure, database, migrate

    more = {} if postgres.missing() else {"pg": database(_server(), home=folder)}
    configure("sqlite:", home=folder, DATABASES=more)
    from tocsin.store.ledger import DjangoLedger

    migrate(using)
    return DjangoLedger(using)


def _event() -> Any:
    from tocsin.core.event import Event
    from tocsin.wiring.clock import FreshIds

    return Event(
        id=FreshIds().new(),
        kind="bench.noted",
        version=1,
        subject="bench",
        actor="bench",
        at=datetime.now(UTC),
        body=BODY,
    )


def _woken(each: int) -> dict[str, Any]:
    """From before an append until a connection of another thread has heard of it."""
    from tocsin.store.ledger import DjangoLedger
    from tocsin.store.seat import Seat

    ledger, seat, heard, ended = DjangoLedger("pg"), Seat(_server()), threading.Event(), threading.Event()
    seat.open()

    def listen() -> None:
        while not ended.is_set():
            if seat.news(0.1):
                heard.set()

    thread = threading.Thread(target=listen)
    thread.start()
    took, alone = [], []
    for _ in range(ROUNDS * each // 2):
        heard.clear()
        began = time.perf_counter()
        ledger.append([_event()])
        alone.append((time.perf_counter() - began) * 1000)
        assert heard.wait(5)
        took.append((time.perf_counter() - began) * 1000)
    ended.set()
    thread.join()
    seat.close()
    name = "an entry on PostgreSQL until a worker elsewhere is woken, p50; floor: the entry alone"
    return case(name, statistics.median(took), statistics.median(alone), digits=3)


def _seat() -> dict[str, Any]:
    """From kill -9 of the process that holds the seat until another has it."""
    from tocsin.store.seat import Seat
    from tocsin.workers.lead import TRY_S

    code = (
        "import sys, time; from tocsin.store.seat import Seat; s = Seat(sys.argv[1]); s.open();"
        "print(s.take(), flush=True); time.sleep(60)"
    )
    took = []
    for _ in range(ROUNDS):
        holder = subprocess.Popen(
            [sys.executable, "-c", _CONFIGURE + code, _server()], stdout=subprocess.PIPE, text=True
        )
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        other = Seat(_server())
        other.open()
        assert not other.take()
        holder.kill()
        began = time.perf_counter()
        while not other.take():
            other.news(TRY_S)
        took.append((time.perf_counter() - began) * 1000)
        other.close()
        holder.wait()
    return case("a leader is killed until another has its seat", statistics.median(took), None)


_CONFIGURE = (
    "from pathlib import Path; from tocsin.store.django import configure; configure('sqlite:', home=Path('.'));"
)

if __name__ == "__main__":
    main("--json" in sys.argv)
