"""What every bench says at the end: the document of ``tocsin bench --json``, or a line a case."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def case(
    name: str,
    ours: float,
    floor: float | None,
    *,
    unit: str = "ms",
    digits: int = 1,
    peers: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """One row: what we took, what the least takes (None: nothing to set beside), what peers that are installed took
    for the same work in the same run, and the ratios.
    """
    return {
        "case": name,
        "unit": unit,
        "ours": round(ours, digits),
        "floor": None if floor is None else round(floor, digits),
        "peers": {name: round(took, digits) for name, took in (peers or {}).items()},
        "vs_floor": None if floor is None else round(ours / floor, 3),
        "vs_peers": {name: round(ours / took, 4) for name, took in (peers or {}).items()},
    }


def full() -> bool:
    """Whether the sizes of docs/performance.md are asked for (``--full``) and not the small ones."""
    return os.environ.get("BENCH_FULL") == "1"


def machine() -> str:
    """The machine in a few words."""
    model = platform.machine()
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    return f"{model}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}"


def say(bench: str, cases: list[dict[str, Any]], *, floor: str, json_only: bool) -> dict[str, Any]:
    """Print them, and give the document; ``floor`` names what was measured beside."""
    document = {"bench": bench, "machine": machine(), "cases": cases}
    if json_only:
        sys.stdout.write(json.dumps(document) + "\n")
        return document
    for one in cases:
        beside = "" if one["floor"] is None else f"; {floor} {one['floor']} {one['unit']} ({one['vs_floor']} times)"
        beside += "".join(
            f"; {name} {took} {one['unit']} ({one['vs_peers'][name]} times)" for name, took in one["peers"].items()
        )
        print(f"{one['case']}: {one['ours']} {one['unit']}{beside}")
    return document
