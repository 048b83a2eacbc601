"""Shelters at the web door: what everybody sees, what officers do, and what nobody sees."""

from __future__ import annotations

import json
from typing import Any

import pytest

from doors import ADMIN, Api, SetClock
from tocsin.app.desk import Desk
from tocsin.app.memory_vault import MemoryVault
from tocsin.app.shelters import ShelterDesk
from tocsin.shelter.commands import RegisterShelters
from tocsin.shelter.events import Place, Shelter

SECRET = ("50.6123", "36.5987", "Sealed cellar")
SHELTERS = (
    Shelter(
        id="h01",
        names={"en": "School cellar", "ru": "Подвал школы"},
        area="north",
        kind="school",
        capacity=120,
        accessible=True,
        opened_by="school",
        floors_below=1,
        demo=True,
    ),
    Shelter(id="h02", names={"en": "Underpass"}, area="south", kind="underpass", demo=True),
    Shelter(id="h03", area="north", kind="basement", hidden=True, demo=True),
    Shelter(id="h04", names={"en": "Nowhere yet"}, area="north", kind="public", demo=True),
)
PLACES = {
    "h01": Place(lon=36.58, lat=50.62),
    "h02": Place(lon=36.58, lat=50.58),
    "h03": Place(lon=36.5987, lat=50.6123, names={"en": "Sealed cellar"}),
}


@pytest.fixture
def shelters(desk: Desk) -> ShelterDesk:
    from tocsin.web.desk import set_desk

    made = ShelterDesk(desk, lambda: PLACES)
    made.do(RegisterShelters(shelters=SHELTERS), ADMIN)
    set_desk(desk, made, vault=MemoryVault())
    return made


def told(api: Api, **query: Any) -> Any:
    return api.client.get("/shelters.json", query)


def test_everybody_reads_what_is_known_and_what_is_not(anybody: Api, shelters: ShelterDesk) -> None:
    answer = told(anybody, area="north", lang="ru")
    said = answer.json()
    assert said["generated_at"] == "2024-01-04T20:58:00.000Z"
    assert said["unplaced"] == 1
    first, second = said["shelters"]
    assert first == {
        "id": "h01",
        "name": "Подвал школы",
        "kind": "school",
        "capacity": 120,
        "accessible": True,
        "opened_by": "school",
        "door": None,
        "floors_below": 1,
        "lon": 36.58,
        "lat": 50.62,
        "area": "north",
        "demo": True,
    }
    # The south's underpass is told as well: the north has few, and it is the nearest around.
    assert second["id"] == "h02"
    assert [second[key] for key in ("capacity", "accessible", "opened_by", "door", "floors_below")] == [None] * 5


def test_the_list_of_a_city_holds_its_parts(anybody: Api, shelters: ShelterDesk) -> None:
    assert [one["id"] for one in told(anybody, area="city").json()["shelters"]] == ["h01", "h02"]


