"""Real processes of one demonstration city, and those who watch them from outside.

Nothing here reaches into a process: acts go through the public API, effects are seen on MQTT, on the live streams, on
public addresses and in the ledger's own file, opened read-only.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiomqtt
import httpx
import msgspec

from tocsin.cli.check import clean
from tocsin.cli.demo import FLEET_FILE, Demo, read
from tocsin.cli.observers import LiveClient
from tocsin.cli.supervise import Supervisor, keep
from tocsin.core.time import rfc3339
from tocsin.wiring import Settings
from tocsin.wiring.clock import ReplayClock

CITY = "belgorod-demo"
WITHIN = 25.0
"""Seconds that a condition may take on a busy machine. Nothing is measured by it."""
READY_WITHIN = 60.0
"""And that a process may take until it does its work."""

RADAR = "radar-south"
ACOUSTIC = "acoustic-west"


def until(true: Callable[[], Any], what: str, within: float = WITHIN) -> Any:
    """The first true value, or a failure that says what did not come."""
    end = time.monotonic() + within
    while True:
        found = true()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"did not come in {within:.0f} s: {what}")
        time.sleep(0.02)


@dataclass
class Heard:
    """One MQTT message as it was heard."""

    topic: str
    payload: bytes
    retained: bool

    @property
    def doc(self) -> Any:
        return json.loads(self.payload)


def _object(payload: bytes) -> dict[str, Any]:
    """The JSON object, or an empty one for what is none."""
    try:
        doc = json.loads(payload)
    except ValueError:
        return {}
    return doc if isinstance(doc, dict) else {}


@dataclass
class Everything:
    """An ear on every topic of the broker."""

    host: str
    port: int
    heard: list[Heard] = field(default_factory=list)
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        while True:
            try:
                async with aiomqtt.Client(self.host, self.port) as client:
                    await client.subscribe("#", qos=1)
                    self.ready.set()
                    async for message in client.messages:
                        self.heard.append(Heard(message.topic.value, bytes(message.payload or b""), message.retain))
            except aiomqtt.MqttError:
                await asyncio.sleep(0.1)

    def reports(self, siren: str) -> list[dict[str, Any]]:
        """What the siren said of itself; rubbish on its topic, which anybody may send, is left out."""
        mine = (h.payload for h in self.heard if h.topic == f"tocsin/siren/{siren}/report")
        return [doc for doc in map(_object, mine) if "boot" in doc]

    def starts(self, siren: str) -> list[dict[str, Any]]:
        """Reports by which a measured sound began.

        No start is: a report that the broker delivered twice, as MQTT allows at QoS 1; what the siren said of a
        repeated command; and, in the middle of a sound, that its link was lost and came back.
        """
        heard = {(r["boot"], r["n"]): r for r in self.reports(siren)}.values()
        told = [r for r in heard if r["verdict"] == "accepted" and r["state"] != "link_lost"]
        before: list[dict[str, Any]] = [{"state": "silent", "command_id": ""}, *told]
        said = [(r["state"], r["command_id"]) for r in before]
        return [r for r, now, was in zip(told, said[1:], said, strict=False) if now[0] == "sounding" and now != was]

    def commands(self, siren: str) -> list[dict[str, Any]]:
        return [h.doc for h in self.heard if h.topic == f"tocsin/siren/{siren}/set"]


@dataclass
class Live(LiveClient):
    """A resident's page that also keeps what it was sent as updates."""

    def updates(self, seq: int | None = None) -> list[dict[str, Any]]:
        found = [doc for _, event, doc in self.received if event == "update"]
        return found if seq is None else [doc for doc in found if doc["seq"] == seq]

    def phase(self, area: str) -> str | None:
        """What this page shows for an area: states set it, updates change it."""
        shown: dict[str, str] = {}
        for _, event, doc in tuple(self.received):
            if event == "state":
                shown = {a["id"]: a["phase"] for a in doc["areas"]}
            elif event == "update":
                shown |= {a["id"]: a["phase"] for a in doc["areas"] if a["id"] in shown}
        return shown.get(area)


@dataclass
class DrillClient(Live):
    """A page that takes part in exercises."""

    @property
    def url(self) -> str:
        return f"{self.edge_url}/drill?cells={self.cell}"

    def _take(self, event: str, data: str) -> None:
        super()._take(event, data)
        self.ready.set()

    def drills(self) -> list[dict[str, Any]]:
        return [doc for _, event, doc in self.received if event == "drill"]


