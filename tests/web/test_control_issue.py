"""The control room without script: from a detection to a warning, and everything that is refused on the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h3
import pytest
from django.test import Client

from control_kit import PASSWORD, Screen, detected, enter
from doors import Officer, SetClock
from tocsin.app.desk import Desk
from tocsin.app.memory_addresses import MemoryAddressBook
from tocsin.core.subscription import Wish
from tocsin.store.reach import Reach
from tocsin.warn.state import Thread
from tocsin.web.desk import set_reach

Sensor = Callable[..., Any]


@pytest.fixture
def duty(officer: Callable[..., Officer], desk: Desk) -> Screen:
    return enter(officer, desk, "duty1", "duty")


@pytest.fixture
def second(officer: Callable[..., Officer], desk: Desk) -> Screen:
    return enter(officer, desk, "second", "approver")


@pytest.fixture
def small(desk: Desk, sensor: Sensor) -> Thread:
    """A draft that one officer may send."""
    return detected(desk, sensor)


@pytest.fixture
def wide(desk: Desk, sensor: Sensor) -> Thread:
    """A draft that takes two."""
    return detected(desk, sensor, threat="missile", id="m-1")


def test_a_detection_is_sent_in_two_pages(duty: Screen, small: Thread) -> None:
    board = duty.get()
    assert "radar-a" in board
    assert f'href="/control/drafts/{small.id}"' in board
    page = duty.get(f"/control/drafts/{small.id}")
    for text in ("REAL WARNING", "Actual", "North District", "about 20,000", "wail", "Go indoors", "Русский"):
        assert text in page, text
    answer = duty.send(small, "north district")
    assert answer.headers["Location"] == "/control"
    sent = duty.thread(small)
    assert sent.status == "live"
    board = duty.get()
    assert "All clear" in board
    assert sent.messages[0].identifier in board  # the receipt of the officer's own act


def test_the_wrong_name_sends_nothing_and_keeps_what_was_typed(duty: Screen, small: Thread) -> None:
    answer = duty.send(small, "South <District>")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "TOC-1009" in page
    assert "South &lt;District&gt;" in page
    assert 'aria-invalid="true"' in page
    assert duty.thread(small).status == "draft"


def test_a_second_click_sends_nothing_twice(duty: Screen, small: Thread) -> None:
    path = f"/control/drafts/{small.id}"
    form = duty.form(path, "send") | {"confirm": "North District"}
    assert duty.client.post(f"{path}/send", form).status_code == 302
    assert duty.client.post(f"{path}/send", form).headers["Location"] == "/control"
    assert len(duty.thread(small).messages) == 1


def test_a_draft_that_changed_meanwhile_is_refused_and_the_change_is_shown(
    duty: Screen, small: Thread, officer: Callable[..., Officer], desk: Desk
) -> None:
    form = duty.form(f"/control/drafts/{small.id}", "send")
    other = enter(officer, desk, "other", "duty")
    assert other.on_draft(small, "edit", areas=["north", "south"]).status_code == 302
    answer = duty.client.post(f"/control/drafts/{small.id}/send", form | {"confirm": "North District"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "<del>North District</del>" in page
    assert "<ins>North District, South District</ins>" in page
    assert 'name="confirm" value="North District"' not in page  # it was typed about other words
    assert duty.thread(small).status == "draft"


def test_two_officers(duty: Screen, second: Screen, wide: Thread) -> None:
    page = duty.get(f"/control/drafts/{wide.id}")
    assert "Waits for a second officer" in page
    assert 'name="confirm"' not in page
    short = f"{wide.message.sha256[:4]} {wide.message.sha256[4:8]}"
    assert short in page
    assert "Your approval is needed" in second.get()
    assert short in second.get(f"/control/drafts/{wide.id}")
    assert second.on_draft(wide, "approve").status_code == 302
    assert "Second officer: not needed" in second.get()
    assert "Approved by" in duty.get(f"/control/drafts/{wide.id}")
    assert duty.send(wide).status_code == 302
    assert duty.thread(wide).rule == "two_persons"


def test_an_edit_voids_the_approval_in_sight(duty: Screen, second: Screen, wide: Thread) -> None:
    second.on_draft(wide, "approve")
    assert duty.on_draft(wide, "edit", minutes="45").status_code == 302
    page = duty.get(f"/control/drafts/{wide.id}")
    assert "Waits for a second officer" in page
    assert 'name="confirm"' not in page
    refused = second.on_draft(wide, "approve")  # the bytes that the approver saw are gone
    assert refused.status_code == 409
    assert "<ins>45 min 00 s</ins>" in refused.content.decode()


def test_who_wrote_it_cannot_approve_it(officer: Callable[..., Officer], desk: Desk, wide: Thread) -> None:
    both = enter(officer, desk, "both", "duty", "approver")
    both.on_draft(wide, "edit", minutes="45")
    draft = both.thread(wide)
    assert "/approve" not in both.get(f"/control/drafts/{wide.id}")
    answer = both.on_draft(draft, "approve")
    assert answer.status_code == 409
    assert "TOC-1006" in answer.content.decode()


def test_break_glass_is_explicit_timed_and_seen_by_everybody(
    duty: Screen, second: Screen, wide: Thread, clock: SetClock
) -> None:
    empty = duty.on_draft(wide, "break-glass")
    assert empty.status_code == 422
    assert "The reason is empty" in empty.content.decode()
    assert duty.on_draft(wide, "break-glass", preset="rockets in the air").status_code == 302
    assert "rockets in the air" in second.get()
    assert "Break-glass is open for you" in duty.get(f"/control/drafts/{wide.id}")
    assert duty.send(wide).status_code == 302
    assert duty.thread(wide).rule == "break_glass"
    clock.move(301)
    assert "rockets in the air" not in second.get()


def test_an_old_draft_is_written_anew_before_two_can_agree(duty: Screen, wide: Thread, clock: SetClock) -> None:
    clock.move(601)
    page = duty.get(f"/control/drafts/{wide.id}")
    assert "Write it anew" in page
    assert duty.on_draft(wide, "edit").status_code == 302
    assert duty.thread(wide).message.sha256 != wide.message.sha256
    assert "Waits for a second officer" in duty.get(f"/control/drafts/{wide.id}")


def test_a_draft_is_put_away_with_a_reason(duty: Screen, small: Thread) -> None:
    assert duty.on_draft(small, "discard", reason="a flock of birds", preset="No danger").status_code == 302
    assert duty.thread(small).end_reason == "a flock of birds"
    assert duty.get(f"/control/drafts/{small.id}") == ""  # its page leads to its history
    assert "a flock of birds" in duty.get(f"/control/warnings/{small.id}")


def test_a_new_warning_without_a_detection(duty: Screen, desk: Desk) -> None:
    bad = duty.client.post("/control/new", {"threat": "drone", "level": "alert", "reason": "told by telephone"})
    assert bad.status_code == 422
    assert "told by telephone" in bad.content.decode()  # nothing typed is lost
    assert "TOC-1003" in bad.content.decode()
    form = {"threat": "drone", "level": "pre_alert", "areas": ["south"], "preset": "Seen from a post", "minutes": "30"}
    answer = duty.client.post("/control/new", form)
    (made,) = desk.state().draft_threads()
    assert answer.headers["Location"] == f"/control/drafts/{made.id}"
    assert made.content.duration_s == 1800
    assert made.content.level == "pre_alert"
    assert made.author == duty.actor


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"minutes": "ten"}, "TOC-1004"),
        ({"level": "panic"}, "TOC-1004"),
        ({"threat": "meteor"}, "TOC-1012"),
        ({"areas": ["nowhere"]}, "TOC-1003"),
        ({"reason": "x" * 501}, "TOC-1004"),
        ({"preset": ""}, "TOC-1004"),
    ],
)
def test_what_a_new_warning_cannot_be(duty: Screen, desk: Desk, given: dict[str, Any], code: str) -> None:
    form = {"threat": "drone", "level": "alert", "areas": ["south"], "preset": "Seen from a post"} | given
    answer = duty.client.post("/control/new", form)
    assert answer.status_code == 422
    assert code in answer.content.decode()
    assert desk.state().draft_threads() == []


def test_an_officers_own_words_go_out_and_keep_their_braces(duty: Screen, small: Thread) -> None:
    path = f"/control/drafts/{small.id}"
    words = {"instruction.en": "Go to the {areas} cellars.", "headline.en": ""}
    assert duty.on_draft(small, "edit", **words).status_code == 302
    assert "Go to the North District cellars." in duty.get(path)
    wrong = duty.on_draft(duty.thread(small), "edit", **{"instruction.en": "<b>Run</b>"})
    assert wrong.status_code == 422
    assert "&lt;b&gt;Run&lt;/b&gt;" in wrong.content.decode()


@pytest.mark.parametrize("role", ["observer", "records", "dispatcher", "approver"])
def test_who_is_not_on_duty_sees_no_button_and_is_refused(
    role: str, officer: Callable[..., Officer], desk: Desk, small: Thread
) -> None:
    other = enter(officer, desk, "looker", role)
    assert "/control/new" not in other.get()
    page = other.get(f"/control/drafts/{small.id}")
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]
    answer = other.on_draft(small, "send", confirm="North District")
    assert answer.status_code == 403
    assert desk.state().threads[small.id].status == "draft"
    assert other.client.get("/control/new").status_code == 403


def test_an_officer_of_one_district_sees_and_acts_only_there(
    officer: Callable[..., Officer], desk: Desk, sensor: Sensor
) -> None:
    south = enter(officer, desk, "southern", "duty", area="south")
    mine, theirs = detected(desk, sensor, areas=["south"]), detected(desk, sensor, id="d-2")
    board = south.get()
    assert mine.id in board
    assert theirs.id not in board
    assert "North District" not in board
    assert south.client.get(f"/control/drafts/{theirs.id}").status_code == 404
    assert south.on_draft(theirs, "send", confirm="North District").status_code == 404
    wider = south.on_draft(mine, "edit", areas=["south", "north"])
    assert wider.status_code == 403
    assert south.send(mine, "South District").status_code == 302


def test_every_form_needs_its_token(officer: Callable[..., Officer], desk: Desk, small: Thread) -> None:
    officer("strict", "duty")
    strict = Client(enforce_csrf_checks=True)
    token = strict.get("/accounts/login/").cookies["csrftoken"].value
    form = {"login": "strict", "password": PASSWORD, "csrfmiddlewaretoken": token}
    assert strict.post("/accounts/login/", form).status_code == 302
    path = f"/control/drafts/{small.id}"
    given = {"sha256": small.message.sha256, "confirm": "North District"}
    assert strict.post(f"{path}/send", given).status_code == 403
    assert desk.state().threads[small.id].status == "draft"


def test_the_script_gets_the_panel_alone(duty: Screen, small: Thread) -> None:
    path = f"/control/drafts/{small.id}"
    panel = duty.get(path, **{"Tocsin-Panel": "1"})
    assert panel.startswith("<section")
    given = {"sha256": small.message.sha256, "confirm": "North District"}
    done = duty.client.post(f"{path}/send", given, headers={"Tocsin-Panel": "1"})
    assert done.status_code == 204
    assert done.headers["Tocsin-Done"] == "/control"
    assert "warning in force" in duty.get(path, **{"Tocsin-Panel": "1"})


def test_an_unknown_act_or_warning_does_not_exist(duty: Screen, small: Thread) -> None:
    assert duty.client.post(f"/control/drafts/{small.id}/explode").status_code == 404
    assert duty.client.get("/control/drafts/nope").status_code == 404
    assert duty.client.get("/control/warnings/nope").status_code == 404
    assert duty.client.get(f"/control/drafts/{small.id}/send").status_code == 405


def test_the_page_before_sending_says_how_many_subscriptions_it_concerns(
    duty: Screen, small: Thread, tmp_path: Path
) -> None:
    book = MemoryAddressBook()
    reach = Reach(book, tmp_path / "index")
    set_reach(reach)
    path = f"/control/drafts/{small.id}"
    try:
        cells = h3.cell_to_children(duty.desk.state().areas[small.content.areas[0]].cells[0], 7)
        wish = Wish(channel="webpush", address={"at": 1}, cells=(sorted(cells)[0],), language="ru")
        book.add(wish, duty.desk.clock.now())
        reach.freshen()
        assert "<dt>Subscriptions</dt><dd>about 1</dd>" in duty.get(path)
        set_reach(None)
        assert "<dt>Subscriptions</dt>" not in duty.get(path)
    finally:
        set_reach(None)
