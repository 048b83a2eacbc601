"""Write ``docs/reliability.md`` from the reports of ``make chaos`` under ``docs/reliability``.

.venv/bin/python scripts/reliability.py
"""

from __future__ import annotations

import importlib
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from tocsin.app.service_times import quantile

ROOT = Path(__file__).parents[1]
REPORTS = ROOT / "docs" / "reliability"
PAGE = ROOT / "docs" / "reliability.md"

HEAD = """# Reliability

Nights of faults on real processes, seen from outside: `make chaos`. A night brings three to six
faults at random moments around a warning, chosen by the seed: processes killed or halted, a full or read-only disk, a
locked database, a database server ended at once, clocks that step, lost packets, pulled cables, names that are gone,
recorded siren commands played again, rubbish, old data from a source that answers well, repeated detections, bad
clients, an exercise. Two sources see a drone, whatever happens to them. Each kind comes once before any comes again.
This page is written by `scripts/reliability.py` from the reports in `docs/reliability`; a short run of a fixed seed
is part of the tests.

What must hold, during the run and after it:

- a warning that was seen by two sources goes out, once, however often its detections are sent;
- its siren measures its own sound, an open page at each edge shows it; then both get the all clear, and a page shows no
  end without its entry;
- during all of it: an edge that says it knows the ledger up to an entry shows no area as calm that was not at it;
- during all of it: data older than 30 s is shown as unknown; and so is everything at an edge 30 s after it surely lost
  touch with the truth, whatever age it claims itself, looked at from where that edge is;
- no siren begins the same command twice, and none for a warning that never went out;
- no page gets an update twice, out of order, or of an exercise;
- nothing goes out for an area of which only old data and exercises speak;
- the ledger verifies, and the read tables are equal to tables made anew from it.

## The ground

A run starts itself anew in network and mount namespaces of its own (`unshare -n -m`), where the machine allows it. On
many machines a message server, an edge, a worker and the sirens then have a network namespace each, joined by a switch;
to cut one off is to take its cable out of the switch: nothing comes in or out, and connections stay half open until
their ends give up. A demonstration speaks to the loopback alone, and keeps doing so: the places have addresses of
127.77.0.0/24, which the kernel is told to route.

Parts find each other by name: database, message servers and broker are `….localhost`, and a name server of the run
answers for them. Names are gone in three ways, drawn each time: nobody answers, the answer is an error, the answer is
that there is no such name. A process that *starts without names* is killed and comes up while they are gone; that it
asked is checked. *Names gone, connections reset* ends every TCP connection everywhere, so that all must find each
other anew. On one machine only the broker is found by name.

Who ends by itself is started again after a second, as the units in `deploy/systemd` do. Where namespaces cannot be
had, the kinds that need them are left out and the report says so.

"""


def page(reports: list[dict[str, Any]]) -> str:
    """The page in Markdown: one section a set-up and ground, over all its runs."""
    groups = sorted({_group(one) for one in reports})
    sections = [_section(group, [one for one in reports if _group(one) == group]) for group in groups]
    return HEAD + "\n".join([*sections, *_missing(reports)])


def _missing(reports: list[dict[str, Any]]) -> list[str]:
    """What the kept runs say nothing of."""
    sys.path.insert(0, str(ROOT / "tests"))
    brought = {name for run in reports for name in run["by_kind"]}
    missing = [f"- {kind.name}" for kind in importlib.import_module("chaos.kinds").KINDS if kind.name not in brought]
    said = (
        "## In no kept run\n\nThese can be brought, and none of the runs above is long or new enough to have them:\n\n"
    )
    return [said + "\n".join(missing) + "\n"] if missing else []


def _group(run: dict[str, Any]) -> str:
    return str(run["setting"]).capitalize() + (
        "" if run.get("ground") == "namespaces" else ", without names and cables"
    )


def _section(group: str, runs: list[dict[str, Any]]) -> str:
    left_out = sorted({name for run in runs for name in run["left_out"]})
    rows = [
        ("runs, by seed", ", ".join(f"{run['seed']} ({run['faults']} faults)" for run in runs)),
        ("nights", sum(run["nights"] for run in runs)),
        ("faults", sum(run["faults"] for run in runs)),
        ("violations", sum(len(run["violations"]) for run in runs)),
        *_recovery(runs),
        ("looks at what anybody can see", sum(run["looks"] for run in runs)),
        *_looks(runs),
        ("kinds that could not be brought here", ", ".join(left_out) or "none"),
    ]
    counted = sum((Counter(run["by_kind"]) for run in runs), Counter())
    lines = [f"## {group}", "", "| what | how much |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in rows]
    lines += ["", "| fault | how often |", "|---|---|"]
    lines += [f"| {name} | {count} |" for name, count in sorted(counted.items())]
    lines += [f"- {one}" for run in runs for one in run["violations"]]
    return "\n".join(lines) + "\n"


def _recovery(runs: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Over the nights of all runs; a single run may have kept its quantiles alone."""
    took = sorted(one for run in runs for one in run.get("recoveries_ms", ()))
    told = {"p50": quantile(took, 0.5), "p99": quantile(took, 0.99), "most": quantile(took, 1.0)}
    if not took:
        (run,) = runs
        told = run["recovery_ms"]
    return [
        ("from the last fault's end until all was well, half within", f"{told['p50']} ms"),
        ("99 of 100 within", f"{told['p99']} ms"),
        ("at most", f"{told['most']} ms"),
    ]


def _looks(runs: list[dict[str, Any]]) -> list[tuple[str, object]]:
    """What only a run on a ground of its own knows."""
    if any("names_unanswered" not in run for run in runs):
        return []
    ended = sum((Counter(run.get("ended_by_themselves", {})) for run in runs), Counter())
    return [
        ("of these, *unknown*", sum(run["unknown_seen"] for run in runs)),
        ("looks more than 31.5 s after truth was lost: all *unknown*", sum(run["looks_after_loss"] for run in runs)),
        ("questions for names that got no answer", sum(run["names_unanswered"] for run in runs)),
        (
            "processes that ended by themselves and were started again after 1 s",
            ", ".join(f"{name} {count}" for name, count in sorted(ended.items())) or "none",
        ),
    ]


def reports() -> list[dict[str, Any]]:
    """Every report, by file name."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(REPORTS.glob("*.json"))]


if __name__ == "__main__":
    PAGE.write_text(page(reports()), encoding="utf-8")
