"""The record over HTTP: everybody reads, its keepers write, and a withdrawn page says only why."""

from __future__ import annotations

from collections.abc import Callable

from doors import Api, Officer, SetClock
from tocsin.app.desk import Desk

PAGE = "/record/pages/2024-01-05"


def test_everybody_reads_and_only_keepers_write(desk: Desk, anybody: Api, officer: Callable[..., Officer]) -> None:
    records, duty = officer("rita", "records").api, officer("anna", "duty").api
    body = {"title": {"en": "A night"}, "tags": ["drones"]}
    assert anybody.post(f"{PAGE}/revise", body).status_code == 401
    assert duty.post(f"{PAGE}/revise", body).status_code == 403
    done = records.post(f"{PAGE}/revise", body)
    assert done.status_code == 201, done.content
    assert len(done.json()["entries"]) == 1
    assert records.post(f"{PAGE}/revise", body | {"reason": "same", "revision": 0}).status_code == 409
    rows = anybody.get("/record/pages").json()["days"]
    assert [(row["day"], row["title"], row["tags"]) for row in rows] == [("2024-01-05", {"en": "A night"}, ["drones"])]


def test_a_withdrawn_page_says_only_why(desk: Desk, anybody: Api, officer: Callable[..., Officer]) -> None:
    records = officer("rita", "records").api
    assert records.post(f"{PAGE}/withdraw", {"reason": "under review"}).status_code == 201
    said = anybody.get(PAGE).json()
    assert (said["withdrawn"], said["night"], said["bulletin"]) == ("under review", {}, [])
    assert records.post(f"{PAGE}/restore", {"reason": "reviewed"}).status_code == 201
    assert anybody.get(PAGE).json()["withdrawn"] == ""


def test_a_bulletin_needs_something_on_record(desk: Desk, officer: Callable[..., Officer]) -> None:
    answer = officer("rita", "records").api.post(f"{PAGE}/bulletin", {})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "TOC-12002")


def test_streaks_hours_and_places_of_the_city(desk: Desk, anybody: Api, clock: SetClock) -> None:
    said = anybody.get("/record/streaks").json()["streaks"]
    assert [one["counter"] for one in said["counters"]] == ["warnings", "impacts", "casualties"]
    assert anybody.get("/record/streaks?where=nowhere").status_code == 404
    assert anybody.get("/record/hours?first=2024-01-05&last=2024-01-01").status_code == 422
    assert anybody.get("/record/hours?first=yesterday").status_code == 404
    rows = anybody.get("/record/hours?first=2024-01-01&last=2024-01-05").json()["days"]
    assert [row["day"] for row in rows] == [f"2024-01-0{n}" for n in range(1, 6)]
    assert anybody.get("/record/places").json()["places"][0]["kind"] == "city"
    assert anybody.get("/record/pages/2024-99-99").status_code == 404


def test_a_gap_and_a_correction_are_recorded_once(desk: Desk, anybody: Api, officer: Callable[..., Officer]) -> None:
    records = officer("rita", "records").api
    gap = {"area": "north", "start": "2024-01-01T00:00:00Z", "coverage": "no_coverage", "reason": "sensors down"}
    assert len(records.post("/record/coverage", gap).json()["entries"]) == 1
    assert records.post("/record/coverage", gap).json()["entries"] == []
    text = {"en": "x"}
    body = {"id": "c1", "before": text, "after": text, "reason": text}
    assert len(records.post(f"{PAGE}/corrections", body).json()["entries"]) == 1
    assert records.post(f"{PAGE}/corrections", body).json()["entries"] == []
    assert records.post(f"{PAGE}/corrections", body | {"after": {"en": "y"}}).status_code == 409