class Watchers:
    """A thread with an event loop on which clients and ears listen."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, watcher: Any) -> Any:
        """Let it listen; returns when it does."""

        async def begin() -> None:
            task = asyncio.create_task(watcher.run())
            self._tasks.append(task)
            await asyncio.wait_for(watcher.ready.wait(), WITHIN)

        asyncio.run_coroutine_threadsafe(begin(), self._loop).result(WITHIN + 5)
        return watcher

    def close(self) -> None:
        async def end() -> None:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(WITHIN)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WITHIN)
        self._loop.close()


class Api:
    """A client of the API with one key."""

    def __init__(self, url: str, key: str) -> None:
        self.http = httpx.Client(base_url=f"{url}/api/v1", headers={"Authorization": f"Bearer {key}"}, timeout=15)

    def get(self, path: str) -> Any:
        answer = self.http.get(path)
        assert answer.is_success, answer.text
        return answer.json()

    def post(self, path: str, **body: Any) -> Any:
        answer = self.http.post(path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def refused(self, path: str, **body: Any) -> str:
        """The code of the error that answers."""
        answer = self.http.post(path, json=body)
        assert answer.status_code in {403, 409, 422, 400}, answer.text
        return str(answer.json()["error"]["code"])


class Stack:
    """One demonstration city, running."""

    def __init__(self, *, sensors: list[dict[str, Any]] | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tj-", dir="/tmp"))  # short: unix sockets have short names
        self.own: Settings = self.set_up()
        self._run(f"from tocsin.cli.demo import make\nmake(own, {CITY!r})\n")
        if sensors is not None:
            (self.own.home / "sensors.json").write_text(json.dumps(sensors))
        self.demo: Demo = read(self.own.home)
        self.supervisor = self.processes(fleet=self.own.home / FLEET_FILE, log=self.folder / "log")
        self.supervisor.start()
        self.watchers = Watchers()
        host, port = self.broker
        self.mqtt: Everything = self.watchers.start(Everything(host, port))
        self.duty = Api(self.own.site_url, self.demo.duty)
        self.second = Api(self.own.site_url, self.demo.second)
        self.sources = {name: Api(self.own.site_url, key) for name, key in self.demo.sources.items()}
        self.areas = {a["id"]: a for a in self.duty.get("/areas?geometry=true")["areas"]}
        self.sirens = {s["area"]: s["id"] for s in self.duty.get("/sirens")["sirens"]}
        self.clock = ReplayClock(self.own.run / "clock.json")
        until(self.sirens_up, "every siren on the broker")

    # Set-up

    def set_up(self) -> Settings:
        """Everything on this machine: SQLite, the local bus, the embedded broker."""
        return clean(self.folder / "home")

    def processes(self, **given: Any) -> Supervisor:
        """One process a role."""
        return Supervisor(self.own, **given)

    # Processes

    def close(self) -> None:
        self.watchers.close()
        self.supervisor.stop()
        for api in (self.duty, self.second, *self.sources.values()):
            api.http.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def broker(self) -> tuple[str, int]:
        host, port = self.own.mqtt_bind.rsplit(":", 1)
        return host, int(port)

    def child(self, name: str) -> str:
        """The name of the process in which a role of that name is played."""
        return name

    def process(self, name: str) -> subprocess.Popen[bytes]:
        process = self.supervisor.children[self.child(name)].process
        assert process is not None
        return process

    def start(self, name: str, **env: str) -> None:
        """Start one process again and wait until it does its work."""
        self.supervisor.spawn(self.child(name), env)
        until(lambda: self.ready(name), f"{name} is ready", READY_WITHIN)

    def ready(self, name: str) -> bool:
        return self.supervisor.ready(self.child(name))

    def kill(self, name: str) -> None:
        """End one process as a power cut would."""
        self.supervisor.kill(self.child(name))

    def restart(self, name: str, **env: str) -> None:
        """Kill one process as a power cut would, and start it."""
        self.kill(name)
        self.start(name, **env)

    def signal(self, name: str, number: signal.Signals) -> None:
        os.killpg(self.process(name).pid, number)

    def kin(self, role: str) -> list[str]:
        """The names of all processes of a role."""
        return [name for name, child in self.supervisor.children.items() if child.arguments[0] == role]

    def signal_all(self, role: str, number: signal.Signals) -> None:
        for name in self.kin(role):
            self.signal(name, number)

    @contextlib.contextmanager
    def frozen(self, role: str) -> Iterator[None]:
        """The processes of a role stand still, none of them in the middle of writing: nobody else could write then."""
        with self.nobody_writes():
            self.signal_all(role, signal.SIGSTOP)
        try:
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):  # killed as they stood
                self.signal_all(role, signal.SIGCONT)

    @contextlib.contextmanager
    def nobody_writes(self) -> Iterator[None]:
        path = self.own.home / "db.sqlite3"
        with path.with_name(f"{path.name}-turn").open("ab") as turn, closing(sqlite3.connect(path, timeout=10)) as db:
            fcntl.flock(turn, fcntl.LOCK_EX)
            db.execute("BEGIN IMMEDIATE")
            yield
            db.rollback()

    def next_leader(self, **env: str) -> str:
        """Let a worker lead that was started with this environment; its name."""
        self.restart("worker", **env)
        return "worker"

    def sirens_up(self) -> bool:
        """Whether each siren has said that it is there, and heard fresh data."""
        newest = {}
        for heard in self.mqtt.heard:
            if heard.topic.endswith("/availability") and heard.topic.startswith("tocsin/siren/"):
                newest[heard.topic] = heard.payload
        return list(newest.values()) == [b"online"] * len(self.sirens)

    def said(self) -> str:
        """What the processes wrote to their log."""
        return (self.folder / "log").read_text(errors="replace")

    # Acts

    def detect(self, source: str, area: str, *, ident: str, threat: str = "drone") -> Any:
        return self.sources[source].post("/detections", **self.detection(source, area, ident=ident, threat=threat))

    def detection(self, source: str, area: str, *, ident: str, threat: str = "drone") -> dict[str, Any]:
        at = rfc3339(self.clock.now())
        return {"id": ident, "source": source, "threat": threat, "areas": [area], "observed_at": at}

    def alarm(self, area: str) -> Any:
        """Two independent sources see a drone: the agreed rule issues."""
        new = f"{area}-{self.head()}"  # also when a journey is tried once more in the same city
        first = self.detect(RADAR, area, ident=f"r-{new}")
        assert first["outcome"] == "drafted", first
        issued = self.detect(ACOUSTIC, area, ident=f"a-{new}")
        assert issued["outcome"] == "issued", issued
        return issued

    def draft(self, area: str, *, threat: str = "drone", who: Api | None = None, level: str = "alert") -> Any:
        api = who or self.duty
        return api.post("/warnings", threat=threat, level=level, areas=[area], reason="seen from the tower")

    def issue(self, drafted: dict[str, Any], who: Api | None = None) -> Any:
        path = f"/warnings/{drafted['warning']}/issue"
        return (who or self.duty).post(path, sha256=drafted["sha256"], confirm=drafted["confirm"])

    def publish(self, topic: str, payload: bytes) -> None:
        async def once() -> None:
            async with aiomqtt.Client(*self.broker) as client:
                await client.publish(topic, payload, qos=1)

        asyncio.run(once())

    def cli(self, *arguments: str, key: str = "") -> subprocess.CompletedProcess[str]:
        """`tocsin …` as a person types it."""
        env = {**os.environ, **self._env(), "TOCSIN_API_URL": self.own.site_url, "TOCSIN_API_KEY": key}
        command = [sys.executable, "-m", "tocsin", *arguments]
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)

    def _env(self) -> dict[str, str]:
        return {
            "TOCSIN_HOME": str(self.own.home),
            "TOCSIN_MQTT_BIND": self.own.mqtt_bind,
            "TOCSIN_DATABASE_URL": self.own.database_url,
            "TOCSIN_NATS_URL": self.own.nats_url,
        }

    def _run(self, code: str) -> str:
        """Python in a process of its own, because Django is configured once in a process."""
        setup = (
            "from pathlib import Path, PosixPath\nfrom tocsin.wiring import Settings\n"
            f"own = Settings(**{msgspec.structs.asdict(self.own)!r})\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", setup + code], capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    # What is seen

    def live(self, area: str, cell: str = "", edge_url: str = "") -> Live:
        """A client in the middle of an area, or in another cell, at the first edge or another."""
        made = Live(area=area, cell=cell or self.inside(area), edge_url=edge_url or self.own.edge_url)
        return self.watchers.start(made)  # type: ignore[no-any-return]

    def exercise(self, area: str) -> DrillClient:
        return self.watchers.start(  # type: ignore[no-any-return]
            DrillClient(area=area, cell=self.inside(area), edge_url=self.own.edge_url)
        )

    def inside(self, area: str) -> str:
        """A cell whose middle lies in the area."""
        return next(cell for cell, middle in self._touch(area).items() if middle)

    def boundary(self, area: str) -> str:
        """A cell that the area touches without holding its middle."""
        return next(cell for cell, middle in self._touch(area).items() if not middle)

    def outside(self, area: str) -> str:
        """A cell of the city that does not touch the area."""
        mine = set(self._touch(area))
        others = {c for other in self.sirens if other != area for c in self._touch(other)}
        return min(others - mine)

    def _touch(self, area: str) -> dict[str, bool]:
        import h3
        from shapely.geometry import Point, shape

        outline = shape(self.areas[area]["geometry"])
        cells = sorted(small for cell in self.areas[area]["cells"] for small in h3.cell_to_children(cell, 7))
        found = {}
        for cell in cells:
            lat, lon = h3.cell_to_latlng(cell)
            found[str(cell)] = bool(outline.contains(Point(lon, lat)))
        return found

    def ledger(self, after: int = 0) -> list[dict[str, Any]]:
        """Every entry after one, read as it lies in the database: ``{seq, kind, body, …}``."""
        return [{"seq": seq, **json.loads(text)} for seq, text in self.rows(after)]

    def rows(self, after: int) -> list[tuple[int, str]]:
        path = f"file:{self.own.home / 'db.sqlite3'}?mode=ro"
        with closing(sqlite3.connect(path, uri=True, timeout=10)) as db:
            return db.execute("SELECT seq, event FROM ledger_entry WHERE seq > ? ORDER BY seq", (after,)).fetchall()

    def head(self) -> int:
        return max((e["seq"] for e in self.ledger()), default=0)

    def facts(self, kind: str, after: int = 0) -> list[dict[str, Any]]:
        return [e for e in self.ledger(after) if e["kind"] == kind]

    def sound_book(self) -> None:
        """The ledger verifies, and the read tables are equal to tables made anew from it."""
        done = self.cli("ledger", "verify", "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        assert json.loads(done.stdout)["ok"] is True
        self.equal_tables()

    def equal_tables(self) -> None:
        """The read tables are those of a rebuild in a copy of the database."""

        def settled() -> bool:
            path = f"file:{self.own.home / 'db.sqlite3'}?mode=ro"
            with closing(sqlite3.connect(path, uri=True, timeout=10)) as db:
                db.execute("BEGIN")  # one snapshot for both
                (cursor,) = db.execute("SELECT seq FROM ledger_cursor WHERE name='projections'").fetchone()
                (head,) = db.execute("SELECT max(seq) FROM ledger_entry").fetchone()
                if cursor != head:
                    return False
                with closing(sqlite3.connect(copy)) as out:
                    db.backup(out)
            return True

        folder = self.folder / "copy"
        folder.mkdir(exist_ok=True)
        copy = folder / "db.sqlite3"
        until(settled, "read tables that are caught up")
        self._run(
            "from tocsin.store.django import configure\n"
            f"configure('sqlite:', home=Path({str(folder)!r}))\n"
            "from tocsin.store.ledger import DjangoLedger\n"
            "from tocsin.store.projections import Projector\n"
            "made = Projector(DjangoLedger())\n"
            "live = made.dump()\n"
            "assert any(live.values())\n"
            "made.rebuild()\n"
            "assert made.dump() == live\n"
        )


def persist(city: Stack, source: str, area: str, why: str = "") -> Any:
    """A sensor sends until it is answered, always the same words; a new ``why`` makes it another detection. What it is
    answered.
    """
    body = city.detection(source, area, ident=f"{source}-{area}{why}")

    def answered() -> Any:
        with contextlib.suppress(httpx.HTTPError):
            answer = city.sources[source].http.post("/detections", json=body)
            return answer.json() if answer.status_code < 300 else None
        return None

    return until(answered, f"an answer for {source}", READY_WITHIN)


@contextlib.contextmanager
def kept(city: Stack) -> Iterator[None]:
    """What dies meanwhile is started again, as by the service manager of a machine."""
    ended = threading.Event()
    keeper = threading.Thread(target=keep, args=(city.supervisor, ended))
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join()


class Curl:
    """The smallest possible client: a socket, one request, and the bytes as they come."""

    def __init__(self, url: str, path: str, **headers: str) -> None:
        where = urlsplit(url)
        self._sock = socket.create_connection((where.hostname or "", where.port or 80), timeout=WITHIN)
        lines = [f"GET {path} HTTP/1.1", f"Host: {where.netloc}", *(f"{k}: {v}" for k, v in headers.items()), "", ""]
        self._sock.sendall("\r\n".join(lines).encode())
        self.seen = b""

    def read_until(self, mark: bytes) -> bytes:
        """Everything read so far, once the mark is in it."""
        while mark not in self.seen:
            data = self._sock.recv(65536)
            assert data, f"the stream ended before {mark!r}: {self.seen[-400:]!r}"
            self.seen += data
        return self.seen

    def __enter__(self) -> Curl:
        return self

    def __exit__(self, *_args: object) -> None:
        self._sock.close()
