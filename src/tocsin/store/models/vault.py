"""What is kept beside the ledger and may be erased: exact places, addresses, contacts, who is at home."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models


class SealedDocument(models.Model):
    """One sealed document as JSON text, "" once it is erased. No time: a fact that holds the reference has one."""

    reference = models.TextField(primary_key=True)
    kind = models.TextField()
    text = models.TextField()

    class Meta:
        app_label = "store"
        db_table = "tocsin_sealed"
        indexes: ClassVar[list[Any]] = [models.Index(fields=["kind"], name="tocsin_sealed_kind")]

    def __str__(self) -> str:
        return f"sealed {self.kind}"
