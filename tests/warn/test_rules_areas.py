"""Rules R9 to R12: areas as a tree, and what a warning reaches."""

# ruff: noqa: N802 - a rule is written with a capital R everywhere

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from tocsin.warn import commands as cmd
from tocsin.warn.area_import import read_areas
from tocsin.warn.live import cells_of
from tocsin.warn.target import cover
from warn.rig import ADMIN, AREAS, Rig, area, plan


@pytest.fixture
def rig() -> Rig:
    return Rig()


def define(rig: Rig, *areas: object) -> cmd.DefineAreas:
    return cmd.DefineAreas(areas=areas)  # type: ignore[arg-type]


def test_R09_a_renamed_area_keeps_its_id_and_answers_to_its_old_name(rig: Rig) -> None:
    old = rig.state.areas["harbour"]
    new = msgspec.structs.replace(
        old, names={"en": "New Port", "uk": "Кам’янка-Бузька"}, aliases=("Harbour",), valid_from=date(2024, 1, 1)
    )
    assert len(rig.do(define(rig, new), ADMIN).facts) == 1
    assert rig.do(define(rig, new), ADMIN).facts == ()
    tree = rig.state.areas
    for name in ("harbour", "new port", "HARBOUR", "кам'янка‑бузька"):
        assert [a.id for a in tree.find(name)] == ["harbour"]
    assert tree.find("New Port", on=date(2023, 12, 31)) == []


def test_R09_the_tree_holds_together_whatever_is_defined(rig: Rig) -> None:
    rig.refused("TOC-2004", define(rig, area("x", "nowhere", "X")), ADMIN, field="areas[0].parent")
    rig.refused("TOC-2004", define(rig, area("x", "x", "X", people=None)), ADMIN, field="areas[0].parent")
    loop = (area("x", "y", "X"), area("y", "x", "Y"))
    rig.refused("TOC-2004", define(rig, *loop), ADMIN)
    rig.refused("TOC-2004", define(rig, area("city", "north-1", "City")), ADMIN)


def test_R10_a_warning_for_a_parent_reaches_every_descendant(rig: Rig) -> None:
    rig.live("north")
    assert {a: rig.phase(a)[0] for a in ("north", "north-1", "north-2", "south", "city")} == {
        "north": "alert",
        "north-1": "alert",
        "north-2": "alert",
        "south": "ok",
        "city": "partial_clear",  # nobody who shows one state for the whole may show a safe one
    }
    state, entry, frame = list(rig.frames())[-1]
    assert set(frame["cells"]) == {*state.areas["north-1"].cells, *state.areas["north-2"].cells}
    sent, _ = plan(state, entry, frame, rig.policy, rig.clock.now())
    assert {c.siren for c in sent} == {"s01", "s02"}


def test_R10_an_area_that_is_added_below_a_warned_one_is_warned(rig: Rig) -> None:
    rig.live("north")
    rig.do(define(rig, area("north-3", "north", "North Three", at=(50.60, 36.60))), ADMIN)
    assert rig.phase("north-3")[0] == "alert"


def test_R11_an_area_without_ground_is_never_warned(rig: Rig) -> None:
    for areas in ((), ("nowhere",), ("everywhere",), ("south", "everywhere")):
        rig.refused("TOC-1003", cmd.Draft(threat="drone", areas=areas, reason="x"))
    assert cells_of(rig.state, ["everywhere"]) == []
    rig.refused("TOC-1003", cmd.StartDrill(exercise="Autumn", areas=("everywhere",)))


def test_R12_an_area_without_an_outline_or_an_outline_without_an_area_fails_at_import() -> None:
    bare = b"""{"type": "FeatureCollection", "features": [
        {"type": "Feature", "geometry": null, "properties": {"id": "a", "name": "A"}},
        {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates":
            [[[36.5, 50.6], [36.6, 50.6], [36.6, 50.7], [36.5, 50.6]]]}}]}"""
    result = read_areas(bare, cover)
    assert not result.ok
    assert result.areas == ()
    assert {f.code for f in result.findings if f.severity == "error"} >= {"TOC-2002", "TOC-2005"}


def test_all_areas_of_the_rig_are_what_was_defined(rig: Rig) -> None:
    assert {a.id for a in rig.state.areas} == {a.id for a in AREAS}
