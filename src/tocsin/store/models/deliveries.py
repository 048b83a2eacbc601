"""How far notices came: counts, and who is to be tried again by the number of the subscription."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models


class DeliveryRun(models.Model):
    """One notice on one channel for one share of the address book. ``notice``: its JSON, "" once the run is over."""

    id = models.BigAutoField(primary_key=True)
    notice_id = models.TextField()
    seq = models.BigIntegerField()
    warning = models.TextField()
    act = models.TextField()
    channel = models.TextField()
    share = models.TextField()
    notice = models.TextField()
    cursor = models.BigIntegerField(default=0)
    targeted = models.BigIntegerField(default=0)
    sent = models.BigIntegerField(default=0)
    accepted = models.BigIntegerField(default=0)
    delivered = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)
    gone = models.BigIntegerField(default=0)
    exhausted = models.BigIntegerField(default=0)
    withdrawn = models.BigIntegerField(default=0)
    began = models.DateTimeField()
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "store"
        db_table = "tocsin_delivery_run"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["notice_id", "channel", "share"], name="tocsin_delivery_run_once")
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["warning"], name="tocsin_delivery_run_warning"),
            models.Index(fields=["id"], condition=models.Q(done_at=None), name="tocsin_delivery_run_open"),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} by {self.channel}, {self.share}"


class DeliveryRetry(models.Model):
    """A subscription that is to be tried again."""

    id = models.BigAutoField(primary_key=True)
    run = models.BigIntegerField()
    subscription = models.BigIntegerField()
    attempt = models.BigIntegerField()
    due = models.DateTimeField()

    class Meta:
        app_label = "store"
        db_table = "tocsin_delivery_retry"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["run", "subscription"], name="tocsin_delivery_retry_once")
        ]

    def __str__(self) -> str:
        return f"run {self.run}, attempt {self.attempt}"


class DeliveryReceipt(models.Model):
    """What the other side calls a message, or a part of one, of which it has not reported yet."""

    id = models.BigAutoField(primary_key=True)
    channel = models.TextField()
    receipt = models.TextField()
    run = models.BigIntegerField()
    subscription = models.BigIntegerField()

    class Meta:
        app_label = "store"
        db_table = "tocsin_delivery_receipt"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["channel", "receipt"], name="tocsin_delivery_receipt_once")
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["run", "subscription"], name="tocsin_delivery_receipt_of")]

    def __str__(self) -> str:
        return f"receipt of run {self.run}"
