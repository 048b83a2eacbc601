"""``make chaos``: nights of faults on real processes, what must hold, and how long it took until all was well again.

    python -m chaos.run [--faults 500] [--seed 1] [--setting one|many] [--json FILE]

One night: a few faults begin at random moments around a warning; two sources see a drone, whatever happens to them;
the warning must go out, its siren must measure its own sound, an open page must show it; then the all clear. The seed
chooses every fault and its moment, so that a night can be lived through again, as far as a busy machine allows.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chaos.city import QUIET, City
from chaos.faults import KINDS, Kind, hold
from chaos.laws import Watcher, broken
from journeys.many import Many
from journeys.rig import Stack, until
from tocsin.app.service_times import quantile

SETTINGS = {"one": "one machine", "many": "many machines"}
AROUND_S = 2.5
"""Faults begin so many seconds after a night's begin at the latest."""

MOST = 6
"""Faults in one night."""

WITHIN_S = 90.0
"""How long a city may take to be well again. Nothing but a failure is measured by it."""


Chosen = tuple[Kind, float, int]
"""A fault, its moment in seconds from the night's begin, and a seed of its own."""


@dataclass
class Report:
    """What was done and what was found. ``recoveries_ms``: from the last heal of a night until all was well."""

    seed: int
    setting: str = "one machine"
    nights: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    left_out: list[str] = field(default_factory=list)
    recoveries_ms: list[float] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    looks: int = 0
    unknowns: int = 0

    def document(self) -> dict[str, Any]:
        """The report as plain values."""
        ordered = sorted(self.recoveries_ms)
        return {
            "setting": self.setting,
            "seed": self.seed,
            "nights": self.nights,
            "faults": self.faults.total(),
            "by_kind": dict(sorted(self.faults.items())),
            "left_out": self.left_out,
            "looks": self.looks,
            "unknown_seen": self.unknowns,
            "recovery_ms": {"p50": _rank(ordered, 0.5), "p99": _rank(ordered, 0.99), "most": _rank(ordered, 1.0)},
            "violations": self.violations,
        }


def _rank(ordered: list[float], share: float) -> int | None:
    found = quantile(ordered, share)
    return None if found is None else round(found)


def play(faults: int, seed: int, setting: str = "one", say: Any = lambda _line: None) -> Report:
    """Nights until so many faults have been brought, on one city."""
    dice, report, city = random.Random(seed), Report(seed, SETTINGS[setting]), City.make(setting)
    usable = [kind for kind in KINDS if kind.needs(city)]
    report.left_out = [kind.name for kind in KINDS if kind not in usable and kind.here(city)]
    watcher = Watcher(city)
    try:
        areas = [area for area in sorted(city.stack.sirens) if area != QUIET]
        for area in areas:
            city.page(area)
        watcher.start()
        while report.faults.total() < faults and not report.violations:
            chosen = _chosen(dice, usable, faults - report.faults.total())
            _night(city, report, dice, chosen, areas[report.nights % len(areas)])
            say(f"night {report.nights}: {report.faults.total()} faults, {report.recoveries_ms[-1:]} ms")
        watcher.close()
        report.violations += [*watcher.violations, *broken(city)]
        city.stack.sound_book()
        if isinstance(city.stack, Many):
            city.stack.equal_tables()
    except AssertionError as fault:
        report.violations.append(f"night {report.nights + 1}: {fault}")
    finally:
        report.looks, report.unknowns = watcher.looks, watcher.unknowns
        city.close()
    return report


def _chosen(dice: random.Random, usable: list[Kind], most: int) -> list[Chosen]:
    """Faults of one night that do not touch the same thing."""
    wanted = min(most, dice.randint(3, MOST))
    found: dict[str, Kind] = {}
    for kind in dice.sample(usable, len(usable)):
        if len(found) < wanted:
            found.setdefault(kind.touches, kind)
    return [(kind, dice.uniform(0, AROUND_S), dice.randrange(2**32)) for kind in found.values()]


