"""Every public door is opened, with every id that exists, and none of them says what is sealed.

The doors are found by walking the addresses of the site, so that a page made later is opened, too. What is sealed are
positions, addresses, names and telephone numbers; words of residents; evidence that nobody released, by its id and its
hash; and the references of the vault themselves.
"""

from __future__ import annotations

import gzip
import io
import itertools
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from PIL import Image

from doors import Api, SetClock, draft
from pictures_kit import picture
from tocsin.app.desk import Desk
from tocsin.app.memory_vault import MemoryVault
from web.conftest import clock, desk, officer

__all__ = ["clock", "desk", "officer"]

SECRETS = [
    "50.6123",
    "36.5987",
    "50.61",  # a coarser one is one as well: no public number here has these digits
    "Lantern Street",
    "Anna Example",
    "+0 000 111",
    "flat-12b",
    "our child is ill",
    "the third entrance burns",
    "IMG_SECRET",
]
BARE = re.compile(r"[<(][^>)]*[>)]")
SHUT = ("accounts/", "control", "drill/control", "demo/", "basemap", "sw.js")
"""Doors of officers, which let nobody in who is not signed in, and a file of map tiles."""

ECHOES = ("4", "200 /follow/")
"""Answers that may repeat what was asked: refusals, and the page of whoever holds a link, the same for any link."""


