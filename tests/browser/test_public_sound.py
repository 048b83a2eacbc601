"""The siren on the resident's page: one step to turn it on, what sounds, "I am safe", and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from browser.resident import alert, area, choose, greet, hello, now, says, shows, update, whole
from fake_edge import FakeEdge

pytestmark = pytest.mark.browser

HEARD = """
window.heard = [];
window.spoken = [];
const made = AudioContext.prototype.createOscillator;
AudioContext.prototype.createOscillator = function () {
  const voice = made.call(this);
  const start = voice.frequency.setValueAtTime;
  let first = true;
  voice.frequency.setValueAtTime = function (value, at) {
    if (first) window.heard.push(value);
    first = false;
    return start.call(this, value, at);
  };
  return voice;
};
const voice = { lang: "en-GB", localService: true, default: true, name: "Test", voiceURI: "test" };
speechSynthesis.getVoices = () => [voice];
speechSynthesis.speak = (one) => { window.spoken.push(one.text); setTimeout(() => one.onend && one.onend(), 0); };
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
"""
WAIL, ALL_CLEAR, CHIME = 420, 440, 784


@pytest.fixture
def listener(open_page: Callable[..., Any], edge: FakeEdge) -> Any:
    """A page on which the sound was turned on, calm."""
    greet(edge)
    page = open_page(before=HEARD)
    choose(page, "North")
    shows(page, "ok")
    says(page, "soundsaid", "Sound is off")
    page.click("#soundon")
    says(page, "soundsaid", "Sound is on")
    heard(page, CHIME)
    return page


def heard(page: Any, hertz: int, times: int = 1) -> None:
    """Wait until a tone that begins with that pitch was started so often."""
    page.wait_for_function(
        "([hertz, n]) => window.heard.filter((one) => one === hertz).length === n", arg=[hertz, times]
    )


def test_the_siren_sounds_once_is_spoken_and_the_all_clear_is_heard(listener: Any, edge: FakeEdge) -> None:
    edge.send("update", update([area(phase="alert")], alert(), 2, sound="wail"), 2)
    shows(listener, "alert")
    heard(listener, WAIL)
    listener.wait_for_function("() => window.spoken.length > 0")
    assert listener.evaluate("window.spoken[0]") == "Drones near North District Go to the basement now."
    # New words for the same warning carry no sound.
    edge.send("update", update([area(phase="alert")], alert(headline={"en": "Still near"}), 3), 3)
    says(listener, "headline", "Still near")
    over = alert(end="all_clear", headline={"en": "All clear"})
    edge.send("update", update([area(phase="ended", kind="all_clear")], over, 4, sound="all_clear"), 4)
    shows(listener, "ended")
    heard(listener, ALL_CLEAR)
    heard(listener, WAIL)


def test_i_am_safe_mutes_this_warning_only_and_can_be_taken_back(listener: Any, edge: FakeEdge) -> None:
    assert not listener.is_visible("#safe")
    edge.send("update", update([area(phase="alert")], alert(), 2, sound="wail"), 2)
    heard(listener, WAIL)
    listener.click("#safe")
    says(listener, "soundsaid", "Muted for this warning. A new warning will sound again.")
    listener.click("#soundagain")
    says(listener, "soundsaid", "Sound is on")
    listener.click("#safe")
    over = alert(end="all_clear", headline={"en": "All clear"})
    edge.send("update", update([area(phase="ended", kind="all_clear")], over, 3, sound="all_clear"), 3)
    heard(listener, ALL_CLEAR)  # an all clear is heard also by those who were safe
    edge.send("update", update([area(phase="alert")], alert(id="w2"), 4, sound="wail"), 4)
    shows(listener, "alert")
    heard(listener, WAIL, 2)


def test_what_makes_no_sound_here(listener: Any, edge: FakeEdge) -> None:
    edge.send("update", update([area("far", "alert")], alert(id="w9", areas=["far"]), 2, sound="wail"), 2)
    drill = alert(id="d1", status="Exercise", headline={"en": "EXERCISE"})
    edge.send("update", update([area(phase="alert")], drill, 3, sound="wail"), 3)
    edge.send("update", update([area(phase="pre_alert")], alert(id="w3", level="pre_alert"), 4), 4)
    shows(listener, "pre_alert")  # so everything before was taken in, and the exercise changed nothing
    assert "EXERCISE" not in listener.inner_text("body")
    assert listener.evaluate("window.heard.filter((one) => one !== 784)") == []


def test_a_danger_that_was_missed_sounds_when_the_link_is_back(listener: Any, edge: FakeEdge) -> None:
    edge.greeting = [
        ("hello", hello(), None),
        ("state", whole([area("city"), area("north", "alert")], [alert(issued_at=now(-90))]), 5),
    ]
    edge.drop()
    shows(listener, "alert")
    heard(listener, WAIL)


def test_quiet_has_an_end_and_is_seen(listener: Any, edge: FakeEdge) -> None:
    listener.click("#quiet")
    says(listener, "soundsaid", "Quiet until ")
    edge.send("update", update([area(phase="alert")], alert(), 2, sound="wail"), 2)
    shows(listener, "alert")
    says(listener, "soundsaid", "Quiet until ")
    assert listener.evaluate("window.heard.includes(420)") is False
    listener.click("#soundagain")
    says(listener, "soundsaid", "Sound is on")


def test_after_a_reload_one_touch_anywhere_is_enough(listener: Any) -> None:
    listener.reload()
    shows(listener, "ok")
    says(listener, "soundsaid", "Sound waits")
    listener.click("#choose")
    says(listener, "soundsaid", "Sound is on")


def test_a_wrong_clock_is_said_and_corrected(open_page: Callable[..., Any], edge: FakeEdge) -> None:
    issued = alert(sent=now(-3605), issued_at=now(-3605), expires=now(60))
    edge.greeting = [
        ("hello", hello(clock=-3600), None),
        ("state", whole([area("city"), area("north", "alert")], [issued]), 1),
    ]
    page = open_page("/?area=north")
    shows(page, "alert")
    says(page, "clock", "The clock of this device is 1")
    says(page, "clock", "fast")
    assert page.inner_text("#watch").startswith("Time to reach cover:")


def test_where_danger_stands_no_all_clear_is_heard(listener: Any, edge: FakeEdge) -> None:
    """A part that is clear, or another warning that is over, is no all clear here."""
    both = alert(areas=["north"])
    edge.send("update", update([area(phase="alert")], both, 2, sound="wail"), 2)
    heard(listener, WAIL)
    parted = update([area("south", "partial_clear"), area(phase="alert")], both, 3, sound="all_clear")
    edge.send("update", parted | {"siren_areas": ["south"]}, 3)
    other = alert(id="w2", end="all_clear", headline={"en": "The other one is over"})
    edge.send("update", update([area(phase="alert")], other, 4, sound="all_clear"), 4)
    edge.send("update", update([area(phase="alert")], alert(headline={"en": "Still near"}), 5), 5)
    says(listener, "headline", "Still near")  # so everything before was taken in
    assert listener.evaluate("window.heard.includes(440)") is False
    assert not any("over" in said for said in listener.evaluate("window.spoken"))


def test_a_part_that_is_clear_hears_it(listener: Any, edge: FakeEdge) -> None:
    edge.send("update", update([area("city", "alert")], alert(areas=["city"]), 2, sound="wail"), 2)
    shows(listener, "alert")
    parted = update([area("city"), area("north", "partial_clear")], alert(areas=["south"]), 3, sound="all_clear")
    edge.send("update", parted | {"siren_areas": ["north"]}, 3)
    shows(listener, "partial_clear")
    heard(listener, ALL_CLEAR)


def test_who_was_out_of_reach_hears_the_all_clear_when_the_link_is_back(listener: Any, edge: FakeEdge) -> None:
    edge.send("update", update([area(phase="alert")], alert(), 2, sound="wail"), 2)
    heard(listener, WAIL)
    shows(listener, "alert")
    over = alert(end="all_clear", headline={"en": "All clear"}, issued_at=now(-600))
    edge.greeting = [
        ("hello", hello(), None),
        ("state", whole([area("city"), area("north", "ended", "all_clear")], [over]), 9),
    ]
    edge.drop()
    shows(listener, "ended")
    heard(listener, ALL_CLEAR)
    edge.drop()  # and once is enough
    listener.wait_for_function("() => document.getElementById('state').innerText === 'All clear'")
    heard(listener, ALL_CLEAR)


def test_a_second_warning_within_the_floor_sounds_when_the_floor_is_over(listener: Any, edge: FakeEdge) -> None:
    edge.send("update", update([area(phase="alert")], alert(), 2, sound="wail"), 2)
    heard(listener, WAIL)
    second = alert(id="w2", issued_at=now(1), headline={"en": "Missiles as well"})
    edge.send("update", update([area(phase="alert")], second, 3, sound="wail"), 3)
    says(listener, "headline", "Missiles as well")
    heard(listener, WAIL)
    # The floor is kept in the memory of the device: 41 s pass there.
    listener.evaluate("""() => {
      const last = JSON.parse(localStorage.getItem('tocsin.sound'));
      localStorage.setItem('tocsin.sound', JSON.stringify({ ...last, at: last.at - 41_000 }));
    }""")
    heard(listener, WAIL, 2)
