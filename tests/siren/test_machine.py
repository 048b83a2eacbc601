"""The siren's mind, without a siren."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.siren.machine import deadline, standing, step
from tocsin.siren.resume import kept, restore
from tocsin.siren.words import (
    Beat,
    Drill,
    Lamp,
    Limits,
    ManualOff,
    ManualOn,
    Measured,
    Now,
    Received,
    Report,
    Save,
    Start,
    State,
    Stop,
    Tick,
)
from tocsin.warn.siren_command import Command, Manual, Verdict

T0 = datetime(2024, 1, 4, 20, 58, tzinfo=UTC)
LIMITS = Limits()


class Bench:
    """Drives the machine as the agent does, with a sink that always works."""

    def __init__(self, limits: Limits = LIMITS, **state) -> None:
        self.limits = limits
        self.t = 0.0
        self.state = State(**state)
        self.effects: list = []
        self.loud_until = -1.0
        self.works = True
        self.sounded = 0.0

    def now(self) -> Now:
        return Now(wall=T0 + timedelta(seconds=self.t), mono=self.t)

    def do(self, event) -> list:
        self.state, effects = step(self.state, event, self.now(), self.limits)
        out = list(effects)
        for effect in effects:
            if isinstance(effect, Start):
                self.loud_until = self.t + effect.seconds if self.works else -1.0
            if isinstance(effect, Stop):
                self.loud_until = -1.0
        if any(isinstance(e, Start | Stop) for e in effects):
            out += self.measure()
        self.effects += out
        return out

    def measure(self) -> list:
        self.state, effects = step(
            self.state, Measured(sounding=self.loud_until > self.t, detail=""), self.now(), self.limits
        )
        return list(effects)

    def pass_time(self, seconds: float) -> None:
        end = self.t + seconds
        while self.t < end:
            before = self.t
            due = max(self.t + 0.01, min(deadline(self.state, self.limits), end, self.t + 0.5))
            self.t = due
            self.sounded += max(0.0, min(due, self.loud_until) - before)
            self.do(Tick())
            self.effects += self.measure()

    def command(self, name="c1", *, state="ON", warning="w1", duration=60, tone="wail", life=600) -> list:
        command = Command(
            id=name,
            siren="s1",
            state=state,
            tone=tone,
            duration=duration,
            warning=warning,
            issued=self.now().wall,
            expires=self.now().wall + timedelta(seconds=life),
        )
        return self.do(Received(Verdict(word="accepted", command=command)))

    def reports(self) -> list[str]:
        return [e.state for e in self.effects if isinstance(e, Report)]


def kinds(effects) -> list[type]:
    return [type(e) for e in effects]


def test_it_remembers_the_id_before_it_sounds():
    out = Bench().command()
    assert kinds(out)[:2] == [Save, Start]
    assert out[0].new_id


def test_it_stops_by_its_own_timer_and_says_only_what_was_measured():
    bench = Bench()
    bench.command(duration=60)
    assert bench.reports() == ["sounding"]
    bench.pass_time(59)
    assert bench.state.measured
    bench.pass_time(2)
    assert not bench.state.measured
    assert bench.sounded == pytest.approx(60, abs=0.1)
    assert [r for r in bench.reports() if r != "link_lost"] == ["sounding", "silent"]


def test_a_dead_speaker_is_a_fault_and_never_sounding():
    bench = Bench()
    bench.works = False
    bench.command()
    bench.pass_time(5)
    assert bench.reports() == ["fault"]
    assert standing(bench.state) == "fault"
    assert not bench.state.measured


def test_off_is_obeyed_at_once_before_anything_is_written():
    bench = Bench()
    bench.command()
    bench.pass_time(5)
    out = bench.command("c2", state="OFF")
    assert kinds(out)[0] is Stop
    assert not bench.state.measured
    assert bench.state.sound is None


def test_an_off_for_another_warning_leaves_what_the_floor_holds():
    bench = Bench()
    bench.command("a", warning="w1", duration=10)
    bench.pass_time(20)
    bench.command("b", warning="w2", duration=10)
    bench.command("c", state="OFF", warning="w1")
    bench.pass_time(21)
    assert bench.state.measured
    assert bench.state.sound.command_id == "b"


def test_the_sound_floor_holds_a_second_start_and_does_not_lose_it():
    bench = Bench()
    bench.command("a", duration=10)
    bench.pass_time(15)
    out = bench.command("b", warning="w2", duration=10)
    assert Start not in kinds(out)
    assert "held 25 s" in out[-1].detail
    bench.pass_time(24)
    assert not bench.state.measured
    bench.pass_time(2)
    assert bench.state.measured
    assert bench.state.sound.command_id == "b"


def test_what_expires_under_the_floor_does_not_sound_and_is_said():
    bench = Bench()
    bench.command("a", duration=10)
    bench.pass_time(15)
    bench.command("b", warning="w2", duration=10, life=5)
    bench.pass_time(30)
    assert not bench.state.measured
    assert [e.verdict for e in bench.effects if isinstance(e, Report) and e.command_id == "b"][-1] == "expired"


def test_a_new_warning_after_180_seconds_sounds_again():
    bench = Bench()
    bench.command("a", duration=300)
    bench.pass_time(310)
    assert kinds(bench.command("b", warning="w1", duration=60))[-1] is Report
    assert bench.effects[-1].verdict == "limit"
    bench.pass_time(40)
    assert Start in kinds(bench.command("c", warning="w2", duration=60))


def test_the_all_clear_is_not_held_by_the_floor():
    bench = Bench()
    bench.command("a", duration=10)
    bench.pass_time(12)
    assert Start in kinds(bench.command("b", tone="all_clear", duration=30))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(0, 200),
            st.integers(1, 3600),
            st.sampled_from(["w1", "w2", "w3"]),
            st.sampled_from(["wail", "steady"]),
        ),
        max_size=12,
    )
)
def test_no_sequence_of_commands_sounds_longer_than_the_hard_limit_without_a_pause(orders):
    bench = Bench(Limits(hard_limit_s=300))
    run = longest = 0.0
    for n, (wait, duration, warning, tone) in enumerate(orders):
        end = bench.t + wait
        while bench.t < end:
            was, loud = bench.t, bench.state.measured
            bench.pass_time(min(1.0, end - bench.t))
            run = run + bench.t - was if loud and bench.state.measured else 0.0
            longest = max(longest, run)
        bench.command(f"c{n}", duration=duration, warning=warning, tone=tone)
        assert bench.state.sound is None or bench.state.sound.until - bench.state.run_at <= 300.001
    assert longest <= 301


def test_the_same_id_is_judged_before_the_machine_and_reported():
    bench = Bench()
    out = bench.do(Received(Verdict(word="repeated")))
    assert kinds(out) == [Report]
    assert out[0].verdict == "repeated"


def test_an_unsigned_command_is_obeyed_only_where_that_is_allowed():
    manual = Received(Verdict(word="manual", manual=Manual(state="ON", duration=5)))
    shy = Bench()
    out = shy.do(manual)
    assert [e.verdict for e in out] == ["bad_signature"]
    assert shy.state.sound is None
    open_to_all = Bench(Limits(manual_mqtt=True))
    open_to_all.do(manual)
    assert standing(open_to_all.state) == "manual"
    open_to_all.do(Received(Verdict(word="manual", manual=Manual(state="OFF"))))
    assert not open_to_all.state.measured


def test_a_person_at_the_siren_beats_floor_arming_and_link():
    bench = Bench(armed=False, link="lost")
    bench.do(ManualOn(source="button"))
    assert standing(bench.state) == "manual"
    bench.do(ManualOff(source="button"))
    assert bench.state.sound.tone == "all_clear"
    bench.pass_time(31)
    assert not bench.state.measured


def test_a_siren_under_repair_obeys_no_command_and_says_so():
    out = Bench(armed=False).command()
    assert [e.verdict for e in out] == ["disarmed"]


def test_the_link_is_lost_by_the_age_of_data_and_shown():
    bench = Bench()
    for _ in range(4):
        bench.pass_time(5)
        bench.do(Beat(as_of=bench.now().wall))
    assert bench.state.link == "up"
    frozen = bench.now().wall
    for _ in range(5):
        bench.pass_time(5)
        bench.do(Beat(as_of=frozen))
    assert bench.state.link == "up"
    bench.pass_time(6)
    bench.do(Beat(as_of=frozen))
    assert bench.state.link == "lost"
    assert standing(bench.state) == "link_lost"
    assert Lamp(lost=True) in bench.effects
    bench.do(Beat(as_of=bench.now().wall))
    assert standing(bench.state) == "silent"


def test_a_beat_from_the_future_hides_nothing():
    bench = Bench()
    bench.do(Beat(as_of=T0 + timedelta(days=400)))
    bench.pass_time(31)
    assert bench.state.link == "lost"


def test_a_drill_only_chimes_and_only_where_drills_are_on():
    assert Bench().do(Drill(command_id="d")) == []
    bench = Bench(Limits(drills=True))
    out = bench.do(Drill(command_id="d"))
    assert next(e for e in out if isinstance(e, Start)).tone == "test_chime"
    assert all(e.drill for e in out if isinstance(e, Report))
    real = bench.command("real")
    assert next(e for e in real if isinstance(e, Start)).tone == "wail"
    assert bench.do(Drill(command_id="d2")) == []


# Over a loss of power


def test_after_a_loss_of_power_the_rest_sounds_under_the_same_id():
    bench = Bench()
    bench.command("c1", duration=60)
    bench.pass_time(20)
    was = msgspec.json.decode(
        msgspec.json.encode(kept(bench.state, bench.now())), type=type(kept(bench.state, bench.now()))
    )
    later = Now(wall=bench.now().wall + timedelta(seconds=10), mono=3.0)
    state, effects = restore(was, later, LIMITS)
    start = next(e for e in effects if isinstance(e, Start))
    assert start.seconds == pytest.approx(30, abs=0.01)
    assert state.sound.command_id == "c1"
    assert "c1" in state.seen


@pytest.mark.parametrize("gone", [41, 3600])
def test_what_would_have_ended_by_now_does_not_sound_again(gone):
    bench = Bench()
    bench.command("c1", duration=60)
    bench.pass_time(20)
    was = kept(bench.state, bench.now())
    state, effects = restore(was, Now(wall=bench.now().wall + timedelta(seconds=gone), mono=3.0), LIMITS)
    assert Start not in kinds(effects)
    assert state.seen == ("c1",)


def test_a_clock_that_went_back_does_not_lengthen_the_sound():
    bench = Bench()
    bench.command("c1", duration=60)
    bench.pass_time(20)
    was = kept(bench.state, bench.now())
    _, effects = restore(was, Now(wall=T0 - timedelta(days=300), mono=3.0), LIMITS)
    assert next(e for e in effects if isinstance(e, Start)).seconds == pytest.approx(40, abs=0.01)


def test_cuts_of_power_do_not_stretch_the_hard_limit():
    limits = Limits(hard_limit_s=100)
    bench = Bench(limits)
    bench.command("c1", duration=100)
    bench.pass_time(90)
    was = kept(bench.state, bench.now())
    state, _ = restore(was, Now(wall=bench.now().wall, mono=5.0), limits)
    again = Bench(limits)
    again.state, again.t = state, 5.0
    again.command("c2", duration=100)
    assert again.state.sound is None or again.state.sound.until - again.state.run_at <= 100


def test_ids_are_bounded():
    bench = Bench()
    for n in range(1100):
        bench.command(f"c{n}", state="OFF")
    assert len(bench.state.seen) == 1000
    assert bench.state.seen[-1] == "c1099"


def test_a_tone_that_takes_the_place_of_another_is_measured_and_said_too():
    bench = Bench()
    bench.command("c1")
    bench.pass_time(10)
    bench.command("c2", tone="all_clear", duration=30)
    bench.pass_time(5)
    said = [(e.command_id, e.state, e.tone) for e in bench.effects if isinstance(e, Report) and e.verdict == "accepted"]
    assert said == [("c1", "sounding", "wail"), ("c2", "sounding", "all_clear")]


def test_a_tone_that_takes_the_place_of_another_and_fails_is_a_fault():
    bench = Bench()
    bench.command("c1")
    bench.works = False
    bench.command("c2", tone="all_clear", duration=30)
    bench.pass_time(5)
    assert "all_clear" not in [e.tone for e in bench.effects if isinstance(e, Report) and e.state == "sounding"]
    assert bench.state.fault
