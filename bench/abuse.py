"""An officer's click while everybody is in the way: ten times the worst minute that was ever seen.

Real worker, web, edge, reach and broker processes of `tocsin up` on a clean store, the embedded broker among them. An
officer issues prepared warnings one after another over the API, each for a district of its own. Measured is from the
click (the request of the issue) to the first signed siren command at an ordinary MQTT subscriber; the commands'
signatures are checked afterwards. Three phases in one run, quiet, flooded, quiet; the two quiet ones, before and after,
are the floor. While it is flooded

- every district of a region triggers: 40 areas a second, each seen by two sources, so 2,400 areas a minute (the worst
  real minute had about 240); every one is issued by the agreed rule and its siren commanded. A source that is answered
  429 comes again when it was told to;
- junk connections are held at the live edge: three quarters open a stream of one place, which some twenty of those
  warnings reach, and never read it; one quarter sends its question one byte a second and comes back whenever the edge
  throws it out;
- 200 damage reports a second come from one address without a key.

Those who are in the way run on the same machine, at a lower priority, and take part of its processors: the table says
how much, and how much anything else took that happened to run there. Run by root, the worker and the broker go
before others, as their systemd units ask for, and the officer and the subscriber before all: they have machines of
their own, and how long they would wait for a processor of this one is not what is asked. What is left decides the
ratio: a web process is one interpreter, which at that pace needs most of one processor. Where it does not get that,
sources are told to wait and come later, which the pace shows. In full: 2,400 districts in a minute and 20,000 junk
connections at two edge processes.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import _abusers
import _city
import h3
from _crowd import SPAWN, Children, elsewhere, raise_file_limit
from _report import case, full, say
from issue import share, siren_commands

AREAS_A_SECOND = 40
FLOODED_S, FULL_FLOODED_S = 20, 60
JUNK, FULL_JUNK = 4_000, 20_000
HOLDERS = 4
REPORTS_A_SECOND, FLOODERS = 200, 8
PAUSE_S = 0.1
QUIET_S, FULL_QUIET_S = 10, 30
"""Each of the two quiet phases is half as long as the flooded one, so that the rarest of the clicks are as rare."""
DRAIN_S = 60.0
CLICK_AREAS = 1_300
ASKED = [
    ("siren command, p99, flooded", "vs_floor", "at most", 2.0, "at most twice what it takes in quiet"),
    ("click to its answer, p99, flooded", "vs_floor", "at most", 2.0, "at most twice what it takes in quiet"),
    ("pace that was reached", "ours", "at least", 2390, "2,400 areas a minute"),
    ("junk connections held", "ours", "at least", 20_000, "20,000"),
    ("whose siren was never commanded", "ours", "at most", 0, "none"),
    ("gateway lost the broker", "ours", "at most", 0, "never"),
]


def main(json_only: bool) -> None:
    """Run the bench and print it."""
    raise_file_limit()
    _city.SIDE = 64
    with tempfile.TemporaryDirectory(prefix="ta-") as folder:
        found = _run(Path(folder))
    quiet, flooded = found["quiet"], found["flooded"]
    rows = [
        case(f"{what}, {name}, flooded beside quiet", share(flooded[of], part), share(quiet[of], part))
        for what, of in (("click to first signed siren command", "siren"), ("click to its answer", "answer"))
        for name, part in (("p50", 0.5), ("p99", 0.99))
    ]
    rows += [case(name, value, None, unit=unit, digits=digits) for name, value, unit, digits in _told(found)]
    say("abuse", rows, floor="in quiet", json_only=json_only)


def _told(found: dict[str, Any]) -> list[tuple[str, float, str, int]]:
    trigger, flood, junk, heard = found["trigger"], found["flood"], found["junk"], found["heard"]
    sent = trigger["sent"]
    took = sorted((heard[f"s{area[1:]}"] - at) * 1000 for area, at in sent.items() if f"s{area[1:]}" in heard)
    answered = sum(flood["answers"].values())
    return [
        ("clicks measured in quiet", len(found["quiet"]["siren"]), "clicks", 0),
        ("clicks measured while flooded", len(found["flooded"]["siren"]), "clicks", 0),
        ("clicks whose siren was never commanded", found["missed"], "clicks", 0),
        ("areas triggered", len(sent), "areas", 0),
        ("areas triggered, pace that was reached", len(sent) / trigger["took"] * 60, "areas/min", 0),
        ("areas issued, as the ledger has it", found["issued"], "areas", 0),
        ("areas whose siren was commanded", len(took), "areas", 0),
        ("second report to siren command, p50", share(took, 0.5), "ms", 0),
        ("second report to siren command, p99", share(took, 0.99), "ms", 0),
        ("detections answered 429 and sent again", trigger.get("turned away", 0), "answers", 0),
        ("detections without an answer, sent again", trigger.get("lost", 0), "answers", 0),
        ("reports answered", answered, "answers", 0),
        ("reports answered 429", flood["answers"].get(429, 0), "answers", 0),
        ("of these with Retry-After", flood["retry"], "answers", 0),
        ("junk connections held, median of every second", junk["held"], "connections", 0),
        ("junk connections that came back when thrown out", junk["again"], "connections", 0),
        ("times that the sirens' gateway lost the broker", found["reconnected"], "times", 0),
        *((f"processors taken while flooded: {name}", value, "of 1 core", 2) for name, value in found["cpu"].items()),
    ]


def ear(pipe: Connection, port: int) -> None:
    """An MQTT subscriber of siren commands; answers each order with siren → (monotonic, payload) of its first one."""
    elsewhere()
    first: dict[str, tuple[float, bytes]] = {}
    heard = siren_commands(port)
    pipe.send("ready")
    threading.Thread(target=_hear, args=(heard, first), daemon=True).start()
    while True:
        pipe.recv()
        pipe.send(dict(first))


def _hear(heard: Iterator[tuple[float, bytes]], first: dict[str, tuple[float, bytes]]) -> None:
    for at, body in heard:
        size = int.from_bytes(body[:2], "big")
        first.setdefault(body[2 : 2 + size].decode().split("/")[2], (at, body[2 + size :]))


def officer(pipe: Connection, site: str, key: str) -> None:
    """An officer at work; answers each order, for so many seconds, with the clicks."""
    elsewhere()
    at_work = Officer(site, key)
    pipe.send("ready")
    while True:
        pipe.send(at_work.work(*pipe.recv()))


class Officer:
    """Drafts, looks, and issues, one district after another; the click is the issue."""

    def __init__(self, site: str, key: str) -> None:
        host, _, port = site.rpartition("//")[2].rpartition(":")
        self._http = http.client.HTTPConnection(host, int(port), timeout=60)
        self._key = key
        self.next = 0
        self.clicks: list[tuple[str, float, float]] = []

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        self._http.request("POST", f"/api/v1{path}", json.dumps(body), headers)
        answer = self._http.getresponse()
        data = answer.read()
        assert answer.status < 300, data
        return json.loads(data)

    def work(self, until_s: float) -> list[tuple[str, float, float]]:
        """Clicks for so long: siren, when it was pressed, milliseconds to the answer."""
        self._http.close()  # the server has hung up after a pause; the next request connects again
        clicks, end = [], time.monotonic() + until_s
        while time.monotonic() < end and self.next < CLICK_AREAS:
            area, self.next = f"d{self.next:03}", self.next + 1
            drafted = self._post(
                "/warnings", {"threat": "drone", "level": "alert", "areas": [area], "reason": "seen from the tower"}
            )
            time.sleep(PAUSE_S)
            began = time.monotonic()
            self._post(
                f"/warnings/{drafted['warning']}/issue", {"sha256": drafted["sha256"], "confirm": drafted["confirm"]}
            )
            clicks.append((f"s{area[1:]}", began, (time.monotonic() - began) * 1000))
        return clicks


class Abuse:
    """The processes of those who are in the way."""

    def __init__(self, own: Any, keys: dict[str, str], areas: list[str], cell: str) -> None:
        self._over = SPAWN.Event()
        self._said = SPAWN.Queue()
        each = (FULL_JUNK if full() else JUNK) // HOLDERS
        self._holders = [
            self._process(_abusers.junk, own.edge_bind, 10 + n, (each // 4, each - each // 4), cell)
            for n in range(HOLDERS)
        ]
        self._others = [
            self._process(_abusers.flood, own.site_url, REPORTS_A_SECOND, FLOODERS),
            self._process(_abusers.trigger, own.site_url, keys, areas, AREAS_A_SECOND),
        ]

    def _process(self, job: _abusers.Job, *given: Any) -> Any:
        return SPAWN.Process(target=job, args=((self._over, self._said), *given), daemon=True)

    @property
    def pids(self) -> list[int]:
        """Their processes."""
        return [one.pid for one in (*self._holders, *self._others)]

    def hold(self) -> None:
        """Begin with the junk; returns when it is connected."""
        for one in self._holders:
            one.start()
        for _ in self._holders:
            self._said.get(timeout=300)

    def begin(self) -> None:
        """Begin with the rest."""
        for one in self._others:
            one.start()
        for _ in self._others:
            self._said.get(timeout=60)

    def trigger(self) -> dict[str, Any]:
        """Wait until every area was triggered, and end all of it; what came of it."""
        told: dict[str, Any] = self._said.get(timeout=300)
        self._over.set()
        for _ in range(HOLDERS + 1):
            for name, of in self._said.get(timeout=120).items():
                known = told.setdefault(name, {})
                told[name] = {k: known.get(k, 0) + v for k, v in of.items()} if name == "junk" else of
        for one in (*self._holders, *self._others):
            one.join(30)
        return told


def _run(folder: Path) -> dict[str, Any]:
    import msgspec

    from tocsin.cli.check import clean
    from tocsin.cli.city import prepare
    from tocsin.cli.supervise import Supervisor

    count = AREAS_A_SECOND * (FULL_FLOODED_S if full() else FLOODED_S)
    own = msgspec.structs.replace(clean(folder / "h"), edge_processes=2)
    made, _ = prepare(own, *_city.grid(CLICK_AREAS + count, CLICK_AREAS + count))
    keys, key = _accounts()
    areas = [f"d{CLICK_AREAS + n:03}" for n in range(count)]
    middle = made.desk.state().areas[areas[count // 2]]
    cell = h3.cell_to_center_child(min(middle.cells), 7)
    running, children = Supervisor(own, log=folder / "log"), Children()
    running.start()
    try:
        pipe, _ = children.spawn(ear, int(own.mqtt_bind.rpartition(":")[2]))
        desk, _ = children.spawn(officer, own.site_url, key)
        assert pipe.recv() == desk.recv() == "ready"
        said = (folder / "log").stat().st_size
        found = _phases(desk, Abuse(own, keys, areas, cell), running)
        found |= _checked(found, made, pipe, areas)
        found["reconnected"] = (folder / "log").read_bytes()[said:].count(b"connection to the broker")
        return found
    finally:
        asyncio.run(children.stop())
        running.stop()


def _accounts() -> tuple[dict[str, str], str]:
    from tocsin.app.actor import Grant
    from tocsin.store import accounts

    keys = {name: accounts.new_api_key(name, "sensor", [Grant(role="sensor")]).secret for name in ("radar", "ears")}
    grants = [Grant(role="duty"), Grant(role="approver")]
    duty = accounts.create_officer("duty", password="correct horse battery", grants=grants)  # noqa: S106 - a bench's
    return keys, accounts.new_api_key("duty", "officer", officer=duty).secret


def _phases(desk: Connection, abuse: Abuse, running: Any) -> dict[str, Any]:
    def work(seconds: float) -> list[tuple[str, float, float]]:
        desk.send((seconds,))
        clicks: list[tuple[str, float, float]] = desk.recv()
        return clicks

    work(3.0)  # everything has been read once
    quiet_s = FULL_QUIET_S if full() else QUIET_S
    before = work(quiet_s)
    abuse.hold()
    abuse.begin()
    pids = {name: [child.process.pid] for name, child in running.children.items()} | {"those in the way": abuse.pids}
    at, spent, all_before = time.monotonic(), {name: _cpu_s(of) for name, of in pids.items()}, _all_cpu_s()
    clicks = work(FULL_FLOODED_S if full() else FLOODED_S)
    took = time.monotonic() - at
    cpu = {name: (_cpu_s(of) - spent[name]) / took for name, of in pids.items()}
    cpu["anything else on the machine"] = (_all_cpu_s() - all_before) / took - sum(cpu.values())
    told = abuse.trigger()
    time.sleep(5.0)
    return told | {"cpu": cpu, "before": before, "while": clicks, "after": work(quiet_s)}


def _cpu_s(pids: list[int]) -> float:
    """Seconds that these processes and their children have spent on a processor."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(stat.parent.name) in pids or int(fields[3]) in pids:  # the session: each child of ours leads its own
            total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def _all_cpu_s() -> float:
    """Seconds that all processors together have been busy, with whatever."""
    spent = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return (sum(spent) - spent[3] - spent[4]) / os.sysconf("SC_CLK_TCK")


