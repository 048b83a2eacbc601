"""Officers, their roles, and API keys. The only tables with personal data; the ledger knows an officer by ``ref``."""

from __future__ import annotations

import secrets
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


def new_ref() -> str:
    """A random reference of 80 bits that says nothing of the person behind it."""
    return secrets.token_hex(10)


class OfficerManager(BaseUserManager["Officer"]):
    """Makes officers."""

    def create_user(self, login: str, password: str | None = None, **fields: Any) -> Officer:
        """A new officer; without a password nobody can sign in with one."""
        officer = self.model(login=self.model.normalize_username(login), **fields)
        officer.set_password(password)
        officer.save(using=self._db)
        return officer

    def get_by_natural_key(self, username: str | None) -> Officer:
        """The officer with that login, letter case aside."""
        return self.get(login__iexact=username)


class Officer(AbstractBaseUser):
    """A person who may sign in. ``ref`` alone leaves this table, as the actor ``officer:<ref>``."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref, editable=False)
    login = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True)
    created = models.DateTimeField(auto_now_add=True)

    objects = OfficerManager()

    USERNAME_FIELD = "login"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        app_label = "store"
        db_table = "tocsin_officer"


class RoleGrant(models.Model):
    """A role of an officer in an area and everything below it; ``area_id`` "*" is everywhere."""

    officer = models.ForeignKey(Officer, on_delete=models.CASCADE, related_name="roles")
    role = models.CharField(max_length=16)
    area_id = models.CharField(max_length=100, default="*")

    class Meta:
        app_label = "store"
        db_table = "tocsin_role_grant"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["officer", "role", "area_id"], name="tocsin_role_once")
        ]

    def __str__(self) -> str:
        return f"{self.role} in {self.area_id}"


class ApiKey(models.Model):
    """A key for machines. The secret is shown once; only its SHA-256 is kept.

    ``prefix`` (public, in the clear) finds the row; ``digest`` decides. ``label`` is the source that a sensor's key
    may speak for. ``last_used`` is a day, not an instant: enough to find dead keys, too little to follow anybody.
    """

    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    label = models.CharField(max_length=100)
    ref = models.CharField(max_length=20, unique=True, default=new_ref, editable=False)
    owner_kind = models.CharField(max_length=8)
    officer = models.ForeignKey(Officer, null=True, blank=True, on_delete=models.CASCADE, related_name="keys")
    grants = models.JSONField(default=list)
    created = models.DateTimeField(auto_now_add=True)
    last_used = models.DateField(null=True, blank=True)
    revoked = models.DateTimeField(null=True, blank=True)

    class Meta:
        app_label = "store"
        db_table = "tocsin_api_key"

    def __str__(self) -> str:
        return f"{self.prefix} ({self.label})"
