"""The address book: who is to be warned. Beside the ledger, erasable, in no export."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models


class SubscriptionRow(models.Model):
    """One subscription. Once it is gone ``digest`` and ``token`` are null and its texts empty.

    ``cells`` are hex, joined by spaces; ``address`` is JSON.
    """

    channel = models.TextField()
    digest = models.TextField(unique=True, null=True)
    address = models.TextField()
    cells = models.TextField()
    language = models.TextField()
    level = models.TextField()
    created = models.DateTimeField()
    state = models.TextField()
    token = models.TextField(unique=True, null=True)
    reason = models.TextField(default="")

    class Meta:
        app_label = "store"
        db_table = "tocsin_subscription"
        indexes: ClassVar[list[Any]] = [models.Index(fields=["channel", "state"], name="tocsin_subscription_state")]

    def __str__(self) -> str:
        return f"{self.channel} subscription {self.pk}"


class SubscriptionCell(models.Model):
    """One cell of an active subscription, as a number: cells below one cell of a coarser resolution are one range."""

    channel = models.TextField()
    cell = models.BigIntegerField()
    subscription = models.BigIntegerField()

    class Meta:
        app_label = "store"
        db_table = "tocsin_subscription_cell"
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["channel", "cell", "subscription"], name="tocsin_subscription_reach")
        ]

    def __str__(self) -> str:
        return f"cell of {self.subscription}"
