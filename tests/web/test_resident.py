"""The resident's page on the server: what it holds while a warning is in force, its words and its lists."""

from __future__ import annotations

import gzip
import json
from typing import Any

from django.test import Client

from docs.kit import ROOT
from doors import Api, draft
from tocsin.app.desk import Desk
from tocsin.web.public import places
from tocsin.web.public.data import agreed, agreed_url

FIRST_FLIGHT = 14 * 1024


def _issue(duty: Api) -> None:
    made = duty.post("/warnings", draft(threat="drone")).json()
    duty.post(f"/warnings/{made['warning']}/issue", {"sha256": made["sha256"], "confirm": made["confirm"]})


def test_also_with_a_warning_it_fits_into_the_first_flight(duty: Api) -> None:
    _issue(duty)
    for language in ("en", "ru", "uk", "de"):
        page = Client().get("/", {"area": "north"}, headers={"Accept-Language": language}).content
        assert b'data-shown="alert"' in page
        assert len(gzip.compress(page, 6)) <= FIRST_FLIGHT


def test_the_card_says_what_to_do_and_until_when_only_once(duty: Api) -> None:
    _issue(duty)
    page = Client().get("/?area=north").content.decode()
    visible = page.split('<script id="data"')[0]
    assert visible.count("In force until") == 1
    assert '<ul id="steps" class="steps"><li>' in visible
    assert "Source: Sample City · Sent " in visible


def test_a_search_without_script(desk: Desk) -> None:
    many = Client().get("/", {"q": "район"}).content.decode()
    assert many.count('href="/?area=') == 3
    one = Client().get("/", {"q": "южный"}).content.decode()
    assert '<h1 id="place" tabindex="-1">South District</h1>' in one
    assert "No area has that name." in Client().get("/", {"q": "nowhere"}).content.decode()


def test_names_are_found_as_the_page_finds_them() -> None:
    golden: dict[str, Any] = json.loads((ROOT / "tests" / "golden" / "search.json").read_text("utf-8"))
    for text, folded in golden["loose"]:
        assert places.loose(text) == folded


def test_places_are_sent_once(desk: Desk) -> None:
    first = Client().get("/places.json", headers={"Accept-Language": "ru"})
    told = first.json()
    assert {one["id"] for one in told["places"]} == {"city", "north", "south", "east"}
    assert "North District" in next(one for one in told["places"] if one["id"] == "north")["find"]
    again = Client().get("/places.json", headers={"Accept-Language": "ru", "If-None-Match": first["ETag"]})
    assert again.status_code == 304


def test_the_words_beside_the_page_are_kept_by_their_hash(desk: Desk) -> None:
    for language in ("en", "ru", "uk", "de"):
        answer = Client().get(agreed_url(language))
        assert "immutable" in answer["Cache-Control"]
        assert answer.content == agreed(language)
        assert not answer.cookies
    assert Client().get("/resident.json?in=ru&v=old")["Cache-Control"] == "no-cache"
    steps = json.loads(agreed("uk"))["steps"]
    for acts in steps["of"].values():
        assert all(key in steps["texts"] for keys in acts.values() for key in keys)


def test_the_page_of_a_drill_is_the_page_of_a_calm_day(duty: Api) -> None:
    made = duty.post("/drills", {"exercise": "Spring", "areas": ["north"], "duration_s": 600})
    assert made.status_code < 300, made.content
    page = Client().get("/?area=north").content.decode()
    assert 'data-shown="ok"' in page
    assert "Spring" not in page
