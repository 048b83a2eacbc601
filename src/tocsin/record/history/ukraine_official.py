"""Air-raid alerts of Ukraine from the official channel: oblast, raion or hromada, start and end with offset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tocsin.record.history import _ukraine
from tocsin.record.history._read import Options, Watch, aware
from tocsin.record.rows import Notes, Row, slug

NAME = "ukraine_official"
ZONE = _ukraine.ZONE
LICENCE = _ukraine.LICENCE
SOURCE = "official channel, collected by the ukrainian-air-raid-sirens-dataset"
HEADER = ("oblast", "raion", "hromada", "level", "started_at", "finished_at", "source")
INVENTED_S = 3600

gaps = _ukraine.gaps


def read(rows: Iterator[Mapping[str, str]], notes: Notes, options: Options) -> Iterator[Row]:
    """The alerts of the file."""
    watch = Watch(notes, options.zone)
    for number, row in enumerate(rows, 2):
        made = _row(number, row, notes, watch)
        if made is not None and not watch.twice(made):
            yield made
    watch.names_done()


def _row(number: int, row: Mapping[str, str], notes: Notes, watch: Watch) -> Row | None:
    oblast, raion = (row.get("oblast") or "").strip(), (row.get("raion") or "").strip()
    hromada = (row.get("hromada") or "").strip()
    if oblast.endswith("raion") and raion.endswith("oblast"):
        notes.note("oblast_and_raion_swapped", number, "swapped back")
        oblast, raion = raion, oblast
    start, end = aware(row.get("started_at") or ""), aware(row.get("finished_at") or "")
    if not oblast or start is None or end is None:
        notes.note("unreadable", number, "left out: no region, or a time without offset")
        return None
    if not watch.times(number, start, end):
        return None
    flags: tuple[str, ...] = ()
    if (end - start).total_seconds() == INVENTED_S:
        notes.note("lasts_exactly_an_hour", number, "kept; its end is marked as probably invented")
        flags = ("invented_end",)
    watch.inside(hromada, f"{oblast} / {raion}")
    return Row(
        number=number,
        region=slug(oblast),
        name=oblast,
        place=" / ".join(part for part in (raion, hromada) if part),
        start=int(start.timestamp()),
        end=int(end.timestamp()),
        flags=flags,
    )
