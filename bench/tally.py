"""100,000 claims to their tallies, beside one plain pass over them, and beside pandas where it is installed.

The work: 100,000 claims of ten sources about five subjects of 2,000 incidents, some superseded, retracted, repeated,
unverified or discredited, to 10,000 tallies by rule version 1. The floor: one pass over the same claims that keeps the
greatest number of each group. pandas: the same rule over columns, from the same claims, and from a frame that is ready.
Its numbers and statuses are compared with ours in every run; it leaves out the claim ids behind each tally and the
words, which ours give.
"""

from __future__ import annotations

import functools
import gc
import importlib.util
import random
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from _report import case, say

ROUNDS = 7
CLAIMS = 100_000
INCIDENTS = 2_000
SUBJECTS = ("windows", "cars", "killed", "injured", "missing")
SOURCES = tuple(f"source-{number}" for number in range(10))
COLUMNS = [
    *("incident", "subject", "source", "grade", "op", "n", "n2", "said", "learned", "entry", "echo"),
    *("superseded", "retracted"),
]
START = datetime(2024, 1, 4, 21, 0, tzinfo=UTC)
AS_OF = START + timedelta(hours=20)


def main(json_only: bool) -> None:
    from tocsin.report.tally import grouped

    claims = _claims()
    measured: dict[str, list[float]] = {"ours": [], "floor": []}
    peer = importlib.util.find_spec("pandas") is not None
    for _ in range(ROUNDS):
        spent, tallies = _timed(lambda: grouped(claims, AS_OF))
        measured["ours"].append(spent)
        measured["floor"].append(_timed(lambda: _floor(claims))[0])
        if peer:
            spent, frame = _timed(lambda: _frame(claims))
            ready, found = _timed(functools.partial(_pandas, frame))
            measured.setdefault("pandas", []).append(spent + ready)
            measured.setdefault("pandas, frame ready", []).append(ready)
            _same(tallies, found)
    medians = {name: statistics.median(times) for name, times in measured.items()}
    row = case("100,000 claims to 10,000 tallies", medians["ours"], medians["floor"])
    for name in medians.keys() - {"ours", "floor"}:
        row["peers"][name] = round(medians[name], 1)
        row["vs_peers"][name] = round(medians["ours"] / medians[name], 3)
    document = say("tally", [row], floor="one plain pass", json_only=json_only)
    if not json_only:
        for name, took in document["cases"][0]["peers"].items():
            print(f"  {name}: {took} ms")


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    gc.collect()
    began = time.perf_counter()
    result = work()
    return (time.perf_counter() - began) * 1000, result


def _claims() -> list[Any]:
    from tocsin.report.events import Claim
    from tocsin.report.state import KnownClaim

    chance = random.Random(20240105)
    made, last = [], {}
    for number in range(CLAIMS):
        source, subject = chance.choice(SOURCES), chance.choice(SUBJECTS)
        incident = f"incident-{chance.randrange(INCIDENTS)}"
        op = chance.choice(("eq", "eq", "ge", "ge", "gt", "le", "approx", "range"))
        n, said = chance.randrange(1, 200), START + timedelta(minutes=chance.randrange(1200))
        claim = Claim(
            id=f"c{number}",
            incident=incident,
            subject=subject,
            op=op,
            n=n,
            n2=n + chance.randrange(1, 40) if op == "range" else None,
            wording="as it was said",
            language="en",
            source=source,
            grade=chance.choice((1, 2, 2, 3, 3, 4, 5)),
            echo_of="c0" if number and chance.random() < 0.1 else "",
            said_at=said,
            learned_at=said,
        )
        gone = chance.random() < 0.05
        earlier = last.get((incident, subject, source))
        if earlier is not None and chance.random() < 0.3:
            made[earlier] = _replaced(made[earlier], claim)
        last[incident, subject, source] = number
        grade = claim.grade
        made.append(KnownClaim(claim=claim, entry=number + 1, grade=grade, retracted_at=AS_OF if gone else None))
    return made


def _replaced(known: Any, by: Any) -> Any:
    import msgspec

    return msgspec.structs.replace(known, superseded_by=by.id, superseded_at=by.learned_at)


