"""The bulletin: written from the record alone, every sentence with its entries, claims never in our own voice."""

from __future__ import annotations

from datetime import date

import pytest

from record.rig import DAY, Night, local, story
from report.rig import DUTY, RECORDS
from tocsin.core.errors import Denied, Invalid, Refused, Unknown
from tocsin.core.text import fold
from tocsin.record import commands as cmd
from tocsin.record.events import Sentence
from tocsin.record.state import RecordState, fold_all
from tocsin.record.timeline import window
from tocsin.record.words import languages, words
from tocsin.report import commands as rep
from warn.rig import ADMIN, SENSOR, START


@pytest.fixture
def night() -> Night:
    made = story()
    made.clock.at = local(5, 9)
    return made


def text_of(sentences: tuple[Sentence, ...]) -> str:
    return " ".join(one.text for one in sentences)


def holding(sentences: tuple[Sentence, ...], *pieces: str) -> Sentence:
    found = [one for one in sentences if all(fold(piece) in fold(one.text) for piece in pieces)]
    assert len(found) >= 1, f"no sentence with {pieces} in {text_of(sentences)}"
    return found[0]


def test_every_sentence_rests_on_entries_of_the_ledger(night: Night) -> None:
    head = night.desk.desk.ledger.head()[0]
    for sentences in night.desk.draft(DAY).values():
        assert len(sentences) > 10
        assert all(one.entries and all(1 <= seq <= head for seq in one.entries) for one in sentences)


def test_it_is_written_in_four_languages_with_the_same_entries(night: Night) -> None:
    draft = night.desk.draft(DAY)
    assert set(draft) == {"en", "ru", "uk", "de"} == set(languages())
    assert len({tuple(one.entries for one in sentences) for sentences in draft.values()}) == 1
    assert len({text_of(sentences) for sentences in draft.values()}) == 4


def test_each_language_has_the_same_words() -> None:
    english = {name for name in vars(words("en")) if name.isupper()}
    for tag in languages():
        own = vars(words(tag))
        assert {name for name in own if name.isupper()} == english
        for name in english:
            if isinstance(own[name], dict):
                assert set(own[name]) == set(vars(words("en"))[name]), (tag, name)
        assert len(own["MONTHS"]) == 12


@pytest.mark.parametrize(
    ("language", "pieces"),
    [
        ("en", ("According to Governor Example", "at least 130 windows")),
        ("ru", ("По данным: Губернатор Пример", "не менее 130 окон")),
        ("uk", ("За даними: Губернатор Приклад", "130 вікон")),
        ("de", ("Nach Angaben von Gouverneur Beispiel", "mindestens 130 Fenster")),
    ],
)
def test_a_claim_begins_with_its_source_and_keeps_its_bound(
    night: Night, language: str, pieces: tuple[str, ...]
) -> None:
    found = holding(night.desk.bulletin(DAY, language), *pieces)
    assert found.sources == ("governor",)
    assert found.text.startswith(pieces[0])


def test_words_stay_words_and_a_foreign_quote_says_its_language(night: Night) -> None:
    assert "“dozens”" in holding(night.desk.bulletin(DAY, "en"), "at least 12 killed").text
    assert "(язык: английский)" in holding(night.desk.bulletin(DAY, "ru"), "не менее 12 погибших").text


def test_an_allegation_is_cited_through_and_said_to_be_a_claim(night: Night) -> None:
    found = holding(night.desk.bulletin(DAY, "en"), "citing unnamed security source")
    assert "Not verified" in found.text
    assert "the record takes no side" in found.text
    assert "stamped “4 Jan, 2024 21:27”, zone not stated" in found.text
    assert found.text.startswith("According to Agency Example")


def test_two_entries_that_may_be_one_event_stand_beside_each_other(night: Night) -> None:
    found = holding(night.desk.bulletin(DAY, "en"), "may be the same event", "30 December", "31 December")
    assert len(found.entries) == 3


def test_a_claimed_streak_stands_beside_the_recorded_days(night: Night) -> None:
    said = night.desk.night(DAY).claimed_streaks[0]
    assert (said.compared.claimed, said.compared.recorded) == (7, 1)
    assert said.compared.found == (date(2023, 12, 30), date(2023, 12, 31), DAY)
    assert said.compared.missing == tuple(date(2024, 1, d) for d in range(1, 5))
    found = holding(night.desk.bulletin(DAY, "en"), "spoke of 7 days in a row", "On record up to that day: 1")
    assert "1 January, 2 January, 3 January and 4 January" in found.text


def test_a_claimed_distance_stands_beside_the_computed(night: Night) -> None:
    found = holding(night.desk.bulletin(DAY, "en"), "about 40 km", "Computed along the geodesic")
    assert "43.4 km from the edge of North One" in found.text
    assert "43,4 км" in holding(night.desk.bulletin(DAY, "ru"), "Вычислено по геодезической").text


def test_a_revised_tally_names_every_claim_behind_it(night: Night) -> None:
    night.source("police", "police", en="Police Example")
    other = night.claim("police", "windows", "eq", 142, source="police")
    found = holding(night.desk.bulletin(DAY, "en"), "Windows broken", "142", "from claims: 2")
    assert other in found.entries
    assert set(found.sources) == {"governor", "police"}


def test_what_was_retracted_is_said_to_be_so_and_no_longer_counts(night: Night) -> None:
    night.do(rep.RetractClaim(claim_id="hurt", reason="counted twice"))
    sentences = night.desk.bulletin(DAY, "en")
    assert "Not upheld: counted twice" in holding(sentences, "2 injured").text
    assert not [one for one in sentences if one.text.startswith("Injured")]
    said = {one.counter: one.days for one in night.desk.streaks("", DAY).counters}
    assert (said["impacts"], said["casualties"]) == (3, 1)


