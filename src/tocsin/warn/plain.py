"""How plain a text is: sentence length, a measure of readability per language, and words that nobody says at home.

The measures are the usual ones of each language, from words a sentence (``asl``) and syllables a word (``asw``):

- English: Flesch (1948), ``206.835 - 1.015 asl - 84.6 asw``
- German: Amstad (1978), ``180 - asl - 58.5 asw``
- Russian: Oborneva (2006), ``206.835 - 1.3 asl - 60.1 asw``
- Ukrainian has no measure of its own that is widely used; Oborneva's is taken, for words of about the same length.

All say: the higher, the easier; 60 and more is plain to most grown-ups, 80 and more to a child of eleven. They count
letters and know no meaning: a text may be easy by the measure and still hard, so the other checks stand beside it.
"""

from __future__ import annotations

import re

import msgspec


class Formula(msgspec.Struct, frozen=True):
    """A measure: ``base - sentence * asl - word * asw``, and how syllables are found."""

    base: float
    sentence: float
    word: float
    syllable: re.Pattern[str]


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in a text.

    Attributes:
        sentences: how many.
        words: how many.
        longest: words of the longest sentence.
        ease: readability, the higher the easier; None for a language without a formula here, or a text without words.
    """

    sentences: int
    words: int
    longest: int
    ease: float | None


_CYRILLIC = re.compile("[аеёиоуыэюяіїє]")
_OBORNEVA = Formula(206.835, 1.3, 60.1, _CYRILLIC)
FORMULAS: dict[str, Formula] = {
    # Groups of vowels; a silent e at the end is none, but "le" is one.
    "en": Formula(206.835, 1.015, 84.6, re.compile(r"[aeiouy]+(?<![^aeiouyl]e(?!\w))")),
    "de": Formula(180.0, 1.0, 58.5, re.compile("aa|ee|oo|ie|ei|ai|au|eu|äu|[aeiouyäöü]")),
    "ru": _OBORNEVA,
    "uk": _OBORNEVA,
}

JARGON: dict[str, tuple[str, ...]] = {
    "en": (
        "ordnance", "munition", "uav", "kinetic", "personnel", "utilise", "commence", "terminate", "prior to",
        "in the event of", "ensure that", "premises", "vicinity", "hazardous", "cbrn", "proceed to", "seek shelter",
    ),
    "ru": (
        "бпла", "боеприпас", "осуществ", "в случае", "личный состав", "проследуйте", "надлежит", "данный", "данной",
        "необходимо ", "обеспечьте", "во избежание", "населени", "средства поражения", "рхбз", "вышеуказан",
    ),
    "uk": (
        "бпла", "боєприпас", "здійсн", "у випадку", "особовий склад", "прослідуйте", "належить", "даний", "даної",
        "необхідно ", "забезпечте", "з метою", "населенн", "засоби ураження", "рхбз", "вищезазначен",
        "співпада", "приймати участь",
    ),
    "de": (
        "kampfmittel", "unverzüglich", "umgehend", "begeben sie sich", "suchen sie auf", "bevölkerung", "zwecks",
        "abc-", "personal", "räumlichkeit", "im falle", "durchführ", "gewährleist",
    ),
}  # fmt: skip
"""Beginnings of words, and phrases, of offices and forces; people do not say them to their children."""

LONGEST = 25
"""Words that a sentence may have; what is listed after a colon counts as a sentence of its own."""

EASE: dict[str, float] = {"en": 60.0, "de": 50.0, "ru": 40.0, "uk": 40.0}
"""What every agreed instruction must reach. Lower where words for danger and cover are long in the language itself."""

EASE_TOGETHER: dict[str, float] = {"en": 80.0, "de": 70.0, "ru": 52.0, "uk": 54.0}
"""What all agreed instructions of a language must reach when they are read as one text."""

_SENTENCE = re.compile(r"(?<=[.:?!…])\s+")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def measure(text: str, language: str) -> Measure:
    """Count a text. ``language`` is a tag; an unknown one has no ``ease``."""
    sentences = [found for part in _SENTENCE.split(text) if (found := _WORD.findall(part))]
    words = [word for sentence in sentences for word in sentence]
    formula = FORMULAS.get(language.split("-", maxsplit=1)[0])
    ease = None
    if formula and words:
        syllables = sum(max(1, len(formula.syllable.findall(word.casefold()))) for word in words)
        ease = formula.base - formula.sentence * len(words) / len(sentences) - formula.word * syllables / len(words)
    longest = max((len(sentence) for sentence in sentences), default=0)
    return Measure(sentences=len(sentences), words=len(words), longest=longest, ease=ease)


def jargon(text: str, language: str) -> tuple[str, ...]:
    """The words of ``JARGON`` that a text holds, at the beginning of a word."""
    low = text.casefold()
    known = JARGON.get(language.split("-", maxsplit=1)[0], ())
    return tuple(word for word in known if re.search(rf"(?<!\w){re.escape(word)}", low))
