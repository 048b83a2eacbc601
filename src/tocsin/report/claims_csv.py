"""Claims from a CSV file: every bad row is named, and nothing of a file with a bad row is taken.

``docs/reference/claims-csv.md`` says what the columns hold.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, get_args

from tocsin.core.errors import Invalid, TocsinError
from tocsin.core.finding import Finding, Findings
from tocsin.core.time import parse_instant
from tocsin.report import commands as cmd
from tocsin.report.events import Claim, Grade, Op, Scope
from tocsin.report.phrases import languages, parse

COLUMNS: dict[str, str] = {
    "client_id": "Your own number of the claim; the same one of a source twice is one claim.",
    "source": "Id of the source, which must be known.",
    "incident": "Id of the incident; empty for a claim of a day or of the whole city.",
    "wording": "Exactly as it was said.",
    "language": "Language of the wording, e.g. en.",
    "subject": "What is counted; empty to read it from the wording.",
    "category": "Of whom, e.g. civilian.",
    "scope": "incident, building, flat, day or running_total; empty is incident.",
    "op": "eq, ge, gt, le, lt, approx, range or said; empty to read it from the wording.",
    "n": "The number.",
    "n2": "The upper end of a range.",
    "grade": "1 to 5; empty is 4.",
    "said_at": "When, ISO 8601 with offset.",
    "said_at_printed": "The time as printed, when its zone is not stated.",
    "area": "Id of the area.",
    "attribution": "Who said it to the source, as the source names them.",
    "out_of_area": "yes when it is about somewhere else.",
}
NEEDED = ("client_id", "source", "wording", "language")
MOST_ROWS = 50_000
_CODE = "TOC-10009"


def read_claims(
    data: bytes, *, now: datetime, new_id: Callable[[], str]
) -> tuple[list[tuple[int, cmd.MakeClaim]], list[Finding]]:
    """The commands of a file, each with its line, and what is wrong with it.

    Args:
        data: CSV in UTF-8, with a line of column names.
        now: when all of it was learned.
        new_id: gives ids.
    """
    found = Findings()
    try:
        rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        names = list(rows.fieldnames or ())
        given = list(zip(range(2, MOST_ROWS + 3), rows, strict=False))
    except (UnicodeDecodeError, csv.Error) as fault:
        found.add(_CODE, "file", "", f"It is no CSV in UTF-8: {fault}.", "Save it as CSV (UTF-8).")
        return [], found.all
    for name in NEEDED:
        if name not in names:
            found.add(_CODE, name, "", f"The column {name} is missing.", f"Add it. {COLUMNS[name]}")
    for name in names:
        if name not in COLUMNS:
            found.add(_CODE, name or "file", "", f"There is no column {name!r}.", f"Use {', '.join(COLUMNS)}.")
    if len(given) > MOST_ROWS:
        found.add(_CODE, "file", "", f"It has more than {MOST_ROWS} rows.", "Divide it.")
    made: list[tuple[int, cmd.MakeClaim]] = []
    if found.failed:
        return made, found.all
    for line, row in given:
        try:
            made.append((line, cmd.MakeClaim(claim=_claim(row, now, new_id()))))
        except TocsinError as fault:
            found.add(
                fault.code, f"line {line}, {fault.field}", row.get("client_id") or "", fault.message, fault.remedy
            )
    return made, found.all


def _claim(row: Mapping[str | None, Any], now: datetime, id_: str) -> Claim:
    if None in row or None in row.values():
        raise _bad("The row has more or fewer fields than the first line.", "row", "Quote fields that hold commas.")
    text = {name: str(row.get(name) or "").strip() for name in COLUMNS}
    for name in NEEDED:
        if not text[name]:
            raise _bad(f"{name} is empty.", name, COLUMNS[name])
    read = parse(text["wording"], text["language"]) if not text["op"] and text["language"] in languages() else None
    op = text["op"] or (read.op if read is not None else "said")
    subject = text["subject"] or (read.subject if read is not None else "statement" if op == "said" else "")
    if not subject:
        raise _bad("The words do not say what is counted.", "subject", "Fill it in, e.g. windows.")
    return Claim(
        id=id_,
        client_id=text["client_id"],
        source=text["source"],
        incident=text["incident"],
        wording=text["wording"],
        language=text["language"],
        subject=subject,
        category=text["category"],
        scope=_one_of(text["scope"] or "incident", get_args(Scope), "scope"),
        op=_one_of(op, get_args(Op), "op"),
        n=read.n if read is not None else _number(text["n"], "n"),
        n2=read.n2 if read is not None else _number(text["n2"], "n2"),
        grade=_one_of(_number(text["grade"], "grade") or 4, get_args(Grade), "grade"),
        said_at=parse_instant(text["said_at"], field="said_at", code=_CODE) if text["said_at"] else None,
        said_at_printed=text["said_at_printed"],
        learned_at=now,
        area=text["area"],
        attribution=text["attribution"],
        out_of_area=text["out_of_area"].casefold() in {"yes", "true", "1"},
    )


def _number(text: str, field: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise _bad(f"{text!r} is no whole number.", field, "Write digits alone.")
    return int(text)


def _one_of(value: Any, choices: tuple[Any, ...], field: str) -> Any:
    if value not in choices:
        raise _bad(f"{value!r} is not known here.", field, f"Use one of {', '.join(map(str, choices))}.")
    return value


def _bad(message: str, field: str, remedy: str) -> TocsinError:

    return Invalid(_CODE, message, field=field, remedy=remedy)
