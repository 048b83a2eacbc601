"""The documents of the live path: what each entry means to people who listen."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tocsin.warn import commands as cmd
from tocsin.warn.live import DRILL, LIVE, snapshot
from tocsin.warn.phase import WORST_FIRST, full_state
from warn.rig import ADMIN, WATCH, Rig, area


@pytest.fixture
def rig() -> Rig:
    return Rig()


def frames(rig: Rig) -> list[dict[str, object]]:
    return [frame for _, _, frame in rig.frames()]


def test_only_what_concerns_the_public_becomes_a_frame(rig: Rig) -> None:
    before = len(frames(rig))
    warning = rig.draft("south")
    rig.approve(warning)
    rig.seen("radar", "east", trusted=False)
    rig.do(cmd.BreakGlass(reason="incoming"))
    rig.do(cmd.Discard(warning_id=warning, reason="birds"))
    assert len(frames(rig)) == before
    rig.live("south")
    assert len(frames(rig)) == before + 1


def test_a_frame_names_its_entry_areas_alert_sound_and_cells(rig: Rig) -> None:
    warning = rig.live("south")
    state, entry, frame = list(rig.frames())[-1]
    assert (frame["subject"], frame["seq"], frame["id"]) == (LIVE, entry.seq, entry.event.id)
    assert set(frame["cells"]) == set(state.areas["south"].cells)
    data = frame["data"]
    assert (data["entry"], data["sound"], data["siren_areas"]) == ("warning.issued", "wail", ["south"])
    assert [(one["id"], one["phase"]) for one in data["areas"]] == [("south", "alert")]
    alert = data["alert"]
    assert (alert["id"], alert["level"], alert["msg_type"], alert["status"]) == (warning, "alert", "Alert", "Actual")
    assert alert["cap"] == f"/cap/{alert['identifier']}.xml"
    assert alert["geometry"]["type"] == "MultiPolygon"
    assert set(alert["headline"]) == {"en", "ru", "uk", "de"}
    assert alert["demo"] is True
    assert alert["end"] is None


def test_nothing_of_who_acted_or_of_a_siren_leaks(rig: Rig) -> None:
    rig.live("city")
    said = str(frames(rig))
    for secret in ("officer:", "key:", "s01", "approv"):
        assert secret not in said


def test_a_client_in_a_part_gets_the_worst_of_the_line_above_it(rig: Rig) -> None:
    rig.live("north", level="pre_alert")
    rig.do(cmd.MarkUnknown(areas=("north-2",), reason="silence"), WATCH)
    told = {row["state"]["id"]: row["state"]["phase"] for row in _snapshot(rig)["areas"]}
    assert (told["north"], told["north-1"], told["north-2"]) == ("pre_alert", "ok", "unknown")
    for place in ("north-1", "north-2"):
        line = [told[a] for a in (place, *rig.state.areas.ancestors(place))]
        worst = min(line, key=WORST_FIRST.index)
        assert worst == full_state(rig.state, place, rig.clock.now())["phase"]


def _snapshot(rig: Rig) -> dict[str, list[dict[str, dict[str, object]]]]:
    return snapshot(rig.state, rig.clock.now(), rig.desk.sender, kept=timedelta(hours=1))


def test_a_partial_clear_says_where_it_stands_and_where_it_is_over(rig: Rig) -> None:
    warning = rig.live("city")
    rig.clock.move(60)
    rig.do(cmd.PartialClear(warning_id=warning, areas=("south",), reason="quiet"))
    data = list(rig.frames())[-1][2]["data"]
    phases = {one["id"]: one["phase"] for one in data["areas"]}
    assert phases["south"] == "ended"
    assert phases["city"] == "partial_clear"
    assert phases["east"] == "alert"
    assert set(data["alert"]["areas"]) == {"north", "east", "west", "harbour"}
    assert data["siren_areas"] == ["south"]


def test_an_end_of_a_replaced_warning_leaves_the_new_one_in_force(rig: Rig) -> None:
    old = rig.live("south")
    rig.clock.move(1)
    rig.live("city", supersedes=old)
    issued, ended = [frame["data"] for _, _, frame in rig.frames()][-2:]
    assert (issued["sound"], ended["sound"]) == ("wail", None)
    assert ended["alert"]["end"] == "superseded"
    assert [one["phase"] for one in ended["areas"]] == ["ok"]
    assert rig.phase("south")[0] == "alert"


def test_drills_are_on_a_subject_of_their_own(rig: Rig) -> None:
    rig.do(cmd.StartDrill(exercise="Autumn", areas=("south",)))
    frame = list(rig.frames())[-1][2]
    assert frame["subject"] == DRILL
    assert frame["data"]["cap"].startswith("/drill/cap/")
    assert _snapshot(rig)["alerts"] == []


def test_a_redrawn_area_is_told_with_its_new_cells(rig: Rig) -> None:
    moved = area("south", "city", "South", at=(50.30, 36.50))
    rig.do(cmd.DefineAreas(areas=(moved,)), ADMIN)
    state, _, frame = list(rig.frames())[-1]
    assert set(frame["cells"]) == set(state.areas["south"].cells) == set(moved.cells)
