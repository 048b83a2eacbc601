"""A form acts once: a second click, a page gone back to, or a try after a lost answer does nothing more."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable

from django.core.cache import cache
from django.http import HttpRequest

FIELD = "once"
"""The hidden field that holds the form's own number."""

_KEPT_S = 3600
_LONGEST = 64
_lock = threading.Lock()


def number() -> str:
    """A number for a form that is shown now."""
    return secrets.token_hex(8)


def given(request: HttpRequest) -> str:
    """The form's number as it came back, "" without a usable one."""
    text = request.POST.get(FIELD, "")
    return text if text.isascii() and text.isalnum() and len(text) <= _LONGEST else ""


def do(request: HttpRequest, act: Callable[[], str]) -> str:
    """What ``act`` gives; for a form that was sent before, what it gave then. What ``act`` raises is not kept."""
    mine = given(request)
    if not mine:
        return act()
    key = f"tocsin.once:{request.user.pk}:{request.path_info}:{mine}"
    with _lock:  # acts wait for one another in the ledger anyway
        found: str | None = cache.get(key)
        if found is None:
            found = act()
            cache.set(key, found, timeout=_KEPT_S)
        return found
