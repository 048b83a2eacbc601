"""``make chaos``: nights of faults on real processes, what must hold, and how long it took until all was well again.

    python -m chaos.run [--faults 500] [--seed 1] [--setting one|many] [--only WORDS] [--longest S]
                        [--a-night N] [--minutes M] [--json FILE]

One night: a few faults begin at random moments around a warning; two sources see a drone, whatever happens to them;
the warning must go out, its siren must measure its own sound, an open page must show it; then the all clear. The seed
chooses every fault and its moment, so that a night can be lived through again, as far as a busy machine allows.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chaos import ground
from chaos.city import QUIET, City
from chaos.kinds import KINDS, Deck, Kind, hold
from chaos.laws import Watcher, broken
from journeys.rig import until
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
    lost_looks: int = 0
    unanswered: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    ground: str = ""

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
            "looks_after_loss": self.lost_looks,
            "names_unanswered": self.unanswered,
            "ended_by_themselves": dict(sorted(self.ended.items())),
            "ground": self.ground,
            "recoveries_ms": [round(one) for one in self.recoveries_ms],
            "recovery_ms": {"p50": _rank(ordered, 0.5), "p99": _rank(ordered, 0.99), "most": _rank(ordered, 1.0)},
            "violations": self.violations,
        }


def _rank(ordered: list[float], share: float) -> int | None:
    found = quantile(ordered, share)
    return None if found is None else round(found)


@dataclass(frozen=True)
class Plan:
    """Which faults, and how many.

    ``only``: kinds whose name holds that; ``longest``: seconds that one may last; ``a_night``: most faults in a night;
    ``minutes``: after these no night begins any more.
    """

    faults: int
    seed: int
    setting: str = "one"
    only: str = ""
    longest: float = math.inf
    a_night: int = MOST
    minutes: float = math.inf


def play(plan: Plan, say: Callable[[str], object] = lambda _line: None) -> Report:
    """Nights until so many faults have been brought, on one city."""
    dice, report, city = random.Random(plan.seed), Report(plan.seed, SETTINGS[plan.setting]), City.make(plan.setting)
    report.ground = "namespaces" if ground.laid() else ground.why_not() or "this machine's own"
    asked = [kind for kind in KINDS if plan.only in kind.name and kind.lasts[1] <= plan.longest and kind.here(city)]
    report.left_out = [kind.name for kind in asked if not kind.needs(city)]
    watchers = [Watcher(city, edge, place=edge if ground.within(edge) else "") for edge in city.edges]
    try:
        areas = [area for area in sorted(city.stack.sirens) if area != QUIET]
        for area in areas:
            city.watch(area)
        for watcher in watchers:
            watcher.start()
        deck = Deck(dice, [kind for kind in asked if kind.needs(city)])
        end = time.monotonic() + plan.minutes * 60
        while report.faults.total() < plan.faults and time.monotonic() < end and not _violated(report, watchers):
            chosen = _chosen(dice, deck, min(plan.a_night, plan.faults - report.faults.total()))
            _night(city, report, dice, chosen, areas[report.nights % len(areas)])
            took = f"{report.recoveries_ms[-1]:.0f} ms after {_names(chosen)}"
            say(f"night {report.nights}: {report.faults.total()} faults, {took}")
        for watcher in watchers:
            watcher.close()
        report.violations += broken(city)
        _sound_book(city)
    except AssertionError as fault:
        report.violations.append(f"night {report.nights + 1}: {fault}")
    finally:
        _note(report, watchers)
        report.ended = city.keeper.ended
        report.unanswered = city.stack.names.refused if city.stack.names else 0
        city.close()
    return report


def _violated(report: Report, watchers: list[Watcher]) -> bool:
    return bool(report.violations or any(watcher.violations for watcher in watchers))


def _note(report: Report, watchers: list[Watcher]) -> None:
    for watcher in watchers:
        report.violations += watcher.violations
        report.looks += watcher.looks
        report.unknowns += watcher.unknowns
        report.lost_looks += watcher.lost_looks


def _sound_book(city: City) -> None:
    """The ledger verifies, and the read tables are equal to tables made anew from it."""
    done = city.stack.cli("ledger", "verify", "--json")
    if done.returncode != 0 or json.loads(done.stdout)["ok"] is not True:
        raise AssertionError(f"the ledger does not verify: {done.stdout}{done.stderr}")
    city.stack.equal_tables()


def _chosen(dice: random.Random, deck: Deck, most: int) -> list[Chosen]:
    """Faults of one night that do not touch the same thing."""
    dealt = deck.deal(min(most, dice.randint(3, MOST)))
    return [(kind, dice.uniform(0, AROUND_S), dice.randrange(2**32)) for kind in dealt]


def _names(chosen: list[Chosen]) -> str:
    return ", ".join(kind.name for kind, _, _ in chosen)


def _night(city: City, report: Report, dice: random.Random, chosen: list[Chosen], area: str) -> None:
    pages, before = city.pages_of(area), city.head()
    mark = f"n{report.seed}-{report.nights}"
    with ThreadPoolExecutor(len(chosen) + 1) as pool:
        held = [pool.submit(hold, kind, city, random.Random(own), at) for kind, at, own in chosen]
        time.sleep(dice.uniform(0, 1.0))
        city.alarm(area, mark, WITHIN_S)
        began = max(one.result() for one in held)
    report.faults.update(kind.name for kind, _, _ in chosen)
    _holds(city.keeper.ready, "every process is up")
    names = _names(chosen)
    issued = city.facts("warning.issued", before)
    ours = [e for e in issued if area in e["body"]["content"]["areas"]]
    if len(ours) != 1:
        raise AssertionError(f"{len(ours)} warnings went out instead of one ({names})")
    _holds(lambda: _sounded(city, ours[0], before), f"a measured sound in {area} ({names})")
    _holds(lambda: all(page.phase(area) == "alert" for page in pages), f"the warning on a page in {area} ({names})")
    report.recoveries_ms.append((time.monotonic() - began) * 1000)
    _clear(city, area, ours[0], names)
    report.nights += 1


def _clear(city: City, area: str, issued: dict[str, Any], names: str) -> None:
    """The officer gives the all clear; the pages must show it and no sooner."""
    pages, end = city.pages_of(area), time.monotonic() + WITHIN_S
    early = {page.phase(area) for page in pages} - {"alert"}
    if early:
        raise AssertionError(f"{area} is shown as {early} before its all clear ({names})")
    warning = issued["body"]["warning_id"]
    clear = f"/warnings/{warning}/all-clear"
    while city.persist(lambda: city.stack.duty.http.post(clear, json={"reason": "over"}), end).status_code == 409:
        # After a step back of the clock the end would be older than what it ends: the officer is told to ask again.
        if time.monotonic() > end:
            raise AssertionError(f"the all clear of {area} is refused ({names})")
        time.sleep(0.5)
    _holds(lambda: all(page.phase(area) == "ended" for page in pages), f"the all clear on a page in {area} ({names})")
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


def _holds(true: Callable[[], Any], what: str) -> None:
    until(true, what, WITHIN_S)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Nights of faults on real processes.")
    parser.add_argument("--faults", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--setting", choices=list(SETTINGS), default="one")
    parser.add_argument("--json", type=Path, help="write the report there")
    parser.add_argument("--only", default="", help="kinds of faults whose name holds these words")
    parser.add_argument("--longest", type=float, default=math.inf, help="seconds that one fault may last")
    parser.add_argument("--a-night", type=int, default=MOST, help="faults in one night at most")
    parser.add_argument("--minutes", type=float, default=math.inf, help="after these no night begins any more")
    given = parser.parse_args()
    ground.begin(sys.argv[1:])
    plan = Plan(given.faults, given.seed, given.setting, given.only, given.longest, given.a_night, given.minutes)
    report = play(plan, say=lambda line: sys.stderr.write(f"{line}\n"))
    text = json.dumps(report.document(), indent=2, ensure_ascii=False) + "\n"
    if given.json:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    sys.exit(1 if report.violations else 0)


if __name__ == "__main__":
    main()