def _floor(claims: list[Any]) -> dict[tuple[str, str, str], int]:
    greatest: dict[tuple[str, str, str], int] = {}
    for known in claims:
        claim = known.claim
        key = (claim.incident, claim.subject, claim.category)
        n = claim.n or 0
        if n > greatest.get(key, -1):
            greatest[key] = n
    return greatest


def _frame(claims: list[Any]) -> Any:
    import pandas as pd

    return pd.DataFrame.from_records(
        [
            (
                one.claim.incident,
                one.claim.subject,
                one.claim.source,
                one.grade,
                one.claim.op,
                one.claim.n,
                one.claim.n2 or 0,
                one.claim.said_at.timestamp(),
                one.claim.learned_at.timestamp(),
                one.entry,
                bool(one.claim.echo_of),
                one.superseded_at.timestamp() if one.superseded_at else float("inf"),
                one.retracted_at.timestamp() if one.retracted_at else float("inf"),
            )
            for one in claims
        ],
        columns=COLUMNS,
    )


def _pandas(frame: Any) -> Any:
    """Rule version 1 over columns; one row a group."""
    import numpy as np

    as_of, group = AS_OF.timestamp(), ["incident", "subject"]
    live = frame[
        (frame.learned <= as_of) & ~frame.echo & (frame.superseded > as_of) & (frame.retracted > as_of)
    ].sort_values(["said", "learned", "entry"])
    rows = live.drop_duplicates([*group, "source"], keep="last")
    ops = [rows.op == op for op in ("eq", "ge", "gt", "le", "lt", "approx", "range")]
    n, n2, far = rows.n, rows.n2, np.inf
    rows = rows.assign(
        low=np.select(ops, [n, n, n + 1, 0, 0, n - n // 10, n]),
        high=np.select(ops, [n, far, far, n, n - 1, n + n // 10, n2]),
        least=np.select(ops, [n, n, n + 1, n, n - 1, n, n]),
        most=np.select(ops, [n, n, n + 1, n, n - 1, n, n2]),
    )
    every = rows.groupby(group, sort=False).size().index
    usable = rows[rows.grade < 5]
    trusted = usable.groupby(group, sort=False).grade.transform("min") <= 3
    heard = usable[(usable.grade <= 3) | ~trusted]
    since = heard.groupby(group, sort=False).said.transform("max") - 6 * 3600
    floor = (heard.said < since) & (heard.subject != "missing")
    heard = heard.assign(end=heard.high.where(~floor, far))
    by = heard.groupby(group, sort=False)
    told = by.agg(
        low=("low", "max"), high=("end", "min"), origins=("low", "size"), least_low=("low", "min"), top=("grade", "min")
    ).assign(most=by.most.max())
    best = heard[heard.grade == by.grade.transform("min")].groupby(group, sort=False)
    told = told.assign(figure=best.least.last(), lowest=best.least.min())
    apart = told.low > told.high
    clipped = np.minimum(np.maximum(told.low, told.figure), told.high)
    low = told.least_low.where(apart, told.low)
    high = told.most.where(apart, told.high)
    rumour = usable[(usable.grade == 4) & trusted].groupby(group, sort=False).most.max().reindex(told.index)
    status = np.select(
        [apart, told.top == 4, told.origins > 1], ["contested", "unverified", "corroborated"], "single-source"
    )
    return told.assign(
        low=low,
        best=told.lowest.where(apart, clipped),
        high=np.fmax(high, rumour),
        reported_max=usable.groupby(group, sort=False).most.max(),
        status=status,
    ).reindex(every)


def _same(tallies: dict[Any, Any], found: Any) -> None:
    """Stop when pandas came to another result in any group."""
    theirs = {
        key: (low, best, None if high == float("inf") else high, most, status)
        for key, low, best, high, most, status in zip(
            found.index, found.low, found.best, found.high, found.reported_max, found.status, strict=True
        )
        if isinstance(status, str)
    }
    ours = {
        key[:2]: (one.low, one.best, one.high, one.reported_max, one.status)
        for key, one in tallies.items()
        if one.low is not None
    }
    if ours != theirs:
        key = next(key for key in ours if ours[key] != theirs.get(key))
        sys.exit(f"{key}: ours {ours[key]}, pandas {theirs.get(key)}")


if __name__ == "__main__":
    main("--json" in sys.argv)
