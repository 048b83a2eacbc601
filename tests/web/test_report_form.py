"""The resident's report form: small, in every language, sent once, and everything personal sealed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from pictures_kit import picture
from tocsin.app.desk import Desk
from tocsin.app.memory_vault import MemoryVault
from tocsin.web.desk import reports
from tocsin.web.words import words

HEAVIEST = 10 * 1024
LANGUAGES = ("en", "ru", "uk", "de")


@pytest.fixture
def kept(desk: Desk, tmp_path: Any) -> Iterator[MemoryVault]:
    from tocsin.store.evidence import EvidenceRoom
    from tocsin.store.files import FolderFiles
    from tocsin.web import intake
    from tocsin.web.desk import set_desk, set_evidence

    vault = MemoryVault()
    set_desk(desk, vault=vault)
    set_evidence(EvidenceRoom(FolderFiles(tmp_path / "evidence"), ffmpeg=""))
    intake.limits.cache_clear()
    yield vault
    set_evidence(None)


def opened(client: Client, path: str = "/report") -> dict[str, str]:
    page = client.get(path).content.decode()
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))


def filled(client: Client, **more: Any) -> dict[str, Any]:
    return {
        **opened(client),
        "area": "north",
        "address": "Lantern Street 48",
        "flat": "12",
        "windows": "3",
        "adults": "1",
        "over_65": "1",
        "heating": "no",
        "contact": "+0 000 111",
    } | more


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_light_and_says_what_is_public(kept: MemoryVault, language: str) -> None:
    answer = Client().get("/report", headers={"Accept-Language": language})
    page = answer.content.decode()
    w = words(language)
    assert len(answer.content) < HEAVIEST
    assert re.findall(r"<script[^>]*>", page) == re.findall(r'<script type="module" src="[^"]*/report-[^"]*">', page)
    assert w["rep_public"] in page
    assert w["rep_danger"] in page
    assert answer["Cache-Control"] == "no-store"


def test_a_report_comes_in_and_everything_personal_is_sealed(kept: MemoryVault, desk: Desk) -> None:
    client = Client(enforce_csrf_checks=True)
    photos = [SimpleUploadedFile("home.jpg", picture(n, notes=True), "image/jpeg") for n in (1, 9)]
    answer = client.post("/report", filled(client, photo=photos))
    assert answer.status_code == 200
    assert words("en")["rep_done"] in answer.content.decode()
    (known,) = reports().state().reports.values()
    assert (known.report.windows, known.report.heating, known.report.channel) == (3, False, "web")
    assert len(known.report.evidence) == 2
    (home,) = kept.open_all("home").values()
    assert home["address"] == "Lantern Street 48"
    assert home["people"] == {"adults": 1, "elderly": 1}
    ledger = str([entry.event for entry in desk.ledger.read()])
    assert not any(secret in ledger for secret in ("Lantern", "+0 000 111", "elderly"))


def test_sent_again_it_is_one_report(kept: MemoryVault) -> None:
    client = Client()
    given = filled(client)
    client.post("/report", given)
    again = client.post("/report", given).content.decode()
    assert words("en")["rep_done_again"] in again
    assert len(reports().state().reports) == 1
    client.post("/report", filled(client))
    assert len(reports().state().reports) == 2


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"area": ""}, "rep_err_area"),
        ({"area": "atlantis"}, "rep_err_area"),
        ({"address": "  "}, "rep_err_address"),
        ({"windows": "many"}, "rep_err_windows"),
        ({"windows": "99999"}, "rep_err_windows"),
        ({"over_65": "-1"}, "rep_err_people"),
        ({"note": "x" * 1001}, "rep_err_note"),
        ({"client_id": "x"}, "rep_err_form"),
    ],
)
@pytest.mark.parametrize("language", ["en", "ru"])
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    kept: MemoryVault, changes: dict[str, str], word: str, language: str
) -> None:
    client = Client(headers={"Accept-Language": language})
    given = filled(client, flat="12b", **changes)
    answer = client.post("/report", given)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words(language)[word] in page
    assert 'value="12b"' in page
    assert "TOC-" not in page
    assert opened(client)  # the form is there to be sent again
    assert len(reports().state().reports) == 0
    assert kept.open_all("home") == {}


def test_a_photo_that_is_none_is_refused_and_the_form_can_be_sent_again(kept: MemoryVault) -> None:
    client = Client()
    given = filled(client)
    answer = client.post("/report", {**given, "photo": SimpleUploadedFile("a.jpg", b"<html>", "image/jpeg")})
    page = answer.content.decode()
    assert (answer.status_code, words("en")["rep_err_photo"] in page) == (422, True)
    assert f'value="{given["client_id"]}"' in page
    assert client.post("/report", given).status_code == 200
    assert len(reports().state().reports) == 1


@pytest.mark.parametrize("wrong", [{"area": "atlantis"}, {"windows": "99999"}, {"photo": "bad"}])
def test_what_is_refused_leaves_no_file_and_nothing_recorded(
    kept: MemoryVault, tmp_path: Any, desk: Desk, wrong: dict[str, str]
) -> None:
    files = [
        SimpleUploadedFile("a.jpg", picture(1), "image/jpeg"),
        SimpleUploadedFile("b.jpg", picture(5), "image/jpeg"),
    ]
    if wrong.pop("photo", ""):
        files.append(SimpleUploadedFile("c.jpg", b"<html>", "image/jpeg"))
    before = desk.ledger.head()
    client = Client()
    assert client.post("/report", filled(client, photo=files, **wrong)).status_code == 422
    assert [one for one in (tmp_path / "evidence").rglob("*") if one.is_file()] == []
    assert desk.ledger.head() == before
    assert kept._kept == {}


def test_without_a_vault_nothing_is_taken_in(kept: MemoryVault, desk: Desk) -> None:
    from tocsin.web.desk import set_desk

    client = Client()
    given = filled(client)
    set_desk(desk)
    before = desk.ledger.head()
    assert client.post("/report", given).status_code == 503
    assert desk.ledger.head() == before


def test_an_address_that_sends_too_many_waits(kept: MemoryVault) -> None:
    client = Client()
    codes = [client.post("/report", filled(client)).status_code for _ in range(32)]
    assert codes[:30] == [200] * 30
    assert codes[-1] == 429


def test_an_area_is_chosen_beforehand(kept: MemoryVault) -> None:
    assert '<option value="south" selected>' in Client().get("/report?area=south").content.decode()
