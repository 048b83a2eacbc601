"""What must hold during a night of faults, and after it."""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg

from chaos import ground
from chaos.city import QUIET, City

OUT = ("warning.issued", "warning.updated", "warning.partly_cleared", "warning.ended")
STALE_S = 30.0
LOOK_S = 0.5
GRACE_S = 1.5
"""Between the age of a truth and the answer that says it, on a busy machine."""


CALM = ("ok", "ended")
"""What may not be shown by who does not know."""


class Story:
    """What the ledger said of each area up to each entry, read as it grows."""

    def __init__(self, city: City) -> None:
        self._city = city
        self._seq = 0
        self._areas_of: dict[str, list[str]] = {}
        self._turns: dict[str, list[tuple[int, str]]] = {}

    def phase_at(self, area: str, seq: int) -> str:
        """``alert``, ``ended`` or ``ok``: what the area was when that entry was the last."""
        self._read()
        return next((phase for at, phase in reversed(self._turns.get(area, [])) if at <= seq), "ok")

    def _read(self) -> None:
        for entry in self._city.stack.ledger(self._seq):
            self._seq, body = entry["seq"], entry["body"]
            if entry["kind"] == "warning.issued":
                self._areas_of[body["warning_id"]] = body["content"]["areas"]
                self._turn(entry, "alert")
            elif entry["kind"] == "warning.ended" and body["warning_id"] in self._areas_of:
                self._turn(entry, "ended")

    def _turn(self, entry: dict[str, Any], phase: str) -> None:
        for area in self._areas_of[entry["body"]["warning_id"]]:
            self._turns.setdefault(area, []).append((entry["seq"], phase))


