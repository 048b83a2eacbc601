"""The fixed strings of the pages: every catalogue says everything, and says it with the same placeholders."""

from __future__ import annotations

import re
import string
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.template import Context, Template
from django.utils import translation

from tocsin.core.registry import modules_of
from tocsin.web import languages as found
from tocsin.web import words as web_words
from tocsin.web.words import counted, english, english_plurals, forms, languages, words

BUILT_IN = {"de", "ru", "uk"}

pytestmark = pytest.mark.usefixtures("db")


def slots(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_no_key_is_there_twice():
    parts = modules_of("tocsin.web.words").values()
    tables = [getattr(part, name) for part in parts for name in ("WORDS", "PLURALS") if hasattr(part, name)]
    times = Counter(key for table in tables for key in table)
    assert [key for key, n in times.items() if n > 1] == []


def test_every_catalogue_is_whole_and_keeps_the_placeholders():
    assert set(found.catalogues()) >= BUILT_IN
    for tag, path in found.catalogues().items():
        with path.open("rb") as file:
            catalog = read_po(file)
        for key, text in english().items():
            entry = catalog.get(text, key)
            assert entry is not None, f"{tag}: {key} is missing; run `make words`"
            assert not entry.fuzzy, f"{tag}: the English of {key} has changed"
            assert entry.string.strip() == entry.string != "", (tag, key)
            assert slots(entry.string) == slots(text), (tag, key)
        for key, rows in english_plurals().items():
            entry = catalog.get(rows[0], key)
            assert entry is not None, f"{tag}: {key} is missing; run `make words`"
            assert len(entry.string) == catalog.num_plurals, (tag, key)
            assert all(slots(form) == slots(rows[1]) for form in entry.string), (tag, key)
        known = {*english(), *english_plurals()}
        assert {entry.context for entry in catalog if entry.id} <= known, f"{tag}: run `make words`"


QUOTES = {"en": "“”", "de": "„“", "ru": "«»", "uk": "«»"}


@pytest.mark.parametrize("tag", ["en", *sorted(BUILT_IN)])
def test_texts_are_set_the_way_of_their_language(tag: str):
    for key, text in words(tag).items():
        assert not re.search(r"""["'`]|\.\.\.|  | - """, text), key
        assert set(re.findall("[“”„«»‘]", text)) <= set(QUOTES[tag]), key
        if tag in ("ru", "uk"):
            assert not set(text) & set({"ru": "іїєґІЇЄҐ", "uk": "ыэъёЫЭЪЁ"}[tag]), key


def test_a_catalogue_says_its_name_and_who_reviewed_it():
    for tag, path in found.catalogues().items():
        assert found.header(path, "X-Language-Name"), tag
        assert found.header(path, "X-Review"), tag


def test_every_language_has_every_key():
    said = languages()
    assert set(said) == {tag for tag, _ in settings.LANGUAGES} == {"en", *found.catalogues()}
    assert len({frozenset(texts) for texts in said.values()}) == 1
    assert words("ru")["state_alert"] == "Опасность"
    assert words("de-AT") == words("de")
    assert words("xx") == words("en")


def test_languages_go_by_their_own_names():
    assert dict(settings.LANGUAGES)["uk"] == "Українська"
    assert found.own_name("tlh", "tlhIngan Hol") == "TlhIngan Hol"
    assert found.own_name("tlh", "") == "Tlh"


def test_a_catalogue_that_was_not_compiled_is_not_taken_for_english(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "pl" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text('msgid ""\nmsgstr ""\n"X-Language-Name: polski\\n"\n', encoding="utf-8")
    monkeypatch.setattr(found, "LOCALE", tmp_path)
    with pytest.raises(found.Invalid) as caught:
        found.languages()
    assert "make setup" in caught.value.remedy
    (folder / "django.mo").touch()
    assert found.languages() == (("en", "English"), ("pl", "Polski"))


def test_numbers_take_their_noun_in_the_right_form():
    said = [counted("ru", "n_minutes", n) for n in (0, 1, 2, 5, 11, 21, 22, 112)]
    assert said == ["0 минут", "1 минута", "2 минуты", "5 минут", "11 минут", "21 минута", "22 минуты", "112 минут"]
    assert counted("uk", "n_floors_below", 3) == "3 поверхи під землею"
    assert [counted("en", "n_minutes", n) for n in (1, 2)] == ["1 minute", "2 minutes"]
    assert counted("ru", "n_people", 20_001, "20 001") == "около 20 001 человека"
    with translation.override("de"):
        assert Template('{% load words %}{{ n|counted:"n_minutes" }}').render(Context({"n": 1})) == "1 Minute"


def test_scripts_get_the_forms_by_category():
    assert forms("en", "n_minutes") == {"one": "{n} minute", "other": "{n} minutes"}
    assert forms("ru", "n_minutes") == {"one": "{n} минута", "few": "{n} минуты", "other": "{n} минут"}
    assert forms("uk", "n_minutes") == {"one": "{n} хвилина", "few": "{n} хвилини", "other": "{n} хвилин"}


def test_whoever_changes_the_words_they_got_changes_nothing_for_others():
    words("en")["title"] = "mine"
    assert words("en")["title"] == "Warnings"
    assert web_words.current() in dict(settings.LANGUAGES)


def test_officers_are_told_who_stands_for_the_agreed_texts(monkeypatch: pytest.MonkeyPatch):
    from tocsin.warn.words import languages as agreed

    with translation.override("de"):
        shown = Template("{% load words %}{{ tag|reviewed }}")
        assert shown.render(Context({"tag": "ru"})) == words("de")["review_draft"]
        assert shown.render(Context({"tag": "xx"})) == ""
        read = msgspec.structs.replace(agreed()["ru"], review="reviewed by Olena Example, 2026-01-31")
        monkeypatch.setitem(agreed(), "ru", read)
        assert "Olena Example, 2026-01-31" in shown.render(Context({"tag": "ru"}))


def test_every_key_that_a_page_asks_for_is_there():
    web = Path(web_words.__file__).parents[1]
    frontend = web.parents[2] / "frontend" / "src"
    known = {*english(), *english_plurals()}
    asked: dict[str, set[str]] = {}
    for path in sorted((web / "templates").rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        asked[path.name] = set(re.findall(r"\bw\.([a-z]\w*)", text)) | set(re.findall(r'counted:"(\w+)"', text))
    for path in [*sorted(web.rglob("*.py")), *sorted(frontend.rglob("*.ts"))]:
        text = path.read_text(encoding="utf-8")
        asked[path.name] = set(re.findall(r'\b(?:w|text|words\([^()]*\))\["([a-z]+_\w+)"\]', text))
        asked[path.name] |= set(re.findall(r'\bword\("(\w+)"\)', text))
    assert sum(len(keys) for keys in asked.values()) > 300
    assert {name: sorted(keys - known) for name, keys in asked.items() if keys - known} == {}
