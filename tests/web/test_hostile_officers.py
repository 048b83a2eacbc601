"""What somebody tries who should not: other prefixes, other sites, floods, two clicks; and what must be told anyway."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client, override_settings

from control_kit import Screen, detected, enter
from doors import Officer, SetClock
from tocsin.app.actor import Actor, Grant
from tocsin.app.desk import Desk
from tocsin.warn import commands as cmd
from tocsin.warn.events import Detection, SirenReported

Make = Callable[..., Officer]
EVERYWHERE = Actor(id="officer:above", grants=(Grant(role="duty"), Grant(role="approver")))
SECOND = Actor(id="officer:second", grants=(Grant(role="approver"),))


@pytest.fixture
def duty(officer: Make, desk: Desk) -> Screen:
    return enter(officer, desk, "duty1", "duty")


@pytest.mark.parametrize(
    "path", ["/control", "/control/board", "/control/new", "/drill/control", "/drill/control/start"]
)
@override_settings(TOCSIN_SECOND_FACTOR="required")
def test_no_prefix_leads_around_the_second_factor(duty: Screen, path: str) -> None:
    answer = duty.client.get(path, SCRIPT_NAME="/x")
    assert answer.status_code == 302
    assert "/accounts/second-factor" in answer.headers["Location"]


def test_an_address_with_two_slashes_makes_no_link_to_another_site(desk: Desk) -> None:
    page = Client().get("/", PATH_INFO="//evil.example/x").content.decode()
    assert 'href="/evil.example/x?' in page
    assert "//evil.example" not in page


def test_many_other_tries_do_not_let_a_used_code_or_a_limit_be_forgotten(desk: Desk) -> None:
    cache.set("held-up", [1.0], 300)
    for n in range(2_000):
        cache.set(f"other-{n}", [1.0], 300)
    assert cache.get("held-up") == [1.0]


def test_an_officer_of_a_large_land_may_tick_every_area(duty: Screen) -> None:
    many = urlencode([("threat", "drone"), ("reason", "seen"), *(("areas", f"area-{n}") for n in range(1_500))])
    answer = duty.client.post("/control/new", many, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 422
    assert "TOC-1003" in answer.content.decode()  # these do not exist; that is all that is wrong


def test_the_end_of_a_warning_from_above_is_said_below(officer: Make, desk: Desk) -> None:
    """What went out above an officer's district ended there, too: it never just vanishes from the board (R5)."""
    below = enter(officer, desk, "north1", "duty", area="north")
    made = desk.do(
        cmd.Draft(threat="drone", level="alert", areas=("north", "east"), reason="seen", headline={}), EVERYWHERE
    )
    thread = desk.state().threads[made.facts[0].warning_id]  # type: ignore[attr-defined]
    desk.do(cmd.Approve(warning_id=thread.id, sha256=thread.message.sha256), SECOND)
    desk.do(cmd.Issue(warning_id=thread.id, sha256=thread.message.sha256, confirm="north"), EVERYWHERE)
    assert f"live-{thread.id}" in below.get()
    desk.do(cmd.PartialClear(warning_id=thread.id, areas=("north",), reason="over there"), EVERYWHERE)
    assert f"live-{thread.id}" in below.get()
    desk.do(cmd.AllClear(warning_id=thread.id, reason="over"), EVERYWHERE)
    assert f"ended-{thread.id}" in below.get()
    assert below.get(f"/control/warnings/{thread.id}").count("All clear")


def test_a_draft_above_stays_out_of_sight_below(officer: Make, desk: Desk) -> None:
    below = enter(officer, desk, "south1", "duty", area="south")
    made = desk.do(cmd.Draft(threat="drone", level="alert", areas=("north",), reason="seen", headline={}), EVERYWHERE)
    thread = desk.state().threads[made.facts[0].warning_id]  # type: ignore[attr-defined]
    assert thread.id not in below.get()
    for path in (f"/control/drafts/{thread.id}", f"/control/warnings/{thread.id}"):
        assert below.client.get(path).status_code == 404


