"""What may be read, by whom: lists, frozen CAP messages, the feed, the OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from doors import Api, Officer, SetClock, draft
from tocsin.app.actor import Actor, Grant
from tocsin.app.desk import Desk
from tocsin.warn.cap_read import parse
from tocsin.warn.events import SirenReported
from tocsin.warn.feed import parse_feed

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def send(duty: Api, **changes: Any) -> dict[str, Any]:
    made = duty.post("/warnings", draft(**changes)).json()
    sent = duty.post(f"/warnings/{made['warning']}/issue", {"sha256": made["sha256"], "confirm": made["confirm"]})
    assert sent.status_code == 200, sent.content
    result: dict[str, Any] = sent.json()
    return result


def test_every_reply_says_when_it_was_made(anybody: Api) -> None:
    for path in ("/areas", "/phases", "/warnings", "/ledger/head", "/health"):
        answer = anybody.get(path)
        assert answer.json()["generated_at"] == "2024-01-04T20:58:00.000Z"
        assert answer.headers["Cache-Control"] == "no-store"
    for path in ("/phases", "/warnings"):
        said = anybody.get(path).json()
        assert said["source_age_s"] == 0.0
        assert said["next_poll_s"] > 0


def test_drafts_are_for_officers_of_their_areas(
    duty: Api, anybody: Api, officer: Callable[..., Officer], sensor: Callable[..., Api]
) -> None:
    made = duty.post("/warnings", draft()).json()["warning"]
    for outsider in (anybody, sensor("radar-a"), officer("south", "duty", area="south").api):
        assert outsider.get("/warnings").json()["warnings"] == []
        assert outsider.get(f"/warnings/{made}").status_code == 404
        assert outsider.get("/warnings", status="draft").json()["warnings"] == []
    for insider in (duty, officer("watch", "observer", area="north").api):
        (seen,) = insider.get("/warnings", status="draft").json()["warnings"]
        assert seen["inside"]["needs"] == "one"
        assert seen["inside"]["author"].startswith("officer:")
        assert insider.get(f"/warnings/{made}").json()["warning"]["id"] == made


def test_a_live_warning_is_public_without_who_did_what(duty: Api, anybody: Api) -> None:
    live = send(duty)
    (seen,) = anybody.get("/warnings").json()["warnings"]
    assert seen["status"] == "live"
    assert not seen.get("inside")
    assert "officer:" not in anybody.get("/warnings").content.decode()
    assert seen["messages"][0]["cap"] == live["cap"]
    assert set(seen["headline"]) == {"en", "ru", "uk", "de"}
    for part in ("headline", "description", "instruction"):
        assert "{" not in json.dumps(seen[part], ensure_ascii=False)[1:-1]
    assert "North District" in seen["headline"]["en"]


def test_a_device_finds_its_areas_by_its_cell(anybody: Api) -> None:
    import h3

    cell = h3.latlng_to_cell(50.62, 36.57, 7)
    found = anybody.get("/areas", cell=cell.upper(), geometry="true").json()["areas"]
    assert [one["id"] for one in found] == ["city", "north"]
    assert found[1]["geometry"]["type"] == "Polygon"
    # Fifty metres outside; the cell reaches in, so the device looks at the outline.
    outside = h3.latlng_to_cell(50.5995, 36.57, 7)
    assert "north" in [one["id"] for one in anybody.get("/areas", cell=outside).json()["areas"]]
    assert anybody.get("/areas", cell=h3.latlng_to_cell(0, 0, 7)).json()["areas"] == []


def test_a_cell_that_is_none_is_refused(anybody: Api) -> None:
    for cell in ("", "nonsense", "8728308281fffff,872830828ffffff", "862830807ffffff", "872830828fffff0"):
        answer = anybody.get("/areas", cell=cell)
        assert answer.status_code == 422, cell
        assert answer.json()["error"]["code"] == "TOC-5001"


def test_phases_follow(duty: Api, anybody: Api) -> None:
    send(duty)
    phases = {one["id"]: one for one in anybody.get("/phases").json()["phases"]}
    assert {name: one["phase"] for name, one in phases.items()} == {
        "city": "partial_clear",
        "north": "alert",
        "south": "ok",
        "east": "ok",
    }
    assert phases["north"]["levels"][0]["threat"] == "drone"
    (one,) = anybody.get("/phases", area="north").json()["phases"]
    assert one["phase"] == "alert"


def test_areas_with_and_without_outlines(anybody: Api) -> None:
    plain = anybody.get("/areas").json()["areas"]
    assert [one["id"] for one in plain] == ["city", "east", "north", "south"]
    assert not plain[1].get("geometry")
    full = anybody.get("/areas", geometry="true").json()["areas"]
    assert full[1]["geometry"]["type"] == "Polygon"


def test_sirens_say_what_they_measured(duty: Api, anybody: Api, desk: Desk, clock: SetClock) -> None:
    report = SirenReported(siren_id="s01", state="sounding", tone="wail", measured_at=clock.now())
    desk.note([report], Actor(id="system:worker", grants=(Grant(role="admin"),)))
    one, two = duty.get("/sirens").json()["sirens"]
    assert (one["state"], one["measured_at"]) == ("sounding", "2024-01-04T20:58:00.000Z")
    assert (two["state"], two["measured_at"]) == ("unknown", None)
    assert anybody.get("/sirens").status_code == 401


def test_the_head_of_the_ledger(anybody: Api, desk: Desk) -> None:
    said = anybody.get("/ledger/head").json()
    assert (said["seq"], said["hash"]) == desk.ledger.head()


def test_cap_bytes_are_frozen(duty: Api, anybody: Api, clock: SetClock, desk: Desk) -> None:
    live = send(duty)
    first = anybody.client.get(live["cap"])
    assert first.headers["Content-Type"] == "application/cap+xml"
    assert "immutable" in first.headers["Cache-Control"]
    assert "Vary" not in first.headers
    alert = parse(first.content)
    assert (alert.status, alert.identifier) == ("Actual", live["identifier"])
    clock.move(60)
    over = duty.post(f"/warnings/{live['warning']}/all-clear", {"reason": "over"}).json()
    again = anybody.client.get(live["cap"])
    assert again.content == first.content
    assert again.headers["ETag"] == first.headers["ETag"]
    assert not first.headers["ETag"].startswith("W/")
    same = anybody.client.get(live["cap"], headers={"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    assert anybody.client.get(over["cap"]).status_code == 200
    assert first.content.decode() == desk.state().threads[live["warning"]].messages[0].xml


def test_drafts_and_prepared_corrections_are_never_served(duty: Api, anybody: Api, desk: Desk) -> None:
    made = duty.post("/warnings", draft()).json()
    assert anybody.client.get(f"/cap/{made['identifier']}.xml").status_code == 404
    live = send(duty, areas=["south"])
    correction = desk.state().threads[live["warning"]].correction
    assert correction is not None
    missing = anybody.client.get(f"/cap/{correction.identifier}.xml")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "TOC-6004")
    assert made["identifier"].encode() not in anybody.client.get("/feeds/alerts.atom").content


def test_the_feed_holds_what_is_in_force_and_young_cancels(duty: Api, anybody: Api, clock: SetClock) -> None:
    def links() -> list[str]:
        return [entry.url for entry in parse_feed(anybody.client.get("/feeds/alerts.atom").content)]

    assert links() == []
    one, two = send(duty), send(duty, areas=["south"])
    assert set(links()) == {f"http://localhost:8000{live['cap']}" for live in (one, two)}
    clock.move(60)
    cancel = duty.post(f"/warnings/{one['warning']}/cancel", {"reason": "a kite"}).json()
    assert set(links()) == {f"http://localhost:8000{item['cap']}" for item in (two, cancel)}
    clock.move(25 * 3600)
    assert f"http://localhost:8000{cancel['cap']}" not in links()


def test_the_feed_answers_conditionally(duty: Api, anybody: Api) -> None:
    send(duty)
    first = anybody.client.get("/feeds/alerts.atom")
    again = anybody.client.get("/feeds/alerts.atom", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_the_openapi_document_in_the_repository_is_the_one_that_is_served(anybody: Api) -> None:
    from tocsin.web.api import document

    kept = (REFERENCE / "openapi.json").read_text("utf-8")
    assert kept == document.text(), "run: python -m tocsin.web.api.document docs/reference/openapi.json"
    assert anybody.get("/openapi.json").json() == json.loads(kept)


NOTHING_TO_SAY = {"/api/v1/crews/{crew_id}/resume", "/api/v1/plan"}
"""Acts that their address says whole."""


def test_every_operation_declares_its_errors_and_who_may_call() -> None:
    schema = json.loads((REFERENCE / "openapi.json").read_text("utf-8"))
    assert set(schema["components"]["securitySchemes"]) == {"Key", "Session"}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert {"401", "404", "405", "422", "429", "500", "503"} <= set(operation["responses"]), where
            assert operation["security"], where
            assert operation["summary"], where
            for status, response in operation["responses"].items():
                assert response["description"] != "OK", where
                if status >= "4":
                    (body,) = response["content"].values()
                    assert body["schema"] == {"$ref": "#/components/schemas/ErrorDoc"}, where
            if method == "post":
                assert {"400", "403", "409", "413", "415"} <= set(operation["responses"]), where
                if path in NOTHING_TO_SAY:
                    assert "requestBody" not in operation, where
                    continue
                (content,) = operation["requestBody"]["content"].values()
                assert "example" in content or path == "/api/v1/cap", where


def test_the_reference_names_every_address() -> None:
    text = (REFERENCE / "api.md").read_text("utf-8")
    for path in json.loads((REFERENCE / "openapi.json").read_text("utf-8"))["paths"]:
        assert f"`{path.removeprefix('/api/v1')}`" in text, path


def test_a_draft_leaves_no_trace_in_the_feed(duty: Api, anybody: Api) -> None:
    before = anybody.client.get("/feeds/alerts.atom").content
    assert duty.post("/warnings", draft()).status_code == 201
    assert anybody.client.get("/feeds/alerts.atom").content == before
