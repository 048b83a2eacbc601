"""What the report room takes, what it refuses, and what a second request says."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from report.rig import DISPATCHER, DUTY, OBSERVER, RECORDS, SOUTHERN, Reports, claim, evidence, incident, report, source
from tocsin.app.report import NEEDS, RESIDENTS
from tocsin.core.errors import CATALOGUE, TocsinError
from tocsin.report import commands as cmd
from tocsin.report import events as ev
from tocsin.report.tally import tally_of
from warn.rig import officer


@pytest.fixture
def city() -> Reports:
    return Reports()


def refused(city: Reports, code: str, command: cmd.Command, actor: Any = RECORDS, *, field: str | None = None) -> str:
    """It is refused with that code, in full, and nothing has changed."""
    before = city.rig.desk.ledger.head()
    with pytest.raises(TocsinError) as caught:
        city.do(command, actor)
    fault = caught.value
    assert fault.code == code, str(fault)
    assert fault.code in CATALOGUE
    assert fault.remedy
    assert field is None or fault.field == field
    assert city.rig.desk.ledger.head() == before
    return fault.message


def made(city: Reports, **more: Any) -> cmd.MakeClaim:
    now = city.clock.now()
    return cmd.MakeClaim(claim=claim(**({"said_at": now, "learned_at": now} | more)))


def windows(city: Reports) -> Any:
    return tally_of(city.state, "strike", "windows", "", city.clock.now())


def test_a_source_is_named_before_it_speaks(city: Reports) -> None:
    message = refused(city, "TOC-10002", made(city, source="governor"), field="claim.source")
    assert "governor" in message
    city.do(cmd.NameSource(source=source("governor")))
    assert city.do(made(city, source="governor")).facts
    assert not city.do(cmd.NameSource(source=source("governor"))).facts
    assert city.do(cmd.NameSource(source=source("governor", grade=3))).facts


def test_the_same_client_id_twice_says_nothing_new(city: Reports) -> None:
    assert city.do(made(city, client_id="row-1")).entries
    head = city.rig.desk.ledger.head()
    again = city.do(made(city, claim_id="c2", client_id="row-1"))
    assert (again.entries, again.facts) == ((), ())
    assert city.rig.desk.ledger.head() == head
    kept = city.state.claim_by_client("mayor", "row-1")
    assert kept is not None
    assert kept.claim.id == "c1"
    assert city.do(made(city, claim_id="c2", client_id="row-1", source="police")).entries  # another source's own row 1


def test_a_claim_keeps_its_id(city: Reports) -> None:
    command = made(city)
    city.do(command)
    assert not city.do(command).facts
    refused(city, "TOC-10003", made(city, n=7), field="claim.id")


def test_the_wording_and_the_printed_time_stay_as_they_were(city: Reports) -> None:
    city.do(
        made(
            city,
            op="gt",
            n=30,
            subject="cars",
            wording="«более 30 автомобилей» — сказал он",
            language="ru",
            said_at=None,
            said_at_printed="4 Jan, 2024 21:27",
            attribution="unnamed security source",
        )
    )
    kept = city.state.claims["c1"].claim
    assert kept.wording == "«более 30 автомобилей» — сказал он"
    assert (kept.said_at, kept.said_at_printed) == (None, "4 Jan, 2024 21:27")


def test_a_source_replaces_only_its_own_live_claim_and_says_why(city: Reports) -> None:
    city.claim("c1", "ge", 130)
    refused(city, "TOC-10003", made(city, claim_id="c2", source="police", supersedes="c1", reason="counted"))
    refused(city, "TOC-10001", made(city, claim_id="c2", supersedes="c1"), field="reason")
    refused(city, "TOC-10002", made(city, claim_id="c2", supersedes="none", reason="x"), field="claim.supersedes")
    city.claim("c2", "eq", 168, supersedes="c1", reason="counted again")
    assert city.state.claims["c1"].superseded_by == "c2"
    assert windows(city).best == 168
    message = refused(city, "TOC-10004", made(city, claim_id="c3", supersedes="c1", reason="counted"))
    assert "c2" in message


def test_an_edit_of_a_verified_claim_begins_unverified_and_names_the_editor(city: Reports) -> None:
    city.claim("c1", "ge", 130)
    city.do(cmd.MarkClaim(claim_id="c1", mark="verified"))
    assert city.state.claims["c1"].mark == "verified"
    city.do(made(city, claim_id="c2", supersedes="c1", reason="counted again"), DUTY)
    after = city.state.claims["c2"]
    assert (after.mark, after.entered_by) == ("unverified", "officer:anna")


def test_what_nobody_can_check_leaves_the_queue(city: Reports) -> None:
    city.claim("c1")
    refused(city, "TOC-10001", cmd.MarkClaim(claim_id="c1", mark="unverifiable"), field="reason")
    city.do(cmd.MarkClaim(claim_id="c1", mark="unverifiable", reason="the page is gone"))
    assert city.state.claims["c1"].mark == "unverifiable"
    assert not city.do(cmd.MarkClaim(claim_id="c1", mark="unverifiable", reason="still gone")).facts


def test_two_people_who_change_one_claim_see_each_other(city: Reports) -> None:
    city.claim("c1")
    seen = city.state.claims["c1"].revision
    city.do(cmd.GradeClaim(claim_id="c1", grade=3, reason="no photo", revision=seen))
    refused(city, "TOC-10004", cmd.GradeClaim(claim_id="c1", grade=1, reason="list", revision=seen), field="revision")
    refused(city, "TOC-10004", cmd.RetractClaim(claim_id="c1", reason="wrong", revision=seen))
    refused(city, "TOC-10004", cmd.MarkClaim(claim_id="c1", mark="verified", revision=seen))
    assert city.state.claims["c1"].grade == 3


def test_two_people_who_change_one_incident_see_each_other(city: Reports) -> None:
    first = incident(names={"en": "Strike on the north"})
    city.do(cmd.ReviseIncident(incident=first, reason="plainer", revision=1))
    assert city.state.incidents["strike"].revision == 2
    second = incident(names={"en": "Strike at night"})
    refused(city, "TOC-10004", cmd.ReviseIncident(incident=second, reason="time", revision=1), field="revision")
    refused(city, "TOC-10004", cmd.WithdrawIncident(incident_id="strike", reason="none", revision=1))
    assert city.state.incidents["strike"].incident == first
    assert not city.do(cmd.ReviseIncident(incident=first, reason="same", revision=2)).facts


def test_an_echo_repeats_something_that_exists_and_adds_nothing(city: Reports) -> None:
    refused(city, "TOC-10002", made(city, echo_of="none"), field="claim.echo_of")
    city.claim("c1", "ge", 130)
    city.claim("c2", "ge", 130, source="police", echo_of="c1")
    assert windows(city).claim_ids == ("c1",)


def test_a_retracted_claim_stays_readable_and_counts_no_more(city: Reports) -> None:
    city.claim("c1", "ge", 130)
    before = city.clock.now()
    city.clock.move(60)
    refused(city, "TOC-10001", cmd.RetractClaim(claim_id="c1", reason=" "), field="reason")
    city.do(cmd.RetractClaim(claim_id="c1", reason="another street"))
    assert city.state.claims["c1"].retracted == "another street"
    assert windows(city).status == "unknown"
    assert tally_of(city.state, "strike", "windows", "", before).best == 130
    refused(city, "TOC-10003", cmd.RetractClaim(claim_id="c1", reason="again"))
    refused(city, "TOC-10003", made(city, claim_id="c2", supersedes="c1", reason="x"))


def test_a_grade_counts_from_when_it_was_given(city: Reports) -> None:
    city.claim("c1", "eq", 900)
    before = city.clock.now()
    city.clock.move(60)
    city.do(cmd.GradeClaim(claim_id="c1", grade=5, reason="invented"))
    assert windows(city).status == "discounted"
    assert tally_of(city.state, "strike", "windows", "", before).best == 900


def test_claims_of_a_withdrawn_incident_leave_the_tallies(city: Reports) -> None:
    city.claim("c1", "eq", 5)
    before = city.clock.now()
    city.clock.move(60)
    city.do(cmd.WithdrawIncident(incident_id="strike", reason="entered twice"))
    assert windows(city).status == "unknown"
    assert tally_of(city.state, "strike", "windows", "", before).best == 5
    refused(city, "TOC-10003", made(city, claim_id="c2"), field="claim.incident")
    refused(city, "TOC-10003", cmd.ReviseIncident(incident=incident(), reason="x", revision=1))
    refused(city, "TOC-10003", cmd.OpenIncident(incident=incident()))


def test_a_conflict_is_kept_on_both_and_nothing_is_merged(city: Reports) -> None:
    city.do(cmd.OpenIncident(incident=incident("new-year", area="south")))
    relate = cmd.RelateIncidents(incident_id="strike", other="new-year", relation="maybe_same", reason="two dates")
    city.do(relate)
    one, other = city.state.incidents["strike"].relations[0], city.state.incidents["new-year"].relations[0]
    assert (one.other, one.relation, one.first) == ("new-year", "maybe_same", True)
    assert (other.other, other.relation, other.first) == ("strike", "maybe_same", False)
    assert one.entry == other.entry
    assert not city.do(relate).facts
    assert len([known for known in city.state.incidents.values() if not known.withdrawn]) == 2
    same = msgspec.structs.replace(relate, other="strike")
    refused(city, "TOC-10001", same, field="other")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"claim_id": "Nope!"}, "TOC-10001", "claim.id"),
        ({"subject": "Broken windows"}, "TOC-10001", "claim.subject"),
        ({"n": -1}, "TOC-10001", "claim.n"),
        ({"n": None}, "TOC-10001", "claim.n"),
        ({"wording": " "}, "TOC-10001", "claim.wording"),
        ({"wording": "a\x00b"}, "TOC-10001", "claim.wording"),
        ({"language": "english!"}, "TOC-10001", "claim.language"),
        ({"area": "atlantis"}, "TOC-10001", "claim.area"),
        ({"incident": "none"}, "TOC-10002", "claim.incident"),
        ({"incident": ""}, "TOC-10001", "claim.incident"),
        ({"evidence": ("e9",)}, "TOC-10002", "claim.evidence"),
        ({"grade": 6}, "TOC-10001", "claim.grade"),
        ({"scope": "street"}, "TOC-10001", "claim.scope"),
        ({"radius_m": -1}, "TOC-10001", "claim.radius_m"),
        ({"sealed": "50.6,36.5"}, "TOC-10001", "claim.sealed"),
        ({"learned_at": datetime(2024, 1, 1)}, "TOC-10001", "claim.learned_at"),  # noqa: DTZ001 - naive on purpose
        ({"client_id": "й" * 5}, "TOC-10001", "claim.client_id"),
    ],
)
def test_an_unusable_claim_is_refused(city: Reports, changes: Any, code: str, field: str) -> None:
    refused(city, code, made(city, **changes), field=field)


def test_times_must_be_possible(city: Reports) -> None:
    now = city.clock.now()
    ahead = now + timedelta(minutes=5)
    refused(city, "TOC-10001", made(city, learned_at=ahead), field="claim.learned_at")
    refused(city, "TOC-10001", made(city, learned_at=now - timedelta(hours=1)), field="claim.said_at")
    refused(city, "TOC-10001", made(city, happened_from=now, happened_to=now - timedelta(1)), field="happened_to")


def test_a_claim_of_the_whole_day_needs_no_incident(city: Reports) -> None:
    city.claim("c1", "eq", 7, incident="", scope="running_total", subject="streak_days", area="city")
    assert [one.claim.id for one in city.state.claims_of("")] == ["c1"]


def test_elsewhere_and_words_alone_stand_in_the_record_and_in_no_tally(city: Reports) -> None:
    city.claim("c1", "eq", 5, out_of_area=True)
    city.claim("c2", "said", None, source="police", subject="statement")
    assert windows(city).status == "unknown"
    assert tally_of(city.state, "strike", "statement", "", city.clock.now()).claim_ids == ()


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"names": {}}, "TOC-10001", "incident.names"),
        ({"kind": "party"}, "TOC-10001", "incident.kind"),
        ({"area": "atlantis"}, "TOC-10001", "incident.area"),
        ({"precision": 4}, "TOC-10001", "incident.precision"),
        ({"place_precision": 0}, "TOC-10001", "incident.place_precision"),
        ({"tags": ("",)}, "TOC-10001", "incident.tags"),
        ({"warning": "none"}, "TOC-10002", "incident.warning"),
        ({"sealed": "Lenin St. 5"}, "TOC-10001", "incident.sealed"),
    ],
)
def test_an_unusable_incident_is_refused(city: Reports, changes: Any, code: str, field: str) -> None:
    refused(city, code, cmd.OpenIncident(incident=incident("other", **changes)), field=field)


def test_evidence_seen_before_is_taken_and_says_so(city: Reports) -> None:
    city.do(cmd.TakeEvidence(evidence=evidence("e1", phash="0" * 16)))
    city.do(cmd.TakeEvidence(evidence=evidence("e2", phash="0" * 16)))
    city.do(cmd.TakeEvidence(evidence=evidence("e3", sha256="b" * 64, phash="0" * 15 + "7")))
    city.do(cmd.TakeEvidence(evidence=evidence("e4", sha256="c" * 64, phash="f" * 16)))
    seen = {one: city.state.evidence[one].evidence.seen_before for one in ("e1", "e2", "e3", "e4")}
    assert seen == {"e1": (), "e2": ("e1",), "e3": ("e1", "e2"), "e4": ()}
    assert not city.do(cmd.TakeEvidence(evidence=evidence("e1", phash="0" * 16))).facts
    refused(city, "TOC-10005", cmd.TakeEvidence(evidence=evidence("e1", sha256="9" * 64)), field="evidence.id")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"sha256": "zz"}, "evidence.sha256"),
        ({"phash": "12"}, "evidence.phash"),
        ({"size": 0}, "evidence.size"),
        ({"mime": "JPEG"}, "evidence.mime"),
        ({"sealed": "a b"}, "evidence.sealed"),
        ({"kind": "song"}, "evidence.kind"),
    ],
)
def test_unusable_evidence_is_refused(city: Reports, changes: Any, field: str) -> None:
    refused(city, "TOC-10005", cmd.TakeEvidence(evidence=evidence(**changes)), field=field)


def test_evidence_is_sealed_until_somebody_releases_it(city: Reports) -> None:
    city.do(cmd.TakeEvidence(evidence=evidence("e1")), RESIDENTS)
    assert not city.state.evidence["e1"].shown
    refused(city, "TOC-10005", cmd.ReleaseEvidence(evidence_id="e1", alt={}), field="alt")
    release = cmd.ReleaseEvidence(evidence_id="e1", incident="strike", alt={"en": "A broken window"})
    refused(city, "TOC-6002", release, DUTY)
    city.do(release)
    assert city.state.evidence["e1"].shown
    assert not city.do(release).facts
    city.do(cmd.WithdrawEvidence(evidence_id="e1", reason="a face can be seen"))
    assert not city.state.evidence["e1"].shown
    refused(city, "TOC-10005", release, field="reason")
    city.do(msgspec.structs.replace(release, reason="blurred now"))
    city.do(cmd.NoteCustody(evidence_id="e1", action="checked"))
    custody = city.state.evidence["e1"].custody
    assert [act.action for act in custody] == ["taken", "released", "withdrawn", "released", "checked"]
    assert custody[0].actor == "system:residents"
    assert [act.entry for act in custody] == sorted(act.entry for act in custody)


def test_without_a_public_copy_nothing_is_released(city: Reports) -> None:
    city.do(cmd.TakeEvidence(evidence=evidence("e1", derivative="", derivative_mime="")))
    refused(city, "TOC-10007", cmd.ReleaseEvidence(evidence_id="e1", alt={"en": "x"}))


def test_people_who_can_be_seen_need_a_reason(city: Reports) -> None:
    city.do(cmd.TakeEvidence(evidence=evidence("e1", sensitive=True)))
    refused(city, "TOC-10005", cmd.ReleaseEvidence(evidence_id="e1", alt={"en": "x"}), field="reason")
    assert city.do(cmd.ReleaseEvidence(evidence_id="e1", alt={"en": "x"}, reason="they agreed")).facts


def test_a_resident_hands_in_once_however_often_it_is_sent(city: Reports) -> None:
    assert city.do(cmd.ReceiveReport(report=report()), RESIDENTS).entries
    again = report("r2", client_id="device-r1")
    assert not city.do(cmd.ReceiveReport(report=again), RESIDENTS).entries
    kept = city.state.report_by_client("device-r1")
    assert kept is not None
    assert (kept.report.report_id, kept.handled) == ("r1", None)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"client_id": ""}, "report.client_id"),
        ({"area": ""}, "report.area"),
        ({"area": "atlantis"}, "report.area"),
        ({"windows": -1}, "report.windows"),
        ({"flats": 0}, "report.flats"),
        ({"sealed": "Flat 12"}, "report.sealed"),
        ({"channel": "fax"}, "report.channel"),
    ],
)
def test_an_unusable_report_is_refused(city: Reports, changes: Any, field: str) -> None:
    refused(city, "TOC-10008", cmd.ReceiveReport(report=report(**changes)), RESIDENTS, field=field)


def test_a_report_is_handled_and_a_change_of_mind_needs_a_reason(city: Reports) -> None:
    city.do(cmd.ReceiveReport(report=report()), RESIDENTS)
    handle = cmd.HandleReport(report_id="r1", outcome="accepted", need="n1")
    refused(city, "TOC-6002", handle, RESIDENTS)
    city.do(handle, DISPATCHER)
    assert not city.do(handle, DISPATCHER).facts
    refused(city, "TOC-10008", cmd.HandleReport(report_id="r1", outcome="duplicate"), field="reason")
    city.do(cmd.HandleReport(report_id="r1", outcome="duplicate", reason="same flat"))
    handled = city.state.reports["r1"].handled
    assert handled is not None
    assert handled.outcome == "duplicate"
    refused(city, "TOC-10002", cmd.HandleReport(report_id="r9", outcome="accepted"), field="report_id")


def test_roles_reach_their_area_only(city: Reports) -> None:
    refused(city, "TOC-6002", made(city), SOUTHERN)
    refused(city, "TOC-6002", made(city), OBSERVER)
    refused(city, "TOC-6002", made(city), RESIDENTS)
    city.do(made(city), DUTY)
    refused(city, "TOC-6002", cmd.MarkClaim(claim_id="c1", mark="verified"), SOUTHERN)
    refused(city, "TOC-6002", cmd.RetractClaim(claim_id="c1", reason="no"), DUTY)
    moved = incident(area="south")
    refused(city, "TOC-6002", cmd.ReviseIncident(incident=moved, reason="mine now", revision=1), SOUTHERN)
    city.do(cmd.OpenIncident(incident=incident("quay", area="south")), SOUTHERN)


def test_a_crew_hands_in_what_it_photographed_and_judges_nothing(city: Reports) -> None:
    crew = officer("kira", "crew")
    city.do(cmd.TakeEvidence(evidence=evidence("e1")), crew)
    refused(city, "TOC-6002", cmd.ReleaseEvidence(evidence_id="e1", alt={"en": "x"}), crew)
    refused(city, "TOC-6002", made(city), crew)


def test_every_command_says_who_may_give_it() -> None:
    assert set(NEEDS) == set(cmd.Command.__subclasses__())


def test_a_check_sees_the_state_that_is_decided_on(city: Reports) -> None:
    seen: list[int] = []
    city.desk.do(made(city), RECORDS, check=lambda state: seen.append(state.seq))
    assert seen == [city.state.seq - 1]


def test_nothing_that_a_source_may_not_know_gets_into_the_ledger(city: Reports) -> None:
    reference = city.vault.keep("report", {"flat": "12", "street": "Example Street 5"})
    city.do(cmd.ReceiveReport(report=report(sealed=reference)), RESIDENTS)
    assert b"Example Street" not in msgspec.json.encode(list(city.rig.desk.ledger.read()))
    assert city.vault.open(city.state.reports["r1"].report.sealed) == {"flat": "12", "street": "Example Street 5"}


def test_facts_of_other_rooms_only_move_the_sequence(city: Reports) -> None:
    state = city.state
    assert state.seq == city.rig.desk.ledger.head()[0]
    assert set(state.incidents) == {"strike"}
    assert isinstance(state.incidents["strike"].incident, ev.Incident)