@dataclass
class Watcher:
    """Looks at what anybody can see of each area at one edge, all the time, and notes what may not be.

    ``place``: the machine from which it looks, if not from here: who is cut off together with an edge sees it still.
    ``lost_looks``: looks at an edge that surely had heard nothing new for longer than what is known may be shown.
    """

    city: City
    edge: str = "edge"
    place: str = ""
    violations: list[str] = field(default_factory=list)
    looks: int = 0
    unknowns: int = 0
    lost_looks: int = 0
    _calm: set[tuple[str, int]] = field(default_factory=set)
    _stop: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Begin to look."""
        self._story = Story(self.city)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        if not self._thread.is_alive():
            self.violations.append(f"{self.edge}: nobody looked any more")
        self._stop.set()
        self._thread.join(30)
        self._compare()

    def _run(self) -> None:
        if self.place:
            ground.enter(self.place)
        areas = sorted(self.city.stack.sirens)
        cells = {area: self.city.stack.inside(area) for area in areas}
        with httpx.Client(base_url=self.city.edges[self.edge], timeout=2) as http:
            n = 0
            while not self._stop.wait(LOOK_S / 2):
                area = areas[n % len(areas)]
                n += 1
                with contextlib.suppress(httpx.HTTPError):
                    self._look(http, area, cells[area])
                if n % len(areas) == 0:
                    with contextlib.suppress(sqlite3.Error, psycopg.Error):
                        self._compare()

    def _look(self, http: httpx.Client, area: str, cell: str) -> None:
        lost, asked = self.city.lost.get(self.edge), time.monotonic()
        answer = http.get(f"/api/v1/now/{cell}.json")
        if not answer.is_success:
            return
        self.looks += 1
        # Healed while it was asked: nothing is known of the moment in which it answered.
        surely = lost is not None and self.city.lost.get(self.edge) == lost
        self._judge(area, answer.json(), asked - lost if surely and lost is not None else 0.0)

    def _judge(self, area: str, said: dict[str, Any], lost_s: float) -> None:
        age = said["source_age_s"]
        here = {a["id"]: a for a in said["areas"]}.get(area)
        if here is None:
            return
        phase = here["phase"]
        self.unknowns += phase == "unknown"
        if (age is None or age > STALE_S + GRACE_S) and phase != "unknown":
            self.violations.append(f"{self.edge}: {area} is shown as {phase} by data {age} s old")
        if lost_s > STALE_S + GRACE_S:
            self.lost_looks += 1
            if phase != "unknown":
                self.violations.append(f"{self.edge}: {area} is shown as {phase} {lost_s:.1f} s after truth was lost")
        if area == QUIET and phase not in ("ok", "unknown"):
            self.violations.append(f"{self.edge}: {QUIET} is shown as {phase}")
        if phase in CALM:
            self._calm.add((area, said["seq"]))

    def _compare(self) -> None:
        """An area that was shown as calm by who knows the ledger up to an entry was calm at that entry."""
        while self._calm:
            area, seq = min(self._calm)
            if self._story.phase_at(area, seq) == "alert":
                self.violations.append(f"{self.edge}: {area} was shown as calm at entry {seq}, without its end")
            self._calm.remove((area, seq))


def broken(city: City) -> list[str]:
    """Everything that does not hold, looked at from outside when all is quiet."""
    ledger = {entry["seq"]: entry for entry in city.stack.ledger()}
    return [
        *_pages(city, ledger),
        *_sirens(city, ledger),
        *_quiet(ledger),
        *_every_end_has_its_entry(city, ledger),
    ]


def _pages(city: City, ledger: dict[int, dict[str, Any]]) -> list[str]:
    """No page got an update twice, out of order, of an exercise, or of an entry that is not in the ledger."""
    found = []
    for area, page in city.pages.items():
        seqs = [doc["seq"] for doc in page.updates()]
        found += [f"page {area}: update {seq} came twice" for seq, n in Counter(seqs).items() if n > 1]
        found += [f"page {area}: {b} came after {a}" for a, b in itertools.pairwise(seqs) if b < a]
        found += [f"page {area}: no entry {seq}" for seq in seqs if seq not in ledger]
        found += [
            f"page {area}: entry {seq} is {ledger[seq]['kind']}"
            for seq in seqs
            if seq in ledger and ledger[seq]["kind"] not in OUT and not ledger[seq]["kind"].startswith("area.")
        ]
    return found


def _sirens(city: City, ledger: dict[int, dict[str, Any]]) -> list[str]:
    """No siren began the same command twice; none was commanded without a warning that went out."""
    found = []
    issued = {e["id"] for e in ledger.values() if e["kind"] in OUT}
    for siren in city.stack.sirens.values():
        starts = [s for s in city.stack.mqtt.starts(siren) if s["command_id"]]
        counted = Counter(s["command_id"] for s in starts)
        chimes = {s["command_id"] for s in starts if s["tone"] == "test_chime"}
        found += [f"siren {siren}: {command} began {n} times" for command, n in counted.items() if n > 1]
        found += [
            f"siren {siren}: {command} belongs to no warning"
            for command in counted
            if command.partition(".")[0] not in issued and command not in chimes
        ]
    commanded = Counter(e["body"]["command_id"] for e in ledger.values() if e["kind"] == "siren.commanded")
    return found + [f"{command} stands {n} times in the ledger" for command, n in commanded.items() if n > 1]


def _quiet(ledger: dict[int, dict[str, Any]]) -> list[str]:
    """Old data and exercises have warned nobody."""
    return [
        f"entry {e['seq']}: a warning went out in {QUIET}"
        for e in ledger.values()
        if e["kind"] == "warning.issued" and QUIET in e["body"]["content"]["areas"]
    ]


def _every_end_has_its_entry(city: City, ledger: dict[int, dict[str, Any]]) -> list[str]:
    """An all clear that a page showed is in the ledger as one."""
    found = []
    for area, page in city.pages.items():
        for doc in page.updates():
            shown = {a["id"]: a for a in doc["areas"]}.get(page.area)
            if shown is not None and shown["phase"] == "ended":
                entry = ledger.get(doc["seq"], {"kind": "nothing"})
                if entry["kind"] != "warning.ended":
                    found.append(f"page {area}: an end at {doc['seq']}, which is {entry['kind']}")
    return found
