"""Texts in several languages: a mapping from language tag (RFC 5646, lower case) to text."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

Texts = Mapping[str, str]

_FOLDED = str.maketrans(dict.fromkeys("’ʼ‘`´ʹ׳", "'") | dict.fromkeys("‐‑‒–—־", "-") | {"ё": "е"})


def pick(texts: Texts, language: str, fallback: str = "en") -> str:
    """The text in ``language``, else its base language, else ``fallback``, else any; "" when there is none."""
    for tag in (language, language.split("-", maxsplit=1)[0], fallback):
        if tag in texts:
            return texts[tag]
    return next(iter(texts.values()), "")


def fold(name: str) -> str:
    """Fold a place name for comparison: case, apostrophes, hyphens, spaces, composed and single marks, ё (rule R9)."""
    # Apostrophes first: compatibility forms would split the acute accent. Then until nothing changes: each step may
    # uncover work for another (a capital Ё with a further mark).
    plain, before = name.translate(_FOLDED), ""
    while plain != before:
        before = plain
        plain = unicodedata.normalize("NFKC", plain.casefold()).translate(_FOLDED)
    return " ".join(plain.replace("-", " ").split())
