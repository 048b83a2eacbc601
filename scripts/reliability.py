"""Write ``docs/reliability.md`` from the reports of ``make chaos`` under ``docs/reliability``.

.venv/bin/python scripts/reliability.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
REPORTS = ROOT / "docs" / "reliability"
PAGE = ROOT / "docs" / "reliability.md"

HEAD = """# Reliability

Nights of faults on real processes, seen from outside: `make chaos`. A night brings three to six
faults at random moments around a warning, chosen by the seed: processes killed or halted, a full or read-only disk, a
locked database, clocks that step, lost packets, recorded siren commands played again, rubbish, old data from a source
that answers well, repeated detections, bad clients, an exercise. Two sources see a drone, whatever happens to them.
This page is written by `scripts/reliability.py` from the reports in `docs/reliability`; a short run of a fixed seed
is part of the tests.

What must hold, during the run and after it:

- a warning that was seen by two sources goes out, once, however often its detections are sent;
- its siren measures its own sound, an open page shows it; then both get the all clear, and a page shows no end
  without its entry;
- no siren begins the same command twice, and none for a warning that never went out;
- no page gets an update twice, out of order, or of an exercise;
- nothing goes out for an area of which only old data and exercises speak;
- data older than 30 s is shown as unknown;
- the ledger verifies, and the read tables are equal to tables made anew from it.

"""


def page(reports: list[dict[str, Any]]) -> str:
    """The page in Markdown."""
    return HEAD + "\n".join(_report(one) for one in reports)


def _report(told: dict[str, Any]) -> str:
    took = told["recovery_ms"]
    rows = [
        ("nights", told["nights"]),
        ("faults", told["faults"]),
        ("violations", len(told["violations"])),
        ("from the last fault's end until all was well, half within", f"{took['p50']} ms"),
        ("99 of 100 within", f"{took['p99']} ms"),
        ("at most", f"{took['most']} ms"),
        ("looks at what anybody can see", told["looks"]),
        ("kinds that could not be brought here", ", ".join(told["left_out"]) or "none"),
    ]
    lines = [f"## {told['setting'].capitalize()}, seed {told['seed']}", "", "| what | how much |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in rows]
    lines += ["", "| fault | how often |", "|---|---|"]
    lines += [f"| {name} | {count} |" for name, count in told["by_kind"].items()]
    lines += [f"- {one}" for one in told["violations"]]
    return "\n".join(lines) + "\n"


def reports() -> list[dict[str, Any]]:
    """Every report, by file name."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(REPORTS.glob("*.json"))]


if __name__ == "__main__":
    PAGE.write_text(page(reports()), encoding="utf-8")
