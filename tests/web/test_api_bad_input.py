"""What is wrong with a request is said by code, field, remedy and link; and nothing is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from doors import Api, detection, draft
from tocsin.app.desk import Desk

JSON = "application/json"


def without(body: dict[str, Any], key: str) -> dict[str, Any]:
    return {k: v for k, v in body.items() if k != key}


BAD: list[tuple[str, Any, int, str, str]] = [
    ("/detections", without(detection(), "areas"), 422, "TOC-6003", "areas"),
    ("/detections", detection(areas=[]), 422, "TOC-6003", "areas"),
    ("/detections", detection(areas=["north", "No Such"]), 422, "TOC-6003", "areas[1]"),
    ("/detections", detection(areas=["north", "west"]), 422, "TOC-1003", "areas[1]"),
    ("/detections", detection(areas="north"), 422, "TOC-6003", "areas"),
    ("/detections", detection(observed_at="yesterday"), 422, "TOC-6003", "observed_at"),
    ("/detections", detection(observed_at="2024-01-04T20:58:00"), 422, "TOC-6003", "observed_at"),
    ("/detections", detection(observed_at=1704401880), 422, "TOC-6003", "observed_at"),
    ("/detections", detection(threat="dragon"), 422, "TOC-1012", "threat"),
    ("/detections", detection(lat=50.6), 422, "TOC-6003", "lat"),
    ("/detections", detection(id="a b"), 422, "TOC-6003", "id"),
    ("/detections", detection(note="x" * 1001), 422, "TOC-6003", "note"),
    ("/detections", [detection()], 400, "TOC-6003", "body"),
    ("/detections", "text", 400, "TOC-6003", "body"),
    ("/warnings", draft(level="panic"), 422, "TOC-6003", "level"),
    ("/warnings", draft(reason=""), 422, "TOC-6003", "reason"),
    ("/warnings", draft(duration_s="600"), 422, "TOC-6003", "duration_s"),
    ("/warnings", draft(duration_s=5), 422, "TOC-6003", "duration_s"),
    ("/warnings", draft(headline={"en": "<b>Run</b>"}), 422, "TOC-1004", "headline.en"),
    ("/warnings", draft(headline={"English": "Run"}), 422, "TOC-6003", "headline.English"),
    ("/warnings", draft(headlines={"en": "Run"}), 422, "TOC-6003", "headlines"),
    ("/warnings", {}, 422, "TOC-6003", "threat"),
    ("/warnings/none/issue", {"sha256": "0" * 64, "confirm": "x"}, 404, "TOC-6004", "warning"),
    ("/warnings/none/approve", {"sha256": "zz"}, 422, "TOC-6003", "sha256"),
    ("/drills", {"exercise": "x", "areas": ["north"], "status": "Actual"}, 422, "TOC-6003", "status"),
]


@pytest.fixture
def caller(officer: Callable[..., Any], sensor: Callable[..., Api]) -> Callable[[str], Api]:
    one = officer("one", "duty", "approver").api
    radar = sensor("radar-a")
    return lambda path: radar if path == "/detections" else one


@pytest.mark.parametrize("case", BAD, ids=lambda case: f"{case[0]} {case[4]}")
def test_bad_bodies(caller: Callable[[str], Api], desk: Desk, case: tuple[str, Any, int, str, str]) -> None:
    path, body, status, code, field = case
    before = desk.ledger.head()
    answer = caller(path).post(path, body)
    assert answer.status_code == status, answer.content
    error = answer.json()["error"]
    assert set(answer.json()) == {"error"}
    assert set(error) == {"code", "message", "field", "remedy", "docs"}
    assert (error["code"], error["field"]) == (code, field)
    assert error["message"].endswith(".")
    assert error["remedy"]
    anchor = error["docs"].partition("#")[2]
    assert f'id="{anchor}"' in caller(path).client.get("/docs/errors").content.decode()
    assert desk.ledger.head() == before


RAW = [
    (b"{", JSON, 400, "body"),
    (b"", JSON, 422, "body"),
    (b"\xff\xfe", JSON, 400, "body"),
    (b'{"threat": NaN}', JSON, 400, "body"),
    (json.dumps(draft()).encode(), "text/plain", 415, "Content-Type"),
    (b"threat=drone", "application/x-www-form-urlencoded", 415, "Content-Type"),
    (b"{" + b" " * 70_000 + b"}", JSON, 413, "Content-Length"),
]


@pytest.mark.parametrize("case", RAW, ids=lambda case: f"{case[0][:10]!r} {case[1]}")
def test_bodies_that_cannot_be_read(duty: Api, desk: Desk, case: tuple[bytes, str, int, str]) -> None:
    raw, type_, status, field = case
    before = desk.ledger.head()
    answer = duty.post("/warnings", raw=raw, type_=type_)
    assert answer.status_code == status, answer.content
    error = answer.json()["error"]
    assert (error["code"], error["field"]) == ("TOC-6003", field)
    assert desk.ledger.head() == before


def test_what_was_sent_is_not_sent_back(duty: Api) -> None:
    answer = duty.post("/warnings", draft(reason=["a private word"]))
    assert b"private" not in answer.content


def test_addresses_and_methods_that_are_not_there(duty: Api) -> None:
    missing = duty.get("/nothing")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "TOC-6004")
    wrong = duty.client.delete("/api/v1/warnings")
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (405, "TOC-6006")
    assert "GET" in wrong.headers["Allow"]
    page = duty.client.post("/cap/x.xml")
    assert (page.status_code, page.json()["error"]["code"]) == (405, "TOC-6006")


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "status=odd"])
def test_bad_queries(anybody: Api, query: str) -> None:
    answer = anybody.client.get(f"/api/v1/warnings?{query}")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["field"]) == (422, "TOC-6003", query.partition("=")[0])


def test_an_unknown_area_or_warning(anybody: Api) -> None:
    for path in ("/phases?area=nowhere", "/warnings/none"):
        answer = anybody.client.get(f"/api/v1{path}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "TOC-6004")


def test_a_foreign_host_is_refused(anybody: Api) -> None:
    answer = anybody.client.get("/api/v1/phases", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "TOC-6003"


def test_without_a_desk_it_says_so(anybody: Api) -> None:
    from tocsin.web.desk import set_desk

    set_desk(None)
    answer = anybody.get("/phases")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "TOC-8002")
    assert anybody.client.get("/healthz").status_code == 503