@pytest.fixture
def night(desk: Desk, officer: Any, clock: SetClock, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """A played night: claims, evidence and a report, with everything in it that may not come out."""
    from tocsin.store.evidence import EvidenceRoom
    from tocsin.store.files import FolderFiles
    from tocsin.web import intake
    from tocsin.web.desk import set_desk, set_evidence

    vault = MemoryVault()
    set_desk(desk, vault=vault)
    set_evidence(EvidenceRoom(FolderFiles(tmp_path / "evidence"), ffmpeg=""))
    intake.limits.cache_clear()
    clerk = officer("clerk", "records", "duty").api
    for name, kind in (("mayor", "official"), ("neighbour", "witness")):
        _ok(clerk.post("/sources", {"id": name, "names": {"en": name.title()}, "kind": kind, "grade": 2}))
    place = {"exact": [36.5987, 50.6123]}
    at = {"happened_from": "2024-01-04T20:41:17Z", "area": "north"}
    _ok(clerk.post("/incidents", {"id": "cars-1", "names": {"en": "Debris on cars"}, "kind": "debris"} | at | place))
    released, sealed = (_file(clerk, n) for n in (1, 9))
    words = (
        ("mayor", "at least 4713 windows", {"evidence": [released, sealed]}),
        ("mayor", "4 flats at Lantern Street", {"scope": "building", **place}),
        ("neighbour", "30 cars, the third entrance burns", {"attribution": "Anna Example"}),
    )
    claims = [
        _ok(clerk.post("/claims", {"incident": "cars-1", "source": source, "wording": said, "language": "en"} | more))
        for source, said, more in words
    ]
    report = {
        "client_id": "device-0001",
        "area": "north",
        "address": "Lantern Street 48",
        "flat": "flat-12b",
        "windows": 3,
        "name": "Anna Example",
        "contact": "+0 000 111",
        "note": "our child is ill",
        "exact": [36.5987, 50.6123],
    }
    reported = _ok(Api().post("/reports", report))
    files = {one["id"]: one["inside"]["sha256"] for one in clerk.get("/evidence").json()["evidence"]}
    yield {
        "clerk": clerk,
        "clock": clock,
        "released": released,
        "sealed": sealed,
        "hidden": [files[released], files[sealed], reported, *vault._kept, claims[1]],
        "ids": [
            "cars-1",
            "mayor",
            released,
            sealed,
            reported,
            *claims,
            "2024-01-04",
            "2024-01-05",
            "north",
            "en",
            "csv",
        ],
    }
    set_evidence(None)


def _ok(answer: Any) -> str:
    assert answer.status_code == 201, answer.content
    return str(answer.json()["id"])


def _file(clerk: Api, seed: int) -> str:
    file = SimpleUploadedFile("IMG_SECRET.jpg", picture(seed, notes=True), "image/jpeg")
    return _ok(clerk.client.post("/api/v1/evidence", {"file": file}, headers=clerk._headers()))


def addresses(patterns: list[Any] | None = None, before: str = "") -> Iterator[str]:
    """Every address of the site, with ``<kind:name>`` where something is to be put in."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        path = before + re.sub(r"^\^|\$$|\\Z", "", str(one.pattern))
        if isinstance(one, URLResolver):
            yield from addresses(one.url_patterns, path)
        elif isinstance(one, URLPattern) and not path.startswith(SHUT):
            yield path


def filled(path: str, ids: list[str]) -> Iterator[str]:
    """The address with every id in each place."""
    places = BARE.findall(path)
    for chosen in itertools.product(ids, repeat=len(places)) if len(places) < 3 else ():
        values = iter(chosen)
        yield "/" + BARE.sub(lambda _: next(values), path)  # noqa: B023 - used at once


def crawl(ids: list[str]) -> Iterator[tuple[str, bytes]]:
    """Every public door, in two languages."""
    from tocsin.web.api import auth

    client = Client(raise_request_exception=False)  # one for all: with each its middleware finds every static file anew
    for path in addresses():
        for address in filled(path, ids):
            auth.address_limits.cache_clear()
            languages = ("en",) if path.startswith("api/") else ("en", "ru")
            answers = [_told(client, address, language) for language in languages]
            yield from answers
            if answers[0][0].startswith("405"):
                break  # a door for acts alone: it says the same whatever is named


def _told(client: Client, address: str, language: str) -> tuple[str, bytes]:
    client.cookies.clear()  # each asks as a stranger
    answer = client.get(address, headers={"Accept-Language": language})
    said = b"".join(answer.streaming_content) if answer.streaming else answer.content
    said = gzip.decompress(said) if answer.headers.get("Content-Encoding") == "gzip" else said
    assert answer.status_code < 500, address
    return f"{answer.status_code} {address}", said + json.dumps(dict(answer.headers)).encode()


def _stands(secret: str, said: bytes) -> bool:
    """Whether a secret stands there; a bare number as a number, and not as digits of a hash or an identifier."""
    if secret.encode() not in said or not secret.isdigit():
        return secret.encode() in said
    return re.search(rf"(?<![0-9A-Za-z]){secret}(?![0-9A-Za-z])".encode(), said) is not None


def leaks(night: dict[str, Any], *more: str, told: list[tuple[str, bytes]] | None = None) -> list[tuple[str, str]]:
    """Door and secret, for each that comes out. An address that was asked for may be named in its own refusal."""
    wanted = (*SECRETS, *night["hidden"], *more)
    return [
        (door, secret)
        for door, said in told or crawl(night["ids"])
        for secret in wanted
        if _stands(secret, said) and not (secret in door and door.startswith(ECHOES))
    ]


def test_no_public_door_says_what_is_sealed(night: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    clerk, clock = night["clerk"], night["clock"]
    both = (night["released"], night["sealed"])
    assert leaks(night, "4713", *both) == []  # at once: not even the number
    clock.move(1801)
    told = list(crawl(night["ids"]))
    assert leaks(night, *both, told=told) == []
    assert any(_stands("4713", said) for door, said in told if "claims" in door)  # the crawl does see things
    body = {"incident": "cars-1", "alt": {"en": "Cars"}}
    assert clerk.post(f"/evidence/{night['released']}/release", body).status_code == 201
    assert leaks(night, night["sealed"]) == []
    made = clerk.post("/warnings", draft()).json()
    clerk.post(f"/warnings/{made['warning']}/issue", {"sha256": made["sha256"], "confirm": made["confirm"]})
    late = _ok(clerk.post("/claims", {"incident": "cars-1", "source": "mayor", "wording": "4918 windows"}))
    clock.move(1801)
    night["ids"].append(late)
    assert leaks(night, night["sealed"], "4918") == []  # under alert nothing new
    said = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("django.request"))
    assert [secret for secret in (*SECRETS, *night["hidden"]) if secret in said] == []


def test_the_public_copy_holds_no_note_of_the_original(night: dict[str, Any]) -> None:
    clerk = night["clerk"]
    night["clock"].move(1801)
    clerk.post(f"/evidence/{night['released']}/release", {"incident": "cars-1", "alt": {"en": "Cars"}})
    answer = Client().get(f"/api/v1/evidence/{night['released']}/public")
    said = b"".join(answer.streaming_content)
    assert answer.status_code == 200
    assert not any(word in said for word in (b"Lantern", b"Anna", b"GPS", b"Exif", b"http://ns.adobe.com"))
    assert not dict(Image.open(io.BytesIO(said)).getexif())


def test_the_ledger_and_its_export_hold_nothing_sealed(night: dict[str, Any], desk: Desk) -> None:
    from tocsin.core.event import canonical

    said = b"".join(canonical(entry) for entry in desk.ledger.read()).decode()
    quoted = {
        "Lantern Street",
        "Anna Example",
        "the third entrance burns",
    }  # words of claims are kept as they were said
    assert [secret for secret in SECRETS if secret in said and secret not in quoted] == []
    assert "Lantern Street 48" not in said


def test_a_policy_that_shows_too_much_would_be_found(night: dict[str, Any]) -> None:
    from tocsin.app.publication import INSIDE
    from tocsin.web import desk as here

    here.set_evidence(here.evidence(), INSIDE)
    found = {secret for _, secret in leaks(night)}
    assert {"Lantern Street", "Anna Example", "the third entrance burns"} <= found
