"""From a click to a durable fact: the second detection, which issues a warning, beside one fdatasync.

The work: decide, render the CAP message in four languages with its correction, sign it, commit it to SQLite
(WAL, synchronous=FULL). The floor: append 4 KiB to a file and fdatasync, in the same folder, interleaved.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from _report import case, say

ROUNDS = 60


def main(json_only: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
        ours, floor = _measure(Path(folder))
    cases = [
        case("detection in to warning committed, p50", statistics.median(ours), statistics.median(floor), digits=3),
        case("detection in to warning committed, p99", _p99(ours), _p99(floor), digits=3),
    ]
    say("issue", cases, floor="one fdatasync", json_only=json_only)


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