def test_what_the_policy_holds_back_is_in_no_sentence(night: Night) -> None:
    night.desk.publication = type(night.desk.publication)(delay_s=12 * 3600)
    text = text_of(night.desk.bulletin(DAY, "en"))
    assert "130 windows" not in text
    assert "issued a warning" in text


def test_the_page_of_a_day_begins_with_the_evening_before() -> None:
    start, end = window(DAY, "Europe/Moscow")
    assert (start, end) == (local(4, 18), local(6, 0))


def test_publishing_twice_says_nothing_new_and_a_revision_needs_a_reason(night: Night) -> None:
    first = night.desk.publish(DAY, RECORDS)
    assert [entry.event.kind for entry in first.entries] == ["record.bulletin_published"]
    assert night.desk.publish(DAY, RECORDS).entries == ()
    before = night.desk.bulletin(DAY, "en")
    night.claim("later", "flats", "eq", 12)
    assert night.desk.bulletin(DAY, "en") == before
    with pytest.raises(Invalid) as caught:
        night.desk.publish(DAY, RECORDS)
    assert caught.value.code == "TOC-12002"
    again = night.desk.publish(DAY, RECORDS, reason="flats were counted")
    assert again.state.pages["2024-01-05"].bulletins[-1].bulletin.revision == 2
    assert "12 flats" in text_of(night.desk.bulletin(DAY, "en"))


def test_a_day_of_which_nothing_is_known_has_no_bulletin(night: Night) -> None:
    with pytest.raises(Invalid) as caught:
        night.desk.publish(date(2023, 6, 1), RECORDS)
    assert caught.value.code == "TOC-12002"


def test_only_the_keepers_of_the_record_publish(night: Night) -> None:
    for actor in (DUTY, SENSOR):
        with pytest.raises(Denied):
            night.desk.publish(DAY, actor)


def test_a_page_is_revised_withdrawn_restored_and_corrected_and_nothing_is_erased(night: Night) -> None:
    desk, page = night.desk, "2024-01-05"
    desk.do(cmd.RevisePage(page=page, title={"en": "A night"}, tags=("drones", " drones ", "windows")), RECORDS)
    with pytest.raises(Refused) as caught:
        desk.do(cmd.RevisePage(page=page, title={"en": "Other"}, reason="x", revision=0), RECORDS)
    assert caught.value.code == "TOC-10004"
    desk.do(cmd.RevisePage(page=page, title={"en": "Other"}, reason="clearer", revision=1), RECORDS)
    desk.do(cmd.WithdrawPage(page=page, reason="under review"), RECORDS)
    assert desk.state().pages[page].withdrawn == "under review"
    desk.do(cmd.RestorePage(page=page, reason="reviewed"), RECORDS)
    given = {"before": {"en": "3"}, "after": {"en": "2"}, "reason": {"en": "counted twice"}}
    desk.do(cmd.PublishCorrection(page=page, correction_id="c1", entries=(1,), **given), RECORDS)
    assert desk.do(cmd.PublishCorrection(page=page, correction_id="c1", entries=(1,), **given), RECORDS).entries == ()
    known = desk.state().pages[page]
    assert [one.words.title["en"] for one in known.revisions] == ["A night", "Other"]
    assert known.revisions[0].words.tags == ("drones", "windows")
    assert (known.withdrawn, len(known.corrections)) == ("", 1)
    row = next(one for one in desk.archive() if one.day == DAY)
    assert (row.title, row.incidents) == ({"en": "Other"}, 1)


@pytest.mark.parametrize(
    ("command", "kind", "code"),
    [
        (cmd.RevisePage(page="2024-13-01"), Unknown, "TOC-6004"),
        (cmd.RevisePage(page="2024-01-05", tags=("x" * 60,)), Invalid, "TOC-12002"),
        (cmd.WithdrawPage(page="2024-01-05", reason=" "), Invalid, "TOC-12002"),
        (cmd.RestorePage(page="2024-01-05", reason="why"), Refused, "TOC-12002"),
        (
            cmd.PublishCorrection(page="2024-01-05", correction_id="", before={}, after={}, reason={}),
            Invalid,
            "TOC-12002",
        ),
        (
            cmd.DeclareCoverage(area="north", start=START, end=START, coverage="unknown", reason="why"),
            Invalid,
            "TOC-12004",
        ),
        (
            cmd.PublishBulletin(
                page="2024-01-05", as_of=1, sentences={"en": (Sentence(text="x", entries=()),)}, rule="r"
            ),
            Invalid,
            "TOC-12002",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_remedy(
    night: Night, command: cmd.Command, kind: type[Exception], code: str
) -> None:
    with pytest.raises(kind) as caught:
        night.desk.do(command, RECORDS)
    assert (caught.value.code, bool(caught.value.remedy)) == (code, True)  # type: ignore[attr-defined]


def test_a_declared_gap_greys_the_streak_of_an_area(night: Night) -> None:
    command = cmd.DeclareCoverage(
        area="north-1", start=local(3, 0), end=local(4, 0), coverage="no_coverage", reason="sensors down"
    )
    assert night.desk.do(command, ADMIN).entries
    assert night.desk.do(command, ADMIN).entries == ()
    said = night.desk.streaks("north-1", date(2024, 1, 3)).counters[0]
    assert said.streak.grey
    assert "no_coverage" in said.streak.grey_why


def test_folding_anew_gives_the_state_that_was_kept(night: Night) -> None:
    night.desk.publish(DAY, RECORDS)
    night.desk.do(cmd.WithdrawPage(page="2024-01-05", reason="x"), RECORDS)
    assert fold_all(RecordState(), night.desk.desk.ledger.read()) == night.desk.state()
