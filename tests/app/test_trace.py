"""One warning as a trace, and the times that the ledger proves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from doors import SetClock, a_desk
from tocsin.app import receipts
from tocsin.app.actor import Actor, Grant
from tocsin.app.desk import Desk
from tocsin.app.service_times import ServiceTimes, quantile, take_all
from tocsin.app.trace import otlp, spans, trace_id
from tocsin.core.ids import ulid, ulid_bytes
from tocsin.warn import commands as cmd
from tocsin.warn import events as ev

DUTY = Actor(id="officer:o1", grants=(Grant(role="duty"),))
SENSOR = Actor(id="sensor:any", grants=(Grant(role="sensor"),))


def see(desk: Desk, source: str) -> None:
    detection = ev.Detection(
        id=source, source=source, trusted=True, threat="drone", areas=("north",), observed_at=desk.clock.now()
    )
    desk.do(cmd.ReportDetection(detection=detection), SENSOR)


def a_night(clock: SetClock) -> tuple[Desk, str]:
    """Two sources issue; a siren sounds after 1.5 s, a phone has it after 0.1 s."""
    desk = a_desk(clock)
    see(desk, "radar")
    clock.move(20)
    see(desk, "ears")
    issued = next(e for e in desk.ledger.read() if e.event.kind == "warning.issued")
    warning = str(issued.event.body["warning_id"])
    at, command = issued.event.at, f"{issued.event.id}.s01"
    edge = ev.LiveDelivered(
        edge="e1", seq=issued.seq, clients=7, first_at=at + timedelta(seconds=0.1), last_at=at + timedelta(seconds=0.3)
    )
    told = ev.SirenCommanded(
        siren_id="s01",
        command_id=command,
        warning_id=warning,
        action="ON",
        tone="wail",
        duration_s=60,
        expires=at + timedelta(minutes=5),
    )
    clock.move(1)
    receipts.note(desk, [told, edge])
    clock.move(1)
    sounded = ev.SirenReported(
        siren_id="s01", state="sounding", tone="wail", command_id=command, measured_at=at + timedelta(seconds=1.5)
    )
    receipts.note(desk, [sounded])
    clock.move(300)
    return desk, warning


def test_every_stage_from_the_first_detection_to_the_last_receipt_is_in_the_trace() -> None:
    desk, warning = a_night(SetClock())
    desk.do(cmd.AllClear(warning_id=warning, reason="over"), DUTY)
    found = spans(desk.ledger.read(), warning)
    names = [span.name for span in found]
    assert names == [
        "warning", "detection", "draft", "detection", "issue", "siren command", "live", "siren sound", "end",
    ]  # fmt: skip
    root, ids = found[0], {span.id for span in found}
    assert len(ids) == len(found)
    assert root.parent == ""
    assert all(span.parent in ids for span in found[1:])
    assert all(root.start <= span.start <= span.end <= root.end for span in found)
    sound = next(span for span in found if span.name == "siren sound")
    assert (sound.end - sound.start) == timedelta(seconds=1.5)
    assert sound.attributes == {"siren": "s01", "tone": "wail"}
    entries = {entry.seq: entry.event.kind for entry in desk.ledger.read()}
    assert entries[sound.entry] == "siren.reported"


def test_a_warning_that_never_was_has_no_trace() -> None:
    desk, _ = a_night(SetClock())
    assert spans(desk.ledger.read(), "01HZX3T9V5K6M7N8P9Q0R1S2T3") == ()


def test_the_export_for_collectors_holds_whole_numbers_as_text_and_every_parent() -> None:
    desk, warning = a_night(SetClock())
    found = spans(desk.ledger.read(), warning)
    rows: list[dict[str, Any]] = otlp(warning, found)["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert {row["traceId"] for row in rows} == {trace_id(warning)}
    assert "parentSpanId" not in rows[0]
    assert all(int(row["endTimeUnixNano"]) >= int(row["startTimeUnixNano"]) for row in rows)
    assert all(isinstance(row["startTimeUnixNano"], str) for row in rows)
    assert {"key": "tocsin.clients", "value": {"intValue": "7"}} in next(
        row["attributes"] for row in rows if row["name"] == "live"
    )


@given(st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_the_trace_id_is_the_ulid_itself(at: int, entropy: bytes) -> None:
    text = ulid(at, entropy)
    assert ulid_bytes(text) == at.to_bytes(6) + entropy
    assert trace_id(text) == (at.to_bytes(6) + entropy).hex()


def test_another_kind_of_id_has_a_trace_id_too() -> None:
    assert len(trace_id("w-1")) == 32
    assert trace_id("w-1") != trace_id("w-2")


def test_times_to_siren_to_phone_and_to_the_correction_are_measured_once_each() -> None:
    clock = SetClock()
    desk, warning = a_night(clock)
    desk.do(cmd.Cancel(warning_id=warning, reason="kites"), DUTY)
    times = take_all(ServiceTimes(), desk.ledger.read())
    assert times.since("time_to_siren", clock.at - timedelta(days=1)) == [1.5]
    assert times.since("time_to_live", clock.at - timedelta(days=1)) == [0.1]
    assert times.since("time_to_correct", clock.at - timedelta(days=1)) == [302.0]
    assert times.since("time_to_siren", clock.at) == []
    assert (len(times.issued), len(times.entries), len(times.commands)) == (0, 0, 0)


def test_an_all_clear_is_no_correction() -> None:
    desk, warning = a_night(SetClock())
    desk.do(cmd.AllClear(warning_id=warning, reason="over"), DUTY)
    taken = take_all(ServiceTimes(), desk.ledger.read()).taken
    assert {one.measure for one in taken} == {"time_to_siren", "time_to_live"}


@given(st.data())
def test_times_taken_in_pieces_are_those_taken_at_once(data: st.DataObject) -> None:
    desk, _ = a_night(SetClock())
    entries = list(desk.ledger.read())
    cut = data.draw(st.integers(0, len(entries)))
    assert take_all(take_all(ServiceTimes(), entries[:cut]), entries[cut:]) == take_all(ServiceTimes(), entries)


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 1))
def test_a_quantile_is_a_member_with_enough_below_it(values: list[float], share: float) -> None:
    ordered = sorted(values)
    found = quantile(ordered, share)
    assert found in ordered
    assert sum(1 for v in ordered if v <= found) >= share * len(ordered)


def test_of_nothing_there_is_no_quantile() -> None:
    assert quantile([], 0.5) is None
