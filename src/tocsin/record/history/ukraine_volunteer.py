"""Air-raid alerts of Ukraine as volunteers collected them: region, start, end, and whether that is invented."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tocsin.record.history import _ukraine
from tocsin.record.history._read import Options, Watch, aware
from tocsin.record.rows import Notes, Row, slug

NAME = "ukraine_volunteer"
ZONE = _ukraine.ZONE
LICENCE = _ukraine.LICENCE
SOURCE = "volunteers, collected by the ukrainian-air-raid-sirens-dataset"
HEADER = ("region", "started_at", "finished_at", "naive")

gaps = _ukraine.gaps


def read(rows: Iterator[Mapping[str, str]], notes: Notes, options: Options) -> Iterator[Row]:
    """The alerts of the file."""
    watch = Watch(notes, options.zone)
    for number, row in enumerate(rows, 2):
        region = (row.get("region") or "").strip()
        start, end = aware(row.get("started_at") or ""), aware(row.get("finished_at") or "")
        if not region or start is None or end is None:
            notes.note("unreadable", number, "left out: no region, or a time without offset")
            continue
        if not watch.times(number, start, end):
            continue
        invented = (row.get("naive") or "").strip().lower() == "true"
        if invented:
            notes.note("end_invented_by_the_source", number, "kept; its end, 30 minutes on, is marked as invented")
        made = Row(
            number=number,
            region=slug(region),
            name=region,
            place="",
            start=int(start.timestamp()),
            end=int(end.timestamp()),
            flags=("invented_end",) if invented else (),
        )
        if not watch.twice(made):
            yield made
