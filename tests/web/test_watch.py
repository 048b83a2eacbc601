"""The pages of a demonstration: the chooser and the night. A real city has neither."""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.test import Client, override_settings

import tocsin
from tocsin.app import night as nt
from tocsin.app.desk import Desk
from tocsin.wiring.playbill import ASKED_FILE, Phone, Playbill, Proved, Taken, Told

BELGOROD = "belgorod-2024-01-05"
NIGHT = nt.read_night((Path(tocsin.__file__).parent / "nights" / f"{BELGOROD}.json").read_bytes())


def step(at: str) -> int:
    """The number of the step at a local time of the night."""
    return next(number for number, one in enumerate(NIGHT.steps) if one.at == at)


SECOND_SENSOR, ALL_CLEAR = step("2024-01-04T23:57:48"), step("2024-01-05T00:14:20")
PLACES = ("/demo", "/demo/night", "/demo/night/now")


@pytest.fixture
def bill(desk: Desk, tmp_path: Path) -> Iterator[Playbill]:
    """The playbill of the running web door."""
    with override_settings(TOCSIN_RUN=str(tmp_path)):
        yield Playbill(tmp_path)


@pytest.fixture
def reader(bill: Playbill) -> Client:
    return Client()


def tell(bill: Playbill, **changes: Any) -> None:
    first = Told(round="r1", told_at=time.time(), night=BELGOROD, stage="waiting", speed=30)
    bill.tell(msgspec.structs.replace(first, **changes))


def text(answer: Any) -> str:
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_a_real_city_has_none_of_it(reader: Client, desk: Desk, bill: Playbill) -> None:
    tell(bill)
    desk.sender = dataclasses.replace(desk.sender, demo=False)
    assert [reader.get(path).status_code for path in PLACES] == [404, 404, 404]
    assert reader.post("/demo/night/ask", {"act": "play", "round": "r1"}).status_code == 404
    assert b'href="/demo"' not in reader.get("/").content


def test_the_note_of_a_demonstration_leads_to_the_chooser(reader: Client) -> None:
    assert b'href="/demo"' in reader.get("/").content


def test_the_chooser_offers_three_places(reader: Client, bill: Playbill) -> None:
    tell(bill, begins_at=time.time() + 20)
    page = reader.get("/demo").content.decode()
    assert re.findall(r'data-door="(\w+)"', page) == ["night", "control", "street"]
    assert 'action="/demo/sign-in"' in page
    assert 'href="/?area=belgorod-center"' in page
    assert "invented" in page
    assert re.search(r"The night begins in (19|20) s\.", page)


@pytest.mark.parametrize("language", ["en", "ru", "uk", "de"])
@pytest.mark.parametrize("stage", ["waiting", "playing", "over", "absent"])
def test_the_pages_speak_each_language_at_each_stage(reader: Client, bill: Playbill, language: str, stage: str) -> None:
    if stage != "absent":
        tell(bill, stage=stage)
    for path in PLACES:
        page = reader.get(path, {"lang": language}).content.decode()
        assert "{" not in re.sub(r"<script.*?</script>|data-say=\S+", "", page, flags=re.DOTALL)


def test_the_night_says_what_the_player_tells(reader: Client, bill: Playbill) -> None:
    tell(
        bill,
        stage="playing",
        steps=(
            Taken(step=0, at="2024-01-04T20:55:00Z"),
            Taken(step=SECOND_SENSOR, at="2024-01-04T20:57:48Z", outcome="issued", entries=(42, 43, 44)),
        ),
        sounding={"s01": "wail", "s02": ""},
        phones=(Phone(area="north", phase="alert", headline={"en": "Danger: rocket fire"}),),
        rows=(Proved(name="sirens", ok=True, entries=(44, 46, 47, 48, 65)),),
    )
    said = text(reader.get("/demo/night/now"))
    assert "23:57:48 Acoustic sensors west (invented) reports: belgorod the warning goes out entries 42, 43, 44" in said
    assert "1 of 2 sounding" in said
    assert "North District: wail" in said
    assert "South District: silent" in said
    assert "Danger: rocket fire" in said
    assert f"1 of {len(NIGHT.rows)} proved" in said
    assert "Line 1 · Proved · entries 44–65" in said
    assert "Line 2 · Not yet" in said


