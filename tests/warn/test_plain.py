"""The agreed texts are plain by measure, free of office words, and set as one language sets them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tocsin.warn.plain import EASE, EASE_TOGETHER, FORMULAS, JARGON, LONGEST, jargon, measure
from tocsin.warn.threats import ACTS, LEVELS, names, threat
from tocsin.warn.words import languages, templates

BUILT_IN = ("en", "ru", "uk", "de")
OPEN = re.compile(r"{\w+}")
QUOTES = {"en": "“”", "de": "„“", "ru": "«»", "uk": "«»"}
FOREIGN = {"ru": "іїєґІЇЄҐ", "uk": "ыэъёЫЭЪЁ"}


def instructions(tag: str) -> set[str]:
    cases = [(name, act, level) for name in names() for act in ACTS for level in LEVELS]
    return {templates(threat(name), act, level)["instruction"][tag] for name, act, level in cases}


@pytest.mark.parametrize("tag", BUILT_IN)
def test_instructions_are_easy_by_the_measure_of_their_language(tag):
    found = instructions(tag)
    for text in found:
        assert measure(text, tag).ease >= EASE[tag], text
    assert measure(" ".join(sorted(found)), tag).ease >= EASE_TOGETHER[tag]


@pytest.mark.parametrize("tag", BUILT_IN)
def test_no_sentence_is_long_and_no_word_comes_from_an_office(tag):
    for key, text in languages()[tag].texts.items():
        assert measure(text, tag).longest <= LONGEST, key
        assert jargon(text, tag) == (), key


@pytest.mark.parametrize("tag", BUILT_IN)
def test_texts_are_set_the_way_of_their_language(tag):
    for key, text in languages()[tag].texts.items():
        plain = OPEN.sub("x", text)
        assert not re.search(r"[\"'`]|\.\.\.|  | - |--", plain), key
        assert not re.search(r"\s[,.:;!?]", plain), key
        assert set(re.findall("[“”„«»‘]", plain)) <= set(QUOTES[tag]), key
        assert plain.count(QUOTES[tag][0]) == plain.count(QUOTES[tag][1]), key
        assert not set(plain) & set(FOREIGN.get(tag, "")), key
        if tag in FOREIGN:
            assert not re.search("[A-Za-z]", OPEN.sub("", text)), key
        if tag == "uk":  # the apostrophe is a letter here
            assert "'" not in plain, key


@pytest.mark.parametrize("tag", BUILT_IN)
def test_a_headline_has_one_colon_and_it_stands_before_the_places(tag):
    for name in names():
        for act in ACTS:
            for level in LEVELS:
                headline = templates(threat(name), act, level)["headline"][tag]
                assert headline.count(":") == 1, headline
                assert ": {areas}" in headline, headline
    for part in ("start", "end"):
        assert languages()[tag].texts[f"drill.{part}.headline"].count(":") == 1


@pytest.mark.parametrize("tag", BUILT_IN)
def test_sentences_end_and_titles_do_not(tag):
    for key, text in languages()[tag].texts.items():
        kind = key.rpartition(".")[2]
        if kind in ("description", "instruction", "spoken", "do", "do_short", "what") and text != "{do}":
            assert re.search(r"[.}]$", text), key
        if kind in ("title", "of", "headline") or key.startswith("step."):
            assert not text.endswith("."), key


def test_the_measures_count_as_a_person_would():
    found = measure("Go indoors. Keep away from windows.", "en")
    assert (found.sentences, found.words, found.longest) == (2, 6, 4)
    # Go in-doors keep a-way from win-dows: nine syllables in six words.
    assert found.ease == pytest.approx(206.835 - 1.015 * 3 - 84.6 * 9 / 6)
    assert measure("Ждите отбоя.", "ru").ease == pytest.approx(206.835 - 1.3 * 2 - 60.1 * 5 / 2)
    assert measure("Чекайте на відбій.", "uk").ease == pytest.approx(206.835 - 1.3 * 3 - 60.1 * 6 / 3)
    assert measure("Bleiben Sie drinnen.", "de").ease == pytest.approx(180 - 3 - 58.5 * 5 / 3)
    assert measure("Zostań w domu.", "pl").ease is None
    assert measure("…", "en").ease is None


def test_an_easy_text_measures_easier_than_an_office_text():
    pairs = {
        "en": ("Stay in. Shut the windows.", "Individuals are instructed to commence immediate evacuation procedures."),
        "ru": ("Закройте окна. Не выходите.", "Населению надлежит осуществить незамедлительную эвакуацию территории."),
        "uk": ("Зачиніть вікна. Не виходьте.", "Населенню необхідно здійснити невідкладну евакуацію території."),
        "de": ("Tür zu. Bleiben Sie im Haus.", "Die Bevölkerung wird zur Durchführung der Evakuierung angewiesen."),
    }  # fmt: skip
    for tag, (easy, office) in pairs.items():
        assert measure(easy, tag).ease > EASE[tag] > measure(office, tag).ease
        assert jargon(office, tag)
        assert not jargon(easy, tag)


def test_every_language_with_a_measure_has_a_list_and_thresholds():
    assert set(FORMULAS) == set(JARGON) == set(EASE) == set(EASE_TOGETHER)


def test_the_page_tells_the_thresholds():
    page = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "words.md").read_text(encoding="utf-8")
    for tag in EASE:
        assert re.search(rf"\| `{tag}` \|.*\| {EASE[tag]:.0f} \| {EASE_TOGETHER[tag]:.0f} \|", page), tag
    assert f"at most {LONGEST} words" in page


def test_a_language_is_reviewed_only_when_somebody_has_put_a_name_to_it():
    for language in languages().values():
        assert language.reviewed == bool(re.fullmatch(r"reviewed by .+, \d{4}-\d\d-\d\d", language.review))
        assert language.reviewed or language.review.startswith("draft")
