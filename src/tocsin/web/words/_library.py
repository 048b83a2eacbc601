"""What Django and allauth say on our pages and ship no translation for in one of our languages."""

from __future__ import annotations

LIBRARY: tuple[str, ...] = ()
