"""The steps beside the pictograms: short, complete, and never against the agreed instruction."""

from __future__ import annotations

import pytest

from tocsin.warn.actions import KINDS, PICTOGRAMS, after, keys, steps
from tocsin.warn.threats import ACTS, names, threat
from tocsin.warn.words import languages, templates

LONGEST = 44
CASES = [(name, act) for name in names() for act in (*ACTS, "drill", "drill_end", "unknown")]
CELLAR = {"en": ("basement", "cellar"), "ru": ("подвал",), "uk": ("підвал",), "de": ("keller",)}
LETS_OUT = {"leave", "go_out", "air_rooms"}


@pytest.mark.parametrize(("name", "act"), CASES)
def test_two_to_five_short_steps_in_every_language(name, act):
    for tag in languages():
        found = steps(name, act, tag)
        assert 2 <= len(found) <= 5
        assert len({step.text for step in found}) == len(found)
        for step in found:
            assert 0 < len(step.text) <= LONGEST, step
            assert not step.text.endswith(".")
            assert "!" not in step.text


def test_every_step_has_words_and_a_pictogram_and_is_used():
    worded = {key.removeprefix("step.") for key in languages()["en"].texts if key.startswith("step.")}
    assert set(PICTOGRAMS) == worded
    assert set(PICTOGRAMS) - {key for name, act in CASES for key in keys(name, act)} == set()


@pytest.mark.parametrize("act", [*ACTS, "unknown", "something_new"])
def test_gas_never_sends_anybody_below_ground(act):
    for tag, words in CELLAR.items():
        for step in steps("chemical", act, tag):
            assert not any(word in step.text.casefold() for word in words), step
            assert step.name != "basement"


@pytest.mark.parametrize("name", names())
def test_a_step_agrees_with_where_the_danger_sends_people(name):
    pictures = [step.name for step in steps(name, "alert", "en")]
    assert ("upstairs" in pictures) == (threat(name).go == "up")
    if threat(name).go == "up":
        assert "basement" not in pictures
    in_the_air = name in ("chemical", "radiation")
    for act in ("pre_alert", "alert"):
        assert any(step.name == "close_windows" for step in steps(name, act, "en")) == in_the_air


@pytest.mark.parametrize(("name", "act"), [(name, act) for name in names() for act in ("pre_alert", "alert")])
def test_what_a_step_says_the_agreed_instruction_says_too(name, act):
    said = {
        "basement": {"en": "basement", "ru": "подвал", "uk": "підвал", "de": "Keller"},
        "no_lift": {"en": "lift", "ru": "лифт", "uk": "ліфт", "de": "Aufzug"},
        "two_walls": {"en": "two walls", "ru": "две|двумя стен", "uk": "дві|двома стін", "de": "zwei Wänden"},
        "lie_down": {"en": "lie down|drop to the ground", "ru": "лягте", "uk": "ляжте", "de": "legen Sie sich"},
        "close_windows": {"en": "Shut windows", "ru": "Закройте окна", "uk": "Зачиніть вікна", "de": "Fenster und"},
        "ventilation_off": {"en": "ventilation", "ru": "вентиляцию", "uk": "вентиляцію", "de": "Lüftung"},
        "upstairs": {"en": "upper floor", "ru": "верхнем этаже", "uk": "верхньому поверсі", "de": "oberen"},
        "do_not_touch": {"en": "Do not go near", "ru": "Не подходите", "uk": "Не підходьте", "de": "Gehen Sie nicht"},
    }
    long = templates(threat(name), act)["instruction"]
    for step in steps(name, act, "en"):
        for tag, part in said.get(step.name, {}).items():
            assert any(word.split()[0].casefold() in long[tag].casefold() for word in part.split("|")), (tag, step)


def test_only_an_all_clear_lets_people_out():
    for name, act in CASES:
        free = LETS_OUT & set(keys(name, act))
        assert bool(free) == (act == "all_clear"), (name, act)
    for name in names():
        for kind in (*KINDS, "something_new", None):
            assert (after(name, kind, "en") == steps(name, "all_clear", "en")) == (kind == "all_clear")


def test_an_exercise_says_so_in_every_step_and_shares_none_with_a_warning():
    live = {step.text for name in names() for act in (*ACTS, "unknown") for step in steps(name, act, "ru")}
    for act in ("drill", "drill_end"):
        for tag, language in languages().items():
            for step in steps("missile", act, tag):
                assert step.text.startswith(language.texts["word.drill"])
                assert step.text not in live


def test_what_is_not_known_gets_a_safe_answer():
    assert steps("asteroid", "alert", "en") == steps("other", "alert", "en")
    assert steps("missile", "something_new", "en") == steps("missile", "unknown", "en")
    assert steps("missile", "alert", "xx") == steps("missile", "alert", "en")
    assert steps("missile", "update", "de") == steps("missile", "alert", "de")
    assert steps("missile", "ok", "en") == ()
