"""Laws of the report room over random commands by random actors, refused ones among them."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from report.rig import DISPATCHER, DUTY, OBSERVER, RECORDS, SOUTHERN, Reports, claim, evidence, incident, report, source
from tocsin.app.report import RESIDENTS, Outcome, ReportDesk
from tocsin.core.errors import CATALOGUE, TocsinError
from tocsin.report import commands as cmd
from tocsin.report.state import ReportState, fold, fold_all, state_at
from tocsin.report.tally import tallies, tally_of
from tocsin.warn.state import WarnState
from tocsin.warn.state import fold_all as warn_fold_all

ACTORS = (RECORDS, RECORDS, RECORDS, DUTY, DISPATCHER, SOUTHERN, OBSERVER, RESIDENTS)
CLAIMS = ("c1", "c2", "c3", "c4", "c5")
INCIDENTS = ("strike", "quay", "none")
FILES = ("e1", "e2", "e3")

claim_ids = st.sampled_from(CLAIMS)
links = st.sampled_from(["", "", *CLAIMS])
reasons = st.sampled_from(["counted again", "counted again", " "])
revisions = st.sampled_from([None, 1, 2, 3])
made = st.fixed_dictionaries(
    {
        "claim_id": claim_ids,
        "op": st.sampled_from(["eq", "ge", "gt", "le", "approx", "said"]),
        "n": st.sampled_from([0, 5, 30, 142, -1]),
        "source": st.sampled_from(["mayor", "police", "wire", "nobody"]),
        "incident": st.sampled_from(INCIDENTS),
        "subject": st.sampled_from(["windows", "missing"]),
        "grade": st.sampled_from([1, 2, 3, 4, 5]),
        "supersedes": links,
        "echo_of": links,
        "reason": reasons,
        "client_id": st.sampled_from(["", "row-1", "row-2"]),
        "out_of_area": st.sampled_from([False, False, True]),
    }
)
step = st.one_of(
    made,
    made,
    st.builds(
        cmd.NameSource, source=st.builds(source, st.sampled_from(["wire", "bad id"]), grade=st.sampled_from([3, 4]))
    ),
    st.builds(cmd.OpenIncident, incident=st.builds(incident, st.just("quay"), area=st.sampled_from(["south", "moon"]))),
    st.builds(
        cmd.ReviseIncident,
        incident=st.builds(incident, st.sampled_from(INCIDENTS), tags=st.sampled_from([(), ("night",)])),
        reason=reasons,
        revision=st.sampled_from([1, 2, 3]),
    ),
    st.builds(cmd.WithdrawIncident, incident_id=st.sampled_from(["quay", "none"]), reason=reasons),
    st.builds(
        cmd.RelateIncidents,
        incident_id=st.sampled_from(INCIDENTS),
        other=st.sampled_from(INCIDENTS),
        relation=st.sampled_from(["maybe_same", "same", "distinct", "part_of"]),
        reason=reasons,
    ),
    st.builds(cmd.RetractClaim, claim_id=claim_ids, reason=reasons, revision=revisions),
    st.builds(cmd.GradeClaim, claim_id=claim_ids, grade=st.sampled_from([1, 3, 5]), reason=reasons, revision=revisions),
    st.builds(cmd.MarkClaim, claim_id=claim_ids, mark=st.sampled_from(["verified", "unverifiable"]), reason=reasons),
    st.builds(
        cmd.TakeEvidence,
        evidence=st.builds(
            evidence,
            st.sampled_from(FILES),
            sha256=st.sampled_from(["a" * 64, "b" * 64, "zz"]),
            phash=st.sampled_from(["", "0" * 16, "0" * 15 + "3"]),
            sensitive=st.booleans(),
        ),
    ),
    st.builds(
        cmd.ReleaseEvidence,
        evidence_id=st.sampled_from(FILES),
        alt=st.sampled_from([{}, {"en": "A window"}]),
        reason=st.sampled_from(["", "agreed"]),
    ),
    st.builds(cmd.WithdrawEvidence, evidence_id=st.sampled_from(FILES), reason=reasons),
    st.builds(cmd.NoteCustody, evidence_id=st.sampled_from(FILES), action=st.sampled_from(["viewed", "mismatch"])),
    st.builds(
        cmd.ReceiveReport,
        report=st.builds(report, st.sampled_from(["r1", "r2"]), client_id=st.sampled_from(["", "d1", "d2"])),
    ),
    st.builds(
        cmd.HandleReport,
        report_id=st.sampled_from(["r1", "r2"]),
        outcome=st.sampled_from(["accepted", "refused"]),
        reason=reasons,
    ),
)
wait = st.sampled_from([0, 1, 600, 4 * 3600])
steps = st.lists(st.tuples(wait, st.sampled_from(ACTORS), step), min_size=5, max_size=40)
slow = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def attempt(here: Reports, actor: Any, act: Any) -> Outcome | TocsinError:
    try:
        return here.do(act, actor)
    except TocsinError as fault:
        return fault


def take(here: Reports, actor: Any, act: Any) -> None:
    """Carry it out; a refusal says everything that a refusal must say and leaves the ledger as it was."""
    before = here.rig.desk.ledger.head()
    if isinstance(act, dict):
        now = here.clock.now()
        told = {**act, "n": None if act["op"] == "said" else act["n"], "said_at": now, "learned_at": now}
        act = cmd.MakeClaim(claim=claim(**told))
    first = attempt(here, actor, act)
    if isinstance(first, TocsinError):
        assert first.code in CATALOGUE
        assert first.message
        assert first.remedy
        assert here.rig.desk.ledger.head() == before
        return
    assert first.state == here.state
    if isinstance(act, cmd.MakeClaim | cmd.ReceiveReport | cmd.TakeEvidence | cmd.NameSource | cmd.OpenIncident):
        head = here.rig.desk.ledger.head()
        assert not here.do(act, actor).facts  # a repeated request says nothing new
        assert here.rig.desk.ledger.head() == head


def played(acts: list[tuple[int, Any, Any]]) -> Reports:
    here = Reports()
    for seconds, actor, act in acts:
        here.clock.move(seconds)
        take(here, actor, act)
    return here


@slow
@given(steps)
def test_replay_equals_reality(acts: list[tuple[int, Any, Any]]) -> None:
    here = played(acts)
    entries = list(here.rig.desk.ledger.read())
    kept = here.state
    assert fold_all(ReportState(), entries) == kept
    # Folded in two parts, by another process, or one entry at a time, it is the same.
    state = fold_all(ReportState(), entries[: len(entries) // 2])
    for entry in entries[len(entries) // 2 :]:
        state = fold(state, entry)
    assert state == kept
    assert ReportDesk(here.rig.desk, here.vault).state() == kept
    # Each room passes over the other's facts.
    ours = [e for e in entries if e.event.kind.startswith("report.")]
    assert fold_all(ReportState(), ours).claims == kept.claims
    theirs = warn_fold_all(WarnState(), (e for e in entries if e not in ours))
    assert warn_fold_all(WarnState(), entries).areas == theirs.areas


@slow
@given(steps)
def test_what_was_known_at_a_moment_is_the_same_ever_after(acts: list[tuple[int, Any, Any]]) -> None:
    """Reckoned then, from the entries up to then, and from all that is known now."""
    here = Reports()
    told: list[tuple[Any, Any]] = []
    for seconds, actor, act in acts:
        here.clock.move(seconds + 1)
        take(here, actor, act)
        now = here.clock.now()
        told.append((now, {name: tallies(here.state, name, now) for name in INCIDENTS}))
    entries = list(here.rig.desk.ledger.read())
    for moment, then in told:
        assert {name: tallies(state_at(entries, moment), name, moment) for name in INCIDENTS} == then
        assert {name: tallies(here.state, name, moment) for name in INCIDENTS} == then


@slow
@given(steps)
def test_the_book_of_claims_holds_together(acts: list[tuple[int, Any, Any]]) -> None:
    here = played(acts)
    state = here.state
    live = state.claims.values()
    assert sum(len(ids) for ids in state.of_incident.values()) == len(state.claims)
    for known in live:
        claim_ = known.claim
        assert claim_.source in state.sources
        assert not claim_.echo_of or claim_.echo_of in state.claims
        assert not (known.superseded_by and known.retracted)
        if claim_.supersedes:
            before = state.claims[claim_.supersedes]
            assert before.claim.source == claim_.source
            assert before.superseded_by == claim_.id
            assert claim_.reason.strip()
    clients = [(one.claim.source, one.claim.client_id) for one in live if one.claim.client_id]
    assert len(clients) == len(set(clients))
    for one, other in itertools.combinations(state.incidents.values(), 2):
        mine = {(r.other, r.relation, r.entry) for r in one.relations if r.other == other.incident.id}
        theirs = {
            (one_r.other, one_r.relation, one_r.entry) for one_r in other.relations if one_r.other == one.incident.id
        }
        assert {row[1:] for row in mine} == {row[1:] for row in theirs}
    for name, about in state.incidents.items():
        for tally in tallies(state, name, here.clock.now() + timedelta(seconds=1)):
            assert not about.withdrawn
            for claim_id in tally.claim_ids:
                known = state.claims[claim_id]
                assert known.live
                assert not known.claim.echo_of
                assert not known.claim.out_of_area
                assert known.claim.op != "said"
            assert tally == tally_of(state, name, tally.subject, tally.category, tally.as_of)


@slow
@given(steps)
def test_evidence_is_shown_only_after_a_release_and_never_lost(acts: list[tuple[int, Any, Any]]) -> None:
    state = played(acts).state
    for known in state.evidence.values():
        actions = [act.action for act in known.custody]
        assert actions[0] == "taken"
        changes = [action for action in actions if action in ("released", "withdrawn")]
        assert known.shown == (changes[-1:] == ["released"])
        assert known.evidence.id in state.by_hash[known.evidence.sha256]
        assert known.evidence.id not in known.evidence.seen_before
