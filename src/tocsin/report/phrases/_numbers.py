"""Reading tokens and whole numbers, in digits and in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

from tocsin.report.phrases._language import Language
from tocsin.report.quantity import MOST

_FOLDED = str.maketrans({"ё": "е", "’": "'", "ʼ": "'", "‑": "-"})
DASHES = frozenset("-–—−")
_SPOIL = frozenset("%°‰")
"""After a number: it counts nothing."""


class Token(NamedTuple):
    """A word, a number or a mark, in lower case, and where it stands."""

    text: str
    start: int
    end: int
    number: int | None = None


class Number(NamedTuple):
    """A whole number, and the place of the token after it."""

    value: int
    end: int


@cache
def _pattern(grouping: str) -> re.Pattern[str]:
    parts = re.escape(grouping)
    return re.compile(
        rf"(?P<number>(?<![\w.,])\d{{1,3}}(?:[{parts}]\d{{3}})+(?![.,:/]?\w))"
        r"|(?P<odd>\d+(?:[.,:/]\d+)+|\d+-?[^\W\d_][\w-]*)"
        r"|(?P<plain>\d+)"
        r"|(?P<word>[^\W\d_]+(?:[-'][^\W\d_]+)*)"
        r"|(?P<mark>[^\s\w])"
    )


def tokens(text: str, language: Language) -> list[Token]:
    """The words, numbers and marks of a text. Times, dates, decimals and "5-storey" are words, not numbers."""
    folded = text.lower().translate(_FOLDED)
    if len(folded) != len(text):  # a letter whose lower case is longer: then places count in the folded text
        folded = "".join(char.lower() if len(char.lower()) == 1 else char for char in text).translate(_FOLDED)
    found = []
    for match in _pattern(language.grouping).finditer(folded):
        digits = match.group() if match.lastgroup in ("number", "plain") else ""
        value = int(re.sub(r"\D", "", digits)[:12]) if digits else None
        found.append(Token(match.group(), match.start(), match.end(), value))
    return found


def number_at(row: Sequence[Token], at: int, language: Language) -> Number | None:
    """The number that begins there."""
    if at >= len(row):
        return None
    found = _digits(row, at, language) if row[at].number is not None else _in_words(row, at, language)
    if found is None or found.value > MOST or (found.end < len(row) and row[found.end].text in _SPOIL):
        return None
    return found


def _digits(row: Sequence[Token], at: int, language: Language) -> Number | None:
    here, value = row[at], row[at].number or 0
    stuck = at > 0 and row[at - 1].text in DASHES and row[at - 1].end == here.start
    if stuck and (at < 2 or row[at - 2].number is None):
        return None  # a number below zero counts nothing
    if at + 1 < len(row):
        scale = language.scales.get(row[at + 1].text)
        if scale is not None:
            short = len(row[at + 1].text) <= 3 and at + 2 < len(row) and row[at + 2].text == "."
            return Number(value * scale, at + 3 if short else at + 2)  # "тыс." is one word
    return Number(value, at + 1)


def _in_words(row: Sequence[Token], at: int, language: Language) -> Number | None:
    if row[at].text in language.scales and at > 0 and row[at - 1].text[0].isdigit():
        return None  # "1.5 million" is not a million
    total = group = 0
    room, room_for_scale = MOST, MOST
    end = at
    while end < len(row):
        word = row[end].text
        value, scale = word_value(word, language), language.scales.get(word)
        if value is not None and value < room:
            group, room = group + value, _room(value)
        elif scale is not None and scale >= 1000 and scale < room_for_scale:
            total, group, room, room_for_scale = total + max(group, 1) * scale, 0, 1000, scale
        elif scale is not None and scale < 1000 and group < 10:
            group, room = max(group, 1) * scale, _room(scale)
        elif not (word in language.joiners and end > at and _goes_on(row, end + 1, room, language)):
            break
        end += 1
    return Number(total + group, end) if end > at else None


def _goes_on(row: Sequence[Token], at: int, room: int, language: Language) -> bool:
    value = word_value(row[at].text, language) if at < len(row) else None
    return value is not None and 0 < value < room <= 1000


def _room(value: int) -> int:
    """What may be added to a number word: less than a hundred to hundreds, less than ten to tens, nothing to others."""
    if value >= 100 and value % 100 == 0:
        return 100
    return 10 if 20 <= value < 100 and value % 10 == 0 else 0


@lru_cache(maxsize=4096)
def word_value(word: str, language: Language) -> int | None:
    """The value of one number word, also of one put together with hyphens."""
    known = language.numbers.get(word)
    if known is None:
        known = language.fused(word)
    if known is None and "-" in word:
        parts = [language.numbers.get(part) for part in word.split("-")]
        values = [part for part in parts if part is not None]
        if len(values) == len(parts) and all(0 < b < _room(a) for a, b in pairwise(values)):
            return sum(values)
    return known
