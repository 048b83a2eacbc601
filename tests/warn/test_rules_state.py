"""Rules R1 to R8: what is known of an area, and how it ends."""

# ruff: noqa: N802 - a rule is written with a capital R everywhere

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from tocsin.core.errors import Invalid
from tocsin.core.time import local_day, local_night, parse_cap_time, parse_instant, zone
from tocsin.warn import commands as cmd
from tocsin.warn import events as ev
from tocsin.warn.cap_read import parse
from tocsin.warn.decide import decide
from tocsin.warn.live import alert_document, snapshot
from tocsin.warn.phase import WORST_FIRST, full_state, phases
from tocsin.warn.policy import Policy
from warn.rig import ADMIN, ANNA, BORIS, CLARA, SENSOR, START, WATCH, Rig, chain_is_whole


@pytest.fixture
def rig() -> Rig:
    return Rig()


def mark(rig: Rig, *areas: str) -> None:
    rig.do(cmd.MarkUnknown(areas=areas, reason="the feed is silent"), WATCH)


def test_R01_a_phase_per_area_with_every_level_its_reason_and_time(rig: Rig) -> None:
    assert rig.phase("north-1") == ("ok", None)
    early = rig.live("north", level="pre_alert", reason="seen far away")
    rig.clock.move(30)
    late = rig.live("north-1", reason="seen near")
    document = full_state(rig.state, "north-1", rig.clock.now())
    assert document["phase"] == "alert"
    assert {(one["warning"], one["level"], one["reason"], one["raised_at"]) for one in document["levels"]} == {
        (early, "pre_alert", "the decision of two officers", "2024-01-04T20:58:00.000Z"),
        (late, "alert", "the decision of two officers", "2024-01-04T20:58:30.000Z"),
    }
    assert "seen near" not in str(document), "what officers write for one another is not for the public"
    assert rig.phase("north-2")[0] == "pre_alert"
    assert rig.phase("south")[0] == "ok"


def test_R02_unknown_is_never_shown_as_safe_and_hides_no_alert(rig: Rig) -> None:
    mark(rig, "north")
    assert rig.phase("north-1") == ("unknown", None)
    rig.live("north-1")
    assert rig.phase("north-1")[0] == "alert"
    assert rig.phase("north-2")[0] == "unknown"
    rig.do(cmd.MarkKnown(areas=("north",)), WATCH)
    assert rig.phase("north-2")[0] == "ok"


def test_R02_an_all_clear_does_not_make_known_what_is_unknown(rig: Rig) -> None:
    warning = rig.live("north-1")
    mark(rig, "north-1")
    rig.clock.move(60)
    rig.do(cmd.AllClear(warning_id=warning, reason="nothing left"))
    assert rig.phase("north-1")[0] == "unknown"
    assert WORST_FIRST.index("unknown") < WORST_FIRST.index("ended") < WORST_FIRST.index("ok")


def test_R03_an_all_clear_is_newer_than_the_warnings_last_word_and_names_its_areas(rig: Rig) -> None:
    warning = rig.live("north-1", "south")
    rig.clock.move(60)
    rig.do(cmd.Update(warning_id=warning, reason="still there"))
    rig.clock.move(60)
    old = START + timedelta(seconds=30)
    rig.refused("TOC-1008", cmd.AllClear(warning_id=warning, reason="was quiet", observed_at=old), field="observed_at")
    future = rig.clock.now() + timedelta(minutes=1)
    rig.refused("TOC-1008", cmd.AllClear(warning_id=warning, reason="will be quiet", observed_at=future))
    naive = datetime(2024, 1, 4, 23, 0)  # noqa: DTZ001 - the fault itself
    rig.refused("TOC-1008", cmd.AllClear(warning_id=warning, reason="no zone", observed_at=naive))
    rig.do(cmd.AllClear(warning_id=warning, reason="quiet"))
    said = parse(rig.messages()[-1].xml.encode())
    assert {a.desc for a in said.infos[0].areas} == {"North One", "South"}
    assert said.infos[0].response_types == ("AllClear",)
    assert said.infos[0].urgency == "Past"
    assert rig.phase("south") == ("ended", "all_clear")
    chain_is_whole(rig)


