"""The exercise room and the public page of exercises: a way of their own, from the form to the words (rule R23)."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from doors import Api, Officer, SetClock, draft
from tocsin.app.desk import Desk
from tocsin.warn.words import languages

WEB = Path(__file__).parents[2] / "src" / "tocsin" / "web"
FORM = {"exercise": "Schools", "areas": ["north"], "status": "Exercise", "minutes": "15"}


@pytest.fixture
def enter(officer: Callable[..., Officer]) -> Callable[..., Client]:
    def go(*roles: str, area: str = "*") -> Client:
        officer("trainer", *roles, area=area)
        client = Client()
        assert client.post("/accounts/login/", {"login": "trainer", "password": "correct horse battery"}).status_code
        return client

    return go


@pytest.fixture
def trainer(enter: Callable[..., Client]) -> Client:
    return enter("duty")


def begin(client: Client, **changes: Any) -> Any:
    return client.post("/drill/control/start", FORM | {"typed": "exercise"} | changes)


def drills(desk: Desk) -> list[Any]:
    return list(desk.state().drills.values())


def test_an_exercise_is_written_restated_and_begun_by_typing_the_word(trainer: Client, desk: Desk) -> None:
    page = trainer.get("/drill/control/start").content.decode()
    assert "North District" in page
    checked = trainer.post("/drill/control/start", FORM).content.decode()
    for text in (
        "Begin this exercise?",
        "Exercise: people take part",
        "North District",
        "about 20\u202f000 people",
        "exercise chime: 1.",
        languages()["en"].texts["drill.start.headline"].format(areas="North District"),
        "УЧЕНИЯ",
        "type the word EXERCISE",
    ):
        assert text in checked, text
    assert drills(desk) == []
    assert begin(trainer).headers["Location"] == "/drill/control"
    (made,) = drills(desk)
    assert (made.exercise, made.areas, made.message.status) == ("Schools", ("north",), "Exercise")
    assert not desk.state().threads
    room = trainer.get("/drill/control").content.decode()
    assert "has begun" in room
    assert "Schools" in room


@pytest.mark.parametrize("typed", ["", "yes", "North District", "north", "УЧЕНИЯ"])
def test_nothing_else_begins_it_least_of_all_the_name_of_an_area(trainer: Client, desk: Desk, typed: str) -> None:
    page = begin(trainer, typed=typed).content.decode()
    assert "The name of an area begins nothing here." in page
    assert drills(desk) == []


def test_the_word_is_that_of_the_officers_language(trainer: Client, desk: Desk) -> None:
    trainer.get("/drill/control?lang=ru")
    assert "введите слово УЧЕНИЯ" in trainer.post("/drill/control/start", FORM).content.decode()
    assert begin(trainer, typed="учения").status_code == 302
    assert len(drills(desk)) == 1


def test_own_words_begin_with_the_word_and_never_deny_it(trainer: Client, desk: Desk) -> None:
    page = trainer.post("/drill/control/start", FORM | {"headline_en": "Go to the yard"}).content.decode()
    assert "EXERCISE. Go to the yard" in page
    bad = trainer.post("/drill/control/start", FORM | {"headline_en": "EXERCISE. This is not a drill"}).content.decode()
    assert "says of itself that it is none" in bad
    assert "Begin this exercise?" not in bad
    begin(trainer, headline_en="EXERCISE. Go to the yard")
    assert drills(desk)[0].headline["en"] == "EXERCISE. Go to the yard"


@pytest.mark.parametrize(
    "wrong", [{"exercise": ""}, {"areas": []}, {"areas": ["nowhere"]}, {"status": "Actual"}, {"minutes": "100000"}]
)
def test_what_is_missing_or_wrong_is_said_at_its_field(trainer: Client, desk: Desk, wrong: dict[str, Any]) -> None:
    assert "Begin this exercise?" not in begin(trainer, **wrong).content.decode()
    assert drills(desk) == []


def test_a_step_back_keeps_what_was_typed(trainer: Client, desk: Desk) -> None:
    page = trainer.post("/drill/control/start", FORM | {"change": "1", "typed": "exercise"}).content.decode()
    assert 'value="Schools"' in page
    assert drills(desk) == []


def test_it_ends_by_hand_with_a_reason(trainer: Client, desk: Desk) -> None:
    begin(trainer)
    (made,) = drills(desk)
    path = f"/drill/control/{made.id}/end"
    assert trainer.get(path).status_code == 405
    trainer.post(path, {f"{made.id}-reason": ""})
    assert drills(desk)[0].ended_at is None
    assert trainer.post(path, {f"{made.id}-reason": "all came"}).headers["Location"] == "/drill/control"
    assert drills(desk)[0].ended_at is not None
    again = trainer.post(path, {f"{made.id}-reason": "all came"}, follow=True).content.decode()
    assert "over already" in again
    assert trainer.post("/drill/control/none/end", {"none-reason": "x"}, follow=True).status_code == 200


def test_only_duty_officers_come_in_and_only_for_their_areas(enter: Callable[..., Client], desk: Desk) -> None:
    assert Client().get("/drill/control").headers["Location"] == "/accounts/login/?next=/drill/control"
    north = enter("duty", "observer", area="north")
    page = north.get("/drill/control/start").content.decode()
    assert "North District" in page
    assert "South District" not in page
    assert begin(north, areas=["south"]).status_code == 200
    assert drills(desk) == []


@pytest.mark.parametrize("role", ["observer", "approver", "records", "admin"])
def test_who_is_not_on_duty_stays_outside(enter: Callable[..., Client], desk: Desk, role: str) -> None:
    client = enter(role)
    assert client.get("/drill/control").status_code == 403
    assert begin(client).status_code == 403
    assert drills(desk) == []


def test_no_page_of_exercises_shows_anything_live(trainer: Client, duty: Api, desk: Desk) -> None:
    made = duty.post("/warnings", draft()).json()
    duty.post(f"/warnings/{made['warning']}/issue", {"sha256": made["sha256"], "confirm": made["confirm"]})
    (thread,) = desk.state().threads.values()
    begin(trainer)
    for path in ("/exercise", "/exercise?area=north", "/exercise.json", "/drill/control", "/drill/control/start"):
        page = trainer.get(path).content.decode()
        assert thread.id not in page, path
        assert thread.content.headline["en"] not in page, path
        assert 'data-shown="' not in page, path


def test_without_script_the_public_page_says_what_runs(trainer: Client, clock: SetClock, desk: Desk) -> None:
    reader = Client()
    assert "No exercise is running." in reader.get("/exercise").content.decode()
    begin(trainer)
    page = reader.get("/exercise?area=north").content.decode()
    for text in (
        "EXERCISE: Schools",
        drills(desk)[0].headline["en"],
        drills(desk)[0].instruction["en"],
        "refresh",
    ):
        assert text in page, text
    assert "EXERCISE: Schools" in reader.get("/exercise?area=city").content.decode()
    assert "EXERCISE: Schools" not in reader.get("/exercise?area=south").content.decode()
    clock.move(15 * 60)
    assert "No exercise is running." in reader.get("/exercise").content.decode()
    assert json.loads(reader.get("/exercise.json").content)["drills"] == []


def test_what_runs_is_told_to_the_page_as_the_stream_tells_it(trainer: Client, desk: Desk) -> None:
    begin(trainer)
    body = json.loads(Client().get("/exercise.json").content)
    (one,) = body["drills"]
    assert set(one) == {
        "drill",
        "exercise",
        "status",
        "areas",
        "headline",
        "instruction",
        "ended",
        "expires",
    }
    assert one["expires"] == "2024-01-04T21:13:00.000Z"
    from tocsin.warn.live import frame as frame_of

    entry = list(desk.ledger.read(after=desk.state().seq - 1))[-1]
    frame = frame_of(desk.state(), entry, desk.sender)
    assert frame is not None
    assert {key: frame["data"][key] for key in one} == one


def test_every_page_links_to_the_exercises_and_theirs_back(desk: Desk) -> None:
    assert 'href="/exercise"' in Client().get("/").content.decode()
    assert 'href="/"' in Client().get("/exercise").content.decode()


def test_exercise_pages_hold_no_inline_script_or_style(trainer: Client) -> None:
    for path in ("/exercise", "/drill/control", "/drill/control/start"):
        page = trainer.get(path).content.decode()
        for script in re.findall(r"<script([^>]*)>", page):
            assert "src=" in script or 'type="application/json"' in script
        assert " style=" not in page
        assert not re.search(r"\son\w+=", page)


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    names = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return names | {one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names}


def test_the_exercise_room_and_the_live_room_know_nothing_of_each_other() -> None:
    for here, there in (("exercise", "control"), ("control", "exercise")):
        for path in (WEB / here).glob("**/*.py"):
            assert not [name for name in imported(path) if name.startswith(f"tocsin.web.{there}")], path
        for path in (WEB / "templates" / "tocsin" / here).glob("**/*.html"):
            assert f"tocsin/{there}/" not in path.read_text("utf-8"), path


def test_the_exercise_room_gives_no_command_but_those_of_exercises() -> None:
    used = set()
    for path in (WEB / "exercise").glob("*.py"):
        used |= set(re.findall(r"\bcmd\.(\w+)", path.read_text("utf-8")))
    assert used == {"StartDrill", "EndDrill"}


def test_the_room_says_that_real_work_waits_and_no_more_of_it(trainer: Client, duty: Api, desk: Desk) -> None:
    hidden = 'id="real" role="alert" hidden'
    assert hidden in trainer.get("/drill/control").content.decode()
    assert json.loads(trainer.get("/drill/control/pulse").content)["real"] is False
    duty.post("/warnings", draft())
    for path in ("/drill/control", "/drill/control/start"):
        page = trainer.get(path).content.decode()
        assert hidden not in page
        assert "Real work waits outside." in page
    begin(trainer)
    pulse = json.loads(trainer.get("/drill/control/pulse").content)
    assert pulse == {"now": "2024-01-04T20:58:00.000Z", "running": [drills(desk)[0].id], "real": True}
    assert Client().get("/drill/control/pulse").status_code == 302
