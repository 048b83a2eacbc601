"""What a language brings to reading and saying quantities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from tocsin.core.registry import modules_of
from tocsin.report.events import Op

FALLBACK = "en"
"""The language in which is said what another one has no words for."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Language:
    """Words and forms of one language. Words are in lower case, with ``е`` for ``ё`` and ``'`` for every apostrophe.

    Attributes:
        tag: language tag.
        grouping: characters that may part thousands in digits.
        numbers: words that are added up, in every form that they take.
        scales: words that multiply what stands before them.
        joiners: words that may stand inside a number.
        fused: the value of a number written as one word, or None.
        before, after: words around a number → the bound that they set.
        ranges: (opening, middle) of a range; the opening may be "".
        vague: words for numbers → their name in ``quantity.WORDS``.
        nothing: phrases for none at all.
        no_count: words after ``nothing`` with which it counts nothing, as in "no reports of".
        spoils: words near a number that make it no whole number, as "half" does.
        fillers: words that may stand between a bound and its number, or before the number.
        breaks: words that part one statement from the next.
        subjects: pattern of words → what is counted.
        weak: pattern → (subject, unit) where nothing better is named.
        categories: pattern → category.
        without: pattern → what the subject is without.
        forms: subject → its noun in the forms that ``agree`` tells apart.
        agree: (number, whether a bound governs it) → which form.
        governing: bounds that govern the noun.
        said: bound → how it is said, with ``{n}`` and ``{n2}``.
        tally: how a tally is said: ``unknown``, ``differ``, ``unverified``, ``up_to``.
        status: status of a tally → in a few words.
    """

    tag: str
    grouping: str
    numbers: Mapping[str, int]
    scales: Mapping[str, int]
    joiners: frozenset[str] = frozenset()
    fused: Callable[[str], int | None] = lambda _word: None
    before: Mapping[str, Op]
    after: Mapping[str, Op]
    ranges: tuple[tuple[str, str], ...]
    vague: Mapping[str, str]
    nothing: frozenset[str]
    no_count: frozenset[str]
    spoils: frozenset[str]
    fillers: frozenset[str]
    breaks: frozenset[str]
    subjects: Mapping[str, str]
    weak: Mapping[str, tuple[str, str]]
    categories: Mapping[str, str]
    without: Mapping[str, str]
    forms: Mapping[str, tuple[str, ...]]
    agree: Callable[[int, bool], int]
    governing: frozenset[Op] = frozenset()
    said: Mapping[Op, str]
    tally: Mapping[str, str]
    status: Mapping[str, str]


def words(*rows: tuple[int, str]) -> dict[str, int]:
    """Rows of a value and every word for it, parted by spaces."""
    return {word: value for value, row in rows for word in row.split()}


def table(rows: Mapping[str, str]) -> dict[str, str]:
    """Turn ``meaning → words parted by spaces`` round."""
    return {word: meaning for meaning, row in rows.items() for word in row.split()}


def bounds(rows: Mapping[Op, Iterable[str]]) -> dict[str, Op]:
    """Turn ``bound → phrases`` round."""
    return {phrase: op for op, phrases in rows.items() for phrase in phrases}


def slavic(n: int, governed: bool) -> int:
    """Which form a noun takes after a number: 0 one, 1 few, 2 many, 3 one in the genitive."""
    if n % 10 == 1 and n % 100 != 11:
        return 3 if governed else 0
    return 1 if not governed and n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14) else 2


def reached(verbs: str, preposition: str) -> tuple[str, ...]:
    """Phrases such as "rose to", after which a number is exact though the preposition alone sets a bound."""
    return tuple(f"{verb} {preposition}" for verb in verbs.split())


@cache
def languages() -> dict[str, Language]:
    """Every language of this folder, by its tag."""
    return {module.LANGUAGE.tag: module.LANGUAGE for module in modules_of("tocsin.report.phrases").values()}


def language(tag: str) -> Language:
    """The language of a tag, of its first part, or English."""
    known = languages()
    return known.get(tag) or known.get(tag.partition("-")[0]) or known[FALLBACK]