def test_R03_a_partial_clear_keeps_the_other_children_on(rig: Rig) -> None:
    warning = rig.live("city")
    rig.clock.move(60)
    out = rig.do(cmd.PartialClear(warning_id=warning, areas=("north-1",), reason="quiet there"))
    fact = out.facts[0]
    assert isinstance(fact, ev.WarningPartlyCleared)
    assert set(fact.remaining) == {"north-2", "south", "east", "west", "harbour"}
    assert set(fact.parted) == {"city", "north"}
    assert rig.phase("north-1") == ("ended", "all_clear")
    assert rig.phase("north-2")[0] == "alert"
    assert rig.phase("north")[0] == rig.phase("city")[0] == "partial_clear"
    rig.clock.move(60)
    rig.do(cmd.PartialClear(warning_id=warning, areas=("south", "east"), reason="quiet there too"))
    assert set(rig.thread(warning).content.areas) == {"north-2", "west", "harbour"}
    rig.refused("TOC-1003", cmd.PartialClear(warning_id=warning, areas=("south",), reason="again"), field="areas[0]")
    everything = ("north-2", "west", "harbour")
    rig.refused("TOC-1005", cmd.PartialClear(warning_id=warning, areas=everything, reason="all"), field="areas")
    rig.clock.move(60)
    rig.do(cmd.AllClear(warning_id=warning, reason="over"))
    assert {rig.phase(a.id) for a in rig.state.areas if a.id != "everywhere"} == {("ended", "all_clear")}
    assert {a.desc for a in parse(rig.messages()[-1].xml.encode()).infos[0].areas} == {"Sample City"}
    chain_is_whole(rig)


def test_R03_a_part_that_was_named_beside_its_whole_is_cleared_with_it(rig: Rig) -> None:
    warning = rig.live("city", "north-1")
    rig.clock.move(60)
    rig.do(cmd.PartialClear(warning_id=warning, areas=("north",), reason="quiet"))
    last = [frame for _, _, frame in rig.frames()][-1]
    assert {one["id"]: one["phase"] for one in last["data"]["areas"]}["north-1"] == "ended"
    assert rig.phase("north-1") == ("ended", "all_clear")


def test_R03_a_partial_clear_is_said_although_the_officers_headline_is_long(rig: Rig) -> None:
    headline = {"en": "Look out, everybody who lives or works here: {areas}. " + "x" * 90 + " {until}"}
    warning = rig.live("city", headline=headline)
    rig.clock.move(60)
    rig.do(cmd.PartialClear(warning_id=warning, areas=("north-1",), reason="quiet there"))
    rig.clock.move(60)
    rig.do(cmd.Cancel(warning_id=warning, reason="wrong"))
    chain_is_whole(rig)


def test_R04_each_end_has_its_kind_and_only_an_all_clear_is_observed(rig: Rig) -> None:
    ends = {
        "north-1": ("all_clear", lambda w: rig.do(cmd.AllClear(warning_id=w, reason="over"))),
        "north-2": ("cancelled", lambda w: rig.do(cmd.Cancel(warning_id=w, reason="a flock of birds"))),
        "south": ("manual", lambda w: rig.do(cmd.EndManually(warning_id=w, reason="entered twice"))),
    }
    for place, (kind, end) in ends.items():
        warning = rig.live(place)
        rig.clock.move(30)
        end(warning)
        assert rig.thread(warning).end == kind
        assert rig.phase(place) == ("ended", kind)
    expired = rig.live("east")
    rig.tick(3 * 3600)
    assert rig.thread(expired).end == "expired"
    rig.tick(2 * 3600)
    assert [rig.phase(place)[0] for place in ends] == ["ok", "ok", "ok"]
    assert rig.phase("east") == ("ended", "expired")
    chain_is_whole(rig)


def test_R04_an_old_all_clear_of_a_part_never_hides_that_the_whole_ran_out_later(rig: Rig) -> None:
    city = rig.live("city")
    part = rig.live("north-1", threat="artillery")
    rig.clock.move(60)
    rig.do(cmd.AllClear(warning_id=part, reason="the guns are silent"))
    assert rig.phase("north-1")[0] == "alert"
    rig.do(cmd.Update(warning_id=city, reason="ends soon", duration_s=120))
    rig.tick(180)
    assert rig.thread(city).end == "expired"
    assert rig.phase("north-1") == ("ended", "expired")


