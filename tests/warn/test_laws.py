"""Laws of the warn room over random commands by random actors, refused ones among them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tocsin.app.actor import Actor
from tocsin.core.errors import TocsinError
from tocsin.core.time import rfc3339
from tocsin.edge.truth import Truth
from tocsin.store.projections import Projector
from tocsin.warn import commands as cmd
from tocsin.warn import events as ev
from tocsin.warn import live
from tocsin.warn.around import live_naming, open_around, sirens_in
from tocsin.warn.phase import ENDED_SHOWN, full_state
from tocsin.warn.policy import Policy
from tocsin.warn.state import UNOBSERVED, WarnState, fold_all
from warn.rig import (
    ADMIN,
    ANNA,
    BORIS,
    CLARA,
    PARTNER,
    SENSOR,
    START,
    WATCH,
    Rig,
    area,
    chain_is_whole,
    officer,
    plan,
    whole,
)

AREAS = (
    area("city", None, "City", people=None),
    area("north", "city", "North", people=None),
    area("north-1", "north", "North One", at=(50.60, 36.50)),
    area("north-2", "north", "North Two", at=(50.60, 36.55), people=None),
    area("south", "city", "South", at=(50.50, 36.50)),
)
DORA = officer("dora", "duty", area="north")
ACTORS = (ANNA, ANNA, BORIS, CLARA, DORA, SENSOR, PARTNER, WATCH, ADMIN)
POLICY = Policy(expiry_s=Policy().expiry_s | {"drone": 900}, wide_share=0.5)

places = st.sampled_from(["city", "north", "north-1", "north-2", "south"])
some = st.lists(places, min_size=1, max_size=3).map(tuple)
threat = st.sampled_from(["drone", "drone", "missile"])
level = st.sampled_from(["alert", "alert", "pre_alert"])
reason = st.sampled_from(["seen", "seen", "seen", " "])
pick = st.integers(0, 7)
"""Which of the warnings that there are; later replaced by its id."""

begin = st.one_of(
    st.tuples(st.just("out"), some, threat, level),
    st.tuples(st.just("out"), some, st.just("drone"), st.just("alert")),
    st.tuples(st.just("detect"), some, threat, st.sampled_from(["a", "a/2", "b", "c"]), st.sampled_from([True, False])),
    st.tuples(st.just("both"), some, some),
    st.tuples(st.just("draft"), some, threat, level, st.none() | pick),
)
work = st.one_of(
    st.tuples(st.just("edit"), pick, st.none() | some, st.none() | level),
    st.tuples(st.just("approve"), pick),
    st.tuples(st.just("issue"), pick, st.sampled_from([True, True, True, False])),
    st.tuples(st.just("update"), pick, st.none() | some, st.none() | level),
    st.tuples(st.just("update"), pick, st.none(), st.none()),
    st.tuples(st.just("partial"), pick, some),
    st.tuples(st.just("partial"), pick, places.map(lambda place: (place,))),
)
finish = st.one_of(
    st.tuples(st.sampled_from(["all_clear", "cancel", "manual", "discard"]), pick, reason),
    st.tuples(st.sampled_from(["all_clear", "cancel"]), pick, reason),
)
other = st.one_of(
    st.tuples(st.just("glass"), reason),
    st.tuples(st.just("drill"), some, st.sampled_from(["Exercise", "Test", "Actual"])),
    st.tuples(st.sampled_from(["unknown", "known"]), some),
    st.tuples(st.just("tick")),
)
wait = st.sampled_from([0, 0.5, 1, 7, 30, 61, 130, 700])
who = st.integers(0, 8)


def of(acts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(wait, who, acts)


# Each round begins something, works on it and often ends it: plain random order hardly ever ends a live warning.
rounds = st.tuples(of(begin), of(work), of(begin), of(work), of(finish), of(other))
steps = st.lists(rounds, min_size=2, max_size=5).map(lambda all_of: [step for each in all_of for step in each])


_ENDS: dict[str, Any] = {
    "all_clear": cmd.AllClear,
    "cancel": cmd.Cancel,
    "manual": cmd.EndManually,
    "discard": cmd.Discard,
}


def command(rig: Rig, kind: str, *given: Any) -> cmd.Command:  # noqa: PLR0911 - one line a command
    warnings = sorted(rig.state.threads)

    def which(number: int) -> str:
        """Mostly one with which this can be done; one in eight is any."""
        status = "draft" if kind in ("edit", "approve", "issue", "discard") else "live"
        fit = [i for i in warnings if rig.state.threads[i].status == status] if number else warnings
        chosen = fit or warnings
        return chosen[-1 - number % len(chosen)] if chosen else "none"

    if kind == "detect":
        areas, danger, source, trusted = given
        seen = ev.Detection(
            id=f"d{rig.desk.ledger.head()[0]}",
            source=source,
            trusted=trusted,
            threat=danger,
            areas=areas,
            observed_at=rig.clock.now(),
        )
        return cmd.ReportDetection(detection=seen)
    if kind == "draft":
        areas, danger, lvl, old = given
        supersedes = "" if old is None or not warnings else which(old)
        return cmd.Draft(threat=danger, level=lvl, areas=areas, reason="seen", supersedes=supersedes)
    if kind == "edit":
        return cmd.Edit(warning_id=which(given[0]), areas=given[1], level=given[2], reason="another look")
    if kind in ("approve", "issue"):
        thread = rig.state.threads.get(which(given[0]))
        sha256 = thread.message.sha256 if thread else "0" * 64
        if kind == "approve":
            return cmd.Approve(warning_id=which(given[0]), sha256=sha256)
        name = thread.content.areas[0] if thread and given[1] else "elsewhere"
        return cmd.Issue(warning_id=which(given[0]), sha256=sha256, confirm=name)
    if kind == "update":
        return cmd.Update(warning_id=which(given[0]), areas=given[1], level=given[2], reason="more")
    if kind == "partial":
        return cmd.PartialClear(warning_id=which(given[0]), areas=given[1], reason="quiet there")
    if kind in _ENDS:
        return _ENDS[kind](warning_id=which(given[0]), reason=given[1])  # type: ignore[no-any-return]
    if kind == "glass":
        return cmd.BreakGlass(reason=given[0])
    if kind == "drill":
        return cmd.StartDrill(exercise="Autumn", areas=given[0], status=given[1])
    if kind == "unknown":
        return cmd.MarkUnknown(areas=given[0], reason="silence")
    return cmd.MarkKnown(areas=given[0]) if kind == "known" else cmd.Tick()


def fitting(kind: str, actor: Actor) -> Actor:
    """Mostly somebody who may do it, so that runs get far; the rest are refused by role."""
    if actor in (CLARA, DORA, PARTNER):
        return actor
    if kind == "detect":
        return SENSOR
    if kind in ("tick", "known", "unknown"):
        return WATCH
    return actor if actor in (ANNA, BORIS) else ANNA


def act(rig: Rig, step: Any) -> None:
    """One step. Law (g): what is refused leaves ledger and state as they were, and says what to do."""
    seconds, who, (kind, *given) = step
    rig.clock.move(seconds)
    if kind == "out":
        areas, danger, lvl = given
        rig.live(*areas, threat=danger, level=lvl)
        return
    if kind == "both":
        act(rig, (0, who, ("detect", given[0], "drone", "a", True)))
        act(rig, (1, who, ("detect", given[1], "drone", "b", True)))
        return
    before, state = rig.desk.ledger.head(), rig.state
    try:
        rig.do(command(rig, kind, *given), fitting(kind, ACTORS[who]))
    except TocsinError as fault:
        whole(fault)
        assert rig.desk.ledger.head() == before
        assert rig.state == state


def played(given: list[Any]) -> Rig:
    rig = Rig(policy=POLICY, areas=AREAS)
    for step in given:
        act(rig, step)
        nobody_is_told_a_lie(rig)
        found_by_area_is_what_looking_through_everything_finds(rig.state)
    return rig


def found_by_area_is_what_looking_through_everything_finds(state: WarnState) -> None:
    """What is asked of an area goes by indexes; they must hide nothing and name nothing that is over."""
    whole = [*state.live_threads(), *state.draft_threads()]
    for place in state.areas:
        named = [t for t in state.live_threads() if place.id in (*t.content.areas, *t.parted)]
        assert live_naming(state, place.id) == named
        mine = state.areas.closure((place.id,))
        around = [t for t in whole if mine & state.areas.closure((*t.content.areas, *t.parted))]
        assert open_around(state, (place.id,)) == around
        there = sorted([(i, s) for i, s in state.sirens.items() if s.siren.area == place.id], key=lambda one: one[0])
        assert list(sirens_in(state, (place.id, place.id))) == there
    assert all(ids <= state.live | state.drafts for ids in state.naming.values())


def nobody_is_told_a_lie(rig: Rig) -> None:
    """Laws (c) and (d)."""
    state, now = rig.state, rig.clock.now()
    for thread in state.threads.values():
        assert (thread.end is not None) == (thread.status == "ended")
        if thread.status != "live":
            continue
        assert thread.correction is not None
        assert not thread.correction.xml
        for covered in state.areas.closure(thread.content.areas):
            wanted = "alert" if thread.content.level == "alert" else ("alert", "pre_alert")
            assert full_state(state, covered, now)["phase"] in wanted, (covered, thread)


MODERATE = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@MODERATE
@given(steps)
def test_the_state_is_the_fold_of_the_ledger_and_the_messages_hold_together(given: list[Any]) -> None:
    """Law (a), with (c), (d) and (g) at every step; and the chain of CAP messages."""
    rig = played(given)
    assert fold_all(WarnState(), rig.desk.ledger.read()) == rig.state
    chain_is_whole(rig)


@settings(MODERATE, max_examples=40)
@given(steps, st.lists(st.integers(1, 9), max_size=12))
def test_read_tables_applied_live_equal_rebuilt_ones(db: str, given: list[Any], batches: list[int]) -> None:
    """Law (b)."""
    ledger = played(given).desk.ledger
    projector = Projector(ledger, using=db)
    projector.clear()
    for size in batches:
        projector.apply(list(ledger.read(projector.cursor(), size)))
    projector.catch_up(batch=7)
    applied = projector.dump()
    projector.rebuild(batch=500)
    assert projector.dump() == applied
    state = played(given).state
    shown = {row["id"]: row["status"] for row in applied["store_warningrow"]} if "store_warningrow" in applied else None
    assert shown is None or shown == {t.id: t.status for t in state.threads.values()}


def aged(document: dict[str, Any], now: str) -> dict[str, Any]:
    """An observed end reads ``ok`` after its hour; a client that heard nothing since still shows the end."""
    if document["phase"] == "ended" and document["kind"] not in UNOBSERVED and document["since"] <= now:
        return document | {"phase": "ok", "kind": None, "since": None}
    return document


@MODERATE
@given(steps)
def test_a_client_that_follows_sees_what_a_new_one_is_told(given: list[Any]) -> None:
    """Law (e): the first snapshot and every frame after it lead to the last snapshot, on the edge's own code too."""
    rig = Rig(policy=POLICY, areas=AREAS)
    sender, kept = rig.desk.sender, timedelta(seconds=POLICY.cancel_expiry_s)
    first = live.snapshot(rig.state, rig.clock.now(), sender, kept=kept)
    areas = {row["state"]["id"]: row["state"] for row in first["areas"]}
    edge = Truth()
    edge.replace(first | {"as_of": rfc3339(START)})
    begin = rig.desk.ledger.head()[0]
    for step in given:
        act(rig, step)
    for _, entry, frame in rig.frames():
        if entry.seq <= begin or frame["subject"] != live.LIVE:
            continue
        areas |= {one["id"]: one for one in frame["data"]["areas"]}
        edge.update(frame)
    now = rig.clock.now()
    over = rfc3339(now - ENDED_SHOWN)
    last = live.snapshot(rig.state, now, sender, kept=kept)
    wanted = {row["state"]["id"]: aged(row["state"], over) for row in last["areas"]}
    assert {i: aged(one, over) for i, one in areas.items()} == wanted
    cells = sorted({c for a in AREAS for c in a.cells})
    view = edge.view(cells, now)
    if not edge.stale(now):
        assert {one["id"]: aged(one, over) for one in view["areas"]} == wanted
    told = {row["doc"]["id"]: row["doc"] for row in last["alerts"]}
    for doc in view["alerts"]:
        assert told.get(doc["id"], doc) == doc


