"""Acts on warnings in force, without script: each end, what is refused, and what a stale screen may not do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils.html import escape

from control_kit import Screen, detected, enter
from doors import Officer, SetClock
from tocsin.app.actor import Actor, Grant
from tocsin.app.desk import Desk
from tocsin.warn import commands as cmd
from tocsin.warn.cap_read import parse_own as parse
from tocsin.warn.state import Thread

Sensor = Callable[..., Any]


@pytest.fixture
def duty(officer: Callable[..., Officer], desk: Desk) -> Screen:
    return enter(officer, desk, "duty1", "duty")


@pytest.fixture
def live(desk: Desk, sensor: Sensor, duty: Screen) -> Thread:
    """A warning in force in the north."""
    draft = detected(desk, sensor)
    duty.send(draft)
    return duty.thread(draft)


@pytest.fixture
def wide(desk: Desk, sensor: Sensor, duty: Screen, officer: Callable[..., Officer]) -> Thread:
    """A warning in force in two districts."""
    draft = detected(desk, sensor, areas=["north", "east"])
    enter(officer, desk, "second", "approver").on_draft(draft, "approve")
    duty.send(draft)
    return duty.thread(draft)


@pytest.mark.parametrize(
    ("act", "end", "says"),
    [
        ("all-clear", "all_clear", ("Give the all clear: North District", "All clear, drone threat")),
        ("cancel", "cancelled", ("Send the correction: North District", "was sent in error")),
        ("end", "manual", ("Close without a message: North District", "double entry")),
    ],
)
def test_each_end_names_what_happens_and_where(
    duty: Screen, live: Thread, act: str, end: str, says: tuple[str, ...]
) -> None:
    page = duty.get(f"/control/warnings/{live.id}/{act}")
    for words in says:
        assert words in page
    assert duty.on_live(live, act).headers["Location"] == "/control"
    assert duty.thread(live).end == end
    board = duty.get()
    assert f'id="ended-{live.id}"' in board
    assert f'id="live-{live.id}"' not in board


def test_the_prepared_correction_is_what_goes_out(duty: Screen, live: Thread) -> None:
    page = duty.get(f"/control/warnings/{live.id}/cancel")
    duty.on_live(live, "cancel")
    sent = parse(duty.thread(live).messages[-1].xml.encode())
    assert sent.msg_type == "Cancel"
    assert len(sent.infos) == 4
    for info in sent.infos:
        for text in (info.headline, info.description, info.instruction):
            assert escape(text or "?") in page


def test_the_same_end_twice_happens_once(duty: Screen, live: Thread) -> None:
    path = f"/control/warnings/{live.id}/all-clear"
    form = {**duty.form(path, "all-clear"), "preset": "nothing left"}
    assert duty.client.post(path, form).status_code == 302
    assert duty.client.post(path, form).status_code == 302
    assert len(duty.thread(live).messages) == 2


def test_another_end_than_the_one_that_came_first_is_not_silently_taken(duty: Screen, live: Thread) -> None:
    path = f"/control/warnings/{live.id}/cancel"
    form = {**duty.form(path, "cancel"), "preset": "birds"}
    duty.on_live(live, "all-clear")
    answer = duty.client.post(path, form, headers={"Tocsin-Panel": "1"})
    assert "All clear" in answer.content.decode()
    assert duty.thread(live).end == "all_clear"


def test_a_stale_screen_is_refused_and_told_how_it_stands(
    duty: Screen, wide: Thread, officer: Callable[..., Officer], desk: Desk
) -> None:
    path = f"/control/warnings/{wide.id}/all-clear"
    form = {**duty.form(path, "all-clear"), "preset": "nothing left"}
    other = enter(officer, desk, "other", "duty")
    assert other.on_live(wide, "partial-clear", areas=["north"]).status_code == 302
    answer = duty.client.post(path, form)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "It stands now:" in page
    assert "Already clear" in page
    assert duty.thread(wide).status == "live"


def test_a_partial_clear_leaves_the_rest_on(duty: Screen, wide: Thread) -> None:
    nothing = duty.on_live(wide, "partial-clear")
    assert nothing.status_code == 422
    assert "TOC-1003" in nothing.content.decode()
    everything = duty.on_live(wide, "partial-clear", areas=["north", "east"])
    assert everything.status_code == 409
    assert "Give the all-clear instead" in everything.content.decode()
    assert duty.on_live(wide, "partial-clear", areas=["north"]).status_code == 302
    assert duty.thread(wide).content.areas == ("east",)
    assert duty.thread(wide).cleared == ("north",)


def test_an_update_prolongs_and_a_wider_one_becomes_a_draft(duty: Screen, live: Thread, desk: Desk) -> None:
    assert duty.on_live(live, "update", areas=["north"], minutes="60").headers["Location"] == "/control"
    assert duty.thread(live).content.duration_s == 3600
    wider = duty.on_live(live, "update", areas=["north", "east"], minutes="60")
    (draft,) = desk.state().draft_threads()
    assert wider.headers["Location"] == f"/control/drafts/{draft.id}"
    assert draft.supersedes == live.id
    wrong = duty.on_live(live, "update", areas=["north", "east"], minutes="0")
    assert wrong.status_code == 422
    assert "TOC-1004" in wrong.content.decode()


def test_a_reason_is_asked_for(duty: Screen, live: Thread) -> None:
    answer = duty.on_live(live, "all-clear", preset="", reason=" ")
    assert answer.status_code == 422
    assert 'id="error-reason"' in answer.content.decode()
    assert duty.thread(live).status == "live"


def test_nobody_else_may(officer: Callable[..., Officer], desk: Desk, live: Thread) -> None:
    for role, area in (("observer", "*"), ("approver", "*"), ("duty", "south")):
        other = enter(officer, desk, f"{role}-{area}"[:9], role, area=area)
        assert "/all-clear" not in other.get()
        for act in ("all-clear", "partial-clear", "update", "cancel", "end"):
            path = f"/control/warnings/{live.id}/{act}"
            expected = 404 if area == "south" else 403
            assert other.client.get(path).status_code == expected
            assert other.client.post(path, {"preset": "x"}).status_code == expected
    assert desk.state().threads[live.id].status == "live"


def test_who_stands_below_a_wider_warning_sees_it_and_cannot_end_it(
    officer: Callable[..., Officer], desk: Desk, sensor: Sensor, duty: Screen
) -> None:
    draft = detected(desk, sensor, areas=["city"])
    enter(officer, desk, "second", "approver").on_draft(draft, "approve")
    south = enter(officer, desk, "southern", "duty", area="south")
    assert draft.id not in south.get()  # a draft of others is not theirs to see
    duty.send(draft, "Sample City")
    board = south.get()
    assert f'id="live-{draft.id}"' in board
    assert "/all-clear" not in board
    assert south.client.post(f"/control/warnings/{draft.id}/all-clear").status_code == 403


def test_the_history_tells_who_did_what_by_reference(
    duty: Screen, wide: Thread, officer: Callable[..., Officer], desk: Desk, clock: SetClock
) -> None:
    clock.move(60)
    duty.on_live(wide, "all-clear", reason="over at last")
    page = enter(officer, desk, "records1", "records").get(f"/control/warnings/{wide.id}")
    for text in ("Detected by radar-a", "Drafted", "Approved", "Sent", "All clear given", "over at last"):
        assert text in page, text
    for message in duty.thread(wide).messages:
        assert f"/cap/{message.identifier}.xml" in page
    assert duty.actor.removeprefix("officer:")[:8] in page
    assert "duty1" not in page  # no name, only the reference


def test_what_changes_in_the_last_moment_is_refused_too(duty: Screen, wide: Thread, desk: Desk) -> None:
    """Between the look at the state and the decision another officer clears a part."""
    path = f"/control/warnings/{wide.id}/all-clear"
    form = {**duty.form(path, "all-clear"), "preset": "nothing left"}
    decide, meanwhile = desk.ledger.transact, [Actor(id="officer:other", grants=(Grant(role="duty"),))]

    def late(decision: Any, **how: Any) -> Any:
        if meanwhile:
            desk.do(cmd.PartialClear(warning_id=wide.id, areas=("north",), reason="over there"), meanwhile.pop())
        return decide(decision, **how)

    desk.ledger.transact = late  # type: ignore[method-assign]
    answer = duty.client.post(path, form)
    assert answer.status_code == 409
    assert "It stands now:" in answer.content.decode()
    assert duty.thread(wide).status == "live"


def test_an_update_does_not_offer_to_lower_an_alert(duty: Screen, live: Thread) -> None:
    assert 'value="pre_alert"' not in duty.get(f"/control/warnings/{live.id}/update")
    assert duty.on_live(live, "update", minutes="60", level="pre_alert").status_code == 409
    assert duty.thread(live).content.level == "alert"
