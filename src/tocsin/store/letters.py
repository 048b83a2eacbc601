"""Dead letters in the database, so that every door shows those that any worker met."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from django.db import transaction
from django.db.models import Case, Count, IntegerField, Value, When

from tocsin.app.letters import MOST, Letter, Standing, merged
from tocsin.store.models.letters import DeadLetter
from tocsin.store.trouble import trouble
from tocsin.store.turns import turn

_FIELDS = ("subject", "sender", "about", "reason", "tries", "first_at", "last_at", "text", "standing")


class DjangoLetters:
    """A :class:`tocsin.app.letters.Letters` in the database ``using``.

    Args:
        using: Django's alias of the database.
        most: letters that are kept; the oldest gives way.
    """

    def __init__(self, using: str = "default", most: int = MOST) -> None:
        self._using = using
        self._most = most
        self._rows = DeadLetter.objects.using(using)

    def keep(self, letter: Letter) -> None:
        """Put it in, or together with what is known of it.

        Raises:
            Unavailable: the database does not do its part (TOC-8002).
        """
        with (
            trouble(self._using, "TOC-8002", "a dead letter could not be kept"),
            turn(self._using, first=False),
            transaction.atomic(using=self._using),
        ):
            row = self._rows.select_for_update().filter(pk=letter.id).first()
            now = _plain(merged(None if row is None else _letter(row), letter))
            values = {name: getattr(now, name) for name in _FIELDS}
            self._rows.update_or_create(letter=letter.id, defaults=values)
            if row is None:
                self._make_room()

    def _make_room(self) -> None:
        over = self._rows.count() - self._most
        if over > 0:
            oldest = list(self._rows.order_by("last_at").values_list("pk", flat=True)[:over])
            self._rows.filter(pk__in=oldest).delete()

    def find(self, letter: str) -> Letter | None:
        """The letter of that id."""
        with trouble(self._using, "TOC-8002", "a dead letter could not be read"):
            row = self._rows.filter(pk=letter).first()
        return None if row is None else _letter(row)

    def newest(self, most: int) -> Sequence[Letter]:
        """Newest first; those that wait before the others."""
        settled = Case(When(standing="waiting", then=Value(0)), default=Value(1), output_field=IntegerField())
        with trouble(self._using, "TOC-8002", "the dead letters could not be read"):
            return [_letter(row) for row in self._rows.order_by(settled, "-last_at", "-letter")[:most]]

    def counts(self) -> dict[Standing, int]:
        """How many there are of each standing."""
        found: dict[Standing, int] = {"waiting": 0, "taken": 0, "aside": 0}
        with trouble(self._using, "TOC-8002", "the dead letters could not be counted"):
            rows = list(self._rows.values_list("standing").annotate(n=Count("letter")).order_by())
        return found | {cast(Standing, standing): n for standing, n in rows}

    def settle(self, letter: str, standing: Standing) -> bool:
        """Let one that waits wait no longer; False when it does not wait."""
        with trouble(self._using, "TOC-8002", "a dead letter could not be settled"):
            return bool(self._rows.filter(pk=letter, standing="waiting").update(standing=standing))

    def forget(self, before: datetime) -> int:
        """Drop those that failed last before that moment; how many."""
        with trouble(self._using, "TOC-8002", "old dead letters could not be dropped"):
            return self._rows.filter(last_at__lt=before).delete()[0]


def _letter(row: DeadLetter) -> Letter:
    return Letter(id=row.letter, **{name: getattr(row, name) for name in _FIELDS})


def _plain(letter: Letter) -> Letter:
    """Without NUL, which PostgreSQL does not keep; what held one could not be read anyway."""
    texts = {name: getattr(letter, name).replace("\0", "\ufffd") for name in ("subject", "sender", "about", "text")}
    return Letter(**{name: getattr(letter, name) for name in ("id", *_FIELDS)} | texts)
