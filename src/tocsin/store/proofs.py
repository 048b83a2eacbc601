"""The last word on each way to people, in the database, so that every door and every machine can show it."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.app.paths import Proof
from tocsin.store.models.proofs import PathProof
from tocsin.store.trouble import trouble
from tocsin.store.turns import turn


class DjangoProofs:
    """A :class:`tocsin.app.paths.Proofs` in the database ``using``.

    Args:
        using: Django's alias of the database.
    """

    def __init__(self, using: str = "default") -> None:
        self._using = using

    def keep(self, proof: Proof) -> None:
        """Replace what was known of that way; a try that failed leaves the last proof and its time standing.

        Raises:
            Unavailable: the database does not do its part (TOC-8002).
        """
        fields = ["tried_at", "said", "every_s"] + (["proven_at", "took_ms"] if proof.proven_at is not None else [])
        row = PathProof(
            path=proof.path,
            tried_at=proof.tried_at,
            proven_at=proof.proven_at,
            took_ms=proof.took_ms,
            said=proof.said,
            every_s=proof.every_s,
        )
        why = f"the proof of {proof.path} could not be kept"
        with trouble(self._using, "TOC-8002", why), turn(self._using, first=False):
            PathProof.objects.using(self._using).bulk_create(
                [row], update_conflicts=True, unique_fields=["path"], update_fields=fields
            )

    def all(self) -> Sequence[Proof]:
        """The last word on each way, by name.

        Raises:
            Unavailable: the database does not do its part (TOC-8002).
        """
        with trouble(self._using, "TOC-8002", "the proofs of the ways to people could not be read"):
            return [
                Proof(
                    path=row.path,
                    tried_at=row.tried_at,
                    proven_at=row.proven_at,
                    took_ms=row.took_ms,
                    said=row.said,
                    every_s=row.every_s,
                )
                for row in PathProof.objects.using(self._using).order_by("path")
            ]
