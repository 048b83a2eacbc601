"""The fixed strings of the pages: all languages say everything, and say it with the same placeholders."""

from __future__ import annotations

import string
from collections import Counter

from tocsin.core.registry import modules_of
from tocsin.web.words import languages, pages

BASE = {name: module.WORDS for name, module in modules_of("tocsin.web.words").items() if name != "pages"}
PAGES = {name: module.WORDS for name, module in modules_of(pages.__name__).items()}
ROWS = [(page, key) for page, rows in PAGES.items() for key in rows]


def slots(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_no_key_is_there_twice():
    counted = Counter([*BASE["en"], *(key for _, key in ROWS)])
    assert [key for key, times in counted.items() if times > 1] == []


def test_a_row_has_every_language_and_the_same_placeholders():
    for page, key in ROWS:
        row = PAGES[page][key]
        assert len(row) == len(pages.ORDER), (page, key)
        assert all(text.strip() == text and text for text in row), (page, key)
        assert len({frozenset(slots(text)) for text in row}) == 1, (page, key)


def test_every_language_has_every_key():
    found = languages()
    assert set(pages.ORDER) == set(found)
    assert len({frozenset(words) for words in found.values()}) == 1