def test_the_list_costs_nothing_while_nothing_changes(anybody: Api, shelters: ShelterDesk, clock: SetClock) -> None:
    first = told(anybody, area="north")
    clock.move(5)
    again = anybody.client.get("/shelters.json", {"area": "north"}, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "max-age" in first["Cache-Control"]
    packed = anybody.client.get("/shelters.json", {"area": "north"}, headers={"Accept-Encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"


def test_an_area_that_does_not_exist(anybody: Api, shelters: ShelterDesk) -> None:
    for answer in (told(anybody), told(anybody, area="atlantis")):
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "TOC-6004"


def test_a_door_is_believed_for_a_time_and_then_unknown(
    anybody: Api, duty: Api, shelters: ShelterDesk, clock: SetClock
) -> None:
    said = duty.post("/shelters/h01/door", {"state": "open"})
    assert said.status_code == 201
    assert said.json()["entries"]
    door = told(anybody, area="north").json()["shelters"][0]["door"]
    assert door == {"state": "open", "at": "2024-01-04T20:58:00.000Z", "until": "2024-01-04T22:58:00.000Z"}
    clock.move(7201)
    assert told(anybody, area="north").json()["shelters"][0]["door"] is None


def test_a_sensor_at_the_door_reports_it(sensor: Any, shelters: ShelterDesk, anybody: Api) -> None:
    key = sensor("door-7", area="north")
    assert key.post("/shelters/h01/door", {"state": "closed"}).status_code == 201
    assert key.post("/shelters/h02/door", {"state": "closed"}).status_code == 403
    assert anybody.post("/shelters/h01/door", {"state": "open"}).status_code == 401
    assert key.post("/shelters/h99/door", {"state": "open"}).json()["error"]["code"] == "TOC-6004"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("door", {"state": "ajar"}),
        ("door", {"state": "open", "observed_at": "yesterday"}),
        ("door", {"state": "open", "observed_at": "2023-01-01T00:00:00Z"}),
        ("drills", {"group": "5A", "people": 20, "seconds": 60, "season": "autumn", "on": "2024-01-01"}),
        ("drills", {"group": "5A", "people": 20, "seconds": 60, "season": "winter", "on": "2024-02-31"}),
        ("drills", {"group": "5A", "people": 20, "seconds": 60, "season": "winter", "on": "2034-02-21"}),
        ("withdraw", {"reason": ""}),
    ],
)
def test_what_cannot_be_used_is_refused_by_field(
    duty: Api, shelters: ShelterDesk, path: str, body: dict[str, Any]
) -> None:
    answer = duty.post(f"/shelters/h01/{path}", body)
    if path == "withdraw":  # a duty officer may not withdraw, and the body is looked at first
        assert answer.status_code == 422
    assert answer.status_code == 422
    assert answer.json()["error"]["field"]
    assert answer.json()["error"]["remedy"]


def test_a_drill_is_recorded_and_shown_to_officers_alone(duty: Api, anybody: Api, shelters: ShelterDesk) -> None:
    body = {"group": "5A", "people": 24, "seconds": 170, "season": "winter", "on": "2024-01-03"}
    assert duty.post("/shelters/h01/drills", body).status_code == 201
    inside = duty.get("/shelters").json()["shelters"][0]["inside"]
    assert inside["drills"] == [body]
    assert "5A" not in anybody.get("/shelters").content.decode()


def test_a_hidden_shelter_is_told_to_nobody_outside_and_its_place_to_nobody(
    anybody: Api, officer: Any, shelters: ShelterDesk
) -> None:
    open_doors = [
        *(told(anybody, area=area) for area in ("city", "north", "south", "east")),
        anybody.get("/shelters"),
        anybody.get("/shelters", area="north"),
        officer("guest", "duty", area="south").api.get("/shelters"),
    ]
    for answer in open_doors:
        assert answer.status_code == 200
        text = answer.content.decode()
        assert "h03" not in text
        assert not any(word in text for word in SECRET)
    inside = officer("dispatcher", "dispatcher", area="north").api.get("/shelters").json()["shelters"]
    hidden = next(one for one in inside if one["id"] == "h03")
    assert hidden["names"] == {"en": "Sealed cellar"}
    assert hidden["inside"]["hidden"]
    assert (hidden["lon"], hidden["lat"]) == (None, None)
    ledger = json.dumps([entry.event.body for entry in shelters.desk.ledger.read()])
    assert not any(word in ledger for word in SECRET)


def test_a_hidden_shelter_cannot_be_told_from_none(officer: Any, sensor: Any, shelters: ShelterDesk) -> None:
    for stranger in (officer("south", "duty", area="south").api, sensor("south-door", area="south")):
        answers = [stranger.post(f"/shelters/{one}/door", {"state": "open"}) for one in ("h03", "h99")]
        assert {answer.status_code for answer in answers} == {404}
        first, second = (answer.json()["error"] for answer in answers)
        assert first["message"].replace("h03", "h99") == second["message"]
        assert first | {"message": ""} == second | {"message": ""}


@pytest.mark.parametrize("language", ["en", "ru", "uk", "de"])
def test_a_page_says_in_words_what_is_unknown(shelters: ShelterDesk, language: str) -> None:
    from django.template.loader import render_to_string

    from tocsin.web.shelters import of_area
    from tocsin.web.words import words

    rows = of_area("north", language)
    w = words(language)
    assert [row["id"] for row in rows] == ["h01", "h04", "h02"]
    assert [fact["known"] for fact in rows[0]["facts"]] == [False, True, True, True, True]
    assert not any(fact["known"] for fact in rows[1]["facts"])
    assert [row["around"] for row in rows] == ["", "", w["shl_around"].format(n=2200)]
    html = render_to_string("tocsin/shelters.html", {"shelters": rows, "w": w})
    assert html.count(w["shl_door_unknown"]) == 3
    assert w["shl_capacity_unknown"] in html
    assert "Sealed" not in html
    assert w["shl_none"] in render_to_string("tocsin/shelters.html", {"shelters": [], "w": w})
