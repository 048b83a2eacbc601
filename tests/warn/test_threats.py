"""Every danger has every text in every language, and the texts keep what they promise."""

from __future__ import annotations

import re
import string
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from tocsin.core.errors import Invalid, Unknown
from tocsin.warn.policy import Policy
from tocsin.warn.threats import ACTS, LEVELS, Threat, names, threat, threats
from tocsin.warn.words import FIELDS, HEADLINE_LIMIT, compose, drill, languages, lead_time, templates, title, until_text

SENT = datetime(2024, 1, 4, 20, 58, tzinfo=UTC)
UNTIL = SENT + timedelta(hours=1)
ZONE = ZoneInfo("Europe/Moscow")
BUILT_IN = ("en", "ru", "uk", "de")
PLACES = [{"en": f"Place {n}", "ru": f"Район {n}", "uk": f"Район {n}", "de": f"Ort {n}"} for n in range(5)]
CASES = [(name, act, level) for name in names() for act in ACTS for level in LEVELS]
DRILL_PHRASES = (
    "this is not a drill",
    "not a drill",
    "not an exercise",
    "это не учебная",
    "не учения",
    "це не навч",
    "keine übung",
)
IMPACT_WORDS = ("target", "hit the", "цель", "цели ", "ціль", "цілі ", "ziel ")
POLITICS = ("enemy", "terror", "враг", "противник", "ворог", "feind", "regime", "режим")