def test_what_a_night_says_comes_in_the_reader_s_language_or_is_marked(reader: Client, bill: Playbill) -> None:
    tell(bill, night="port-almen-2024-04-06", stage="playing", steps=(Taken(step=0, at="2024-04-07T01:41:10Z"),))
    page = reader.get("/demo/night/now", {"lang": "ru"}).content.decode()
    assert 'lang="en">A neighbouring centre reports drones out at sea.' in page
    tell(bill, stage="playing", steps=(Taken(step=SECOND_SENSOR, at="2024-01-04T20:57:48Z"),))
    assert '<p class="quote">Звуки пусков.</p>' in reader.get("/demo/night/now", {"lang": "ru"}).content.decode()


def test_what_was_not_proved_is_said_when_it_is_over(reader: Client, bill: Playbill) -> None:
    tell(bill, stage="over", rows=(Proved(name="sirens", ok=False),), times_ms={"detection_to_siren": 85.1})
    page = reader.get("/demo/night/now").content.decode()
    assert page.count('data-mark="missing"') == len(NIGHT.rows)
    assert "85 ms" in page
    assert 'id="next"' in page


def test_after_the_night_the_ledger_says_what_sounds(reader: Client, bill: Playbill) -> None:
    tell(bill, stage="over", sounding={"s01": "all_clear"})  # what the player's ear heard last, long ago
    assert "0 of 2 sounding" in text(reader.get("/demo/night/now"))


def test_a_refused_step_says_so(reader: Client, bill: Playbill) -> None:
    taken = Taken(step=ALL_CLEAR, at="2024-01-04T21:14:20Z", outcome="refused", refused="TOC-1005")
    tell(bill, stage="playing", steps=(taken,))
    assert "gives the all clear refused, TOC-1005" in text(reader.get("/demo/night/now"))


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"act": "play", "round": "r1"}, 302),
        ({"act": "again", "round": "r1", "night": "port-almen-2024-04-06", "speed": "60"}, 302),
        ({"act": "pace", "round": "r1", "speed": "nan"}, 400),
        ({"act": "pace", "round": "r1", "speed": "1e9"}, 400),
        ({"act": "pace", "round": "r1", "speed": "fast"}, 400),
        ({"act": "erase", "round": "r1"}, 400),
        ({"act": "play"}, 400),
        ({"act": "play", "round": "r" * 200}, 400),
        ({"act": "play", "round": "r1", "night": "../../etc/passwd"}, 400),
    ],
)
def test_wishes_are_checked(reader: Client, bill: Playbill, tmp_path: Path, form: dict[str, str], status: int) -> None:
    tell(bill)
    answer = reader.post("/demo/night/ask", form)
    assert answer.status_code == status
    assert (tmp_path / ASKED_FILE).exists() is (status == 302)


def test_a_wish_needs_the_page_s_token_this_machine_and_a_player_of_the_same_round(
    bill: Playbill, tmp_path: Path
) -> None:
    tell(bill)
    form = {"act": "play", "round": "r1"}
    assert Client(enforce_csrf_checks=True).post("/demo/night/ask", form).status_code == 403
    assert Client(REMOTE_ADDR="192.0.2.7").post("/demo/night/ask", form).status_code == 404
    assert Client().post("/demo/night/ask", form | {"round": "r0"}).status_code == 302
    assert Client().get("/demo/night/ask").status_code == 405
    assert not (tmp_path / ASKED_FILE).exists()


def test_nothing_of_it_is_kept_by_caches(reader: Client) -> None:
    assert {reader.get(path)["Cache-Control"] for path in PLACES} == {"no-store"}
