"""Acts through the API: who may, what comes back, and that the rules hold at this door too."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from doors import Api, Officer, SetClock, detection, draft
from tocsin.app.desk import Desk
from tocsin.core import points
from tocsin.store import accounts


def ok(response: Any, status: int = 200) -> Any:
    assert response.status_code == status, response.content
    return response.json()


def refused(response: Any, status: int, code: str) -> dict[str, str]:
    assert response.status_code == status, response.content
    error: dict[str, str] = response.json()["error"]
    assert error["code"] == code
    assert error["remedy"]
    assert error["docs"] == f"http://localhost:8000/docs/errors#{code.lower()}"
    return error


def issued(duty: Api, **changes: Any) -> dict[str, Any]:
    made = ok(duty.post("/warnings", draft(**changes)), 201)
    sent = {"sha256": made["sha256"], "confirm": made["confirm"]}
    result: dict[str, Any] = ok(duty.post(f"/warnings/{made['warning']}/issue", sent))
    return result


def test_a_draft_says_what_is_needed_to_send_it(duty: Api) -> None:
    made = ok(duty.post("/warnings", draft()), 201)
    assert made["status"] == "draft"
    assert made["needs"] == "one"
    assert made["reach"] == {"people": 20_000, "areas": 1, "sirens": 1}
    assert made["confirm"] == "North District"
    assert len(made["sha256"]) == 64
    assert made["entries"] == [7]
    assert made["cap"] is None
    assert made["generated_at"] == "2024-01-04T20:58:00.000Z"


def test_an_issued_warning_is_live_and_its_cap_is_served(duty: Api) -> None:
    live = issued(duty)
    assert live["status"] == "live"
    assert live["cap"] == f"/cap/{live['identifier']}.xml"
    assert duty.client.get(live["cap"]).status_code == 200


def test_the_wrong_area_name_sends_nothing(duty: Api, desk: Desk) -> None:
    made = ok(duty.post("/warnings", draft()), 201)
    answer = duty.post(f"/warnings/{made['warning']}/issue", {"sha256": made["sha256"], "confirm": "South District"})
    refused(answer, 409, "TOC-1009")
    assert desk.state().live == frozenset()


def test_an_author_cannot_approve_with_another_key(officer: Callable[..., Officer], approver: Api) -> None:
    both = officer("both", "duty", "approver")
    second_key = Api(accounts.new_api_key("tablet", "officer", officer=both.actor).secret)
    made = ok(both.api.post("/warnings", draft(threat="missile")), 201)
    assert made["needs"] == "two"
    assert made["needs_because"]
    path, body = f"/warnings/{made['warning']}", {"sha256": made["sha256"]}
    refused(both.api.post(f"{path}/approve", body), 409, "TOC-1006")
    refused(second_key.post(f"{path}/approve", body), 409, "TOC-1006")
    refused(both.api.post(f"{path}/issue", body | {"confirm": made["confirm"]}), 409, "TOC-1006")
    ok(approver.post(f"{path}/approve", body))
    assert ok(both.api.post(f"{path}/issue", body | {"confirm": made["confirm"]}))["status"] == "live"


def test_an_approval_is_for_these_bytes_only(duty: Api, approver: Api) -> None:
    made = ok(duty.post("/warnings", draft(threat="missile")), 201)
    path = f"/warnings/{made['warning']}"
    refused(approver.post(f"{path}/approve", {"sha256": "0" * 64}), 409, "TOC-1007")
    ok(approver.post(f"{path}/approve", {"sha256": made["sha256"]}))
    changed = ok(duty.post(f"{path}/edit", {"reason": "three of them"}))
    assert changed["status"] == "draft"


def test_break_glass_lets_one_officer_send_alone(duty: Api) -> None:
    made = ok(duty.post("/warnings", draft(threat="missile")), 201)
    opened = ok(duty.post(f"/warnings/{made['warning']}/break-glass", {"reason": "incoming"}))
    assert opened["until"] == "2024-01-04T21:03:00.000Z"
    sent = {"sha256": made["sha256"], "confirm": made["confirm"]}
    assert ok(duty.post(f"/warnings/{made['warning']}/issue", sent))["status"] == "live"


def test_a_live_warning_is_updated_partly_cleared_and_ended(duty: Api, clock: SetClock) -> None:
    ok(duty.post("/warnings/break-glass", {"reason": "alone on watch"}))
    live = issued(duty, areas=["north", "south"], threat="artillery")
    path = f"/warnings/{live['warning']}"
    clock.move(30)
    longer = ok(duty.post(f"{path}/update", {"reason": "goes on", "duration_s": 7200}))
    assert longer["identifier"] != live["identifier"]
    clock.move(30)
    ok(duty.post(f"{path}/partial-clear", {"areas": ["south"], "reason": "south is quiet"}))
    clock.move(30)
    assert ok(duty.post(f"{path}/all-clear", {"reason": "over"}))["status"] == "ended"
    refused(duty.post(f"{path}/all-clear", {"reason": "over"}), 409, "TOC-1005")


def test_more_areas_become_a_draft_that_supersedes(duty: Api) -> None:
    live = issued(duty)
    made = ok(duty.post(f"/warnings/{live['warning']}/update", {"areas": ["north", "east"], "reason": "spreads"}))
    assert made["status"] == "draft"
    assert made["warning"] != live["warning"]
    assert made["sha256"]


def test_a_cancel_and_a_discard(duty: Api) -> None:
    live = issued(duty)
    assert ok(duty.post(f"/warnings/{live['warning']}/cancel", {"reason": "a kite"}))["status"] == "ended"
    made = ok(duty.post("/warnings", draft(areas=["south"])), 201)
    assert ok(duty.post(f"/warnings/{made['warning']}/discard", {"reason": "a kite"}))["status"] == "discarded"


def test_a_role_reaches_its_areas_only(officer: Callable[..., Officer], duty: Api, desk: Desk) -> None:
    north = officer("north", "duty", area="north").api
    ok(north.post("/warnings", draft()), 201)
    before = desk.ledger.head()
    refused(north.post("/warnings", draft(areas=["south"])), 403, "TOC-6002")
    refused(north.post("/warnings", draft(areas=["north", "south"])), 403, "TOC-6002")
    refused(north.post("/warnings", draft(areas=["city"])), 403, "TOC-6002")
    other = ok(duty.post("/warnings", draft(areas=["east"])), 201)
    refused(north.post(f"/warnings/{other['warning']}/discard", {"reason": "no"}), 403, "TOC-6002")
    assert desk.ledger.head()[0] == before[0] + 1


def test_an_approver_may_not_draft_and_an_observer_may_nothing(officer: Callable[..., Officer], approver: Api) -> None:
    refused(approver.post("/warnings", draft()), 403, "TOC-6002")
    refused(officer("watcher", "observer").api.post("/warnings", draft()), 403, "TOC-6002")


def test_nobody_without_a_key(anybody: Api, desk: Desk) -> None:
    before = desk.ledger.head()
    for path in ("/warnings", "/detections", "/drills", "/cap", "/warnings/x/issue"):
        error = refused(anybody.post(path, {}), 401, "TOC-6001")
        assert error["field"] == "Authorization"
    answer = anybody.post("/warnings", {})
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert desk.ledger.head() == before


@pytest.mark.parametrize("secret", ["x", "tocsin_", "tocsin_0000000000_" + "a" * 43, "tocsin__", "Токен"])
def test_a_wrong_key_is_refused_even_where_anybody_may_read(anybody: Api, secret: str) -> None:
    header = f"Bearer {secret}".encode().decode("latin-1")
    answer = anybody.client.get("/api/v1/phases", headers={"Authorization": header})
    refused(answer, 401, "TOC-6001")


def test_another_scheme_is_refused(anybody: Api) -> None:
    answer = anybody.client.get("/api/v1/phases", headers={"Authorization": "Basic eDp5"})
    refused(answer, 401, "TOC-6001")


def test_a_revoked_key_and_a_shut_out_officer(officer: Callable[..., Officer]) -> None:
    one = officer("one", "duty")
    prefix = one.api.secret.split("_")[1]
    accounts.revoke(prefix)
    refused(one.api.post("/warnings", draft()), 401, "TOC-6001")
    two = officer("two", "duty")
    accounts.set_active(two.actor, active=False)
    refused(two.api.post("/warnings", draft()), 401, "TOC-6001")


def test_a_session_acts_with_its_csrf_token_only(officer: Callable[..., Officer], desk: Desk) -> None:
    officer("screen", "duty")
    client = Client(enforce_csrf_checks=True)
    client.get("/accounts/login/")
    token = client.cookies["csrftoken"].value
    form = {"login": "screen", "password": "correct horse battery", "csrfmiddlewaretoken": token}
    assert client.post("/accounts/login/", form).status_code == 302
    assert client.get("/api/v1/sirens").status_code == 200
    error = refused(client.post("/api/v1/warnings", draft(), content_type="application/json"), 403, "TOC-6001")
    assert error["field"] == "X-CSRFToken"
    token = client.cookies["csrftoken"].value
    sent = client.post("/api/v1/warnings", draft(), content_type="application/json", headers={"X-CSRFToken": token})
    assert ok(sent, 201)["status"] == "draft"
    author = next(iter(desk.state().threads.values())).author
    assert author == accounts.officers()[0].actor


def test_detections_draft_confirm_and_issue(sensor: Callable[..., Api], desk: Desk) -> None:
    north, south = sensor("radar-a"), sensor("radar-b")
    first = ok(north.post("/detections", detection()), 201)
    assert first["outcome"] == "drafted"
    again = ok(north.post("/detections", detection()), 201)
    assert (again["outcome"], again["entries"], again["warning"]) == ("repeated", [], None)
    both = ok(south.post("/detections", detection("radar-b")), 201)
    assert both["outcome"] == "issued"
    assert both["warning"] == first["warning"]
    assert desk.state().live == {first["warning"]}
    more = ok(north.post("/detections", detection(id="d-2")), 201)
    assert more["outcome"] == "confirmed"


def test_a_key_speaks_for_its_own_source_only(sensor: Callable[..., Api], duty: Api, desk: Desk) -> None:
    radar = sensor("radar-a")
    before = desk.ledger.head()
    for other in ("radar-b", "radar-a2", "radar", "officer"):
        assert refused(radar.post("/detections", detection(other)), 403, "TOC-6002")["field"] == "source"
    refused(duty.post("/detections", detection("radar-a")), 403, "TOC-6002")
    assert desk.ledger.head() == before
    ok(radar.post("/detections", detection("radar-a/mast-2")), 201)
    ok(duty.post("/detections", detection("officer", id="o-1")), 201)


def test_two_names_of_one_key_are_one_witness(sensor: Callable[..., Api], desk: Desk) -> None:
    radar = sensor("radar-a")
    ok(radar.post("/detections", detection("radar-a/one")), 201)
    second = ok(radar.post("/detections", detection("radar-a/two")), 201)
    assert second["outcome"] == "confirmed"
    assert desk.state().live == frozenset()


def test_stale_or_officers_detections_can_only_propose(
    sensor: Callable[..., Api], duty: Api, desk: Desk, clock: SetClock
) -> None:
    clock.move(150)
    ok(sensor("radar-a").post("/detections", detection()), 201)
    ok(sensor("radar-b").post("/detections", detection("radar-b")), 201)
    ok(duty.post("/detections", detection("officer")), 201)
    thread = next(iter(desk.state().threads.values()))
    assert [source.trusted for source in thread.sources] == [False, False, False]
    assert thread.status == "draft"


def test_a_sensor_limited_to_an_area(sensor: Callable[..., Api]) -> None:
    radar = sensor("radar-a", area="north")
    ok(radar.post("/detections", detection()), 201)
    refused(radar.post("/detections", detection(id="d-2", areas=["south"])), 403, "TOC-6002")
    refused(radar.post("/warnings", draft()), 403, "TOC-6002")


def test_a_detection_from_the_future(sensor: Callable[..., Api]) -> None:
    answer = sensor("radar-a").post("/detections", detection(observed_at="2024-01-04T21:58:00Z"))
    assert refused(answer, 422, "TOC-1002")["field"] == "observed_at"


def test_drills_have_a_path_of_their_own(duty: Api, anybody: Api, desk: Desk) -> None:
    made = ok(duty.post("/drills", {"exercise": "Autumn", "areas": ["north"]}), 201)
    drill = made["drill"]
    assert drill["status"] == "Exercise"
    assert drill["cap"].startswith("/drill/cap/")
    assert anybody.client.get(drill["cap"]).status_code == 200
    assert anybody.client.get(drill["cap"].removeprefix("/drill")).status_code == 404
    assert b"Autumn" not in anybody.client.get("/feeds/alerts.atom").content
    assert all(phase["phase"] == "ok" for phase in ok(anybody.get("/phases"))["phases"])
    assert ok(duty.get("/drills"))["drills"][0]["id"] == drill["id"]
    ended = ok(duty.post(f"/drills/{drill['id']}/end", {"reason": "done"}))
    assert ended["drill"]["ended_at"]
    refused(duty.post(f"/drills/{drill['id']}/end", {"reason": "done"}), 409, "TOC-1011")
    refused(duty.post("/drills/none/end", {"reason": "done"}), 404, "TOC-6004")


def test_the_crash_points_stand_around_the_append(duty: Api, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    reached: list[tuple[str, int]] = []
    monkeypatch.setattr(points, "on_reach", lambda point: reached.append((point, desk.ledger.head()[0])))
    ok(duty.post("/warnings", draft()), 201)
    own = [item for item in reached if item[0].startswith("web.")]
    assert own == [("web.before_append", 6), ("web.before_answer", 7)]


def test_secrets_and_names_stay_out_of_logs_and_answers(
    officer: Callable[..., Officer], desk: Desk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    one = officer("olga.example", "duty")
    seen = [one.api.post("/warnings", draft()), one.api.get("/warnings"), one.api.post("/warnings", {"x": "olga"})]

    def broken(*_: Any) -> None:
        raise RuntimeError("the disk is on fire")

    monkeypatch.setattr(type(desk), "do", broken)
    fault = one.api.post("/warnings", draft())
    refused(fault, 500, "TOC-6007")
    text = caplog.text + "".join(answer.content.decode() for answer in [*seen, fault])
    assert "the disk is on fire" in caplog.text
    assert b"fire" not in fault.content
    secret = one.api.secret.split("_", 2)[2]
    for private in (secret, "olga.example", "correct horse battery"):
        assert private not in text
    entries = b"".join(repr(entry).encode() for entry in desk.ledger.read())
    assert b"olga" not in entries


def test_keys_are_kept_as_digests(officer: Callable[..., Officer]) -> None:
    from tocsin.store.models.accounts import ApiKey

    one = officer("one", "duty")
    secret = one.api.secret.split("_", 2)[2]
    row = ApiKey.objects.get()
    assert secret not in repr(row.__dict__)
    one.api.get("/phases")
    row.refresh_from_db()
    assert row.last_used is not None
    assert not hasattr(row.last_used, "hour")  # a day, not an instant


def test_a_caller_who_knocks_too_often_is_told_to_wait(duty: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from tocsin.web.api import auth
    from tocsin.web.limits import Limiter

    tight = Limiter(rate=0.5, burst=2, monotonic=lambda: 0.0)
    monkeypatch.setattr(auth, "key_limits", lambda: tight)
    assert [duty.get("/sirens").status_code for _ in range(2)] == [200, 200]
    answer = duty.get("/sirens")
    refused(answer, 429, "TOC-6005")
    assert answer.headers["Retry-After"] == "2"


def test_guessing_keys_is_slow(anybody: Api) -> None:
    answers = [Api(f"tocsin_{n:010d}_x").get("/phases").status_code for n in range(15)]
    assert answers[:10] == [401] * 10
    assert answers[-1] == 429


def test_wrong_keys_of_a_neighbour_never_hold_up_a_good_one(anybody: Api, sensor: Callable[..., Api]) -> None:
    radar = sensor("radar-a")
    while Api("tocsin_0000000000_x").get("/phases").status_code != 429:
        pass
    assert ok(radar.post("/detections", detection()), 201)["outcome"] == "drafted"


def test_only_our_own_proxy_is_believed(anybody: Api) -> None:
    from django.test import RequestFactory, override_settings

    from tocsin.web.limits import address_of

    request = RequestFactory().get("/", headers={"X-Forwarded-For": "9.9.9.9, 203.0.113.7"})
    assert address_of(request) == "127.0.0.1"
    with override_settings(TOCSIN_PROXIES=frozenset({"127.0.0.1"})):
        assert address_of(request) == "203.0.113.7"