@MODERATE
@given(steps, st.integers(0, 200), st.integers(0, 5))
def test_no_siren_wails_for_what_is_not_in_force(given: list[Any], late: int, ahead: int) -> None:
    """Law (f), also when delivery is late and the newest state is ahead of the entry."""
    rig = played(given)
    frames = list(rig.frames())
    for at, (own, entry, frame) in enumerate(frames):
        state = frames[min(at + ahead, len(frames) - 1)][0]
        now = max(entry.event.at, state.at or entry.event.at) + timedelta(seconds=late)
        sent, skipped = plan(state, entry, frame, POLICY, now)
        assert plan(state, entry, frame, POLICY, now) == (sent, skipped)
        if frame["subject"] == live.DRILL:
            assert (sent, skipped) == ([], [])
        ids = [c.id for c in sent] + [s.command_id for s in skipped]
        assert len(ids) == len(set(ids))
        assert all(i == f"{entry.event.id}.{i.rpartition('.')[2]}" for i in ids)
        for one in sent:
            assert one.expires > now
            where = own.sirens[one.siren].siren.area
            in_force = [t for t in state.live_threads() if where in state.areas.closure(t.content.areas)]
            if one.state == "ON" and one.tone == "wail":
                assert any(t.content.level == "alert" for t in in_force)
            elif one.state == "ON":
                assert in_force == []
            else:
                assert all(t.content.level == "pre_alert" for t in in_force)


@settings(MODERATE, max_examples=30)
@given(steps)
def test_nothing_of_a_drill_is_in_a_live_frame(given: list[Any]) -> None:
    rig = played(given)
    drills = set(rig.state.drills)
    for _, entry, frame in rig.frames():
        said = msgspec.json.encode(frame).decode()
        if frame["subject"] == live.LIVE:
            assert not entry.event.kind.startswith("drill.")
            assert "Exercise" not in said
            assert not any(drill in said for drill in drills)
        else:
            assert entry.event.kind.startswith("drill.")
            assert "siren_areas" not in frame["data"]
            assert "sound" not in frame["data"]
