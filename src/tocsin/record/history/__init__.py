"""Alert histories of other systems: one file of this folder a form, found by reading the folder.

A form is a module with ``NAME``, ``ZONE``, ``LICENCE``, ``SOURCE``, ``HEADER`` (the columns by which a file is known)
and ``read(rows, notes, options)``, which yields a :class:`~tocsin.record.rows.Row` for each alert that counts.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from datetime import date
from types import ModuleType
from zoneinfo import ZoneInfo

from tocsin.core.errors import Invalid
from tocsin.core.registry import modules_of
from tocsin.core.time import zone as zone_of
from tocsin.record.days import instant
from tocsin.record.history._read import Options
from tocsin.record.rows import HistoryRead, Notes, Progress, Row, digest

MOST_BYTES = 256 * 2**20
STEP = 1000


def forms() -> dict[str, ModuleType]:
    """Every form by its name."""
    return {module.NAME: module for module in modules_of(__name__).values()}


def _bad(message: str, remedy: str, field: str = "file") -> Invalid:
    return Invalid("TOC-12001", message, field=field, remedy=remedy)


def _text(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise _bad(f"The file is larger than {MOST_BYTES} bytes.", "Split it.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise _bad(f"The file is not UTF-8: byte {fault.start}.", "Save it as CSV in UTF-8.") from fault


def form_of(columns: tuple[str, ...]) -> ModuleType:
    """The form whose header these columns are; the most demanding one wins.

    Raises:
        Invalid: none (TOC-12001).
    """
    fitting = [form for form in forms().values() if set(form.HEADER) <= set(columns)]
    if not fitting:
        known = "; ".join(f"{name}: {', '.join(form.HEADER)}" for name, form in forms().items())
        raise _bad(
            f"No form has the columns {', '.join(columns)[:200]}.",
            f"Use a header of one of these forms ({known}); docs/how-to/import-alerts.md shows them.",
        )
    return max(fitting, key=lambda form: len(form.HEADER))


def read_history(
    data: bytes, *, form: str = "", zone: str = "", name: str = "", progress: Progress = lambda _rows: None
) -> HistoryRead:
    """Read a file of alerts whole; every quirk is counted and named, and nothing is changed in silence.

    Args:
        data: the bytes of a CSV file, UTF-8.
        form: its form; found by its header without it.
        zone: the IANA zone of local times and of days; the form's own without it.
        name: the name of the data set here; the form's without it.
        progress: told how many more rows were read.

    Raises:
        Invalid: it cannot be read, or is of no known form (TOC-12001); no such zone (TOC-8001).
    """
    reader = csv.DictReader(io.StringIO(_text(data)), strict=True)
    columns = tuple(reader.fieldnames or ())
    module = _named(form, columns) if form else form_of(columns)
    options = Options(zone=zone or module.ZONE)
    tz = zone_of(options.zone)
    notes, counter = Notes(), Counted(progress)
    try:
        rows = tuple(module.read(counter.over(reader), notes, options))
    except csv.Error as fault:
        raise _bad(
            f"Line {reader.line_num} is no CSV: {fault}.", "Mend that line.", f"line {reader.line_num}"
        ) from fault
    days = sorted({_day(row.start, tz) for row in (rows and (min(rows, key=_start), max(rows, key=_start)))})
    return HistoryRead(
        form=module.NAME,
        dataset=name or module.NAME.replace("_", "-"),
        zone=options.zone,
        licence=module.LICENCE,
        source=module.SOURCE,
        sha256=hashlib.sha256(data).hexdigest(),
        rows_sha256=digest(rows),
        read=counter.count,
        rows=rows,
        first=days[0] if days else None,
        last=days[-1] if days else None,
        quirks=notes.quirks(),
        gaps=module.gaps(rows),
    )


def _named(form: str, columns: tuple[str, ...]) -> ModuleType:
    module = forms().get(form)
    if module is None:
        raise _bad(f"There is no form {form!r}.", f"Use one of {', '.join(forms())}.", "form")
    lacking = [column for column in module.HEADER if column not in columns]
    if lacking:
        raise _bad(f"The header lacks {', '.join(lacking)}.", f"The form {form} needs {', '.join(module.HEADER)}.")
    return module


def _start(row: Row) -> int:
    return row.start


def _day(at: int, tz: ZoneInfo) -> date:
    return instant(at).astimezone(tz).date()


class Counted:
    """Counts rows as they pass, and says so now and then."""

    def __init__(self, progress: Progress) -> None:
        self.count = 0
        self._progress = progress

    def over(self, rows: Iterator[dict[str | None, str]]) -> Iterator[Mapping[str | None, str]]:
        """The same rows."""
        for row in rows:
            self.count += 1
            if self.count % STEP == 0:
                self._progress(STEP)
            yield row
        self._progress(self.count % STEP)
