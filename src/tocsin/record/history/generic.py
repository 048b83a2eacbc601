"""A plain table of alerts: ``area``, ``start``, ``end`` and, if you like, ``place`` and ``kind``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from tocsin.record.history._read import Options, Watch, aware, local
from tocsin.record.rows import KnownGap, Notes, Row, slug

NAME = "generic"
ZONE = "UTC"
LICENCE = ""
SOURCE = "imported table"
HEADER = ("area", "start", "end")
NOT_COUNTED = frozenset(("drill", "exercise", "test"))


def gaps(_rows: Sequence[Row]) -> tuple[KnownGap, ...]:
    """None is known."""
    return ()


def read(rows: Iterator[Mapping[str, str]], notes: Notes, options: Options) -> Iterator[Row]:
    """The alerts of the file. A time without offset is one of ``options.zone``; an empty end makes it an instant."""
    watch = Watch(notes, options.zone)
    for number, row in enumerate(rows, 2):
        made = _row(number, row, notes, watch)
        if made is not None and not watch.twice(made):
            yield made


def _row(number: int, row: Mapping[str, str], notes: Notes, watch: Watch) -> Row | None:
    area, stop = (row.get("area") or "").strip(), (row.get("end") or "").strip()
    if (row.get("kind") or "").strip().casefold() in NOT_COUNTED:
        notes.note("drill_or_test", number, "left out: it is no alert")
        return None
    start = _instant(row.get("start") or "", number, notes, watch)
    end = start if not stop else _instant(stop, number, notes, watch)
    if not slug(area) or start is None or end is None:
        notes.note("unreadable", number, "left out: no area, or a time that is none")
        return None
    if not stop:
        notes.note("no_end", number, "kept as an instant: it marks its day and has no length")
    if not watch.times(number, start, end, known_end=bool(stop)):
        return None
    return Row(
        number=number,
        region=slug(area),
        name=area,
        place=(row.get("place") or "").strip(),
        start=int(start.timestamp()),
        end=int(end.timestamp()),
        flags=() if stop else ("instant",),
    )


def _instant(text: str, number: int, notes: Notes, watch: Watch) -> datetime | None:
    known = aware(text.strip())
    if known is not None:
        return known
    try:
        naive = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if naive.tzinfo is not None:
        return None
    notes.note("time_without_offset", number, f"read as local time in {watch.zone}")
    return local(naive, watch.tz, number, notes)
