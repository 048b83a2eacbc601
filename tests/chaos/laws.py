"""What must hold during a night of faults, and after it."""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

from chaos.city import QUIET, City

OUT = ("warning.issued", "warning.updated", "warning.partly_cleared", "warning.ended")
STALE_S = 30.0
LOOK_S = 0.5
GRACE_S = 1.5
"""Between the age of a truth and the answer that says it, on a busy machine."""


@dataclass
class Watcher:
    """Looks at what anybody can see of each area, all the time, and notes what may not be."""

    city: City
    violations: list[str] = field(default_factory=list)
    looks: int = 0
    unknowns: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Begin to look."""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._stop.set()
        self._thread.join(30)

    def _run(self) -> None:
        areas = sorted(self.city.stack.sirens)
        cells = {area: self.city.stack.inside(area) for area in areas}
        with httpx.Client(base_url=self.city.stack.own.edge_url, timeout=2) as http:
            n = 0
            while not self._stop.wait(LOOK_S / 2):
                area = areas[n % len(areas)]
                n += 1
                with contextlib.suppress(httpx.HTTPError):
                    answer = http.get(f"/api/v1/now/{cells[area]}.json")
                    if answer.is_success:
                        self.looks += 1
                        self._judge(area, answer.json())

    def _judge(self, area: str, said: dict[str, Any]) -> None:
        age = said["source_age_s"]
        here = {a["id"]: a for a in said["areas"]}.get(area)
        if here is None:
            return
        self.unknowns += here["phase"] == "unknown"
        if (age is None or age > STALE_S + GRACE_S) and here["phase"] != "unknown":
            self.violations.append(f"{area} is shown as {here['phase']} by data {age} s old")
        if area == QUIET and here["phase"] not in ("ok", "unknown"):
            self.violations.append(f"{QUIET} is shown as {here['phase']}")


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
            shown = {a["id"]: a for a in doc["areas"]}.get(area)
            if shown is not None and shown["phase"] == "ended":
                entry = ledger.get(doc["seq"], {"kind": "nothing"})
                if entry["kind"] != "warning.ended":
                    found.append(f"page {area}: an end at {doc['seq']}, which is {entry['kind']}")
    return found
