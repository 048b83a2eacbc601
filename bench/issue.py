"""From a click to a durable fact: the second detection, which issues a warning, beside one fdatasync.

The work: decide, render the CAP message in four languages with its correction, sign it, commit it to SQLite
(WAL, synchronous=FULL). The floor: append 4 KiB to a file and fdatasync, in the same folder, interleaved.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

ROUNDS = 60


def main(json_only: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
        ours, floor = _measure(Path(folder))
    cases = [
        _case("detection in to warning committed, p50", statistics.median(ours), statistics.median(floor)),
        _case("detection in to warning committed, p99", _p99(ours), _p99(floor)),
    ]
    document = {
        "bench": "issue",
        "machine": f"{os.cpu_count()} cores, Python {platform.python_version()}",
        "cases": cases,
    }
    if json_only:
        sys.stdout.write(json.dumps(document) + "\n")
        return
    for case in cases:
        print(
            f"{case['case']}: {case['ours']} ms; one fdatasync {case['floor']} ms; {case['vs_floor']} times the floor"
        )


def _case(name: str, ours: float, floor: float) -> dict:
    return {
        "case": name,
        "unit": "ms",
        "ours": round(ours, 3),
        "floor": round(floor, 3),
        "peers": {},
        "vs_floor": round(ours / floor, 2),
        "vs_peers": {},
    }


def _p99(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.99))]


def _measure(folder: Path) -> tuple[list[float], list[float]]:
    from tocsin.app.actor import Actor, Grant
    from tocsin.cli.check import clean
    from tocsin.cli.city import bundled, prepare
    from tocsin.warn.commands import AllClear, ReportDetection
    from tocsin.warn.events import Detection

    made, _ = prepare(clean(folder / "home"), *bundled("belgorod-demo"))
    desk = made.desk
    actor = Actor(id="officer:bench", grants=tuple(Grant(role=role) for role in ("sensor", "duty")))
    ours, floor = [], []
    probe = os.open(folder / "probe", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for number in range(ROUNDS):
        floor.append(_sync(probe))
        for source in ("radar", "ears"):
            detection = Detection(
                id=str(number),
                source=source,
                trusted=True,
                threat="rocket_artillery",
                areas=("belgorod",),
                observed_at=desk.clock.now() - timedelta(milliseconds=1),
            )
            began = time.perf_counter()
            outcome = desk.do(ReportDetection(detection=detection), actor)
            took = (time.perf_counter() - began) * 1000
        assert outcome.state.live, "the second source did not issue"
        ours.append(took)
        desk.do(AllClear(warning_id=next(iter(outcome.state.live)), reason="next round"), actor)
    os.close(probe)
    return ours[ROUNDS // 10 :], floor[ROUNDS // 10 :]


def _sync(handle: int) -> float:
    began = time.perf_counter()
    os.write(handle, b"x" * 4096)
    os.fdatasync(handle)
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main("--json" in sys.argv)
