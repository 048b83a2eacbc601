"""How far each worker has come in the ledger, kept across restarts."""

from __future__ import annotations

from tocsin.store.models.ledger import Cursor
from tocsin.store.trouble import trouble
from tocsin.store.turns import at_ease, turn


class Cursors:
    """Named positions. Each name has one writer: the worker that it belongs to.

    A process that dies loses none of them. A power cut may lose the last ones on SQLite: what followed is done again.

    Args:
        using: Django's alias of the database.
    """

    def __init__(self, using: str = "default") -> None:
        self._using = using
        self._rows = Cursor.objects.using(using)

    def get(self, name: str) -> int:
        """The last entry that the worker is done with; 0 when it never began."""
        with trouble(self._using, "TOC-8002", f"the position of {name} could not be read"):
            return self._rows.filter(name=name).values_list("seq", flat=True).first() or 0

    def set(self, name: str, seq: int) -> None:
        """Say that the worker is done with everything up to ``seq``. A lower number makes it begin again from there."""
        why = f"the position of {name} could not be kept"
        with trouble(self._using, "TOC-8002", why), at_ease(self._using), turn(self._using, first=False):
            self._rows.bulk_create(
                [Cursor(name=name, seq=seq)], update_conflicts=True, unique_fields=["name"], update_fields=["seq"]
            )
