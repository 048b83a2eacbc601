"""Free text becomes a bound, and a bound becomes words that read the same again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.report.phrases import languages, parse, parse_all, say
from tocsin.report.quantity import MOST, WORDS, Quantity

TAGS = sorted(languages())

READ: list[tuple[str, str, tuple[Any, ...]]] = [
    ("en", "at least 130 windows", ("ge", 130, None, "windows")),
    ("en", "more than 30 cars", ("gt", 30, None, "cars")),
    ("en", "several buildings", ("ge", 2, None, "buildings")),
    ("en", "several buildings had their windows shattered", ("ge", 2, None, "buildings")),
    ("en", "dozens killed", ("ge", 12, None, "killed")),
    ("en", "between 20 and 25", ("range", 20, 25, "")),
    ("en", "20 to 25 cars", ("range", 20, 25, "cars")),
    ("en", "about 40 flats", ("approx", 40, None, "flats")),
    ("en", "no fewer than twelve houses", ("ge", 12, None, "houses")),
    ("en", "fewer than 5 fires", ("lt", 5, None, "fires")),
    ("en", "up to a hundred vehicles", ("le", 100, None, "cars")),
    ("en", "no more than 5 cars", ("le", 5, None, "cars")),
    ("en", "exactly two civilians injured", ("eq", 2, None, "injured")),
    ("en", "130+ windows", ("ge", 130, None, "windows")),
    ("en", "30 cars or more", ("ge", 30, None, "cars")),
    ("en", "one hundred and twenty-five windows", ("eq", 125, None, "windows")),
    ("en", "three hundred and twenty-five thousand people", ("eq", 325_000, None, "people")),
    ("en", "two thousand three hundred flats", ("eq", 2300, None, "flats")),
    ("en", "more than a dozen cars", ("gt", 12, None, "cars")),
    ("en", "two dozen cars", ("eq", 24, None, "cars")),
    ("en", "1,300 windows", ("eq", 1300, None, "windows")),
    ("en", "2-3 thousand windows", ("range", 2000, 3000, "windows")),
    ("en", "12 flats left without heating", ("eq", 12, None, "flats_without_heat")),
    ("en", "10 rockets shot down", ("eq", 10, None, "interceptions")),
    ("en", "no one was killed", ("eq", 0, None, "killed")),
    ("en", "injured: 5", ("eq", 5, None, "injured")),
    ("en", "seven days in a row", ("eq", 7, None, "streak_days")),
    ("en", "In a 5-storey building 12 flats burned", ("eq", 12, None, "flats")),
    ("en", "hundreds of windows", ("ge", 100, None, "windows")),
    ("ru", "не менее 130 окон", ("ge", 130, None, "windows")),
    ("ru", "более тридцати автомобилей", ("gt", 30, None, "cars")),
    ("ru", "двое пострадавших", ("eq", 2, None, "injured")),
    ("ru", "Двое мирных жителей ранены", ("eq", 2, None, "injured")),
    ("ru", "сто двадцать", ("eq", 120, None, "")),
    ("ru", "от двадцати до двадцати пяти квартир", ("range", 20, 25, "flats")),
    ("ru", "около 40 квартир без отопления", ("approx", 40, None, "flats_without_heat")),
    ("ru", "свыше сотни окон", ("gt", 100, None, "windows")),
    ("ru", "десятки погибших", ("ge", 10, None, "killed")),
    ("ru", "несколько зданий", ("ge", 2, None, "buildings")),
    ("ru", "в 12 домах выбиты стёкла", ("eq", 12, None, "houses")),
    ("ru", "более чем в 12 домах", ("gt", 12, None, "houses")),
    ("ru", "Пострадавших нет", ("eq", 0, None, "injured")),
    ("ru", "ни один человек не погиб", ("eq", 0, None, "killed")),
    ("ru", "сбито десять ракет", ("eq", 10, None, "interceptions")),
    ("ru", "2 тыс. окон", ("eq", 2000, None, "windows")),
    ("ru", "до 30 машин", ("le", 30, None, "cars")),
    ("ru", "1 300 окон", ("eq", 1300, None, "windows")),
    ("uk", "понад 30 автомобілів", ("gt", 30, None, "cars")),
    ("uk", "щонайменше сто тридцять вікон", ("ge", 130, None, "windows")),
    ("uk", "п’ятеро дітей загинули", ("eq", 5, None, "killed")),
    ("uk", "кілька десятків поранених", ("ge", 10, None, "injured")),
    ("uk", "від 20 до 25 квартир", ("range", 20, 25, "flats")),
    ("uk", "близько сорока будинків без опалення", ("approx", 40, None, "houses_without_heat")),
    ("uk", "не більше двох пожеж", ("le", 2, None, "fires")),
    ("uk", "загиблих немає", ("eq", 0, None, "killed")),
    ("uk", "двоє постраждалих", ("eq", 2, None, "injured")),
    ("en", "Two civilians were taken to local hospitals with shrapnel injuries.", ("eq", 2, None, "injured")),
    ("en", "The death toll rose to 25", ("eq", 25, None, "killed")),
    ("en", "37 apartment blocks lost their windows", ("eq", 37, None, "houses")),
    ("ru", "число пострадавших выросло до 111", ("eq", 111, None, "injured")),
    ("ru", "без отопления остались 40 квартир", ("eq", 40, None, "flats_without_heat")),
    ("ru", "Выбиты окна в нескольких многоквартирных домах", ("ge", 2, None, "houses")),
    ("ru", "По предварительным данным, пострадали пять человек", ("eq", 5, None, "injured")),
    ("uk", "кількість загиблих зросла до 25", ("eq", 25, None, "killed")),
    ("uk", "Вибито вікна у дев'яти багатоповерхівках", ("eq", 9, None, "houses")),
    ("uk", "без опалення залишилося 40 квартир", ("eq", 40, None, "flats_without_heat")),
    ("de", "In mehreren Häusern gingen Fenster zu Bruch", ("ge", 2, None, "houses")),
    ("de", "Rund 40 Wohnungen sind ohne Heizung", ("approx", 40, None, "flats_without_heat")),
    ("de", "mindestens 130 Fenster", ("ge", 130, None, "windows")),
    ("de", "mehr als ein Dutzend Autos", ("gt", 12, None, "cars")),
    ("de", "mehrere Gebäude", ("ge", 2, None, "buildings")),
    ("de", "Dutzende Tote", ("ge", 12, None, "killed")),
    ("de", "zwischen zwanzig und fünfundzwanzig Wohnungen", ("range", 20, 25, "flats")),
    ("de", "zweitausenddreihundertfünfundzwanzig Wohnungen", ("eq", 2325, None, "flats")),
    ("de", "mindestens ein Auto", ("ge", 1, None, "cars")),
    ("de", "1.300 Fenster", ("eq", 1300, None, "windows")),
    ("de", "keine Verletzten", ("eq", 0, None, "injured")),
    ("de", "zwei Menschen wurden verletzt", ("eq", 2, None, "injured")),
]


@pytest.mark.parametrize(("tag", "text", "expected"), READ, ids=[f"{row[0]} {row[1]}" for row in READ])
def test_reads(tag: str, text: str, expected: tuple[Any, ...]) -> None:
    found = parse(text, tag)
    assert found is not None
    assert (found.op, found.n, found.n2, found.subject) == expected
    assert found.quote == text


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("en", ""),
        ("en", "windows were broken"),
        ("en", "no reports of injured people"),
        ("en", "at 21:27 on 5.01.2024"),
        ("en", "it is -10 °C outside"),
        ("en", "up 15%"),
        ("en", "1.5 million"),
        ("en", "a 5-storey building"),
        ("en", "one and a half thousand windows"),
        ("en", "half of the 130 windows"),
        ("ru", "полторы тысячи окон"),
        ("uk", "півтори тисячі вікон"),
        ("de", "anderthalb Dutzend Autos"),
        ("en", "99999999999999 windows"),
        ("en", "No. The mayor spoke of it"),
        ("ru", "нет данных о пострадавших"),
        ("ru", "выбиты окна"),
        ("ru", "1,5 тыс. окон"),
        ("uk", "немає інформації про постраждалих"),
        ("de", "keine Angaben über Verletzte"),
    ],
)
def test_guesses_nothing(tag: str, text: str) -> None:
    found = parse(text, tag)
    assert found is None


def test_a_sentence_with_several_numbers_gives_each_its_own_subject() -> None:
    found = parse_all("Two killed and at least 15 injured, children among them; 130 windows broken in 12 houses.", "en")
    assert [(one.op, one.n, one.subject) for one in found] == [
        ("eq", 2, "killed"),
        ("ge", 15, "injured"),
        ("eq", 130, "windows"),
        ("eq", 12, "houses"),
    ]
    found = parse_all("погибли двое, ранены пятеро", "ru")
    assert [(one.n, one.subject) for one in found] == [(2, "killed"), (5, "injured")]


def test_the_number_is_found_again_in_the_quote() -> None:
    found = parse("  The mayor said: at least 130 windows, more to come ", "en")
    assert found is not None
    assert found.quote == "The mayor said: at least 130 windows, more to come"
    assert found.quote[found.start : found.end] == "at least 130 windows"


def test_says_who_was_counted_and_in_what() -> None:
    found = parse("two civilians injured", "en")
    assert found is not None
    assert (found.subject, found.category) == ("injured", "civilian")
    found = parse("10 rockets shot down", "en")
    assert found is not None
    assert (found.subject, found.unit) == ("interceptions", "rockets")
    found = parse("about 40 km from the border", "en")
    assert found is not None
    assert (found.op, found.n, found.subject, found.unit) == ("approx", 40, "", "km")


def test_every_language_can_say_the_same() -> None:
    known = languages()
    assert TAGS == ["de", "en", "ru", "uk"]
    english = known["en"]
    for language in known.values():
        assert set(language.forms) == set(english.forms)
        assert set(language.said) == set(english.said)
        assert set(language.status) == set(english.status)
        assert set(language.tally) == set(english.tally)
        assert set(language.vague.values()) <= set(WORDS)


@pytest.mark.parametrize(
    ("tag", "op", "n", "subject", "words"),
    [
        ("ru", "eq", 2, "windows", "2 окна"),
        ("ru", "ge", 131, "windows", "не менее 131 окна"),
        ("ru", "ge", 132, "windows", "не менее 132 окон"),
        ("ru", "eq", 12, "flats", "12 квартир"),
        ("uk", "ge", 131, "windows", "щонайменше 131 вікно"),
        ("uk", "gt", 30, "cars", "понад 30 автомобілів"),
        ("uk", "eq", 2, "killed", "2 загиблі"),
        ("uk", "approx", 21, "flats", "близько 21 квартири"),
        ("de", "eq", 1, "houses", "1 Haus"),
        ("en", "ge", 1, "windows", "at least 1 window"),
    ],
)
def test_nouns_agree_with_their_number(tag: str, op: Any, n: int, subject: str, words: str) -> None:
    assert say(Quantity(op=op, n=n, subject=subject), tag) == words


@st.composite
def quantities(draw: st.DrawFn) -> tuple[str, Quantity]:
    tag = draw(st.sampled_from(TAGS))
    op = draw(st.sampled_from(["eq", "ge", "gt", "le", "lt", "approx", "range"]))
    n = draw(st.integers(1 if op == "lt" else 0, MOST - 1) | st.integers(1, 1200))
    n2 = draw(st.integers(n + 1, MOST)) if op == "range" else None
    subject = draw(st.sampled_from(["", *sorted(languages()[tag].forms)]))
    return tag, Quantity(op=op, n=n, n2=n2, subject=subject)


@given(quantities())
def test_what_is_said_reads_the_same(given_: tuple[str, Quantity]) -> None:
    tag, quantity = given_
    found = parse(say(quantity, tag), tag)
    assert found is not None
    assert (found.op, found.n, found.n2, found.subject) == (quantity.op, quantity.n, quantity.n2, quantity.subject)


@given(
    st.sampled_from(TAGS),
    st.text(max_size=200)
    | st.lists(
        st.sampled_from(
            [
                "no",
                "at least",
                "5",
                "-",
                "–",
                "+",
                "several",
                "dozens",
                "тысячи",
                "сто",
                "до",
                "от",
                "ein",
                "und",
                "окон",
                "hundred",
                "and",
                "million",
                "1,300",
                "%",
                ".",
                "between",
                "нет",
                "ß",
                "İ",
            ]
        ),
        max_size=30,
    ).map(" ".join),
)
def test_any_text_is_read_to_the_end(tag: str, text: str) -> None:
    for found in parse_all(text, tag):
        assert found.n is not None
        assert 0 <= found.n <= MOST
        assert 0 <= found.start < found.end <= len(found.quote)
        assert found.n2 is None or found.n < found.n2
