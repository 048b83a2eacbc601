"""The page on claims says what the code does: the worked table, the bounds, the words."""

from __future__ import annotations

from typing import get_args

from docs.kit import ROOT, table
from report.rig import at, said
from report.test_table import TABLE
from tocsin.report import events as ev
from tocsin.report.phrases import languages, parse, say
from tocsin.report.quantity import WORDS, Quantity
from tocsin.report.tally import RULE, Tally, combine, cumulative, wording

PAGE = ROOT / "docs" / "reference" / "claims.md"


def shown(tally: Tally) -> str:
    """low/best/high/reported as the page writes them."""
    if tally.low is None:
        return "–"
    high = "open" if tally.high is None else tally.high
    return f"{tally.low}/{tally.best}/{high}/{tally.reported_max}"


def test_the_worked_table_is_what_the_rule_gives() -> None:
    rows = table(PAGE, "| claims | low/best/high/reported |")
    assert len(rows) == len(TABLE)
    for row, (_, claims, hours, *_rest) in zip(rows, TABLE, strict=True):
        tally = combine(said(*claims), at(hours), cumulative=cumulative(claims[0].subject))
        assert row[1:] == [shown(tally), tally.status, wording(tally, "en")], row[0]
    assert f"## Rule, version {RULE}\n" in PAGE.read_text()


def test_every_bound_and_its_words_are_listed() -> None:
    rows = table(PAGE, "| op | is said as |")
    assert [row[0] for row in rows] == list(get_args(ev.Op))
    for op, words, *_ in rows[:-1]:
        found = parse(words, "en")
        assert found is not None
        assert found.op == op
        assert say(Quantity(op=found.op, n=found.n, n2=found.n2), "en") == words


def test_every_word_for_a_number_is_listed_with_its_reading() -> None:
    rows = table(PAGE, "| word | read as |")
    assert {word: f"at least {least}" for word, least in WORDS.items()} == {row[0]: row[1] for row in rows}
    for word, least in WORDS.items():
        found = parse(word, "en")
        assert found is not None
        assert (found.op, found.n) == ("ge", least)


def test_every_language_reads_the_examples() -> None:
    rows = table(PAGE, "| language | read as")
    assert sorted(row[0] for row in rows) == sorted(languages())
    for tag, windows, flats in rows:
        first, second = parse(windows, tag), parse(flats, tag)
        assert first is not None
        assert second is not None
        assert (first.op, first.n, first.subject) == ("ge", 130, "windows")
        assert (second.op, second.n, second.subject) == ("approx", 40, "flats")


def test_every_grade_is_explained() -> None:
    assert [int(row[0]) for row in table(PAGE, "| grade | meaning |")] == list(get_args(ev.Grade))
