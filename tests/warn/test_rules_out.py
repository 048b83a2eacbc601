"""Rules R13 to R23 and R25: what goes out and how it is taken back. R24 stands in a file of its own."""

# ruff: noqa: N802 - a rule is written with a capital R everywhere

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from tocsin.core.area import Area
from tocsin.warn import commands as cmd
from tocsin.warn import events as ev
from tocsin.warn.cap_read import parse
from tocsin.warn.live import DRILL, LIVE, alert_document, snapshot
from warn.rig import ADMIN, BORIS, SENDER, Rig, area, chain_is_whole, officer, plan, sound


@pytest.fixture
def rig() -> Rig:
    return Rig()


def approval(rig: Rig, warning: str) -> cmd.Approve:
    return cmd.Approve(warning_id=warning, sha256=rig.thread(warning).message.sha256)


# R13 to R16, R20, R22


def test_R13_an_alert_carries_the_shortest_lead_time_of_its_areas(rig: Rig) -> None:
    slow = area("slow", "city", "Slow", at=(50.40, 36.60), people=10)
    rig.do(cmd.DefineAreas(areas=(slow, area_with_lead(10))), ADMIN)
    warning = rig.live("slow", "quick")
    assert alert_document(rig.state, rig.thread(warning), rig.desk.sender)["lead_time_s"] == 10


def area_with_lead(seconds: int) -> Area:
    return msgspec.structs.replace(area("quick", "city", "Quick", at=(50.40, 36.50)), lead_time_s=seconds)


def test_R14_a_message_says_what_where_what_to_do_how_long_and_who_in_every_language(rig: Rig) -> None:
    rig.live("south")
    said = sound(rig.messages()[0])
    assert [i.language for i in said.infos] == ["en", "ru", "uk", "de"]
    for info in said.infos:
        assert info.event
        assert info.sender_name == "Sample City"
        assert "South" in (info.headline or "")
        assert info.instruction
        assert info.instruction not in (info.headline, info.description)
        assert info.expires
        assert "02:58" in f"{info.headline} {info.description}"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"instruction": {"en": "  "}}, "instruction.en"),
        ({"headline": {"en": "Run", "de": "x" * 161}}, "headline.de"),
        ({"headline": {"en": "Run now"}, "description": {"en": "Run now"}}, "description.en"),
        ({"description": {"en": "half \ud800 a character"}}, "description.en"),
        ({"description": {"en": "bell \x07"}}, "description.en"),
        ({"description": {"en": "delete \x7f"}}, "description.en"),
        ({"description": {"en": "<b>Run</b>"}}, "description.en"),
        ({"headline": {"fr": "Alerte"}}, "headline.fr"),
        ({"duration_s": 59}, "duration_s"),
        ({"duration_s": 86_401}, "duration_s"),
        ({"reason": " "}, "reason"),
        ({"level": "panic"}, "level"),
    ],
)
def test_R14_what_does_not_help_people_is_refused(rig: Rig, given: dict[str, object], field: str) -> None:
    rig.refused(
        "TOC-1004",
        cmd.Draft(**({"threat": "drone", "areas": ("south",), "reason": "seen"} | given)),  # type: ignore[arg-type]
        field=field,
    )


def test_R15_the_all_clear_is_heard_where_it_is_clear_and_only_there(rig: Rig) -> None:
    warning = rig.live("north")
    rig.clock.move(60)
    rig.do(cmd.PartialClear(warning_id=warning, areas=("north-1",), reason="quiet"))
    state, entry, frame = list(rig.frames())[-1]
    sent, skipped = plan(state, entry, frame, rig.policy, rig.clock.now())
    assert [(c.siren, c.state, c.tone) for c in sent] == [("s01", "ON", "all_clear")]
    assert skipped == []
    rig.clock.move(60)
    rig.do(cmd.AllClear(warning_id=warning, reason="over"))
    state, entry, frame = list(rig.frames())[-1]
    sent, _ = plan(state, entry, frame, rig.policy, rig.clock.now())
    assert [(c.siren, c.tone) for c in sent] == [("s02", "all_clear")]


def test_R16_a_new_salvo_is_a_new_warning_that_sounds_again_and_keeps_every_area(rig: Rig) -> None:
    first = rig.live("south")
    rig.clock.move(200)
    rig.seen("radar-a", "south", "east")
    rig.seen("radar-b", "south", "east")
    issued = rig.facts(ev.WarningIssued)
    assert [f.supersedes for f in issued] == ["", first]
    assert rig.thread(first).end == "superseded"
    assert [f["data"]["sound"] for _, _, f in rig.frames() if f["data"]["sound"]] == ["wail", "wail"]
    assert rig.phase("south")[0] == rig.phase("east")[0] == "alert"
    chain_is_whole(rig)


