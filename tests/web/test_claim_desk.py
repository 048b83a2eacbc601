"""The claim desk without script: enter, check, verify, retract; who saved meanwhile; reports and evidence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from control_kit import Screen, enter
from doors import Api
from pictures_kit import picture
from tocsin.app.desk import Desk
from tocsin.app.memory_vault import MemoryVault
from tocsin.web.control.claims.presence import STAYS_S, Presence
from tocsin.web.desk import reports, vault


@pytest.fixture
def clerk(desk: Desk, officer: Callable[..., Any], tmp_path: Any) -> Iterator[Screen]:
    from tocsin.store.evidence import EvidenceRoom
    from tocsin.store.files import FolderFiles
    from tocsin.web import intake
    from tocsin.web.desk import set_desk, set_evidence

    set_desk(desk, vault=MemoryVault())
    set_evidence(EvidenceRoom(FolderFiles(tmp_path / "evidence"), ffmpeg=""))
    intake.limits.cache_clear()
    made = enter(officer, desk, "clerk", "records")
    made.client.post("/control/claims/source", {"id": "mayor", "name": "Mayor", "kind": "official"})
    made.client.post("/control/claims/incident", {"name": "Debris on cars", "kind": "debris", "area": "north"})
    yield made
    set_evidence(None)


def incident_path() -> str:
    (incident_id,) = reports().state().incidents
    return f"/control/claims/{incident_id}"


def typed(wording: str = "at least 130 windows", **more: str) -> dict[str, str]:
    return {"wording": wording, "language": "en", "source": "mayor"} | more


def test_words_are_checked_and_nothing_is_entered(clerk: Screen) -> None:
    page = clerk.client.post(f"{incident_path()}/enter", typed(check="1")).content.decode()
    assert "Read as: at least 130 · windows" in page
    assert "at least 130 windows</textarea>" in page
    assert len(reports().state().claims) == 0


@pytest.mark.parametrize(
    ("language", "wording", "says"),
    [
        ("en", "at least 130 windows", "at least 130 · windows"),
        ("ru", "не менее 130 окон", "at least 130 · windows"),
        ("uk", "понад 30 автомобілів", "more than 30 · cars"),
        ("en", "the attack is confirmed", "No number in it"),
        ("en", "more than 30", "of what?"),
    ],
)
def test_the_preview_reads_each_language(clerk: Screen, language: str, wording: str, says: str) -> None:
    answer = clerk.client.post("/control/claims/read", {"wording": wording, "language": language})
    assert says in answer.json()["says"]


def test_a_claim_is_entered_with_its_quote_and_the_tally_follows(clerk: Screen) -> None:
    path = incident_path()
    assert clerk.client.post(f"{path}/enter", typed()).status_code == 302
    (one,) = reports().state().claims.values()
    assert (one.claim.op, one.claim.n, one.claim.wording) == ("ge", 130, "at least 130 windows")
    page = clerk.get(path)
    assert "at least 130" in page
    assert "one source" in page
    assert "at least 130" in clerk.get("/control/claims")


def test_a_number_of_nothing_asks_what_and_keeps_what_was_typed(clerk: Screen) -> None:
    answer = clerk.client.post(f"{incident_path()}/enter", typed("more than 30"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "TOC-10001" in page
    assert "more than 30</textarea>" in page
    assert re.search(r"<details[^>]* open><summary>Name what is counted", page)
    assert clerk.client.post(f"{incident_path()}/enter", typed("more than 30", subject="cars")).status_code == 302


def test_the_second_editor_is_told_who_saved(clerk: Screen, officer: Callable[..., Any], desk: Desk) -> None:
    path = incident_path()
    clerk.client.post(f"{path}/enter", typed())
    (claim_id,) = reports().state().claims
    other = enter(officer, desk, "other", "records")
    act = f"{path}/claims/{claim_id}"
    assert other.client.post(act, {"act": "verified", "revision": "1"}).status_code == 302
    late = clerk.client.post(act, {"act": "retract", "reason": "wrong", "revision": "1"})
    page = late.content.decode()
    assert late.status_code == 409
    assert "TOC-10004" in page
    assert other.actor.partition(":")[2][:8] in page
    assert not reports().state().claims[claim_id].retracted
    assert clerk.client.post(act, {"act": "retract", "reason": "wrong", "revision": "2"}).status_code == 302
    assert reports().state().claims[claim_id].retracted == "wrong"


def test_a_claim_is_revised_from_its_row_and_begins_unverified(clerk: Screen) -> None:
    path = incident_path()
    more = {"said_at": "2024-01-04T23:40", "exact": "50.61, 36.62", "radius_m": "200"}
    assert clerk.client.post(f"{path}/enter", typed(**more)).status_code == 302
    (first,) = reports().state().claims
    clerk.client.post(f"{path}/claims/{first}", {"act": "verified", "revision": "1"})
    page = clerk.get(f"{path}?revise={first}")
    for held in ("at least 130 windows</textarea>", 'value="2024-01-04T23:40"', 'value="50.61, 36.62"', 'value="200"'):
        assert held in page
    changed = typed("at least 140 windows", supersedes=first, reason="misheard", **more)
    assert clerk.client.post(f"{path}/enter", changed).status_code == 302
    before, after = sorted(reports().state().claims.values(), key=lambda one: one.entry)
    assert (before.superseded_by, before.mark, after.mark) == (after.claim.id, "verified", "unverified")
    assert after.claim.said_at == before.claim.said_at == datetime(2024, 1, 4, 20, 40, tzinfo=UTC)
    assert after.claim.sealed == before.claim.sealed != ""
    assert f"?revise={first}" not in clerk.get(path)
    late = clerk.client.post(f"{path}/enter", changed)
    assert late.status_code == 409
    assert "at least 140 windows</textarea>" in late.content.decode()


@pytest.mark.parametrize(
    ("field", "text"),
    [("said_at", "midnight"), ("said_at", "2999-01-01T00:00"), ("exact", "Lantern Street"), ("exact", "91, 36")],
)
def test_what_is_no_time_or_place_is_refused_and_stays(clerk: Screen, field: str, text: str) -> None:
    answer = clerk.client.post(f"{incident_path()}/enter", typed(**{field: text}))
    assert answer.status_code == 422
    assert f'value="{text}"' in answer.content.decode()
    assert len(reports().state().claims) == 0
    assert vault().open_all("place") == {}


def test_a_claim_is_graded_with_a_reason(clerk: Screen) -> None:
    path = incident_path()
    clerk.client.post(f"{path}/enter", typed())
    (claim_id,) = reports().state().claims
    act = {"act": "grade", "grade": "4", "revision": "1"}
    assert clerk.client.post(f"{path}/claims/{claim_id}", act).status_code == 422
    assert clerk.client.post(f"{path}/claims/{claim_id}", act | {"reason": "hearsay"}).status_code == 302
    assert reports().state().claims[claim_id].grade == 4


def described(**more: str) -> dict[str, str]:
    given = {"name.en": "Debris on cars", "kind": "fire", "area": "north", "from": "2024-01-04T23:40", "precision": "1"}
    return given | {"exact": "50.61,36.62", "tags": "cars, #fire", "reason": "a fire", "revision": "1"} | more


def test_an_incident_is_described_anew_and_its_place_stays_sealed(clerk: Screen) -> None:
    path = incident_path()
    assert clerk.client.post(f"{path}/revise", described()).status_code == 302
    (known,) = reports().state().incidents.values()
    one = known.incident
    assert (known.revision, one.kind, one.tags, one.place_precision) == (2, "fire", ("cars", "fire"), 1)
    assert one.happened_from == datetime(2024, 1, 4, 20, 40, tzinfo=UTC)
    assert vault().open(one.sealed) == {"lon": 36.62, "lat": 50.61}
    assert 'value="50.61, 36.62"' in clerk.get(path)
    assert not any("50.61" in repr(entry.event) for entry in clerk.desk.ledger.read())
    again = described(reason="the name", revision="2", **{"name.en": "Cars on fire"})
    assert clerk.client.post(f"{path}/revise", again).status_code == 302
    assert reports().state().incidents[one.id].incident.sealed == one.sealed
    late = clerk.client.post(f"{path}/revise", described(reason="late"))
    assert late.status_code == 409
    assert 'value="late"' in late.content.decode()
    assert len(vault().open_all("place")) == 1


def test_incidents_are_set_beside_each_other_and_withdrawn(clerk: Screen) -> None:
    path = incident_path()
    first = path.rpartition("/")[2]
    clerk.client.post("/control/claims/incident", {"name": "Fire in the yard", "kind": "fire", "area": "north"})
    (second,) = set(reports().state().incidents) - {first}
    given = {"other": second, "relation": "part_of", "reason": "one yard"}
    assert clerk.client.post(f"{path}/relate", given).status_code == 302
    assert re.search("A part of <a [^>]*>Fire in the yard</a>: one yard", clerk.get(path))
    assert re.search("Has as a part <a [^>]*>Debris on cars</a>", clerk.get(f"/control/claims/{second}"))
    assert clerk.client.post(f"{path}/withdraw", {"reason": "", "revision": "1"}).status_code == 422
    assert clerk.client.post(f"{path}/withdraw", {"reason": "twice", "revision": "1"}).status_code == 302
    page = clerk.get(path)
    assert "Withdrawn: twice" in page
    assert "<form" not in page.split("<main")[1].split("</main>")[0]
    assert clerk.client.post(f"{path}/other", {}).status_code == 404


def test_only_the_role_changes_an_incident(clerk: Screen, officer: Callable[..., Any], desk: Desk) -> None:
    path = incident_path()
    duty = enter(officer, desk, "duty-1", "duty")
    assert "Describe the incident anew" not in duty.get(path)
    assert duty.client.post(f"{path}/revise", described()).status_code == 403
    assert duty.client.post(f"{path}/withdraw", {"reason": "x", "revision": "1"}).status_code == 403
    assert reports().state().incidents[path.rpartition("/")[2]].revision == 1
    assert vault().open_all("place") == {}


def test_the_record_and_the_desk_lead_to_each_other(clerk: Screen) -> None:
    assert "/control/claims#evidence" in clerk.get("/control/record")
    assert 'id="evidence"' in clerk.get("/control/claims")
    assert "/control/record" in clerk.get("/control/claims")


def test_who_else_has_it_open_is_shown(clerk: Screen, officer: Callable[..., Any], desk: Desk) -> None:
    path = incident_path()
    clerk.get(path)
    other = enter(officer, desk, "third", "records")
    assert clerk.actor.partition(":")[2][:8] in other.get(path)
    assert other.actor.partition(":")[2][:8] in clerk.get(path)


def test_a_look_is_forgotten_after_a_minute() -> None:
    now = [0.0]
    made = Presence(lambda: now[0])
    assert made.look("strike", "a") == []
    now[0] = STAYS_S - 1
    assert made.look("strike", "b") == ["a"]
    assert made.look("other", "b") == []
    now[0] = STAYS_S + 1
    assert made.look("strike", "c") == ["b"]


def test_only_insiders_come_in_and_only_the_role_acts(clerk: Screen, officer: Callable[..., Any], desk: Desk) -> None:
    path = incident_path()
    assert Client().get(path).status_code == 302
    watcher = enter(officer, desk, "eye", "observer")
    assert "<form" not in watcher.get(path).split("<main")[1].split("</main>")[0]
    assert watcher.client.post(f"{path}/enter", typed()).status_code == 403
    assert len(reports().state().claims) == 0
    elsewhere = enter(officer, desk, "south", "records", area="south")
    assert elsewhere.client.get(path).status_code == 404


def test_a_residents_report_is_read_and_handled(clerk: Screen, officer: Callable[..., Any], desk: Desk) -> None:
    body = {"client_id": "device-0001", "area": "north", "address": "Lantern Street 48", "windows": 3}
    report_id = Api().post("/reports", body).json()["id"]
    page = clerk.get("/control/claims")
    assert "Lantern Street 48" in page
    assert f"n-{report_id}" in page
    assert "Lantern Street" not in enter(officer, desk, "eye", "observer").get("/control/claims")
    given = {"report": report_id, "outcome": "duplicate", "reason": "the neighbour"}
    assert clerk.client.post("/control/claims/reports", given).status_code == 302
    assert "Lantern Street 48" not in clerk.get("/control/claims")


def test_evidence_is_taken_looked_at_and_released_in_words(clerk: Screen) -> None:
    file = SimpleUploadedFile("a.jpg", picture(), "image/jpeg")
    assert clerk.client.post("/control/claims/evidence", {"file": file}).status_code == 302
    (evidence_id,) = reports().state().evidence
    assert b"".join(clerk.client.get(f"/control/claims/evidence/{evidence_id}").streaming_content) == picture()
    bare = clerk.client.post("/control/claims/evidence/release", {"evidence": evidence_id, "alt": ""})
    assert bare.status_code == 422
    given = {"evidence": evidence_id, "alt": "Cars with broken windows"}
    assert clerk.client.post("/control/claims/evidence/release", given).status_code == 302
    assert reports().state().evidence[evidence_id].alt == {"en": "Cars with broken windows"}
    hidden = {"evidence": evidence_id, "reason": "a face"}
    assert clerk.client.post("/control/claims/evidence/withdraw", hidden).status_code == 302
    assert not reports().state().evidence[evidence_id].shown


def test_a_form_that_is_sent_twice_acts_once(clerk: Screen) -> None:
    path = incident_path()
    given = typed(once="a1b2c3d4")
    clerk.client.post(f"{path}/enter", given)
    clerk.client.post(f"{path}/enter", given)
    assert len(reports().state().claims) == 1