def test_R04_an_all_clear_of_the_whole_replaces_an_expiry_of_a_part(rig: Rig) -> None:
    rig.live("north-1", duration_s=60)
    rig.tick(61)
    assert rig.phase("north-1") == ("ended", "expired")
    city = rig.live("city")
    rig.clock.move(60)
    rig.do(cmd.AllClear(warning_id=city, reason="over everywhere"))
    assert rig.phase("north-1") == ("ended", "all_clear")
    rig.clock.move(3601)
    assert rig.phase("north-1") == ("ok", None)
    last = [frame for _, _, frame in rig.frames()][-1]
    assert {s["id"]: s["kind"] for s in last["data"]["areas"]}["north-1"] == "all_clear"


def test_R05_expiry_per_kind_and_never_silent(rig: Rig) -> None:
    policy = Policy()
    assert policy.expiry_s["missile"] == 3600
    assert policy.expiry_s["drone"] == 10800
    assert policy.expiry_s["pre_alert"] == 1200
    warning = rig.live("south", level="pre_alert")
    assert rig.thread(warning).content.duration_s == 1200
    assert rig.tick(1199).facts == ()
    out = rig.tick(1)
    assert [type(f) for f in out.facts] == [ev.WarningEnded]
    assert out.facts[0].end == "expired"  # type: ignore[attr-defined]
    assert rig.tick().facts == ()
    document = alert_document(rig.state, rig.thread(warning), rig.desk.sender)
    assert document["end"] == "expired"
    assert "Nobody has confirmed that the danger is over" in document["description"]["en"]
    assert [f["data"]["sound"] for _, _, f in rig.frames()][-1] == "off"


def test_R06_the_same_area_and_danger_within_the_window_is_one_warning(rig: Rig) -> None:
    out = rig.seen("radar-a", "north-1", id="1")
    drafted = rig.facts(ev.WarningDrafted)
    assert len(drafted) == 1
    assert rig.seen("radar-a", "north-1", id="1").facts == ()
    rig.clock.move(100)
    out = rig.seen("radar-b", "north-1", trusted=False)
    assert [type(f) for f in out.facts] == [ev.DetectionRecorded, ev.WarningConfirmed]
    assert [s.source for s in rig.thread(drafted[0].warning_id).sources] == ["radar-a", "radar-b"]
    rig.clock.move(181)
    rig.seen("radar-c", "north-1", trusted=False)
    assert len(rig.facts(ev.WarningDrafted)) == 2
    rig.seen("radar-c", "north-1", threat="missile", trusted=False)
    assert len(rig.facts(ev.WarningDrafted)) == 3


def test_R06_ids_of_two_sources_never_collide(rig: Rig) -> None:
    rig.seen("radar/north", "north-1", id="1")
    assert rig.seen("radar", "south", id="north/1").facts != ()


def test_R06_what_two_independent_sources_agree_on_goes_out_and_the_rest_stays_a_draft(rig: Rig) -> None:
    rig.seen("radar-a", "north-1", "south")
    rig.clock.move(10)
    rig.seen("radar-b", "north-1", "east")
    issued = rig.facts(ev.WarningIssued)
    assert [f.content.areas for f in issued] == [("north-1",)]
    assert issued[0].rule == "policy:2_sources_60s"
    assert {t.content.areas for t in rig.state.draft_threads()} == {("south",), ("east",)}
    chain_is_whole(rig)


@pytest.mark.parametrize(
    ("first", "second", "agreed"), [("city", "north-1", "north-1"), ("north-1", "city", "north-1")]
)
def test_R06_a_parent_and_its_child_agree_on_the_child(rig: Rig, first: str, second: str, agreed: str) -> None:
    rig.seen("radar-a", first)
    rig.seen("radar-b", second)
    assert [f.content.areas for f in rig.facts(ev.WarningIssued)] == [(agreed,)]


