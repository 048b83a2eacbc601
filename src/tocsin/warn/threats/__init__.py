"""The dangers that can be warned of: one file is one danger, found by reading this folder."""

from __future__ import annotations

from functools import lru_cache

from tocsin.core.errors import Unknown
from tocsin.core.registry import modules_of
from tocsin.warn.threats._base import ACTS, LEVELS, Act, Rating, Threat

__all__ = ["ACTS", "LEVELS", "Act", "Rating", "Threat", "names", "threat", "threats"]


@lru_cache(maxsize=1)
def threats() -> dict[str, Threat]:
    """Every danger by its name, sorted."""
    return {name: module.THREAT for name, module in modules_of(__name__).items()}


def names() -> tuple[str, ...]:
    """The names of all dangers, sorted."""
    return tuple(threats())


def threat(name: str) -> Threat:
    """The danger of that name.

    Raises:
        Unknown: there is no such file (TOC-1012).
    """
    found = threats().get(name)
    if found is None:
        raise Unknown(
            "TOC-1012",
            f"{name!r} is not a threat that is known here.",
            field="threat",
            remedy=f"Use one of {', '.join(names())}.",
        )
    return found
