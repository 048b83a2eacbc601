"""A state of the whole never looks safer than its parts."""

from __future__ import annotations

from tocsin.warn import commands as cmd
from tocsin.warn.phase import phases
from tocsin.web.public.states import with_parts
from warn.rig import ADMIN, Rig


def test_an_all_clear_of_the_city_is_partial_while_a_district_is_warned() -> None:
    rig = Rig()
    district = rig.live("south")
    city = rig.live("city", threat="artillery")
    rig.clock.move(5)
    rig.do(cmd.AllClear(warning_id=city, reason="over"))
    assert rig.phase("city") == ("partial_clear", None)
    assert rig.phase("south") == ("alert", None)
    assert rig.phase("east") == ("ended", "all_clear")
    rig.clock.move(5)
    rig.do(cmd.AllClear(warning_id=district, reason="over"))
    assert rig.phase("city") == rig.phase("south") == ("ended", "all_clear")


def test_what_is_not_known_of_a_part_is_no_all_clear_of_the_whole() -> None:
    rig = Rig()
    rig.do(cmd.MarkUnknown(areas=("south",), reason="the feed is silent"), ADMIN)
    city = rig.live("city")
    rig.clock.move(5)
    rig.do(cmd.AllClear(warning_id=city, reason="over"))
    assert rig.phase("city") == ("partial_clear", None)
    rig.do(cmd.MarkKnown(areas=("south",)), ADMIN)
    assert rig.phase("city") == ("ended", "all_clear")


def test_a_line_of_the_whole_shows_the_worst_of_its_parts() -> None:
    rig = Rig()
    rig.live("south", duration_s=60)
    now = rig.clock.now()
    assert with_parts("city", rig.state, phases(rig.state, now))["phase"] == "alert"
    rig.tick(61)
    shown = with_parts("city", rig.state, phases(rig.state, rig.clock.now()))
    assert (shown["phase"], shown["kind"]) == ("ended", "expired")  # nobody saw it end: that is no "no warning"