def test_R16_a_narrower_salvo_stands_beside_the_earlier_warning(rig: Rig) -> None:
    first = rig.live("south", "east")
    rig.clock.move(200)
    rig.seen("radar-a", "south", "east", "west")
    rig.seen("radar-b", "south")
    issued = rig.facts(ev.WarningIssued)[-1]
    assert (issued.content.areas, issued.supersedes) == (("south",), "")
    assert rig.thread(first).status == "live"
    assert rig.phase("east")[0] == "alert"


def test_R22_an_update_and_a_cancel_never_sound(rig: Rig) -> None:
    warning = rig.live("south")
    rig.clock.move(60)
    rig.do(cmd.Update(warning_id=warning, reason="more of them", description={"en": "Five of them."}))
    rig.clock.move(60)
    rig.do(cmd.Cancel(warning_id=warning, reason="birds"))
    assert [f["data"]["sound"] for _, _, f in rig.frames() if f["data"]["alert"]] == ["wail", None, "off"]
    assert [sound(m).msg_type for m in rig.messages()] == ["Alert", "Update", "Cancel"]


def test_R22_wider_or_higher_is_a_new_draft_and_nothing_changes_until_it_is_issued(rig: Rig) -> None:
    warning = rig.live("south", level="pre_alert", description={"en": "Seen by the tower."}, duration_s=900)
    rig.clock.move(60)
    wider = rig.do(cmd.Update(warning_id=warning, areas=("south", "east"), reason="they turn")).facts[0]
    assert isinstance(wider, ev.WarningDrafted)
    assert (wider.supersedes, wider.content.duration_s) == (warning, 900)
    assert wider.content.description["en"] == "Seen by the tower."
    higher = rig.do(cmd.Update(warning_id=warning, level="alert", reason="they come")).facts[0]
    assert isinstance(higher, ev.WarningDrafted)
    assert higher.content.duration_s == 10_800
    assert rig.phase("east")[0] == "ok"
    assert rig.phase("south")[0] == "pre_alert"
    rig.issue(higher.warning_id)
    assert rig.thread(warning).superseded_by == higher.warning_id
    assert rig.phase("south")[0] == "alert"
    chain_is_whole(rig)


def test_R22_an_update_drops_no_area_and_names_none_twice(rig: Rig) -> None:
    warning = rig.live("south", "east")
    rig.clock.move(60)
    for areas in (("south",), ()):
        rig.refused("TOC-1005", cmd.Update(warning_id=warning, areas=areas, reason="less"), field="areas")
    rig.do(cmd.Update(warning_id=warning, areas=("east", "south", "east"), reason="the same"))
    assert rig.thread(warning).content.areas == ("east", "south")
    assert len(rig.thread(warning).messages) == 2


def test_R22_what_replaces_a_warning_drops_no_area(rig: Rig) -> None:
    warning = rig.live("south", "east")
    less = cmd.Draft(threat="drone", areas=("south",), reason="less", supersedes=warning)
    rig.refused("TOC-1005", less, field="areas")
    draft = rig.draft("city", supersedes=warning)
    rig.refused("TOC-1005", cmd.Edit(warning_id=draft, areas=("south", "west")), field="areas")
    rig.approve(draft)
    rig.issue(draft)
    assert rig.thread(warning).end == "superseded"
    said = sound(rig.messages()[-1])
    assert [r.identifier for r in said.references] == [rig.thread(warning).messages[0].identifier]
    rig.clock.move(30)
    rig.do(cmd.Cancel(warning_id=draft, reason="birds"))
    assert {r.identifier for r in sound(rig.messages()[-1]).references} == {m.identifier for m in rig.messages()[:-1]}


def test_R22_a_draft_that_replaces_is_written_anew_when_the_old_warning_spoke_since(rig: Rig) -> None:
    warning = rig.live("south")
    solo, two = rig.draft("south", supersedes=warning), rig.draft("south", supersedes=warning)
    rig.approve(two)
    rig.clock.move(5)
    rig.do(cmd.Update(warning_id=warning, reason="still there"))
    update = rig.messages()[-1]
    rig.refused("TOC-1007", approval(rig, solo), BORIS)
    rig.issue(solo)
    assert update.identifier in {r.identifier for r in sound(rig.messages()[-1]).references}
    chain_is_whole(rig)


# R23


