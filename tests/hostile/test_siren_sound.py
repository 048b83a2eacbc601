"""What a siren sounds never says the opposite of what stands."""

from __future__ import annotations

from siren.test_machine import Bench
from tocsin.siren.words import Report, Start


def test_an_alert_after_an_all_clear_sounds_at_once_whatever_the_floor() -> None:
    bench = Bench()
    bench.command("a", warning="w1")
    bench.pass_time(10)
    bench.command("b", warning="w1", tone="all_clear")
    bench.pass_time(5)
    bench.effects.clear()
    out = bench.command("c", warning="w2")
    assert [e.tone for e in out if isinstance(e, Start)] == ["wail"]
    bench.pass_time(2)
    assert "sounding" in [e.state for e in bench.effects if isinstance(e, Report)]


def test_without_an_all_clear_the_floor_holds() -> None:
    bench = Bench()
    bench.command("a", warning="w1")
    bench.pass_time(3)
    bench.command("b", warning="w1", state="OFF")
    out = bench.command("c", warning="w2")
    assert [e for e in out if isinstance(e, Start)] == []
    bench.effects.clear()
    bench.pass_time(40)
    assert [e.tone for e in bench.effects if isinstance(e, Start)] == ["wail"]


def test_an_all_clear_for_what_is_held_leaves_nothing_to_howl_later() -> None:
    bench = Bench()
    bench.command("a", warning="w1")
    bench.pass_time(3)
    bench.command("b", warning="w1", state="OFF")
    bench.command("c", warning="w2")
    bench.command("d", warning="w2", tone="all_clear")
    bench.effects.clear()
    bench.pass_time(120)
    assert [e.tone for e in bench.effects if isinstance(e, Start)] == []
