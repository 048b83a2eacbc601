"""Whether each way to people has proven itself lately. Operation, not record: a row is overwritten every minute."""

from __future__ import annotations

from django.db import models


class PathProof(models.Model):
    """The last word on one way to people."""

    path = models.TextField(primary_key=True)
    tried_at = models.DateTimeField()
    proven_at = models.DateTimeField(null=True)
    took_ms = models.FloatField(default=0.0)
    said = models.TextField(default="")
    every_s = models.FloatField(default=60.0)

    class Meta:
        app_label = "store"
        db_table = "tocsin_path_proof"

    def __str__(self) -> str:
        return f"proof of {self.path}"
