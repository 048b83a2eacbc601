"""The dispatcher's screen and the crew's page without script: who sees what, and every act is a form."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from control_kit import Screen, detected, enter
from doors import Api
from pictures_kit import picture
from repair_kit import SECRET, street
from tocsin.app.actor import Actor, Grant
from tocsin.app.desk import Desk
from tocsin.core.errors import Denied
from tocsin.repair import commands as cmd
from tocsin.repair.events import Opening
from tocsin.web.desk import repairs, reports

ROOM = "/control/repair"
DISPATCHER = Actor(id="officer:d1", grants=(Grant(role="dispatcher"),))


@pytest.fixture
def room(officer: Callable[..., Any], desk: Desk) -> Screen:
    """A dispatcher at the screen, with two flats and a crew."""
    street(officer("planner", "dispatcher").api)
    return enter(officer, desk, "dispatcher", "dispatcher")


@pytest.fixture
def phone(officer: Callable[..., Any], desk: Desk, room: Screen) -> Screen:
    """A crew signed in at its phone."""
    return enter(officer, desk, "crew", "crew")


def need(name: str = "need-1") -> Any:
    return repairs().state().needs[name]


def press(phone: Screen, **given: Any) -> Any:
    return phone.client.post("/crew/act", {"client_id": "tap-1", **given})


def test_a_dispatcher_sees_the_queue_with_addresses_and_reasons(room: Screen) -> None:
    page = room.get(ROOM)
    assert page.count(SECRET) >= 2
    assert "P1 at once" in page
    assert "K·h/h" in page
    assert "an hour of waiting costs" in page
    assert "−12.5 °C, wind 4 m/s" in page
    assert "8 min 00 s ago" in page
    assert "Glaziers" in page


def test_others_in_the_control_room_see_no_address_and_no_form(
    officer: Callable[..., Any], desk: Desk, room: Screen
) -> None:
    page = enter(officer, desk, "observer", "observer").get(ROOM)
    assert SECRET not in page
    assert "North District" in page
    assert "/pin" not in page


def test_a_crew_has_no_place_in_the_control_room(phone: Screen) -> None:
    assert phone.client.get(ROOM).status_code == 403
    assert phone.client.get(f"{ROOM}/board").status_code == 401


def test_exact_places_are_for_dispatchers(officer: Callable[..., Any], desk: Desk, room: Screen) -> None:
    found = room.client.get(f"{ROOM}/needs.json").json()["features"]
    assert {tuple(one["geometry"]["coordinates"]) for one in found} == {(36.5987, 50.6123)}
    assert enter(officer, desk, "observer", "observer").client.get(f"{ROOM}/needs.json").json()["features"] == []


def test_the_board_is_the_same_until_something_changes(room: Screen) -> None:
    first = room.client.get(f"{ROOM}/board")
    assert set(first.json()["parts"]) == {"strip", "queue", "crews"}
    assert room.client.get(f"{ROOM}/board", headers={"If-None-Match": first["ETag"]}).status_code == 304
    room.client.post(f"{ROOM}/weather", {"celsius": "−15,5", "wind": ""})
    again = room.client.get(f"{ROOM}/board", headers={"If-None-Match": first["ETag"]})
    assert "−15.5 °C, wind not known" in again.json()["parts"]["strip"]


def test_a_pin_by_the_form(room: Screen) -> None:
    answer = room.client.post(f"{ROOM}/needs/need-1/pin", {"crew": "crew-1", "place": "1", "reason": "an infant"})
    assert (answer.status_code, answer["Location"]) == (302, f"{ROOM}#need-need-1")
    assert (need().pin.crew, need().pin.position) == ("crew-1", 0)
    assert "pinned" in room.get(ROOM)


def test_a_refusal_stands_on_the_screen(room: Screen) -> None:
    answer = room.client.post(f"{ROOM}/weather", {"celsius": "cold"})
    assert answer.status_code == 422
    assert "TOC-11004" in answer.content.decode()


def test_closing_and_reopening_by_the_dispatcher(room: Screen) -> None:
    room.client.post(f"{ROOM}/needs/need-1/close", {"state": "temporarily_closed", "cover": "plywood"})
    assert (need().state, need().opening.cover) == ("temporarily_closed", "plywood")
    form = {"need": "need-1", "reason": "it came off", "by_resident": "on"}
    room.client.post(f"{ROOM}/reopen", form)
    assert need().open
    assert need().reopened == 1


def test_a_crew_is_stopped_and_goes_on(room: Screen) -> None:
    room.client.post(f"{ROOM}/crews/crew-1/stop", {"reason": "the van broke down"})
    assert "Stopped: the van broke down" in room.get(ROOM)
    room.client.post(f"{ROOM}/replan")
    assert "No crew has the room, skill or hours for:" in room.get(ROOM)
    room.client.post(f"{ROOM}/crews/crew-1/resume")
    assert repairs().state().crews["crew-1"].stopped == ""


def test_an_alarm_stands_above_everything(room: Screen, sensor: Callable[..., Api], duty: Api, desk: Desk) -> None:
    assert "clocks stopped" not in room.get(ROOM)
    thread = detected(desk, sensor)
    duty.post(f"/warnings/{thread.id}/issue", {"sha256": thread.message.sha256, "confirm": "North District"})
    assert "crews in shelter, clocks stopped" in room.get(ROOM)


def test_a_crew_sees_its_next_flat_and_what_it_needs_there(phone: Screen) -> None:
    page = phone.get("/crew")
    assert SECRET in page
    assert "flat 12" in page
    assert "over 65: 1" in page
    assert re.search(r"film [\d.]+ m²", page)
    assert "contact" not in page


def test_without_a_role_there_is_no_crew_page(officer: Callable[..., Any], desk: Desk, room: Screen) -> None:
    assert enter(officer, desk, "observer", "observer").client.get("/crew").status_code == 403
    assert Client().get("/crew").status_code == 302
    assert Client().post("/crew/act", headers={"Tocsin-Crew": "1"}).status_code == 401


def test_two_crews_ask_which_one_this_phone_is_with(phone: Screen, officer: Callable[..., Any]) -> None:
    from repair_kit import a_crew

    officer("second", "dispatcher").api.post("/crews", a_crew("crew-2", names={"en": "Carpenters"}))
    assert "Which crew are you?" in phone.get("/crew")
    assert SECRET not in phone.get("/crew")
    phone.client.post("/crew/choose", {"crew": "crew-1"})
    assert SECRET in phone.get("/crew")
    phone.client.post("/crew/choose", {"crew": "nobody"})
    assert "Which crew are you?" in phone.get("/crew")


def test_on_the_way_and_closed_with_a_photo(phone: Screen) -> None:
    assert press(phone, need="need-1", act="on_the_way").status_code == 302
    assert need().state == "on_the_way"
    photo = SimpleUploadedFile("a.jpg", picture(), "image/jpeg")
    press(phone, need="need-1", act="closed", cover="film2", used="6,5", photo=photo, client_id="tap-2")
    assert (need().state, need().materials) == ("temporarily_closed", {"film": 6.5})
    (taken,) = need().evidence
    assert reports().state().evidence[taken].released is False


def test_a_word_that_is_sent_again_is_taken_once(phone: Screen) -> None:
    before = repairs().state().seq
    given = {"need": "need-1", "act": "closed", "cover": "plywood"}
    for _ in range(3):
        assert phone.client.post("/crew/act", {"client_id": "x", **given}, headers={"Tocsin-Crew": "1"}).json() == {
            "done": True
        }
    assert repairs().state().seq == before + 2  # they went there, and closed it


def test_could_not_is_told_with_its_reason(phone: Screen) -> None:
    press(phone, need="need-1", act="could_not", why="danger", reason="loose masonry")
    assert need().state == "refused"
    assert need().history[-1].note == "too dangerous: loose masonry"


def test_what_is_no_longer_the_crews_is_refused_in_words(phone: Screen, room: Screen) -> None:
    room.client.post(f"{ROOM}/needs/need-1/close", {"state": "no_longer_needed", "reason": "the owner did it"})
    said = phone.client.post(
        "/crew/act", {"client_id": "y", "need": "need-9", "act": "on_the_way"}, headers={"Tocsin-Crew": "1"}
    )
    assert (said.status_code, said.json()["refused"]["code"]) == (409, "TOC-11002")


def test_a_phone_speaks_only_for_the_crew_that_names_it(phone: Screen, officer: Callable[..., Any], desk: Desk) -> None:
    from repair_kit import a_crew

    send = officer("second", "dispatcher").api.post
    answer = send("/crews", a_crew("crew-1", members=["phone-7"]))
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == "crew.members"
    other = enter(officer, desk, "phone-7", "crew")
    assert send("/crews", a_crew("crew-1", members=["phone-7"])).json()["crew"]["members"] == [other.actor]
    assert SECRET not in phone.get("/crew")
    assert SECRET in other.get("/crew")
    assert press(phone, need="need-1", act="on_the_way").status_code == 409
    mine = Actor(id=phone.actor, grants=(Grant(role="crew"),))
    for act in (
        cmd.MoveNeed(need_id="need-1", crew="crew-1", state="on_the_way"),
        cmd.StopCrew(crew_id="crew-1", reason="x"),
    ):
        with pytest.raises(Denied):
            repairs().do(act, mine)
    assert need().state == "planned"
    assert press(other, need="need-1", act="on_the_way").status_code == 302
    assert send("/crews", a_crew("crew-1")).json()["crew"]["members"] == [other.actor]


@pytest.mark.parametrize(("minutes", "kept"), [(-30, True), (0, True), (90, False), (-60 * 24, False)])
def test_a_late_word_keeps_the_phones_time_where_it_can_be(phone: Screen, desk: Desk, minutes: int, kept: bool) -> None:
    pressed = desk.clock.now() + timedelta(minutes=minutes)
    press(phone, need="need-1", act="on_the_way", at=str(int(pressed.timestamp() * 1000)))
    step = need().history[-1]
    assert (step.state, step.at) == ("on_the_way", desk.clock.now())
    assert step.said_at == (pressed if kept else None)


def test_a_broken_van_by_the_crew(phone: Screen) -> None:
    press(phone, act="stop", reason="no petrol")
    assert "You said that you cannot go on: no petrol" in phone.get("/crew")
    press(phone, act="resume")
    assert repairs().state().crews["crew-1"].stopped == ""


def test_a_resident_says_with_the_reports_number_that_it_is_open_again(room: Screen) -> None:
    from tocsin.web.public import again

    again.limits.cache_clear()
    repairs().do(
        cmd.OpenNeed(need_id="n-1", area="north", opening=Opening(windows=1), report="01HK000000000000000000ABC9"),
        DISPATCHER,
    )
    visitor = Client()
    assert "is in the queue already" in visitor.post("/report/again", {"code": "00abc9"}).content.decode()
    for move in (
        cmd.MoveNeed(need_id="n-1", state="on_the_way"),
        cmd.MoveNeed(need_id="n-1", state="temporarily_closed", cover="film1"),
    ):
        repairs().do(move, DISPATCHER)
    assert visitor.post("/report/again", {"code": "00ABC8"}).status_code == 404
    assert not need("n-1").open
    assert "in the queue again" in visitor.post("/report/again", {"code": " 00abc9 ", "why": "off"}).content.decode()
    assert (need("n-1").open, need("n-1").history[-1].note) == (True, "It came off")
    statuses = [visitor.post("/report/again", {"code": "AAAAAA"}).status_code for _ in range(4)]
    assert statuses[-1] == 429


def test_how_long_is_said_in_minutes_while_it_is_short() -> None:
    from tocsin.web.repairs.say import cold
    from tocsin.web.words import words

    w = words("en")
    assert cold(w, [0.2, 0.2], known=True) == "Down to 10 °C in 12\u00a0min"
    assert cold(w, [0.5, 1.17], known=True) == "Down to 10 °C in 30–70\u00a0min"
    assert cold(w, [2.6, 6.0], known=True) == "Down to 10 °C in 2.6–6\u00a0h"
    assert cold(w, [23.0, None], known=True) == "Down to 10 °C in 23\u00a0h, or not within three days"
    assert cold(w, [0.0, 0.1], known=True) == "Colder than 10 °C already"
    assert cold(w, [None, None], known=True) == "Not down to 10 °C within three days"
    assert cold(w, [None, None], known=False) == "Hours to the cold not known"
