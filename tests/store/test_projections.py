"""The law of the read tables: rebuilt they are equal to the live ones, whatever the batches and the crashes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import warn_facts as make
from tocsin.core.area import Area
from tocsin.core.errors import Broken, Unavailable
from tocsin.core.event import Event, Fact, record
from tocsin.record.memory import MemoryLedger
from tocsin.store.projections import Projector
from tocsin.store.warn_tables import _HANDLERS, MODELS
from tocsin.warn import drill_events as drills
from tocsin.warn import events as ev

AT = datetime(2024, 1, 4, 20, 58, 0, 123456, tzinfo=UTC)

histories = st.lists(st.tuples(make.facts, make.instants), min_size=1, max_size=25)
cuts = st.lists(st.tuples(st.integers(1, 6), st.booleans(), st.integers(0, 3)), max_size=12)


class Crash(Exception):
    pass


def ledger_of(history: list[tuple[Fact, datetime]]) -> MemoryLedger:
    ledger = MemoryLedger()
    ledger.append(make.events([fact for fact, _ in history], [at for _, at in history]))
    return ledger


def crashing(entries: list[Any]) -> Iterator[Any]:
    yield from entries
    raise Crash


def live(ledger: MemoryLedger, batches: list[tuple[int, bool, int]], using: str) -> dict[str, Any]:
    """Apply in batches of those sizes; some end in a crash, some begin with entries that were applied before."""
    projector = Projector(ledger, using=using)
    projector.clear()
    for size, crash, again in batches:
        cursor = projector.cursor()
        entries = list(ledger.read(max(cursor - again, 0), size + again))
        if crash:
            with pytest.raises(Crash):
                projector.apply(crashing(entries))
            assert projector.cursor() == cursor
        else:
            projector.apply(entries)
    projector.catch_up(batch=4)
    assert projector.cursor() == ledger.head()[0]
    return projector.dump()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories, batches=cuts)
def test_rebuilt_tables_equal_live_ones(db: str, history: list[tuple[Fact, datetime]], batches: Any) -> None:
    ledger = ledger_of(history)
    dump = live(ledger, batches, db)
    projector = Projector(ledger, using=db)
    assert projector.apply(ledger.read()) == len(history)
    assert projector.dump() == dump
    assert projector.rebuild() == len(history)
    assert projector.dump() == dump


@pytest.mark.postgres
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories, batches=cuts)
def test_both_databases_show_the_same(db: str, pg: str, history: list[tuple[Fact, datetime]], batches: Any) -> None:
    ledger = ledger_of(history)
    there = live(ledger, batches, pg)
    projector = Projector(ledger, using=db)
    projector.rebuild()
    assert projector.dump() == there


def test_every_fact_that_shows_somewhere_is_in_the_strategies() -> None:
    """A fact that is added to the tables must be added to the law."""
    drawn: set[type] = set()

    @settings(max_examples=600, database=None, derandomize=True)
    @given(make.facts)
    def draw(fact: Fact) -> None:
        drawn.add(type(fact))

    draw()
    assert set(_HANDLERS) <= drawn


def said(*given_facts: Fact, step: timedelta = timedelta(seconds=1)) -> tuple[MemoryLedger, list[Event]]:
    ledger = MemoryLedger()
    found = [record(f, id=f"e{n}", actor="officer:o1", at=AT + n * step) for n, f in enumerate(given_facts)]
    ledger.append(found)
    return ledger, found


def tables(using: str, *given_facts: Fact) -> dict[str, dict[str, Any]]:
    ledger, _ = said(*given_facts)
    projector = Projector(ledger, using=using)
    projector.rebuild()
    keys = {model._meta.db_table: model._meta.pk.name for model in MODELS}
    return {table: {row[keys[table]]: row for row in rows} for table, rows in projector.dump().items()}


def content(**changes: Any) -> ev.Content:
    fields: dict[str, Any] = {
        "threat": "missile",
        "level": "alert",
        "areas": ("north",),
        "headline": {"ru": "Ракетная опасность"},
        "description": {},
        "instruction": {},
        "duration_s": 3600,
        "urgency": "Immediate",
        "severity": "Extreme",
        "certainty": "Observed",
        "reason": "radar",
    }
    return ev.Content(**{**fields, **changes})


def message(identifier: str, xml: str = "<alert/>", msg_type: str = "Alert") -> ev.Message:
    return ev.Message(
        identifier=identifier,
        sender="city",
        sent="s",
        msg_type=msg_type,
        sha256=f"h-{identifier}",
        unsigned="u",
        xml=xml,
    )


def drafted(warning: str = "W1") -> ev.WarningDrafted:
    return ev.WarningDrafted(
        warning_id=warning, origin="officer", author="o1", content=content(), message=message("m1", xml="")
    )


def issued(warning: str = "W1", identifier: str = "m1", xml: str = "<alert>1</alert>", **say: Any) -> ev.WarningIssued:
    return ev.WarningIssued(
        warning_id=warning,
        rule="two persons",
        content=content(**say),
        message=message(identifier, xml),
        expires=AT + timedelta(hours=1),
        correction=message("never"),
    )


def test_a_draft_is_never_served(db: str) -> None:
    shown = tables(
        db, drafted(), ev.WarningEdited(warning_id="W1", author="o2", content=content(), message=message("m2"))
    )
    assert shown["read_message"] == {}
    assert shown["read_warning"]["W1"]["status"] == "draft"
    assert shown["read_warning"]["W1"]["identifier"] == "m2"


def test_an_edit_voids_approvals(db: str) -> None:
    approved = ev.WarningApproved(warning_id="W1", by="o2", sha256="h-m1")
    assert len(tables(db, drafted(), approved)["read_warning"]["W1"]["approvals"]) == 1
    edited = ev.WarningEdited(warning_id="W1", author="o1", content=content(), message=message("m2"))
    assert tables(db, drafted(), approved, edited)["read_warning"]["W1"]["approvals"] == []


def test_bytes_once_served_are_never_replaced(db: str) -> None:
    shown = tables(db, issued(), issued("W2", "m1", "<alert>other</alert>"))
    row = shown["read_message"]["m1"]
    assert (row["xml"], row["warning"], row["seq"]) == ("<alert>1</alert>", "W1", 1)
    assert "never" not in shown["read_message"]


def test_the_life_of_a_warning(db: str) -> None:
    cleared = ev.WarningPartlyCleared(
        warning_id="W1",
        areas=("north",),
        remaining=("south",),
        parted=(),
        message=message("m2", msg_type="Update"),
        reason="clear",
    )
    ended = ev.WarningEnded(warning_id="W1", end="all_clear", reason="over", message=message("m3", msg_type="Cancel"))
    first = issued(areas=("north", "south"))
    shown = tables(db, drafted(), first, cleared)
    assert (
        shown["read_warning"]["W1"] | {"status": "live", "areas": ["south"], "cleared": ["north"]}
        == shown["read_warning"]["W1"]
    )
    assert shown["read_area"]["north"]["end_kind"] == "all_clear"
    assert shown["read_area"]["south"]["end_kind"] == ""
    shown = tables(db, drafted(), first, cleared, ended)
    row = shown["read_warning"]["W1"]
    assert (row["status"], row["end_kind"], row["ended_at"]) == ("ended", "all_clear", AT + timedelta(seconds=3))
    assert shown["read_area"]["south"]["ended_warning"] == "W1"
    assert list(shown["read_message"]) == ["m1", "m2", "m3"]
    again = tables(db, drafted(), first, cleared, ended, issued("W2", "m4", areas=("south",)))
    assert again["read_area"]["south"]["end_kind"] == ""


def test_a_superseded_end_does_not_end_the_area(db: str) -> None:
    ended = ev.WarningEnded(warning_id="W1", end="superseded", reason="wider", superseded_by="W2")
    shown = tables(db, issued(), issued("W2", "m2"), ended)
    assert shown["read_area"]["north"]["end_kind"] == ""
    assert shown["read_warning"]["W1"]["superseded_by"] == "W2"


def test_a_late_report_never_hides_a_newer_one(db: str) -> None:
    def report(state: Any, seconds: int) -> ev.SirenReported:
        return ev.SirenReported(siren_id="s01", state=state, measured_at=AT + timedelta(seconds=seconds))

    shown = tables(db, report("sounding", -5), report("silent", -10))
    assert shown["read_siren"]["s01"]["state"] == "sounding"
    assert not shown["read_siren"]["s01"]["registered"]


def test_two_sources_may_use_names_that_read_alike(db: str) -> None:
    def seen(source: str, own_id: str) -> ev.DetectionRecorded:
        return ev.DetectionRecorded(
            detection=ev.Detection(
                id=own_id, source=source, trusted=True, threat="drone", areas=("north",), observed_at=AT
            )
        )

    shown = tables(db, seen("a/b", "c"), seen("a", "b/c"), seen("a", "b/c"))
    assert sorted((row["source"], row["seq"]) for row in shown["read_detection"].values()) == [("a", 2), ("a/b", 1)]


def test_drills_touch_no_table_of_live_things(db: str) -> None:
    bytes_of = drills.DrillMessage(
        drill_identifier="x1", sender="city", sent="s", status="Exercise", drill_xml="<alert/>"
    )
    shown = tables(
        db,
        drills.DrillIssued(
            drill_id="D1",
            exercise="autumn",
            areas=("north",),
            headline={"en": "EXERCISE"},
            instruction={},
            description={},
            message=bytes_of,
            expires=AT,
        ),
        drills.DrillEnded(drill_id="D1", reason="over"),
    )
    assert {table for table, rows in shown.items() if rows} == {"read_drill"}
    assert shown["read_drill"]["D1"]["ended_at"] == AT + timedelta(seconds=1)


def test_an_unknown_kind_moves_the_cursor_and_nothing_else(db: str) -> None:
    ledger = MemoryLedger()
    ledger.append([Event(id="x", kind="repair.begun", version=1, subject="x/1", body={}, actor="o", at=AT)])
    projector = Projector(ledger, using=db)
    assert projector.catch_up() == 1
    assert projector.catch_up() == 0
    assert not any(projector.dump().values())


def test_a_gap_is_refused_and_nothing_is_applied(db: str) -> None:
    ledger, _ = said(drafted(), issued(), drafted("W2"))
    projector = Projector(ledger, using=db)
    with pytest.raises(Broken) as broken:
        projector.apply([*ledger.read(0, 1), *ledger.read(2)])
    assert broken.value.code == "TOC-7002"
    assert projector.cursor() == 0
    assert not any(projector.dump().values())


def test_a_body_that_does_not_fit_its_kind_stops_the_batch(db: str) -> None:
    ledger = MemoryLedger()
    ledger.append([Event(id="x", kind="warning.issued", version=1, subject="x/1", body={}, actor="o", at=AT)])
    projector = Projector(ledger, using=db)
    with pytest.raises(Broken):
        projector.catch_up()
    assert projector.cursor() == 0


def test_tables_ahead_of_a_restored_ledger_are_rebuilt(db: str) -> None:
    long, _ = said(drafted(), issued(), drafted("W2"))
    Projector(long, using=db).catch_up()
    short, _ = said(drafted("W3"))
    projector = Projector(short, using=db)
    assert projector.catch_up() == 1
    assert [row["id"] for row in projector.dump()["read_warning"]] == ["W3"]


def test_area_names_and_unknowns(db: str) -> None:
    defined = ev.AreaDefined(area_id="north", area=Area(id="north", names={"ru": "Север"}, population=7))
    shown = tables(db, defined, ev.AreaUnknown(area_id="north", reason="feed is silent"), defined)
    assert shown["read_area"]["north"]["names"] == {"ru": "Север"}
    assert shown["read_area"]["north"]["unknown_reason"] == "feed is silent"
    assert shown["read_area"]["north"]["unknown_since"] == AT + timedelta(seconds=1)


def test_a_database_that_cannot_be_written_is_unavailable_and_changes_nothing(db: str) -> None:
    ledger, _ = said(drafted())
    projector = Projector(ledger, using=db)
    projector.cursor()
    with connections[db].cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON")
    try:
        with pytest.raises(Unavailable) as fault:
            projector.catch_up()
    finally:
        with connections[db].cursor() as cursor:
            cursor.execute("PRAGMA query_only = OFF")
    assert fault.value.code == "TOC-8002"
    assert projector.cursor() == 0
    assert projector.catch_up() == 1
