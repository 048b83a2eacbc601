"""Weather from a CSV file: every row, or none and every reason why; ``docs/how-to/dispatch.md`` names the columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Literal

import msgspec

from tocsin.core.errors import Invalid
from tocsin.core.finding import Finding, Findings
from tocsin.core.time import parse_instant
from tocsin.repair.commands import ObserveWeather

MOST_ROWS = 20_000
CODE = "TOC-11004"
COLUMNS = ("at", "temperature_c", "wind_ms", "op", "source", "wording")
_NEEDED = ("at", "temperature_c")


class WeatherImport(msgspec.Struct, frozen=True, kw_only=True):
    """``observed`` in the order of their own time; empty when any finding is an error."""

    observed: tuple[ObserveWeather, ...]
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing stands against the import."""
        return not any(finding.severity == "error" for finding in self.findings)


def read_weather(data: bytes, source: str) -> WeatherImport:
    """Read and check a CSV file in UTF-8. ``source``: who says so, where a row does not name its own."""
    found = Findings()
    observed = [one for one in _rows(data, source, found) if one is not None]
    if found.failed:
        return WeatherImport(observed=(), findings=tuple(found.all))
    return WeatherImport(observed=tuple(sorted(observed, key=lambda one: one.at)), findings=tuple(found.all))


def _rows(data: bytes, source: str, found: Findings) -> list[ObserveWeather | None]:
    try:
        lines = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        heads = lines.fieldnames or []
        lacking = [name for name in _NEEDED if name not in heads]
        if lacking:
            message = f"The first line lacks {', '.join(lacking)}."
            found.add(CODE, "line 1", "", message, f"Begin with a line of names: {', '.join(COLUMNS)}.")
            return []
        unknown = sorted({str(name) for name in heads} - set(COLUMNS))
        if unknown:
            message = f"Not understood and left out: {', '.join(unknown)}."
            found.add(CODE, "line 1", "", message, "Check the spelling, or ignore this.", severity="warning")
        return [_row(row, f"line {at}", source, found) for at, row in zip(range(2, MOST_ROWS + 2), lines, strict=False)]
    except (UnicodeDecodeError, csv.Error) as fault:
        found.add(CODE, "file", "", f"The file is no CSV in UTF-8: {fault}.", "Save it as CSV, UTF-8.")
        return []


def _row(row: Mapping[str, str | None], field: str, source: str, found: Findings) -> ObserveWeather | None:
    said = {key: (value or "").strip() for key, value in row.items() if key in COLUMNS}
    try:
        return ObserveWeather(
            at=parse_instant(said.get("at", ""), field="at", code=CODE),
            temperature_c=_number(said.get("temperature_c", ""), "temperature_c"),
            wind_ms=_number(said["wind_ms"], "wind_ms") if said.get("wind_ms") else None,
            op=_op(said.get("op", "")),
            source=said.get("source") or source,
            wording=said.get("wording", ""),
        )
    except Invalid as fault:
        found.add(CODE, f"{field}.{fault.field}", "", fault.message, fault.remedy)
        return None


def _number(text: str, field: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not -90 <= value <= 100:  # fails for "not a number", too
        raise Invalid(CODE, f"{text!r} is no such number.", field=field, remedy="Write °C and m/s, like -12.5 and 4.")
    return value


def _op(text: str) -> Literal["eq", "lt", "gt"]:
    if text not in ("", "eq", "lt", "gt"):
        raise Invalid(CODE, f"{text!r} is no bound.", field="op", remedy="Write eq, lt or gt, or nothing for eq.")
    return text or "eq"  # type: ignore[return-value]  # one of them