def _checked(found: dict[str, Any], made: Any, pipe: Connection, areas: list[str]) -> dict[str, Any]:
    """What reached the subscriber, with the signature of each command checked, and what the ledger says."""
    from tocsin.warn.siren_command import holds
    from tocsin.wiring import keys

    wanted = {name for name, *_ in (*found["before"], *found["while"], *found["after"])}
    wanted |= {f"s{area[1:]}" for area in found["trigger"]["sent"]}
    end, heard = time.monotonic() + DRAIN_S, {}
    while time.monotonic() < end and not wanted <= set(heard):
        pipe.send(())
        heard = pipe.recv()
        time.sleep(0.2)
    key = keys.public_key(made.settings.keys, keys.COMMAND)
    assert all(holds(json.loads(payload), [key]) for _, payload in heard.values()), "a command is not the city's"
    state = made.desk.state()
    issued = {a for t in state.threads.values() if t.issued_at is not None for a in t.content.areas}
    phases = {"quiet": [*found["before"], *found["after"]], "flooded": found["while"]}
    out: dict[str, Any] = {
        name: {
            "siren": [(heard[siren][0] - began) * 1000 for siren, began, _ in clicks if siren in heard],
            "answer": [answer for _, _, answer in clicks],
        }
        for name, clicks in phases.items()
    }
    every = [siren for clicks in phases.values() for siren, *_ in clicks]
    return out | {
        "heard": {name: at for name, (at, _) in heard.items()},
        "missed": sum(1 for siren in every if siren not in heard),
        "issued": sum(1 for area in areas if area in issued),
    }


if __name__ == "__main__":
    main("--json" in sys.argv)
