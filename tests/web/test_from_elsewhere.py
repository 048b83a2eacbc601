"""What another site, another name or another path can make a reader's browser, or a cache in between, do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from doors import Officer
from tocsin.app.desk import Desk

PASSWORD = "correct horse battery"
EVIL = "evil.example"
PUBLIC = (
    *("/", "/areas", "/status", "/report", "/record", "/record/archive", "/follow", "/docs/errors", "/accounts/login/"),
    *("/feeds/alerts.atom", "/record/feed.atom", "/status.json", "/shelters.json", "/map.json", "/places.json"),
    *("/manifest.webmanifest", "/sw.js", "/api/v1/areas", "/api/v1/openapi.json", "/nothing-here"),
)
FORWARDED = {
    "X-Forwarded-Host": EVIL,
    "X-Forwarded-Server": EVIL,
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Port": "6666",
    "X-Forwarded-Prefix": f"/{EVIL}",
    "Forwarded": f"host={EVIL};proto=https",
    "X-Host": EVIL,
    "X-Original-URL": f"/{EVIL}",
    "X-Rewrite-URL": f"/{EVIL}",
    "Script-Name": f"/{EVIL}",
}


@pytest.fixture(autouse=True)
def unlimited() -> Iterator[None]:
    from django.core.cache import cache

    cache.clear()
    yield
    cache.clear()


def whole(answer: Any) -> str:
    """Head and body of an answer; what is made anew for each reader left out."""
    head = "".join(f"{name}: {value}\n" for name, value in answer.headers.items())
    body = answer.getvalue().decode("utf-8", "replace")
    answer.close()
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", head + body)


@pytest.mark.parametrize("path", PUBLIC)
def test_no_forwarded_name_is_in_any_answer_that_a_cache_may_keep(desk: Desk, path: str) -> None:
    plain = whole(Client().get(path))
    told = whole(Client(headers=FORWARDED).get(path))
    assert EVIL not in told
    assert ":6666" not in told
    assert told.count("https://") == plain.count("https://")


@pytest.mark.parametrize("path", PUBLIC)
def test_no_answer_names_the_host_that_was_asked_for(desk: Desk, path: str) -> None:
    for host in (EVIL, f"testserver@{EVIL}", f"testserver:80@{EVIL}", f"{EVIL}#testserver"):
        answer = Client(raise_request_exception=False).get(path, HTTP_HOST=host)
        assert answer.status_code in (200, 400, 404)
        assert EVIL not in whole(answer)


def test_the_description_of_the_api_is_made_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from tocsin.web.api.build import api

    made = Client().get("/api/v1/openapi.json").content

    def again(**_: object) -> None:
        raise AssertionError("it takes a second, and everybody may ask for it")

    monkeypatch.setattr(api, "_describe", again)
    assert Client().get("/api/v1/openapi.json").content == made


def test_another_name_than_ours_is_refused(desk: Desk) -> None:
    assert Client().get("/").status_code == 200
    assert Client(raise_request_exception=False).get("/", HTTP_HOST=EVIL).status_code == 400


@pytest.mark.parametrize("path", PUBLIC)
def test_what_a_shared_cache_may_keep_sets_no_cookie(desk: Desk, path: str) -> None:
    for query in ("", "?lang=ru"):
        answer = Client().get(path + query)
        kept = answer.headers.get("Cache-Control", "")
        shared = "public" in kept or "s-maxage" in kept or ("max-age" in kept and "private" not in kept)
        assert not (shared and "max-age=0" not in kept and answer.cookies), (path, kept, answer.cookies)
        if answer.cookies:
            assert "Cookie" in answer.headers.get("Vary", ""), path


ELSEWHERE = (
    f"https://{EVIL}/",
    f"//{EVIL}/",
    f"///{EVIL}/",
    f"/\\{EVIL}/",
    f"\\\\{EVIL}/",
    f"/%09/{EVIL}/",
    f"/\t/{EVIL}/",
    f" //{EVIL}/",
    f"https:{EVIL}",
    f"http:///{EVIL}/",
    f"https://testserver@{EVIL}/",
    f"https://testserver.{EVIL}/",
    "javascript:alert(document.domain)",
    "data:text/html,<script>alert(1)</script>",
)


def leads_home(answer: Any) -> None:
    """Whether a browser that follows the answer stays with us."""
    where = answer.headers.get("Location", "/")
    # A browser drops tabs and line breaks and takes a backslash for a slash before it reads an address.
    seen = re.sub(r"[\t\r\n]", "", where).strip().replace("\\", "/")
    parts = urlsplit(urljoin("http://testserver/x", seen))
    assert (parts.scheme, parts.netloc) == ("http", "testserver"), where


@pytest.fixture
def olga(officer: Callable[..., Officer]) -> Client:
    officer("olga", "observer")
    client = Client()
    assert sign_in(client).status_code == 302
    return client


def sign_in(client: Client, **more: str) -> Any:
    return client.post("/accounts/login/", {"login": "olga", "password": PASSWORD} | more)


@pytest.mark.parametrize("where", ELSEWHERE)
def test_no_sign_in_leads_elsewhere(officer: Callable[..., Officer], where: str) -> None:
    officer("olga", "observer")
    answer = sign_in(Client(), next=where)
    assert answer.status_code == 302
    leads_home(answer)
    query = Client()
    answer = query.post(f"/accounts/login/?{_query(where)}", {"login": "olga", "password": PASSWORD})
    assert answer.status_code == 302
    leads_home(answer)
    leads_home(query.get(f"/accounts/login/?{_query(where)}"))  # who is in already is sent on


@pytest.mark.parametrize("where", ELSEWHERE[:10:2])
def test_no_other_page_leads_elsewhere(
    olga: Client, officer: Callable[..., Officer], where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer("duty", "duty")
    monkeypatch.setattr("tocsin.web.second_factor.has_one", lambda _user: True)
    again = olga.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": where})
    assert again.status_code == 302
    leads_home(again)
    for path in ("/accounts/second-factor", "/accounts/2fa/", "/crew", "/drill/control", "/control", "/accounts/"):
        leads_home(olga.get(f"{path}?{_query(where)}"))
        leads_home(Client().get(f"{path}?{_query(where)}"))
    sat_down = Client().post("/demo/sign-in", {"role": "duty", "next": where})
    assert sat_down.status_code == 302
    leads_home(sat_down)
    leads_home(olga.post("/accounts/logout/", {"next": where}))


def _query(where: str) -> str:
    from urllib.parse import urlencode

    return urlencode({"next": where})


def test_a_page_of_ours_is_led_to(officer: Callable[..., Officer]) -> None:
    officer("olga", "observer")
    assert sign_in(Client(), next="/record").headers["Location"] == "/record"


def test_a_session_that_somebody_else_chose_is_not_the_officers(officer: Callable[..., Officer]) -> None:
    officer("olga", "observer")
    chosen = SessionStore()
    chosen["planted"] = True
    chosen.create()
    victim, attacker = Client(), Client()
    victim.cookies["sessionid"] = attacker.cookies["sessionid"] = str(chosen.session_key)
    assert sign_in(victim).status_code == 302
    assert victim.cookies["sessionid"].value != chosen.session_key
    assert victim.get("/accounts/").status_code == 200
    assert attacker.get("/accounts/").status_code == 302
    never = Client()
    never.cookies["sessionid"] = "a" * 32  # one that the server never made is not taken over either
    assert sign_in(never).status_code == 302
    assert never.cookies["sessionid"].value != "a" * 32


def test_the_session_cookie_is_for_this_site_and_no_script(olga: Client) -> None:
    cookie = olga.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"], cookie["domain"]) == (True, "Lax", "")


OFFICERS = ("/control", "/control/tail.json", "/control/claims", "/control/repair", "/control/sirens", "/accounts/")


@pytest.mark.parametrize("path", [*OFFICERS, *PUBLIC, "/api/v1/warnings", "/api/v1/needs"])
def test_no_other_site_reads_what_an_officer_sees(officer: Callable[..., Officer], path: str) -> None:
    officer("olga", "duty", "dispatcher", "records")
    client = Client(headers={"Origin": f"https://{EVIL}"})
    sign_in(client)
    answer = client.get(path)
    assert "Access-Control-Allow-Credentials" not in answer.headers
    open_to_all = answer.headers.get("Access-Control-Allow-Origin")
    assert open_to_all in (None, "*")
    if open_to_all:
        # The same for everybody, so that it says nothing of who asks; but for the moment at which it was made.
        seen, open_ = (re.sub(r"[0-9]+", "0", whole(one)) for one in (answer, Client().get(path)))
        assert seen == open_
    answer.close()


def test_another_site_posts_nothing_with_an_officers_cookie(officer: Callable[..., Officer]) -> None:
    officer("olga", "observer")
    client = Client(enforce_csrf_checks=True)
    client.get("/accounts/login/")
    token = client.cookies["csrftoken"].value
    for origin, status in ((f"https://{EVIL}", 403), ("null", 403), ("http://testserver", 302)):
        form = {"login": "olga", "password": PASSWORD, "csrfmiddlewaretoken": token}
        answer = client.post("/accounts/login/", form, headers={"Origin": origin})
        assert answer.status_code == status, origin
