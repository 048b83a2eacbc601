"""Claims, evidence and reports through the API: who may, what is public when, what is sealed, and what is one thing."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from doors import Api, SetClock
from pictures_kit import SECRETS, picture
from tocsin.app.desk import Desk
from tocsin.app.memory_vault import MemoryVault

HALF_HOUR = 1801


@pytest.fixture
def kept() -> MemoryVault:
    return MemoryVault()


@pytest.fixture
def clerk(desk: Desk, officer: Callable[..., Any], kept: MemoryVault, tmp_path: Any) -> Iterator[Api]:
    from tocsin.store.evidence import EvidenceRoom
    from tocsin.store.files import FolderFiles
    from tocsin.web import intake
    from tocsin.web.desk import set_desk, set_evidence

    set_desk(desk, vault=kept)
    set_evidence(EvidenceRoom(FolderFiles(tmp_path / "evidence"), ffmpeg=""))
    intake.limits.cache_clear()
    yield officer("clerk", "records").api
    set_evidence(None)


@pytest.fixture
def strike(clerk: Api) -> Api:
    """A source and an incident with a sealed place."""
    assert (
        clerk.post("/sources", {"id": "mayor", "names": {"en": "Mayor"}, "kind": "official", "grade": 2}).status_code
        == 201
    )
    incident = {
        "id": "strike",
        "names": {"en": "Debris on cars"},
        "kind": "debris",
        "area": "north",
        "happened_from": "2024-01-04T20:41:00Z",
        "exact": [36.5987, 50.6123],
    }
    assert clerk.post("/incidents", incident).status_code == 201
    return clerk


def a_claim(**changes: Any) -> dict[str, Any]:
    return {
        "client_id": "c-1",
        "incident": "strike",
        "source": "mayor",
        "wording": "at least 130 windows",
        "language": "en",
    } | changes


def send(api: Api, data: bytes, name: str = "a.jpg", **fields: Any) -> Any:
    file = SimpleUploadedFile(name, data, "image/jpeg")
    return api.client.post("/api/v1/evidence", {"file": file, **fields}, headers=api._headers())


def test_a_number_is_read_from_the_words_and_the_quote_is_kept(strike: Api) -> None:
    assert strike.post("/claims/parse", {"text": "at least 130 windows"}).json()["op"] == "ge"
    made = strike.post("/claims", a_claim())
    assert made.status_code == 201
    (one,) = strike.get("/claims").json()["claims"]
    assert (one["id"], one["op"], one["n"], one["subject"]) == (made.json()["id"], "ge", 130, "windows")
    assert (one["wording"], one["grade"], one["source"]["id"]) == ("at least 130 windows", 2, "mayor")


def test_words_without_a_number_are_a_statement(strike: Api) -> None:
    strike.post("/claims", a_claim(wording="the attack is confirmed"))
    (one,) = strike.get("/claims").json()["claims"]
    assert (one["op"], one["subject"], one["n"]) == ("said", "statement", None)


def test_a_number_of_nothing_is_asked_about(strike: Api) -> None:
    answer = strike.post("/claims", a_claim(wording="at least 130"))
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "subject")


def test_the_same_client_id_twice_is_one_claim(strike: Api) -> None:
    first, again = strike.post("/claims", a_claim()).json(), strike.post("/claims", a_claim()).json()
    assert (again["id"], again["entries"]) == (first["id"], [])
    assert len(strike.get("/claims").json()["claims"]) == 1


def test_everybody_sees_a_claim_late_and_coarse(strike: Api, anybody: Api, clock: SetClock) -> None:
    strike.post("/claims", a_claim())
    assert anybody.get("/claims").json()["claims"] == []
    assert anybody.get("/incidents").json()["incidents"] == []
    assert anybody.get("/sources").json()["sources"] == []
    clock.move(HALF_HOUR)
    (one,) = anybody.get("/claims").json()["claims"]
    assert (one["area"], one["source"]) == ("city", {"id": "mayor", "names": {"en": "Mayor"}, "kind": "official"})
    (incident,) = anybody.get("/incidents").json()["incidents"]
    assert (incident["area"], incident["happened_from"]) == ("city", "2024-01-04T20:00:00.000Z")
    (tally,) = anybody.get("/tallies").json()["tallies"]
    assert (tally["low"], tally["best"], tally["high"], tally["open"], tally["rule"]) == (130, 130, None, True, 1)
    assert tally["wording"]["en"] == "at least 130"
    assert tally["claim_ids"] == [one["id"]]
    assert strike.get("/incidents").json()["incidents"][0]["area"] == "north"


def test_as_known_at_an_earlier_moment(strike: Api, clock: SetClock) -> None:
    strike.post("/claims", a_claim())
    clock.move(3600)
    strike.post("/claims", a_claim(client_id="c-2", wording="168 windows", supersedes="", source="mayor"))
    (then,) = strike.get("/tallies", as_of="2024-01-04T21:00:00Z").json()["tallies"]
    (now,) = strike.get("/tallies").json()["tallies"]
    assert (then["best"], now["best"]) == (130, 168)


def test_a_sealed_place_is_told_to_nobody(strike: Api, anybody: Api, desk: Desk, kept: MemoryVault) -> None:
    (place,) = kept.open_all("place").values()
    assert place == {"lon": 36.5987, "lat": 50.6123}
    told = strike.get("/incidents").content + anybody.get("/incidents").content
    ledger = b"".join(json.dumps(entry.event.body).encode() for entry in desk.ledger.read())
    assert b"36.5987" not in told + ledger


def test_what_comes_to_nothing_leaves_nothing_sealed(strike: Api, kept: MemoryVault) -> None:
    before = dict(kept.open_all("place"))
    assert strike.post("/claims", a_claim(source="nobody", exact=[36.1, 50.1])).status_code == 404
    strike.post("/claims", a_claim())
    strike.post("/claims", a_claim(exact=[36.1, 50.1]))  # known already
    assert kept.open_all("place") == before


def test_retracted_marked_and_graded(strike: Api) -> None:
    claim_id = strike.post("/claims", a_claim()).json()["id"]
    assert strike.post(f"/claims/{claim_id}/mark", {"mark": "verified"}).status_code == 201
    assert strike.post(f"/claims/{claim_id}/grade", {"grade": 3, "reason": "from photos"}).status_code == 201
    stale = strike.post(f"/claims/{claim_id}/retract", {"reason": "wrong", "revision": 1})
    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "TOC-10004")
    assert strike.post(f"/claims/{claim_id}/retract", {"reason": "taken back", "revision": 3}).status_code == 201
    (one,) = strike.get("/claims").json()["claims"]
    assert (one["mark"], one["grade"], one["retracted"]) == ("verified", 3, "taken back")
    assert strike.get("/tallies").json()["tallies"] == [] or strike.get("/tallies").json()["tallies"][0]["best"] is None


def test_an_incident_is_revised_over_what_was_seen(strike: Api, kept: MemoryVault) -> None:
    body = {"names": {"en": "Debris"}, "kind": "debris", "area": "south", "reason": "wrong area", "revision": 1}
    assert strike.post("/incidents/strike/revise", body).status_code == 201
    assert strike.post("/incidents/strike/revise", body).json()["error"]["code"] == "TOC-10004"
    assert len(kept.open_all("place")) == 1  # the place that was sealed stays with it
    strike.post("/incidents", {"id": "other", "names": {"en": "Other"}, "kind": "fire"})
    assert (
        strike.post(
            "/incidents/strike/relate", {"other": "other", "relation": "maybe_same", "reason": "two dates"}
        ).status_code
        == 201
    )
    assert strike.post("/incidents/other/withdraw", {"reason": "entered twice"}).status_code == 201
    told = {one["id"]: one for one in strike.get("/incidents").json()["incidents"]}
    assert told["other"]["withdrawn"] == "entered twice"
    assert told["strike"]["relations"][0]["relation"] == "maybe_same"


def test_only_those_with_the_role_enter_anything(strike: Api, anybody: Api, officer: Any, sensor: Any) -> None:
    observer = officer("eye", "observer").api
    assert anybody.post("/claims", a_claim()).status_code == 401
    assert observer.post("/claims", a_claim()).status_code == 403
    assert officer("south", "records", area="south").api.post("/claims", a_claim()).status_code == 403
    assert sensor("clerk-bot", "records").post("/claims", a_claim()).status_code == 201


def test_evidence_is_sealed_until_released_and_then_only_its_copy_is_shown(
    strike: Api, anybody: Api, clock: SetClock, kept: MemoryVault, desk: Desk
) -> None:
    data = picture(notes=True)
    taken = send(strike, data, "Lantern Street 48.jpg").json()
    assert (taken["size"], taken["publishable"]) == (len(data), True)
    (sealed,) = kept.open_all("evidence").values()
    assert sealed["name"] == "Lantern Street 48.jpg"
    assert sealed["gps"] == [36.5987, 50.6123]
    path = f"/evidence/{taken['id']}"
    clock.move(HALF_HOUR)
    assert anybody.get(f"{path}/public").json()["error"]["code"] == "TOC-10007"
    assert anybody.get(f"{path}/original").status_code == 401
    assert anybody.get("/evidence").json()["evidence"] == []
    strike.post("/claims", a_claim(evidence=[taken["id"]]))
    clock.move(HALF_HOUR)
    assert anybody.get("/claims").json()["claims"][0]["evidence"] == []
    body = {"incident": "strike", "alt": {"en": "Cars with broken windows"}}
    assert strike.post(f"{path}/release", body).status_code == 201
    shown = anybody.get(f"{path}/public")
    copy = b"".join(shown.streaming_content)
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/jpeg")
    assert "sandbox" in shown["Content-Security-Policy"]
    assert not any(secret in copy for secret in SECRETS)
    (one,) = anybody.get("/evidence").json()["evidence"]
    assert (one["alt"], one["inside"]) == ({"en": "Cars with broken windows"}, None)
    assert anybody.get("/claims").json()["claims"][0]["evidence"] == [taken["id"]]
    assert strike.post(f"{path}/withdraw", {"reason": "a face"}).status_code == 201
    assert anybody.get(f"{path}/public").status_code == 404
    assert b"Lantern" not in b"".join(json.dumps(e.event.body).encode() for e in desk.ledger.read())


def test_every_look_at_an_original_is_noted_and_a_changed_file_is_not_given_out(
    strike: Api, officer: Any, tmp_path: Any
) -> None:
    data = picture()
    taken = send(strike, data).json()
    path = f"/evidence/{taken['id']}"
    assert b"".join(strike.get(f"{path}/original").streaming_content) == data
    assert officer("eye", "observer").api.get(f"{path}/original").status_code == 403
    file = tmp_path / "evidence" / taken["sha256"][:2] / taken["sha256"]
    file.write_bytes(b"other")
    broken = strike.get(f"{path}/original")
    assert (broken.status_code, broken.json()["error"]["code"]) == (500, "TOC-10006")
    (one,) = strike.get("/evidence").json()["evidence"]
    assert [act["action"] for act in one["inside"]["custody"]] == ["taken", "viewed", "mismatch"]


def test_a_picture_that_was_seen_before_is_taken_and_says_so(strike: Api) -> None:
    first, again = send(strike, picture(5)).json(), send(strike, picture(5)).json()
    assert first["seen_before"] == []
    assert again["seen_before"] == [first["id"]]


@pytest.mark.parametrize("data", [b"<svg onload='x()'/>", b"GIF89a...", picture()[:-500]])
def test_a_file_that_cannot_be_taken_is_refused(strike: Api, desk: Desk, data: bytes) -> None:
    head = desk.ledger.head()
    answer = send(strike, data)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "TOC-10005")
    assert desk.ledger.head() == head


def test_a_body_that_is_too_large_is_refused_unread(strike: Api) -> None:
    answer = strike.client.post(
        "/api/v1/evidence",
        b"x",
        content_type="multipart/form-data; boundary=b",
        headers={"Content-Length": "99999999999"},
    )
    assert answer.status_code == 413


def test_only_agreed_roles_release(strike: Api, officer: Any) -> None:
    from tocsin.app.publication import Publication
    from tocsin.web import desk as here

    taken = send(strike, picture()).json()
    here.set_evidence(here.evidence(), Publication(release_roles=("admin",)))
    answer = strike.post(f"/evidence/{taken['id']}/release", {"alt": {"en": "Cars"}})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "TOC-6002")


def a_report(**changes: Any) -> dict[str, Any]:
    return {
        "client_id": "device-0001",
        "area": "north",
        "address": "Lantern Street 48",
        "flat": "12",
        "windows": 3,
        "people": {"over_65": 1, "under_5": 2},
        "contact": "+0 000 111",
    } | changes


def test_a_resident_reports_without_an_account_and_once(
    clerk: Api, anybody: Api, desk: Desk, kept: MemoryVault
) -> None:
    first, again = anybody.post("/reports", a_report()), anybody.post("/reports", a_report())
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    assert again.json()["entries"] == []
    (one,) = clerk.get("/reports").json()["reports"]
    assert (one["windows"], one["area"], one["channel"]) == (3, "north", "api")
    assert one["sealed"]["address"] == "Lantern Street 48"
    assert one["sealed"]["people"] == {"elderly": 1, "small": 2}
    assert len(kept.open_all("home")) == 1
    ledger = b"".join(json.dumps(entry.event.body).encode() for entry in desk.ledger.read())
    assert not any(secret in ledger for secret in (b"Lantern", b"+0 000 111", b"elderly"))


def test_broken_windows_open_a_need_for_repair_and_neighbours_share_a_house(clerk: Api, anybody: Api) -> None:
    from tocsin.web.desk import repairs

    anybody.post("/reports", a_report())
    anybody.post("/reports", a_report())
    anybody.post("/reports", a_report(client_id="device-0002", address="lantern  street 48", flat="13"))
    anybody.post("/reports", a_report(client_id="device-0003", windows=0))
    one, other = repairs().state().open_needs()
    assert (one.area, one.opening.windows) == ("north", 3)
    assert one.building == other.building != ""
    (row, *_) = repairs().queue(repairs().desk.clock.now())
    assert row.place is not None
    assert row.place["people"] == {"elderly": 1, "small": 2}


def test_reports_are_read_by_those_who_handle_them_in_their_areas(clerk: Api, anybody: Api, officer: Any) -> None:
    anybody.post("/reports", a_report())
    assert anybody.get("/reports").status_code == 401
    assert officer("duty2", "duty").api.get("/reports").json()["reports"] == []
    assert officer("disp-s", "dispatcher", area="south").api.get("/reports").json()["reports"] == []
    dispatcher = officer("disp", "dispatcher", area="north").api
    (one,) = dispatcher.get("/reports").json()["reports"]
    handled = dispatcher.post(f"/reports/{one['id']}/handle", {"outcome": "duplicate", "reason": "the neighbour"})
    assert handled.status_code == 201
    assert dispatcher.get("/reports").json()["reports"][0]["outcome"] == "duplicate"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"client_id": "x"}, "client_id"),
        ({"address": " "}, "address"),
        ({"area": "atlantis"}, "report.area"),
        ({"people": {"cats": 2}}, "people.cats"),
        ({"windows": -1}, "windows"),
        ({"note": "a\x00b"}, "note"),
    ],
)
def test_a_report_that_cannot_be_used(clerk: Api, anybody: Api, kept: MemoryVault, changes: Any, field: str) -> None:
    answer = anybody.post("/reports", a_report(**changes))
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)
    assert kept.open_all("home") == {}


def test_too_many_reports_from_one_address_wait(clerk: Api, anybody: Api) -> None:
    answers = [anybody.post("/reports", a_report(client_id=f"device-{n:04}")).status_code for n in range(40)]
    assert answers[:30] == [201] * 30
    assert 429 in answers


XFORM = """<?xml version="1.0"?>
<data xmlns:orx="http://openrosa.org/xforms" id="tocsin_damage" version="1">
  <home><area>north</area><address>Lantern Street 48</address><flat>12</flat></home>
  <windows>3</windows><heating>no</heating><over_65>1</over_65><location>50.6123 36.5987 0 5</location>
  <photo_1>a.jpg</photo_1>
  <orx:meta><orx:instanceID>uuid:1f6e</orx:instanceID></orx:meta>