@pytest.mark.parametrize(
    "later",
    [
        {"source": "radar-a/second"},
        {"source": "radar-b", "trusted": False},
        {"source": "radar-b", "observed_at": START - timedelta(seconds=121)},
        {"source": "radar-b", "observed_at": START + timedelta(seconds=61)},
        {"source": "radar-b", "threat": "missile"},
    ],
    ids=["same owner", "untrusted", "stale", "too late", "another danger"],
)
def test_R06_who_cannot_make_a_second_witness(rig: Rig, later: dict[str, object]) -> None:
    rig.seen("radar-a", "north-1")
    at = later.get("observed_at")
    if isinstance(at, datetime) and at > rig.clock.now():
        rig.clock.at = at
    rest = {name: value for name, value in later.items() if name != "source"}
    rig.seen(str(later["source"]), "north-1", **rest)
    assert rig.facts(ev.WarningIssued) == []


def test_R06_two_partners_with_addresses_as_names_are_two_witnesses(rig: Rig) -> None:
    rig.seen("partner:https://met.example/a", "north-1")
    rig.seen("partner:https://army.example/b", "north-1")
    assert len(rig.facts(ev.WarningIssued)) == 1


def test_R06_an_officers_draft_never_holds_up_the_agreed_rule(rig: Rig) -> None:
    mine = rig.draft("north-1", headline={"en": "Words that nobody agreed to: {areas}"})
    rig.seen("radar-a", "north-1")
    rig.seen("radar-b", "north-1")
    issued = rig.facts(ev.WarningIssued)
    assert [f.content.areas for f in issued] == [("north-1",)]
    assert issued[0].warning_id != mine
    assert "nobody agreed" not in issued[0].message.xml
    assert rig.thread(mine).status == "draft"
    rig.seen("radar-c", "north-1")
    assert len(rig.facts(ev.WarningIssued)) == 1


def test_R06_words_of_one_officer_are_never_sent_by_the_rule(rig: Rig) -> None:
    rig.seen("radar-a", "north-1", threat="missile")
    warning = rig.facts(ev.WarningDrafted)[0].warning_id
    rig.do(cmd.Edit(warning_id=warning, level="pre_alert", reason="calm down"))
    rig.seen("radar-b", "north-1", threat="missile")
    issued = rig.facts(ev.WarningIssued)
    assert [(f.content.level, f.content.areas) for f in issued] == [("alert", ("north-1",))]


def test_R06_what_is_warned_already_is_not_issued_again_within_the_window(rig: Rig) -> None:
    rig.seen("radar-a", "north-1")
    rig.seen("radar-b", "north-1")
    rig.clock.move(20)
    rig.seen("radar-c", "city")
    rig.seen("radar-d", "north-1")
    assert len(rig.facts(ev.WarningIssued)) == 1


def test_R07_an_alert_never_goes_back_to_a_pre_alert(rig: Rig) -> None:
    warning = rig.live("south")
    rig.refused("TOC-1005", cmd.Update(warning_id=warning, level="pre_alert", reason="less"), field="level")
    lower = cmd.Draft(threat="drone", level="pre_alert", areas=("south",), reason="less", supersedes=warning)
    rig.refused("TOC-1005", lower, field="level")
    draft = rig.draft("south", supersedes=warning)
    rig.refused("TOC-1005", cmd.Edit(warning_id=draft, level="pre_alert"), field="level")
    rig.live("south", level="pre_alert", threat="artillery")
    assert rig.phase("south")[0] == "alert"


@pytest.mark.parametrize(
    ("waited_s", "areas", "same", "fresh"),
    [(40, ("south",), True, True), (70, ("south",), True, False), (40, ("north", "south"), False, False)],
)
def test_R06_a_rule_sends_what_was_drafted_while_it_is_fresh(
    waited_s: int, areas: tuple[str, ...], *, same: bool, fresh: bool
) -> None:
    """What is too old is the same message with other times, so that its correction, which refers to it, stays."""
    rig = Rig(policy=Policy(sources_within_s=90))
    rig.seen("radar", *areas)
    (warning,) = rig.state.drafts
    drafted = rig.thread(warning)
    rig.clock.move(waited_s)
    rig.seen("ears", "south")
    (sent,) = rig.messages()
    assert (sent.identifier == drafted.message.identifier) is same
    assert (rig.thread(warning).correction == drafted.correction) is same
    assert parse_cap_time(sent.sent) == START + timedelta(seconds=0 if fresh else waited_s)
    assert rig.thread(warning).content.areas == ("south",)
    rig.do(cmd.Cancel(warning_id=warning, reason="a test wire"), BORIS)
    cancel = parse(rig.messages()[-1].xml.encode())
    assert [r.identifier for r in cancel.references] == [sent.identifier]
    assert {area.desc for info in cancel.infos for area in info.areas if info.language == "en"} == {"South"}
    chain_is_whole(rig)


