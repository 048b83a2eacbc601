"""Paths that climb, line breaks that would be headers, archives that would unfold, outlines that never end."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings

from city_of_doors import CAP, World
from doors import SetClock, a_desk
from pictures_kit import picture

BREAK = "x\r\nSet-Cookie: stolen=1"
CLIMBS = (
    "..%2f..%2f..%2fetc%2fpasswd",
    "..%5c..%5cetc%5cpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "....//etc/passwd",
    "%00",
)


@pytest.fixture
def world(db: str, tmp_path: Path) -> Iterator[World]:
    from django.core.cache import cache

    from tocsin.web import intake
    from tocsin.web.api import auth
    from tocsin.web.desk import set_desk

    cache.clear()
    with override_settings(TOCSIN_KEY_RATE=(1e6, 10**6), TOCSIN_IP_RATE=(1e6, 10**6)):
        auth.key_limits.cache_clear()
        auth.address_limits.cache_clear()
        intake.limits.cache_clear()
        yield World(a_desk(SetClock()), tmp_path / "evidence")
    set_desk(None)


@pytest.mark.parametrize(
    "address",
    [
        "/record/export/{}",
        "/record/evidence/{}",
        "/cap/{}.xml",
        "/drill/cap/{}.xml",
        "/static/{}",
        "/static/tocsin/{}",
        "/control/claims/evidence/{}",
        "/api/v1/evidence/{}/public",
        "/api/v1/evidence/{}/original",
        "/api/v1/record/pages/{}",
        "/basemap.pmtiles/{}",
    ],
)
def test_no_path_leads_out_of_its_folder(world: World, address: str) -> None:
    for climb in CLIMBS:
        answer = world.all.client.get(address.format(climb), headers=world.all._headers())
        assert answer.status_code in (301, 302, 400, 401, 403, 404, 422), (climb, answer.status_code)
        assert b"root:" not in answer.getvalue()
        answer.close()


def _answers(world: World) -> Iterator[Any]:
    client = Client(raise_request_exception=False)
    for address in ("/", "/areas", "/record", "/accounts/login/", "/demo/sign-in", "/report"):
        yield client.get(address, {"lang": BREAK, "next": f"/control{BREAK}", "area": BREAK, "day": BREAK})
    yield client.post("/accounts/login/", {"login": BREAK, "password": BREAK, "next": f"/control{BREAK}"})
    yield client.post("/demo/sign-in", {"role": "duty", "next": f"/{BREAK}"})
    yield client.get("/", headers={"Accept-Language": BREAK, "User-Agent": BREAK, "X-Forwarded-For": BREAK})
    name = 'a"; filename=evil.html\r\nSet-Cookie: stolen=1.jpg'
    file = SimpleUploadedFile(name, picture(9), "image/jpeg")
    told = {"file": file, "collector": "duty officer"}
    taken = world.all.client.post("/api/v1/evidence", told, headers=world.all._headers())
    assert taken.status_code == 201
    yield taken
    yield world.all.get(f"/evidence/{taken.json()['id']}/original")
    yield world.all.post("/warnings", {"threat": BREAK, "level": "alert", "areas": ["north"], "reason": BREAK})


def test_no_line_break_reaches_a_header(world: World) -> None:
    for answer in _answers(world):
        for name, value in answer.headers.items():
            assert "\r" not in value, name
            assert "\n" not in value, name
        assert "stolen" not in answer.cookies
        assert "evil" not in answer.headers.get("Content-Disposition", "")
        assert answer.status_code < 500
        answer.close()


def _zip_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("big", bytes(20_000_000))
    return out.getvalue()


def test_no_door_unpacks_what_it_is_given(world: World) -> None:
    """A door that would unpack them took 20 MB of zeros out of 20 kB."""
    head, folded = world.head(), gzip.compress(b'{"threat": "' + bytes(20_000_000) + b'"}')
    for type_ in ("application/json", "application/gzip"):
        told = world.all._headers() | {"Content-Encoding": "gzip"}
        answer = world.all.client.post("/api/v1/warnings", folded, content_type=type_, headers=told)
        assert answer.status_code in (400, 415), answer.content
    for data in (_zip_bomb(), folded):
        file = SimpleUploadedFile("a.jpg", data, "image/jpeg")
        answer = world.all.client.post("/api/v1/evidence", {"file": file}, headers=world.all._headers())
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "TOC-10005")
        form = SimpleUploadedFile("s.xml", data, "text/xml")
        answer = world.all.client.post(
            "/api/v1/odk/submission", {"xml_submission_file": form}, headers=world.all._headers()
        )
        assert answer.status_code == 422
        assert world.all.post("/cap", raw=data, type_="application/cap+xml").status_code in (400, 422)
    assert world.head() == head


def test_an_outline_without_end_moves_nothing_and_breaks_nothing(world: World) -> None:
    """As many points as the door's one MiB holds, crossing themselves, beside the area that is named."""
    from tocsin.store import accounts

    secret = accounts.new_api_key("p@partner.example", "partner", [_partner()]).secret
    points = " ".join(f"{50 + i % 7},{36 + i % 11}" for i in range(150_000)) + " 50,36"
    bomb = CAP.replace("<geocode>", f"<polygon>{points}</polygon><geocode>").encode()
    assert 900_000 < len(bomb) < 1024 * 1024
    answer = world.all.client.post(
        "/api/v1/cap", bomb, content_type="application/cap+xml", headers={"Authorization": f"Bearer {secret}"}
    )
    assert answer.status_code in (201, 422), answer.content[:300]
    if answer.status_code == 201:
        warning = answer.json()["warning"]
        assert world.desk.state().threads[warning].status == "draft"


def _partner() -> Any:
    from tocsin.app.actor import Grant

    return Grant(role="partner")