</data>"""


def submit(api: Api, xml: str = XFORM, *, basic: bool = True, **files: bytes) -> Any:
    parts = {name: SimpleUploadedFile(f"{name}.jpg", data, "image/jpeg") for name, data in files.items()}
    given = {"xml_submission_file": SimpleUploadedFile("form.xml", xml.encode(), "text/xml"), **parts}
    secret = base64.b64encode(f"phone:{api.secret}".encode()).decode()
    headers = {"Authorization": f"Basic {secret}"} if basic else api._headers()
    return api.client.post("/api/v1/odk/submission", given, headers=headers)


def test_a_phone_sends_a_form_with_photos_and_may_send_it_again(clerk: Api, kept: MemoryVault) -> None:
    first = submit(clerk, photo_1=picture(notes=True))
    assert first.status_code == 201
    assert first["X-OpenRosa-Version"] == "1.0"
    assert b"OpenRosaResponse" in first.content
    assert submit(clerk, photo_1=picture(notes=True)).status_code == 201
    (one,) = clerk.get("/reports").json()["reports"]
    assert (one["channel"], one["windows"], one["heating"]) == ("odk", 3, False)
    assert len(one["evidence"]) == 1
    assert (one["sealed"]["lon"], one["sealed"]["lat"]) == (36.5987, 50.6123)
    assert one["sealed"]["people"] == {"elderly": 1}
    assert len(clerk.get("/evidence").json()["evidence"]) == 1


def test_a_phone_asks_first_and_shows_its_key(clerk: Api, anybody: Api) -> None:
    head = clerk.client.head("/api/v1/odk/submission", headers=clerk._headers())
    assert head.status_code == 204
    assert int(head["X-OpenRosa-Accept-Content-Length"]) > 1_000_000
    assert submit(anybody).status_code == 401
    assert submit(clerk, basic=False).status_code == 201


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        ('<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><data>&x;</data>', "TOC-3001"),
        ("<data><area>north</area>", "TOC-3001"),
        ("<data><area>north</area></data>", "TOC-10008"),
        (XFORM.replace("<windows>3", "<windows>many"), "TOC-10008"),
        (XFORM.replace("north", "atlantis"), "TOC-10008"),
    ],
)
def test_a_form_that_cannot_be_read(clerk: Api, kept: MemoryVault, xml: str, code: str) -> None:
    answer = submit(clerk, xml)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    assert kept.open_all("home") == {}


def test_an_export_is_taken_row_by_row(clerk: Api) -> None:
    rows = [
        {
            "_uuid": "a",
            "meta/instanceID": "uuid:a",
            "home/area": "north",
            "home/address": "Lantern Street 48",
            "windows": "2",
            "_attachments": [],
        },
        {"_uuid": "b", "home/area": "north", "windows": "x", "home/address": "Other Street 1"},
    ]
    told = clerk.post("/odk/json", {"count": 2, "next": None, "previous": None, "results": rows}).json()["results"]
    assert [(row["client_id"], row["new"]) for row in told] == [("uuid:a", True), ("b", False)]
    assert "TOC-10008 [windows]" in told[1]["error"]
    again = clerk.post("/odk/json", rows[0]).json()["results"]
    assert [(row["new"], row["id"]) for row in again] == [(False, told[0]["id"])]


def test_the_form_of_the_guide_has_the_fields_that_are_read() -> None:
    import csv
    import io

    from docs.kit import ROOT, blocks
    from tocsin.web import intake
    from tocsin.web.api import odk

    survey, choices = (list(csv.DictReader(io.StringIO(text))) for text in blocks(ROOT / "docs/how-to/odk.md", "csv"))
    fields = {row["name"] for row in survey if row["name"] and not row["type"].startswith("begin")}
    photos = {f"photo_{n}" for n in range(1, intake.MOST_PHOTOS + 1)}
    assert fields == {*odk._TEXTS, *odk._NUMBERS, "heating", "location"} | photos
    assert {row["name"] for row in choices if row["list_name"] == "heating"} == {"yes", "no", "unknown"}
