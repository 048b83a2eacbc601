"""The store as a Django app, label ``store``."""

from __future__ import annotations

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """Ledger, read tables, accounts."""

    name = "tocsin.store"
    label = "store"
    verbose_name = "Tocsin store"
