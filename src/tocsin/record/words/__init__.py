"""What the bulletin says, one file a language: neutral words, in which a claim always stands with who made it."""

from __future__ import annotations

from types import ModuleType

from tocsin.core.registry import modules_of


def languages() -> dict[str, ModuleType]:
    """Every language by its tag."""
    return modules_of(__name__)


def words(language: str) -> ModuleType:
    """The words of a language, of its base language, or English."""
    known = languages()
    return known.get(language) or known.get(language.split("-", maxsplit=1)[0]) or known["en"]
