"""The weather from CSV: every row in its order, or every reason why not."""

from __future__ import annotations

from tocsin.core.time import rfc3339
from tocsin.repair.weather_import import read_weather

GOOD = """at,temperature_c,wind_ms,op,source,wording
2024-01-05T01:00:00+03:00,-12.5,4,,,
2024-01-04T23:00:00+03:00,-10,,lt,observer,below minus ten
"""


def test_rows_come_in_the_order_of_their_own_time() -> None:
    result = read_weather(GOOD.encode("utf-8-sig"), "import")
    assert result.ok
    told = [(rfc3339(one.at)[:16], one.temperature_c, one.wind_ms, one.op, one.source) for one in result.observed]
    assert told == [
        ("2024-01-04T20:00", -10.0, None, "lt", "observer"),
        ("2024-01-04T22:00", -12.5, 4.0, "eq", "import"),
    ]


def test_every_fault_is_named_and_nothing_is_taken() -> None:
    text = GOOD + "yesterday,-3,,,,\n2024-01-05T02:00:00Z,cold,,,,\n2024-01-05T02:00:00Z,-3,,about,,\n"
    result = read_weather(text.encode(), "import")
    assert not result.ok
    assert result.observed == ()
    assert [one.field for one in result.findings] == ["line 4.at", "line 5.temperature_c", "line 6.op"]
    assert {one.code for one in result.findings} == {"TOC-11004"}


def test_a_file_that_is_none() -> None:
    assert [one.field for one in read_weather(b"\xff\xfe\x00", "x").findings] == ["file"]
    assert [one.field for one in read_weather(b"when,how\n1,2\n", "x").findings] == ["line 1"]
    assert read_weather(GOOD.replace("wording", "colour").encode(), "x").ok
