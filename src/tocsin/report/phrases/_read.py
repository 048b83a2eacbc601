"""From free text to quantities: finds the numbers, the bounds around them and what they count."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import NamedTuple, TypeVar

import msgspec

from tocsin.report.events import Op
from tocsin.report.phrases._language import Language, language
from tocsin.report.phrases._numbers import DASHES, Token, number_at, tokens
from tocsin.report.quantity import WORDS, Quantity

NEAR = 10
"""So many words away from its number a subject may stand."""

LONGEST = 4000
"""Characters of a text that are read."""

T = TypeVar("T")


class _Bound(NamedTuple):
    """A number with its bound, at tokens ``start`` to ``end``."""

    op: Op
    n: int
    n2: int | None
    start: int
    end: int


def parse(text: str, tag: str) -> Quantity | None:
    """The first quantity of a text whose subject is named, else the first number in it, or None.

    Args:
        text: as somebody said or typed it; it is kept as ``quote``.
        tag: the language that it is in.
    """
    found = parse_all(text, tag)
    return next((one for one in found if one.subject), found[0] if found else None)


def parse_all(text: str, tag: str) -> tuple[Quantity, ...]:
    """Every quantity of a text, in the order in which they stand."""
    spoken = language(tag)
    row = tokens(text[:LONGEST], spoken)
    bounds = list(_bounds(row, spoken))
    found: list[Quantity] = []
    since = 0
    lead = len(text) - len(text.lstrip())
    for at, bound in enumerate(bounds):
        until = bounds[at + 1].start if at + 1 < len(bounds) else len(row)
        counted, since = _counted(row, bound, since, until, spoken)
        if counted is not None:
            start, end = counted.start - lead, counted.end - lead
            found.append(msgspec.structs.replace(counted, quote=text.strip(), start=start, end=end))
    return tuple(found)


def _bounds(row: Sequence[Token], spoken: Language) -> Iterator[_Bound]:
    at = 0
    while at < len(row):
        bound = _range(row, at, spoken) or _bound(row, at, spoken) or _vague(row, at, spoken)
        bound = bound or _nothing(row, at, spoken)
        if bound is None:
            at += 1
            continue
        near = row[max(0, bound.start - 3) : bound.end + 3]
        whole = not any(token.text in spoken.spoils for token in near)
        if whole and not (bound.op == "lt" and bound.n < 1):
            yield bound
        at = bound.end


def _range(row: Sequence[Token], at: int, spoken: Language) -> _Bound | None:
    for opening, middle in spoken.ranges:
        start = _phrase(row, at, opening)
        first = None if start is None else number_at(row, start, spoken)
        then = None if first is None else _phrase(row, first.end, middle)
        last = None if then is None else number_at(row, then, spoken)
        if first is None or last is None:
            continue
        low = first.value
        scale = spoken.scales.get(row[last.end - 1].text, 1)
        if low * scale < last.value and low < scale and row[first.end - 1].text not in spoken.scales:
            low *= scale  # "2 to 3 thousand"
        if low < last.value:
            return _Bound("range", low, last.value, at, last.end)
    return None


def _phrase(row: Sequence[Token], at: int, phrase: str) -> int | None:
    """The place after a phrase, or None when it does not stand there; a dash stands for every dash."""
    for word in _words(phrase):
        if at >= len(row) or not (row[at].text == word or (word == "-" and row[at].text in DASHES)):
            return None
        at += 1
    return at


@cache
def _words(phrase: str) -> tuple[str, ...]:
    return tuple(phrase.split())


@cache
def _starting(tag: str, which: str) -> Mapping[str, Sequence[str]]:
    """The phrases of a language by their first word, in the order of its file: most words begin none."""
    found: dict[str, list[str]] = {}
    for phrase in getattr(language(tag), which):
        first = _words(phrase)[:1]
        for word in DASHES if first == ("-",) else first:
            found.setdefault(word, []).append(phrase)
    return found


def _longest(row: Sequence[Token], at: int, spoken: Language, which: str) -> tuple[Op, int] | None:
    best: tuple[Op, int] | None = None
    for phrase in _starting(spoken.tag, which).get(row[at].text, ()) if at < len(row) else ():
        end = _phrase(row, at, phrase)
        if end is not None and end > at and (best is None or end > best[1]):
            best = (getattr(spoken, which)[phrase], end)
    return best


def _bound(row: Sequence[Token], at: int, spoken: Language) -> _Bound | None:
    """A number, with a bound before or after it."""
    before = _longest(row, at, spoken, "before")
    start = at if before is None else before[1]
    number, word = number_at(row, start, spoken), _reading(row, start, spoken)
    while number is None and word is None and before is not None and _filler(row, start, spoken):
        start += 1
        number, word = number_at(row, start, spoken), _reading(row, start, spoken)
    if word is not None:
        return None if before is None else _Bound(before[0], word[0], None, at, word[1])
    if number is None:
        return None
    if before is not None:
        return _Bound(before[0], number.value, None, at, number.end)
    for later in range(number.end, min(number.end + 3, len(row))):
        after = _longest(row, later, spoken, "after")
        if after is not None:
            end = after[1] if later == number.end else number.end
            return _Bound(after[0], number.value, None, at, end)
        if row[later].text in spoken.breaks or row[later].number is not None:
            break
    return _Bound("eq", number.value, None, at, number.end)


def _filler(row: Sequence[Token], at: int, spoken: Language) -> bool:
    return at < len(row) and row[at].text in spoken.fillers


def _reading(row: Sequence[Token], at: int, spoken: Language) -> tuple[int, int] | None:
    """The least that words such as "several dozen" mean: that of the greater one; and the place after them."""
    least, end = 0, at
    while end < len(row) and row[end].text in spoken.vague:
        least = max(least, WORDS[spoken.vague[row[end].text]])
        end += 1
        if end + 1 < len(row) and row[end].text in spoken.fillers and row[end + 1].text in spoken.vague:
            end += 1
    return (least, end) if least else None


def _vague(row: Sequence[Token], at: int, spoken: Language) -> _Bound | None:
    word = _reading(row, at, spoken)
    return None if word is None else _Bound("ge", word[0], None, at, word[1])


def _nothing(row: Sequence[Token], at: int, spoken: Language) -> _Bound | None:
    """None at all, when it is plain of what: "no data on the injured" counts nobody."""
    ends = (_phrase(row, at, phrase) for phrase in _starting(spoken.tag, "nothing").get(row[at].text, ()))
    end = max((end for end in ends if end is not None), default=None)
    if end is None or (end < len(row) and row[end].number is not None):
        return None
    near = row[max(0, at - 2) : end + 3]
    if any(token.text in spoken.no_count for token in near):
        return None
    if not any(_named(near, place, spoken.tag, "subjects") for place in range(len(near))):
        return None
    return _Bound("eq", 0, None, at, end)


_Pattern = tuple[tuple[re.Pattern[str], ...], object]


@cache
def _patterns(tag: str, which: str) -> tuple[_Pattern, ...]:
    given: Mapping[str, object] = getattr(language(tag), which)
    rows = [(tuple(re.compile(word) for word in phrase.split()), meaning) for phrase, meaning in given.items()]
    return tuple(sorted(rows, key=lambda row: -len(row[0])))


@lru_cache(maxsize=8192)
def _beginning(tag: str, which: str, word: str) -> tuple[_Pattern, ...]:
    """The patterns that a word may begin, the longest first; statements say the same few words again and again."""
    return tuple(row for row in _patterns(tag, which) if row[0][0].fullmatch(word))


def _named(row: Sequence[Token], at: int, tag: str, which: str) -> tuple[object, int] | None:
    """What the words there mean, the longest phrase first, and the place after them."""
    for words, meaning in _beginning(tag, which, row[at].text):
        if at + len(words) <= len(row) and all(word.fullmatch(row[at + step].text) for step, word in enumerate(words)):
            return meaning, at + len(words)
    return None


class _Found(NamedTuple):
    meaning: object
    start: int
    end: int


def _search(row: Sequence[Token], places: Sequence[int], spoken: Language, which: str) -> _Found | None:
    for at in places:
        named = _named(row, at, spoken.tag, which)
        if named is not None:
            return _Found(named[0], at, named[1])
    return None


def _counted(
    row: Sequence[Token], bound: _Bound, since: int, until: int, spoken: Language
) -> tuple[Quantity | None, int]:
    """The quantity of a bound, and from where the next one may look back."""
    after = list(_places(row, range(bound.end, min(until, bound.end + NEAR)), spoken))
    before = list(_places(row, range(bound.start - 1, max(since, bound.start - NEAR) - 1, -1), spoken))
    strong = _search(row, after, spoken, "subjects") or _search(row, before, spoken, "subjects")
    weak = _search(row, after, spoken, "weak") or _search(row, before, spoken, "weak")
    kind = _search(row, after, spoken, "categories") or _search(row, before, spoken, "categories")
    lacking = _search(row, after, spoken, "without") or _search(row, before, spoken, "without")
    if bound.n == 0 and bound.op == "eq" and strong is None and row[bound.start].number is None:
        return None, bound.end
    subject, unit = _subject(strong, weak)
    if lacking is not None and subject:
        subject = f"{subject}_without_{lacking.meaning}"
    used = [one for one in (strong, weak, kind, lacking) if one is not None]
    first = min([bound.start, *(one.start for one in used)])
    last = max([bound.end, *(one.end for one in used)])
    return (
        Quantity(
            op=bound.op,
            n=bound.n,
            n2=bound.n2,
            subject=subject,
            category="" if kind is None else str(kind.meaning),
            unit=unit,
            start=row[first].start,
            end=row[last - 1].end,
        ),
        last,
    )


def _subject(strong: _Found | None, weak: _Found | None) -> tuple[str, str]:
    """What is counted, and in what unit: a weak word beside a strong one says what was counted as it."""
    named: tuple[str, str] = ("", "")
    if weak is not None and isinstance(weak.meaning, tuple):
        named = weak.meaning
    if strong is None:
        return named
    unit = named[0] if strong.meaning == "interceptions" else ""
    return str(strong.meaning), unit


def _places(row: Sequence[Token], places: range, spoken: Language) -> Iterator[int]:
    """The places up to a mark or word that parts statements."""
    for at in places:
        if row[at].text in spoken.breaks or row[at].text in ".;,!?()":
            return
        yield at
