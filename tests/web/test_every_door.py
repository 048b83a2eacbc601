"""Every address and every operation as everybody, against the table of who may: a door that is not in it fails here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from django.urls import URLPattern, URLResolver, get_resolver

from city_of_doors import PAGE, ROLES, Person, World, ask, bodies, forms, people, words
from docs.kit import ROOT, table
from tocsin.app.desk import Desk

TABLE = ROOT / "docs" / "reference" / "who-may.md"
REFUSED = (401, 403, 404)
MARKS = {
    "GET /api/v1/sirens": ("s01", "duty"),
    "GET /api/v1/reports": ("{report_id}", "dispatcher"),
    "GET /api/v1/needs": ("need-1", "duty"),
    "GET /api/v1/crews": ("crew-1", "duty"),
    "GET /api/v1/plan": ("need-1", "duty"),
}
"""What stands in the answer of a read that shows everybody their own areas, and a role that sees it of the north."""

WRITES = "/control/claims/evidence/{evidence_id}"
"""The one page that writes when it is read: each look at an original is noted."""

OUR_OWN = re.compile(
    rb"""<script(?![^>]*(?:\bsrc=|type="application/json"))|\sstyle=|\son\w+="""
    rb"""|<(?:script|link|img|iframe|source|video|audio|object|embed)[^>]*(?:src|href)="(?:https?:)?//"""
)
"""What no page may hold: a script of its own, a style on an element, a handler, anything fetched from elsewhere."""

TO_SIGN_IN = ("/accounts/2fa/authenticate/", "/accounts/2fa/webauthn/login/", "/demo/sign-in")
"""Open to everybody, and of use only on the way in."""


@pytest.fixture
def world(desk: Desk, tmp_path: Path) -> Iterator[World]:
    from tocsin.app.memory_addresses import MemoryAddressBook
    from tocsin.web.api import auth
    from tocsin.web.desk import set_evidence
    from tocsin.web.push import set_push

    with override_settings(TOCSIN_KEY_RATE=(1e6, 10**6), TOCSIN_IP_RATE=(1e6, 10**6)):
        auth.key_limits.cache_clear()
        auth.address_limits.cache_clear()
        set_push(MemoryAddressBook(), "B" * 87)
        yield World(desk, tmp_path / "evidence")
    set_push(None)
    set_evidence(None)


def roles_of(cell: str) -> set[str]:
    found = {one.strip() for one in cell.split(",")}
    assert found <= {*ROLES, "nobody", "partner key"}, found
    return found


def worth_asking(everybody: list[Person], who: str) -> list[Person]:
    """A role that may not come in from inside is not asked again from outside."""
    return [one for one in everybody if one.where != "outside" or one.role in who or who == "officers and keys"]


def may(person: Person, roles: set[str], where: str) -> bool:
    """What the table says of a person at a door to something in the north."""
    if not person.role:
        return person.name == "nobody" and "nobody" in roles
    named = person.role in roles or f"{person.kind} key" in roles
    return (
        named
        and {
            "anywhere": True,
            "its area": person.where in ("inside", "everywhere"),
            "the whole city": person.where == "everywhere",
        }[where]
    )