def test_R23_a_drill_has_facts_frames_and_words_of_its_own_and_touches_nothing_live(rig: Rig) -> None:
    rig.do(cmd.StartDrill(exercise="Autumn", areas=("city",)))
    state, entry, frame = list(rig.frames())[-1]
    assert frame["subject"] == DRILL != LIVE
    assert "sound" not in frame["data"]
    assert plan(state, entry, frame, rig.policy, rig.clock.now()) == ([], [])
    assert rig.phase("north-1") == ("ok", None)
    assert snapshot(state, rig.clock.now(), rig.desk.sender, kept=timedelta(hours=1))["alerts"] == []
    drill = next(iter(state.drills.values()))
    said = parse(drill.message.drill_xml.encode())
    assert (said.status, said.note) == ("Exercise", "Autumn")
    for info in said.infos:
        word = {"en": "EXERCISE", "ru": "УЧЕНИЯ", "uk": "НАВЧАННЯ", "de": "ÜBUNG"}[info.language]
        assert all((text or "").startswith(word) for text in (info.headline, info.description, info.instruction))
        assert "Shelter" not in info.response_types


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"status": "Actual"}, "TOC-1011", "status"),
        ({"exercise": " "}, "TOC-1011", "exercise"),
        ({"exercise": "This is not a drill"}, "TOC-1011", "exercise"),
        ({"exercise": "bell \x07"}, "TOC-1004", "exercise.name"),
        ({"headline": {"en": "Missiles are coming"}}, "TOC-1011", "headline.en"),
        ({"instruction": {"en": "EXERCISE. THIS IS NOT A DRILL."}}, "TOC-1011", "instruction.en"),
        ({"instruction": {"ru": "УЧЕНИЯ. Это не учения."}}, "TOC-1011", "instruction.ru"),
        ({"instruction": {"de": "ÜBUNG. Dies ist keine Übung."}}, "TOC-1011", "instruction.de"),
        ({"headline": {"en": "EXERCISE \x00"}}, "TOC-1004", "headline.en"),
        ({"headline": {"fr": "EXERCICE"}}, "TOC-1004", "headline.fr"),
        ({"duration_s": 5}, "TOC-1011", "duration_s"),
    ],
)
def test_R23_a_drill_can_never_read_like_a_warning(rig: Rig, given: dict[str, object], code: str, field: str) -> None:
    command = cmd.StartDrill(**({"exercise": "Autumn", "areas": ("south",)} | given))  # type: ignore[arg-type]
    rig.refused(code, command, field=field)


@pytest.mark.parametrize("text", ["EXERCISE. Go to the shelter.", "exercise: go to the shelter", "УЧЕНИЯ идут"])
def test_R23_a_warning_can_never_read_like_a_drill(rig: Rig, text: str) -> None:
    command = cmd.Draft(threat="drone", areas=("south",), reason="x", instruction={"en": text})
    rig.refused("TOC-1011", command, field="instruction.en")


def test_R23_an_ordinary_word_that_also_means_exercise_is_allowed(rig: Rig) -> None:
    rig.draft("south", description={"uk": "Навчання в школах скасовано. Залишайтеся вдома."})


def test_R23_drills_end_by_hand_or_by_time(rig: Rig) -> None:
    first = rig.do(cmd.StartDrill(exercise="Autumn", areas=("city",))).facts[0].drill_id  # type: ignore[attr-defined]
    second = rig.do(cmd.StartDrill(exercise="Winter", areas=("south",), status="Test")).facts[0].drill_id  # type: ignore[attr-defined]
    rig.do(cmd.EndDrill(drill_id=first, reason="all came"))
    rig.refused("TOC-1011", cmd.EndDrill(drill_id=first, reason="again"), field="drill")
    rig.refused("TOC-6004", cmd.EndDrill(drill_id="none", reason="?"), field="drill")
    rig.tick(900)
    assert rig.state.drills[second].ended_at == rig.clock.now()


# R25


def test_R25_a_cancel_is_read_for_an_hour_by_those_who_come_late(rig: Rig) -> None:
    warning = rig.live("south")
    rig.clock.move(60)
    rig.do(cmd.Cancel(warning_id=warning, reason="birds"))
    cancel = sound(rig.messages()[-1])
    assert cancel.infos[0].expires == "2024-01-04T21:59:00-00:00"
    kept = timedelta(seconds=rig.policy.cancel_expiry_s)
    rig.clock.move(3599)
    assert [a["doc"]["end"] for a in snapshot(rig.state, rig.clock.now(), rig.desk.sender, kept=kept)["alerts"]] == [
        "cancelled"
    ]
    rig.clock.move(1)
    assert snapshot(rig.state, rig.clock.now(), rig.desk.sender, kept=kept)["alerts"] == []


def test_an_officer_of_one_district_ends_no_city_wide_warning_by_replacing_it(rig: Rig) -> None:
    city = rig.live("city")
    local = officer("dora", "duty", area="south")
    command = cmd.Draft(threat="drone", areas=("south",), reason="mine", supersedes=city)
    rig.refused("TOC-1005", command, local, field="areas")
    assert SENDER.endswith(".invalid")
