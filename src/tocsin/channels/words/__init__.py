"""What a channel says around a notice, one file a language: found by reading this folder."""

from __future__ import annotations

from functools import lru_cache

from tocsin.core.registry import modules_of
from tocsin.core.text import pick


@lru_cache(maxsize=1)
def _languages() -> dict[str, dict[str, str]]:
    return {name.replace("_", "-"): module.WORDS for name, module in modules_of(__name__).items()}


def say(language: str, key: str) -> str:
    """One of the words, in the language or the nearest that there is."""
    return pick({tag: words[key] for tag, words in _languages().items()}, language)