def test_R07_a_flash_is_cancelled_with_the_prepared_correction(rig: Rig) -> None:
    warning = rig.live("south")
    prepared = rig.thread(warning).correction
    assert prepared is not None
    rig.do(cmd.Cancel(warning_id=warning, reason="a test wire"), BORIS)
    thread = rig.thread(warning)
    assert (thread.end, thread.flash) == ("cancelled", True)
    said, ready = parse(rig.messages()[-1].xml.encode()), parse(prepared.unsigned.encode())
    assert said.identifier == ready.identifier
    assert [(i.headline, i.description, i.instruction) for i in said.infos] == [
        (i.headline, i.description, i.instruction) for i in ready.infos
    ]
    chain_is_whole(rig)


def test_a_correction_names_the_ground_that_the_warning_named(rig: Rig) -> None:
    warning = rig.draft("south")
    rig.clock.move(90)
    names = dict.fromkeys(rig.state.areas["south"].names, "Harbour")
    renamed = msgspec.structs.replace(rig.state.areas["south"], names=names)
    rig.do(cmd.DefineAreas(areas=(renamed,)), ADMIN)
    rig.issue(warning)
    rig.do(cmd.Cancel(warning_id=warning, reason="a test wire"), BORIS)
    said = [[a.desc for i in parse(m.xml.encode()).infos for a in i.areas] for m in rig.messages()]
    assert said[0] == said[1]
    assert set(said[0]) == {"Harbour"}


def test_a_draft_that_waited_is_sent_with_other_times_and_the_correction_that_it_had(rig: Rig) -> None:
    warning = rig.draft("south")
    drafted = rig.thread(warning)
    rig.clock.move(90)
    rig.issue(warning)
    (issued,) = rig.facts(ev.WarningIssued)
    assert issued.correction is None, "it stands with the draft"
    assert rig.thread(warning).correction == drafted.correction
    (sent,) = rig.messages()
    assert sent.identifier == drafted.message.identifier
    assert parse_cap_time(sent.sent) == parse_cap_time(drafted.message.sent) + timedelta(seconds=90)
    rig.do(cmd.Cancel(warning_id=warning, reason="a test wire"), BORIS)
    cancel = parse(rig.messages()[-1].xml.encode())
    assert [(r.identifier, r.sent) for r in cancel.references] == [(sent.identifier, sent.sent)]


@pytest.mark.parametrize("waited_s", [0, 90])
def test_a_correction_names_that_ground_also_where_the_replaced_warning_spoke_between(rig: Rig, waited_s: int) -> None:
    old = rig.live("south")
    rig.clock.move(10)
    warning = rig.draft("south", supersedes=old)
    rig.clock.move(20)
    rig.do(cmd.Update(warning_id=old, reason="longer"))
    rig.clock.move(waited_s)
    rig.issue(warning)
    names = dict.fromkeys(rig.state.areas["south"].names, "Harbour")
    rig.do(cmd.DefineAreas(areas=(msgspec.structs.replace(rig.state.areas["south"], names=names),)), ADMIN)
    rig.do(cmd.Cancel(warning_id=warning, reason="a test wire"), BORIS)
    sent, cancel = (parse(m.xml.encode()) for m in rig.thread(warning).messages)
    assert [[a.desc for a in i.areas] for i in cancel.infos] == [[a.desc for a in i.areas] for i in sent.infos]
    chain_is_whole(rig)


