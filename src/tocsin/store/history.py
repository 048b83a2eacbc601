"""Imported alert histories in a database: written in bulk, in one transaction a set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db import transaction

from tocsin.record.rows import Row
from tocsin.store.models.history import HistoryAlert, HistorySet
from tocsin.store.trouble import trouble

BATCH = 4000
COLUMNS = ("number", "region", "name", "place", "start", "end", "flags")


class DjangoHistory:
    """A :class:`tocsin.record.rows.HistoryStore` in the database ``using``. Safe between threads and processes.

    Args:
        using: Django's alias of the database.
    """

    def __init__(self, using: str = "default") -> None:
        self._using = using

    def keep(self, digest: str, rows: Sequence[Row]) -> None:
        """Keep the rows; nothing happens when that digest is kept already.

        Raises:
            Unavailable: the database does not do its part (TOC-8002); nothing was kept then.
        """
        with trouble(self._using, "TOC-8002", "the history could not be kept"):
            sets = HistorySet.objects.using(self._using)
            if sets.filter(digest=digest).exists():
                return
            with transaction.atomic(using=self._using):
                _, made = sets.get_or_create(digest=digest, defaults={"rows": len(rows)})
                if made:
                    HistoryAlert.objects.using(self._using).bulk_create(_models(digest, rows), batch_size=BATCH)

    def rows(self, digest: str) -> Sequence[Row]:
        """The rows of a digest in their order; none when they are not kept.

        Raises:
            Unavailable: the database does not do its part (TOC-8002).
        """
        with trouble(self._using, "TOC-8002", "the history could not be read"):
            found = HistoryAlert.objects.using(self._using).filter(digest=digest).order_by("position")
            return [
                Row(number, region, name, place, start, end, tuple(flags.split()))
                for number, region, name, place, start, end, flags in found.values_list(*COLUMNS)
            ]


def _models(digest: str, rows: Sequence[Row]) -> Iterator[HistoryAlert]:
    for position, row in enumerate(rows):
        yield HistoryAlert(
            digest=digest,
            position=position,
            number=row.number,
            region=row.region,
            name=row.name,
            place=row.place,
            start=row.start,
            end=row.end,
            flags=" ".join(row.flags),
        )