def test_every_operation_of_the_api_as_everybody(world: World) -> None:
    from tocsin.web import intake

    said = {row[0]: (row[1], row[2]) for row in table(TABLE, "| operation | who | where |")}
    # The file: tests/web/test_pages.py keeps it equal to what the server says, and making that anew takes seconds.
    paths = json.loads((ROOT / "docs" / "reference" / "openapi.json").read_bytes())["paths"]
    assert set(said) == {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    sent, everybody = bodies(world), people()
    for door, (who, where) in said.items():
        for person in everybody[:1] if who == "everybody" else worth_asking(everybody, who):
            intake.limits.cache_clear()
            answer = ask(person, door, world, sent.get(door))
            try:
                _judge_operation(world, person, door, (who, where), answer)
            finally:
                answer.close()
                world.again()


def _judge_operation(world: World, person: Person, door: str, rule: tuple[str, str], answer: Any) -> None:
    who, where = rule
    told = f"{person.name} at {door}: {answer.status_code} {words(answer)}"
    if who == "everybody":
        assert answer.status_code < 400, told
    elif who == "officers and keys":
        assert (answer.status_code == 401) is (person.name == "nobody"), told
        mark, role = MARKS.get(door, ("", ""))
        if mark and person.role in (role, "sensor", "partner", ""):
            seen = mark.format(**world.ids).encode() in answer.content
            assert seen is (person.name == f"{role} inside"), told
    elif may(person, roles_of(who), where):
        assert answer.status_code < 400, told
    else:
        assert answer.status_code == 401 if person.name == "nobody" else answer.status_code in REFUSED, told
        assert world.head() == len(world.kept), f"{told}, and yet something was written"


def addresses(found: list[Any], before: str = "") -> Iterator[str]:
    """Every pattern of the resolver but the API's, acts of one pattern apart."""
    for one in found:
        path = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from addresses(one.url_patterns, path)
        elif isinstance(one, URLPattern) and not path.startswith("api/"):
            acts = re.search(r"\(\?(?:P<name>|:)([a-z|/-]+)\)", path)
            for act in acts[1].split("|") if acts else [""]:
                yield plain(path.replace(acts[0], act) if acts else path)


def plain(pattern: str) -> str:
    """A pattern as the table writes it: ``/control/drafts/{warning_id}/send``."""
    text = re.sub(r"\(\?P<(\w+)>(?:\[[^\]]*\]|[^()])*\)", r"{\1}", pattern)
    text = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", text)
    return "/" + re.sub(r"[\^$]|\\Z", "", text).replace("//", "/")


def test_every_page_as_everybody(world: World) -> None:
    said = {row[0]: (row[1], row[2]) for row in table(TABLE, "| address | who | where |")}
    assert set(said) == set(addresses(get_resolver().url_patterns))
    filled, everybody = forms(world), [one for one in people() if one.kind in ("", "officer")]
    both = [everybody[0], everybody[-1]]  # nobody, and an officer without a role
    for address, (who, where) in said.items():
        for person in {"everybody": both[:1], "closed": both, "officers": both}.get(who, worth_asking(everybody, who)):
            answer = knock(person, address, world, filled.get(address))
            try:
                _judge_page(world, person, address, (who, where), answer)
            finally:
                answer.close()
                world.again()


def knock(person: Person, address: str, world: World, form: dict[str, Any] | None) -> Any:
    """Open a page, or send the form that it takes."""
    draft = "/drafts/" in address
    named = world.ids | {"warning_id": world.ids["draft" if draft else "live"], "form": "csv", "page": PAGE}
    named |= {
        "name": "crew-1" if "/crews/" in address else "need-1",
        "identifier": "none",
        "seq": "1",
        "act": "withdraw",
        "key": "x",
        "uidb36": "x",
        "pk": "1",
        "token": "x",
    }
    named["evidence_id"] = world.ids["released"]
    path = address.format(**named)
    if form is None:
        answer = person.screen.get(path)
        if answer.status_code != 405:
            return answer
    return person.screen.post(path, form or {"sha256": world.sha(world.ids["draft"])})


def _refused(answer: Any) -> bool:
    return answer.status_code in REFUSED or answer.headers.get("Location", "").startswith("/accounts/login/")


def _judge_page(world: World, person: Person, address: str, rule: tuple[str, str], answer: Any) -> None:
    who, where = rule
    told = f"{person.name} at {address}: {answer.status_code} {words(answer)}"
    assert answer.status_code < 500, told
    if not answer.streaming and answer.headers.get("Content-Type", "").startswith("text/html"):
        assert not (found := OUR_OWN.search(answer.content)), f"{told}: {found and found[0]!r}"
        assert b"unsafe" not in answer.headers["Content-Security-Policy"].encode()
    wrote = world.head() > len(world.kept)
    to_sign_in = answer.headers.get("Location", "").startswith("/accounts/login/")
    if who == "closed":
        assert answer.status_code == 404, told
    elif who == "everybody":
        assert answer.status_code not in (401, 403), told
        assert not to_sign_in or address in TO_SIGN_IN, told
    elif who == "officers":
        assert to_sign_in is (person.name == "nobody"), told
    elif may(person, roles_of(who), where):
        # An empty form names nothing that is there: the door is open all the same.
        assert not _refused(answer) or (answer.status_code == 404 and where == "anywhere"), told
        assert wrote is (address in {*forms(world), WRITES}), told
    else:
        assert not wrote, f"{told}, and yet something was written"
        assert person.role in roles_of(who) or _refused(answer), told


def test_no_operation_is_hidden_from_the_document() -> None:
    paths = json.loads((ROOT / "docs" / "reference" / "openapi.json").read_bytes())["paths"]
    hidden = {plain(path) for path in _api(get_resolver().url_patterns)} - set(paths)
    assert hidden == {"/api/v1/", "/api/v1/openapi.json"}, "not described: add it to the document and to the table"


def _api(found: list[Any], before: str = "") -> Iterator[str]:
    for one in found:
        path = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _api(one.url_patterns, path)
        elif path.startswith("api/"):
            yield path


def test_the_table_has_no_role_that_does_not_exist_and_no_door_twice() -> None:
    for header in ("| operation | who | where |", "| address | who | where |"):
        rows = table(TABLE, header)
        assert len({row[0] for row in rows}) == len(rows) > 50
