"""Rows of imported alert histories, beside the ledger, under the digest that the ledger names."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models


class HistorySet(models.Model):
    """A kept set of rows. It is written in the transaction of its rows, so that it is there whole or not at all."""

    digest = models.TextField(primary_key=True)
    rows = models.BigIntegerField()

    class Meta:
        app_label = "store"
        db_table = "history_set"

    def __str__(self) -> str:
        return str(self.digest)


class HistoryAlert(models.Model):
    """One alert of one region; ``position``: its order in the set. Times: seconds since 1970 in UTC."""

    digest = models.TextField()
    position = models.BigIntegerField()
    number = models.BigIntegerField()
    region = models.TextField()
    name = models.TextField()
    place = models.TextField()
    start = models.BigIntegerField()
    end = models.BigIntegerField()
    flags = models.TextField()

    class Meta:
        app_label = "store"
        db_table = "history_alert"
        indexes: ClassVar[list[Any]] = [models.Index(fields=["digest", "position"], name="history_alert_order")]

    def __str__(self) -> str:
        return f"{self.region} {self.start}"
