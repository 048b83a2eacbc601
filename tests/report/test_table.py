"""Rule version 1 by its worked numbers: low, best, high (None is open), the greatest reported, the status."""

from __future__ import annotations

from typing import Any

import pytest

from report.rig import at, claim, said
from tocsin.report import events as ev
from tocsin.report.tally import combine, cumulative, wording

MAYOR = claim("m1", "ge", 130)
POLICE = claim("p1", "eq", 142, source="police", hours=5)
KILLED: dict[str, Any] = {"subject": "killed"}
FLATS: dict[str, Any] = {"subject": "flats_without_heat"}


def revised(hours: float) -> ev.Claim:
    return claim("m2", "eq", 168, hours=hours, supersedes="m1", reason="counted again")


TABLE: list[tuple[str, list[ev.Claim], float, tuple[Any, ...], str, str]] = [
    ("mayor", [MAYOR], 1, (130, 130, None, 130), "single-source", "at least 130"),
    ("police", [MAYOR, POLICE], 5, (142, 142, 142, 142), "corroborated", "142"),
    (
        "revised at +9 h",
        [MAYOR, POLICE, revised(9)],
        9,
        (142, 142, 168, 168),
        "contested",
        "142 (sources differ: 142 to 168)",
    ),
    ("revised at +12 h", [MAYOR, POLICE, revised(12)], 12, (168, 168, 168, 168), "corroborated", "168"),
    (
        "wire and unverified",
        [claim("w", "gt", 30, source="wire", grade=3), claim("u", "eq", 50, source="post", grade=4)],
        1,
        (31, 31, None, 50),
        "single-source",
        "more than 30",
    ),
    (
        "rescue and hospital",
        [claim("r", "eq", 2, source="rescue", **KILLED), claim("h", "eq", 3, source="hospital", hours=1, **KILLED)],
        1,
        (2, 2, 3, 3),
        "contested",
        "2 (sources differ: 2 to 3)",
    ),
    (
        "15 echoes",
        [MAYOR, *(claim(f"o{i}", "ge", 130, source=f"outlet-{i}", hours=1, echo_of="m1", grade=3) for i in range(15))],
        2,
        (130, 130, None, 130),
        "single-source",
        "at least 130",
    ),
    (
        "police, then a register",
        [
            claim("p", "eq", 5, source="police", **KILLED),
            claim("g", "eq", 4, source="register", grade=1, hours=3, **KILLED),
        ],
        3,
        (4, 4, 5, 5),
        "contested",
        "4 (sources differ: 4 to 5)",
    ),
    ("discredited", [claim("x", "eq", 900, grade=5)], 1, (None, None, None, None), "discounted", "number unknown"),
    ("the third row at +6 h", [MAYOR, POLICE, revised(9)], 6, (142, 142, 142, 142), "corroborated", "142"),
    (
        "a stock",
        [claim("f1", "eq", 40, **FLATS), claim("f2", "eq", 12, hours=10, **FLATS)],
        10,
        (12, 12, 12, 12),
        "single-source",
        "12",
    ),
]


@pytest.mark.parametrize(
    ("claims", "hours", "numbers", "status", "words"), [row[1:] for row in TABLE], ids=[r[0] for r in TABLE]
)
def test_row_of_the_table(
    claims: list[ev.Claim], hours: float, numbers: tuple[Any, ...], status: str, words: str
) -> None:
    tally = combine(said(*claims), at(hours), cumulative=cumulative(claims[0].subject))
    assert (tally.low, tally.best, tally.high, tally.reported_max, tally.status) == (*numbers, status)
    assert wording(tally, "en") == words
    assert tally.rule == 1
    assert tally.claim_ids