@pytest.mark.parametrize("change", [{"id": "new.example.invalid"}, {"languages": ("en",)}])
def test_a_correction_is_said_by_the_sender_of_its_warning(rig: Rig, change: dict[str, Any]) -> None:
    warning = rig.draft("south")
    rig.clock.move(90)
    rig.desk.sender = replace(rig.desk.sender, **change)
    rig.issue(warning)
    rig.do(cmd.Cancel(warning_id=warning, reason="a test wire"), BORIS)
    sent, cancel = (parse(m.xml.encode()) for m in rig.thread(warning).messages)
    assert (cancel.sender, [i.language for i in cancel.infos]) == (sent.sender, [i.language for i in sent.infos])


def test_a_correction_leaves_out_what_was_cleared_whatever_else_it_refers_to(rig: Rig) -> None:
    old = rig.live("south", duration_s=60)
    warning = rig.draft("south", "east", "north-1", supersedes=old)
    rig.tick(61)
    rig.approve(warning, CLARA)
    rig.issue(warning)
    rig.do(cmd.PartialClear(warning_id=warning, areas=("east",), reason="quiet"))
    rig.do(cmd.Cancel(warning_id=warning, reason="a test wire"), BORIS)
    named = {a.desc for i in parse(rig.messages()[-1].xml.encode()).infos if i.language == "en" for a in i.areas}
    assert named == {"South", "North One"}


def test_a_draft_from_before_drafts_had_a_correction_gets_it_when_it_is_issued(rig: Rig) -> None:
    warning = rig.draft("south")
    old = msgspec.structs.replace(rig.thread(warning), correction=None)
    state = msgspec.structs.replace(rig.state, threads=rig.state.threads.set(warning, old))
    (issued,) = decide(state, rig.issue_of(warning), rig.desk._context(ANNA))
    assert isinstance(issued, ev.WarningIssued)
    assert issued.correction is not None
    assert [r.identifier for r in parse(issued.correction.unsigned.encode()).references] == [old.message.identifier]


def test_R08_times_are_utc_with_a_zone_and_naive_ones_are_refused(rig: Rig) -> None:
    naive = datetime(2024, 1, 4, 20, 58)  # noqa: DTZ001 - the fault itself
    seen = ev.Detection(id="1", source="r", trusted=True, threat="drone", areas=("south",), observed_at=naive)
    rig.refused("TOC-1002", cmd.ReportDetection(detection=seen), SENSOR, field="observed_at")
    with pytest.raises(Invalid, match="no offset"):
        parse_instant("2024-01-04T20:58:00", field="observed_at")
    assert parse_instant("2024-01-04T23:58:00+03:00", field="x") == START
    rig.live("south")
    said = parse(rig.messages()[0].xml.encode())
    assert said.sent == "2024-01-04T20:58:00-00:00"
    assert "02:58" in (said.infos[0].description or "")  # three hours later by Moscow's clocks


def test_R08_days_are_local_and_a_night_crosses_midnight_whole() -> None:
    kyiv = zone("Europe/Kyiv")
    late = datetime(2024, 3, 30, 22, 30, tzinfo=UTC)  # 00:30 on the 31st, the day on which clocks go forward
    assert local_day(late, kyiv).day == 31
    assert local_night(late, kyiv).day == 30
    assert local_night(late + timedelta(hours=8), kyiv).day == 30
    assert local_day(late + timedelta(hours=23), kyiv).day == 1


def test_a_new_reader_sees_what_the_phases_say(rig: Rig) -> None:
    rig.live("north")
    seen = snapshot(rig.state, rig.clock.now(), rig.desk.sender, kept=timedelta(hours=1))
    assert {row["state"]["id"] for row in seen["areas"]} == set(phases(rig.state, rig.clock.now()))
    assert ANNA.id not in str(seen)


def test_R04_a_later_error_does_not_make_an_unobserved_end_look_observed(rig: Rig) -> None:
    rig.live("south")
    rig.tick(3 * 3600)
    assert rig.phase("south") == ("ended", "expired")
    rig.do(cmd.Cancel(warning_id=rig.live("south"), reason="a wrong click"))
    rig.clock.move(2 * 3600)
    assert rig.phase("south") == ("ended", "expired")
    rig.do(cmd.AllClear(warning_id=rig.live("south"), reason="seen from the tower"))
    assert rig.phase("south") == ("ended", "all_clear")