def test_begin_clicked_twice_begins_one_exercise(duty: Screen) -> None:
    form: dict[str, Any] = {"exercise": "Schools", "areas": ["north"], "status": "Exercise", "minutes": "15"}
    page = duty.client.post("/drill/control/start", form).content.decode()
    number = re.search(r'name="once" value="(\w+)"', page)
    assert number
    for _ in range(2):
        answer = duty.client.post("/drill/control/start", form | {"typed": "exercise", "once": number[1]})
        assert answer.headers["Location"] == "/drill/control"
    assert len(duty.desk.state().drills) == 1
    duty.client.post("/drill/control/start", form | {"typed": "exercise", "once": "another"})
    assert len(duty.desk.state().drills) == 2


def test_a_new_draft_clicked_twice_or_tried_again_is_one_draft(duty: Screen) -> None:
    form = duty.form("/control/new", "/control/new")
    given = form | {"threat": "drone", "level": "alert", "preset": "seen"}
    assert duty.client.post("/control/new", given).status_code == 422  # no area; the same form goes out again, mended
    went = {duty.client.post("/control/new", given | {"areas": ["north"]}).headers["Location"] for _ in range(2)}
    assert len(went) == len(duty.desk.state().drafts) == 1


@pytest.mark.parametrize(
    "evil",
    [
        "//evil.example/",
        "/\\evil.example/",
        "javascript:alert(1)",
        "http://localhost:9/",
    ],
)
def test_no_door_sends_an_officer_to_another_site(officer: Make, desk: Desk, evil: str) -> None:
    officer("duty", "duty")
    secret = {"login": "duty", "password": "correct horse battery"}
    for path, given in (
        ("/accounts/login/", secret),
        ("/demo/sign-in", {"role": "duty"}),
        ("/accounts/reauthenticate/", secret),
        ("/accounts/logout/", {}),
    ):
        went = Client()
        if path != "/accounts/login/":
            went.force_login(get_user_model().objects.get(login="duty"))
        answer = went.post(path, given | {"next": evil})
        assert answer.status_code == 302, path
        where = answer.headers["Location"]
        assert where.startswith("/"), (path, where)
        assert not where.startswith(("//", "/\\")), (path, where)


def test_a_draft_in_which_every_area_was_unticked_is_not_kept_as_it_was(
    duty: Screen, sensor: Callable[..., Any]
) -> None:
    thread = detected(duty.desk, sensor)
    answer = duty.on_draft(thread, "edit", **duty.form(f"/control/drafts/{thread.id}", "edit"), minutes="45")
    assert answer.status_code == 422
    assert "TOC-1003" in answer.content.decode()
    assert "TOC-1003" not in duty.on_draft(thread, "edit").content.decode()  # a button alone says nothing of areas


TAG = "<img/src=x>"


def test_nothing_that_anybody_wrote_becomes_part_of_a_page(duty: Screen, desk: Desk, clock: SetClock) -> None:
    seen = Detection(
        id=TAG, source=TAG, trusted=True, threat="drone", areas=("north",), observed_at=clock.now(), note=TAG
    )
    desk.do(cmd.ReportDetection(detection=seen), Actor(id="sensor:one", grants=(Grant(role="sensor"),)))
    (thread,) = desk.state().draft_threads()
    texts = {f"{part}.{code}": f"a {TAG}" for part in ("headline", "instruction") for code in ("en", "de")}
    duty.on_draft(thread, "edit", reason=TAG, **texts)
    duty.on_draft(thread, "break-glass", reason=TAG)
    drill = {"exercise": TAG, "areas": ["north"], "status": "Exercise", "minutes": "15", "typed": "exercise"}
    duty.client.post("/drill/control/start", drill)
    desk.note([SirenReported(siren_id="s01", state="fault", measured_at=clock.now(), detail=TAG, tone=TAG)], EVERYWHERE)
    for path in (
        "/control",
        f"/control/drafts/{thread.id}",
        f"/control/warnings/{thread.id}",
        f"/control/new?threat={TAG}",
        "/drill/control",
        "/exercise",
        "/",
        "/areas",
    ):
        page = duty.get(path)
        assert page
        assert TAG not in page, path
    assert TAG not in Client().get(f"/accounts/login/?next={TAG}").content.decode()
    parts = json.loads(duty.get("/control/board"))["parts"]
    assert "&lt;img/src=x&gt;" in "".join(parts.values())
    assert TAG not in "".join(parts.values())
