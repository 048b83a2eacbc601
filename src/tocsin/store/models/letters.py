"""Messages between processes that no worker could take. Operation, not record: what is done with one is a fact."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models


class DeadLetter(models.Model):
    """One dead letter. ``text``: what it says, for the next try."""

    letter = models.TextField(primary_key=True)
    subject = models.TextField()
    sender = models.TextField()
    about = models.TextField()
    reason = models.TextField()
    tries = models.IntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    text = models.TextField()
    standing = models.TextField(default="waiting")

    class Meta:
        app_label = "store"
        db_table = "tocsin_dead_letter"
        indexes: ClassVar[list[Any]] = [models.Index(fields=["standing", "last_at"], name="tocsin_dead_letter_of")]

    def __str__(self) -> str:
        return f"dead letter {self.letter}"