def _night(city: City, report: Report, dice: random.Random, chosen: list[Chosen], area: str) -> None:
    stack, page, before = city.stack, city.page(area), city.head()
    mark = f"n{report.seed}-{report.nights}"
    with ThreadPoolExecutor(len(chosen) + 1) as pool:
        held = [pool.submit(hold, kind, city, random.Random(own), at) for kind, at, own in chosen]
        time.sleep(dice.uniform(0, 1.0))
        city.alarm(area, mark, WITHIN_S)
        began = max(one.result() for one in held)
    report.faults.update(kind.name for kind, _, _ in chosen)
    _ready(stack)
    names = ", ".join(kind.name for kind, _, _ in chosen)
    issued = city.facts("warning.issued", before)
    ours = [e for e in issued if area in e["body"]["content"]["areas"]]
    if len(ours) != 1:
        raise AssertionError(f"{len(ours)} warnings went out instead of one ({names})")
    _holds(lambda: _sounded(city, ours[0], before), f"a measured sound in {area} ({names})")
    _holds(lambda: page.phase(area) == "alert", f"the warning on a page in {area} ({names})")
    report.recoveries_ms.append((time.monotonic() - began) * 1000)
    _clear(city, area, ours[0], names)
    report.nights += 1


def _clear(city: City, area: str, issued: dict[str, Any], names: str) -> None:
    """The officer gives the all clear; the page must show it and no sooner."""
    page, end = city.page(area), time.monotonic() + WITHIN_S
    if page.phase(area) != "alert":
        raise AssertionError(f"{area} is shown as {page.phase(area)} before its all clear ({names})")
    warning = issued["body"]["warning_id"]
    clear = f"/warnings/{warning}/all-clear"
    while city.persist(lambda: city.stack.duty.http.post(clear, json={"reason": "over"}), end).status_code == 409:
        # After a step back of the clock the end would be older than what it ends: the officer is told to ask again.
        if time.monotonic() > end:
            raise AssertionError(f"the all clear of {area} is refused ({names})")
        time.sleep(0.5)
    _holds(lambda: page.phase(area) == "ended", f"the all clear on a page in {area} ({names})")
    siren = city.stack.sirens[area]
    _holds(lambda: _told_all_clear(city, siren, issued), f"the siren of {area} was told ({names})")


def _sounded(city: City, issued: dict[str, Any], before: int) -> bool:
    command = f"{issued['id']}."
    return any(
        e["body"]["state"] == "sounding" and e["body"]["command_id"].startswith(command)
        for e in city.facts("siren.reported", before)
    )


def _told_all_clear(city: City, siren: str, issued: dict[str, Any]) -> bool:
    warning = issued["body"]["warning_id"]
    return any(
        e["body"]["warning_id"] == warning and e["body"]["siren_id"] == siren and e["body"]["tone"] == "all_clear"
        for e in city.facts("siren.commanded", issued["seq"])
    )


def _ready(stack: Stack) -> None:
    """Every process is up again; a supervisor would have started it."""
    _holds(lambda: all(_up(stack, name) for name in stack.supervisor.children), "every process is up")


def _up(stack: Stack, name: str) -> bool:
    if stack.process(name).poll() is not None:
        stack.supervisor.spawn(name)
    return stack.supervisor.ready(name)


def _holds(true: Callable[[], Any], what: str) -> None:
    until(true, what, WITHIN_S)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Nights of faults on real processes.")
    parser.add_argument("--faults", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--setting", choices=list(SETTINGS), default="one")
    parser.add_argument("--json", type=Path, help="write the report there")
    given = parser.parse_args()
    report = play(given.faults, given.seed, given.setting, say=lambda line: sys.stderr.write(f"{line}\n"))
    text = json.dumps(report.document(), indent=2, ensure_ascii=False) + "\n"
    if given.json:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    sys.exit(1 if report.violations else 0)


if __name__ == "__main__":
    main()