def slots(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def words_of(name: str, act: str, level: str) -> dict[str, dict[str, str]]:
    composed = compose(
        threat(name), act, areas=PLACES[:3], until=UNTIL, sent=SENT, zone=ZONE, remaining=PLACES[3:], level=level
    )
    return msgspec.to_builtins(composed)


def test_the_folder_holds_the_dangers_that_the_policy_knows():
    assert set(names()) == set(Policy().expiry_s) - {"pre_alert"}
    assert set(Policy().auto_issue) <= set(names())
    assert set(Policy().two_person_threats) <= set(names())


def test_a_file_is_named_for_its_danger():
    for name, found in threats().items():
        assert found.name == name
        assert found.expiry in Policy().expiry_s
        assert found.event_code
        assert found.categories


def test_an_unknown_danger_is_refused_with_the_known_ones():
    with pytest.raises(Unknown) as caught:
        threat("asteroid")
    assert caught.value.code == "TOC-1012"
    assert "missile" in caught.value.remedy


def test_cap_values_are_legal():
    categories = {"Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE"}
    # Assess is not for the public (CAP 1.2, section 3.2.2).
    responses = {"Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "AllClear", "None"}
    for found in threats().values():
        assert set(found.categories) <= categories
        for act in ACTS:
            for level in LEVELS:
                assert set(found.response(act, level)) <= responses
                rating = found.rating(act, level)
                # The struct's Literals are only enforced on decoding, so decode once.
                assert msgspec.convert(msgspec.to_builtins(rating), type(rating)) == rating
        assert found.rating("all_clear").urgency == "Past"
        assert found.response("update", "pre_alert") == found.response("pre_alert")


def test_sirens_sound_for_an_alert_and_its_all_clear_and_nothing_else():
    for found in threats().values():
        assert set(found.tones) == {"alert", "all_clear"}
        assert found.tones["all_clear"] == "all_clear"
        assert found.tones["alert"] in ("wail", "steady")


def test_four_languages_at_least_and_an_honest_review_state():
    assert set(BUILT_IN) <= set(languages())
    for language in languages().values():
        assert re.search(r"draft|reviewed by .+, \d{4}-\d\d-\d\d", language.review)
        assert language.name


def test_every_language_file_has_the_same_keys_and_placeholders():
    english = languages()["en"].texts
    for tag, language in languages().items():
        assert set(language.texts) == set(english), tag
        for key, text in language.texts.items():
            assert slots(text) == slots(english[key]), (tag, key)


@pytest.mark.parametrize(("name", "act", "level"), CASES)
def test_every_text_is_there_in_every_language(name, act, level):
    found = templates(threat(name), act, level)
    assert set(found) == set(FIELDS)
    for field, by_tag in found.items():
        assert set(by_tag) == set(languages()), field
        assert len({frozenset(slots(text)) for text in by_tag.values()}) == 1, field
        for tag, text in by_tag.items():
            assert slots(text) <= {"areas", "until", "remaining"}, (tag, field)


@pytest.mark.parametrize(("name", "act", "level"), CASES)
def test_a_message_says_what_where_what_to_do_and_how_long(name, act, level):
    texts = words_of(name, act, level)
    for tag in languages():
        say = {field: texts[field][tag] for field in FIELDS}
        assert len({say["headline"], say["description"], say["instruction"]}) == 3
        for field in ("headline", "description", "short", "spoken"):
            assert all(place.get(tag, place["en"]) in say[field] for place in PLACES[:3]), (tag, field)
        assert len(say["headline"]) <= HEADLINE_LIMIT
        assert len(say["short"]) <= 200
        assert len(say["instruction"].split()) >= 8
        assert say["instruction"].count(". ") >= 1
        if act in ("pre_alert", "alert", "update"):
            assert "00:58" not in say["headline"]
            assert "00:58" in say["description"]
            assert "00:58" in say["short"]
        if act == "partial_clear":
            assert all(place.get(tag, place["en"]) in say["description"] for place in PLACES[3:])


@pytest.mark.parametrize(("name", "act", "level"), CASES)
def test_the_language_is_calm_plain_and_takes_no_side(name, act, level):
    for field, by_tag in words_of(name, act, level).items():
        for tag, text in by_tag.items():
            low = text.casefold()
            assert "!" not in text, (field, tag)
            assert not any(phrase in low for phrase in DRILL_PHRASES + IMPACT_WORDS + POLITICS), (field, tag, text)
            assert languages()[tag].texts["word.drill"].casefold() not in low, (field, tag)
            sentences = [s for s in re.split(r"(?<=[.:])\s", text) if s]
            assert max(len(s.split()) for s in sentences) <= 30, (field, tag)
            assert "  " not in text
            assert "{" not in text


def test_a_cancel_says_that_it_was_an_error_and_not_to_act():
    error = {"en": "error", "ru": "ошибк", "uk": "помилк", "de": "irrtum"}
    not_act = {"en": "do not act", "ru": "не выполняйте", "uk": "не виконуйте", "de": "nicht"}
    for name in names():
        texts = words_of(name, "cancel", "alert")
        for tag in BUILT_IN:
            assert error[tag] in texts["headline"][tag].casefold()
            for field in ("description", "short", "spoken"):
                assert not_act[tag] in texts[field][tag].casefold(), (name, tag, field)


def test_an_expiry_never_reads_like_an_all_clear():
    negation = {"en": "not an all clear", "ru": "не отбой", "uk": "не відбій", "de": "keine entwarnung"}
    for name in names():
        texts = words_of(name, "expired", "alert")
        for tag in BUILT_IN:
            for field in ("headline", "short", "spoken"):
                assert negation[tag] in texts[field][tag].casefold(), (name, tag, field)


UP = {"en": "upper floor", "ru": "верхнем этаже", "uk": "верхньому поверсі", "de": "oberen Stockwerk"}
CELLAR = {"en": "basement", "ru": "подвал", "uk": "підвал", "de": "Keller"}
NOT_CELLAR = {
    "en": "Do not go into a basement",
    "ru": "Не спускайтесь в подвал",
    "uk": "Не спускайтеся в підвал",
    "de": "nicht in den Keller",
}
WINDOWS = {"en": "Shut windows", "ru": "Закройте окна", "uk": "Зачиніть вікна", "de": "Schließen Sie Fenster"}
AIR = {"en": "ventilation", "ru": "вентиляцию", "uk": "вентиляцію", "de": "Lüftung"}


@pytest.mark.parametrize("tag", BUILT_IN)
def test_gas_sends_people_up_and_blast_and_fallout_send_them_down(tag):
    gas = words_of("chemical", "alert", "alert")["instruction"][tag]
    assert UP[tag] in gas
    assert re.sub(r"\s+", " ", NOT_CELLAR[tag]) in gas
    fallout = words_of("radiation", "alert", "alert")["instruction"][tag]
    assert CELLAR[tag] in fallout
    assert UP[tag] not in fallout
    for text in (gas, fallout):
        assert WINDOWS[tag] in text
        assert AIR[tag] in text
    for name in ("missile", "artillery"):
        blast = words_of(name, "alert", "alert")["instruction"][tag]
        assert CELLAR[tag] in blast
        assert AIR[tag] not in blast


@pytest.mark.parametrize("tag", BUILT_IN)
def test_rockets_send_people_indoors_away_from_windows(tag):
    stay = {
        "en": "stay indoors",
        "ru": "оставайтесь внутри",
        "uk": "залишайтеся всередині",
        "de": "Bleiben Sie drinnen",
    }
    windows = {"en": "away from windows", "ru": "подальше от окон", "uk": "подалі від вікон", "de": "weg von Fenstern"}
    text = words_of("rocket_artillery", "alert", "alert")["instruction"][tag]
    assert stay[tag] in text
    assert windows[tag] in text


def test_a_drill_begins_with_the_word_for_exercise_and_shares_no_text_with_a_warning():
    live = {text for language in languages().values() for key, text in language.texts.items() if key[:3] == "any"}
    for over in (False, True):
        texts = msgspec.to_builtins(drill(areas=PLACES, until=UNTIL, sent=SENT, zone=ZONE, over=over))
        for field, by_tag in texts.items():
            for tag, text in by_tag.items():
                assert text.startswith(languages()[tag].texts["word.drill"]), (field, tag)
                assert not any(phrase in text.casefold() for phrase in DRILL_PHRASES)
                assert "!" not in text
    for language in languages().values():
        assert not live & {text for key, text in language.texts.items() if key.startswith("drill.")}


def test_many_areas_shorten_the_headline_and_stay_whole_in_the_description():
    many = [{"en": f"A place with a rather long name {n}"} for n in range(12)]
    texts = compose(threat("drone"), "alert", areas=many, until=UNTIL, sent=SENT, zone=ZONE)
    assert len(texts.headline["en"]) <= HEADLINE_LIMIT
    assert "more" in texts.headline["en"]
    assert all(place["en"] in texts.description["en"] for place in many)


def test_braces_in_a_place_name_are_only_letters():
    texts = compose(threat("drone"), "alert", areas=[{"en": "{until}"}], until=UNTIL, sent=SENT, zone=ZONE)
    assert texts.headline["en"] == "Drone threat: {until}"


def test_a_message_without_places_is_refused():
    for areas, act in (([], "alert"), (PLACES, "partial_clear")):
        with pytest.raises(Invalid) as caught:
            compose(threat("drone"), act, areas=areas, until=UNTIL, sent=SENT, zone=ZONE)
        assert caught.value.code == "TOC-1004"
    with pytest.raises(Invalid):
        drill(areas=[], until=UNTIL, sent=SENT, zone=ZONE)


def test_only_the_languages_asked_for_are_written():
    texts = compose(threat("drone"), "alert", areas=PLACES, until=UNTIL, sent=SENT, zone=ZONE, only=("en", "de", "xx"))
    assert set(texts.headline) == {"en", "de"}


def test_the_end_is_told_by_the_clocks_of_the_place_and_dated_when_far():
    assert until_text(UNTIL, SENT, ZONE) == "00:58"
    assert until_text(SENT + timedelta(hours=12), SENT, ZONE) == "2024-01-05 11:58"


def test_lead_time_is_spoken_calmly_and_zero_is_said_to_be_none():
    assert "15" in lead_time(15)["en"]
    assert lead_time(0)["de"] != lead_time(1)["de"]
    assert set(lead_time(0)) == set(languages())


def test_a_danger_may_bring_its_own_words_and_a_half_translated_one_is_left_out_of_that_language():
    own = {
        "flood.of": "flood danger",
        "flood.pre_alert.title": "Flood possible",
        "flood.pre_alert.what": "Water may rise.",
        "flood.pre_alert.do": "Go to a higher floor. Take your medicines with you.",
        "flood.pre_alert.do_short": "Go up.",
        "flood.alert.title": "Flood",
        "flood.alert.what": "Water is rising.",
        "flood.alert.do": "Go to a higher floor. Do not drive through water.",
        "flood.alert.do_short": "Go up now.",
    }
    base = msgspec.to_builtins(threat("other")) | {
        "name": "flood",
        "texts": {"en": own, "de": {"flood.alert.title": "Flut"}},
    }
    flood = msgspec.convert(base, Threat)
    assert set(templates(flood, "alert")["instruction"]) == {"en"}
    assert title(flood)["en"] == "Flood"
    texts = compose(flood, "all_clear", areas=PLACES[:1], until=UNTIL, sent=SENT, zone=ZONE)
    assert texts.headline == {"en": "All clear, flood danger: Place 0"}


def reference_rows() -> list[str]:
    """The rows of the table in ``docs/reference/threats.md``, made from the folder."""
    policy = Policy()
    rows = []
    for name, found in threats().items():
        rating = found.rating("alert")
        cells = (
            f"`{name}`",
            title(found)["en"],
            ", ".join(found.categories),
            f"{rating.urgency}, {rating.severity}, {rating.certainty}",
            found.tones["alert"],
            {"down": "down: basement, low floor or middle", "up": "up: upper floor", "in": "in: any building"}[
                found.go
            ],
            "yes" if found.countdown else "no",
            f"{policy.expiry_s[found.expiry] // 60} min",
            "yes" if name in policy.auto_issue else "no",
            "always" if name in policy.two_person_threats else "when wide",
        )
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def test_the_reference_shows_every_danger_as_it_is():
    page = Path(__file__).resolve().parents[2] / "docs" / "reference" / "threats.md"
    table = page.read_text(encoding="utf-8").split("\n\n")[2].splitlines()
    assert table[2:] == reference_rows()


def test_the_reference_tells_the_review_state_of_every_language():
    page = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "words.md").read_text(encoding="utf-8")
    for language in languages().values():
        assert f"| {language.tag} | {language.name} | {language.review} |" in page
