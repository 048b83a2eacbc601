"""The account pages: what is open, what stays shut, who needs a second factor, and how often one may try."""

from __future__ import annotations

import base64
import dataclasses
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver

from doors import Officer, draft
from tocsin.app.desk import Desk
from tocsin.core.errors import Unknown
from tocsin.store import accounts
from totp import code_of

PASSWORD = "correct horse battery"

OPEN = {
    "account_login",
    "account_logout",
    "account_inactive",
    "account_reauthenticate",
    "account_change_password",
    "mfa_authenticate",
    "mfa_reauthenticate",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
    "mfa_add_webauthn",
    "mfa_edit_webauthn",
    "mfa_remove_webauthn",
    "mfa_reauthenticate_webauthn",
    "mfa_login_webauthn",
}
"""The pages of allauth that are there. Everything else of it is shut, or leads to the account page."""

TO_ACCOUNT = {"mfa_index", "mfa_list_webauthn", "usersessions_list"}


@pytest.fixture(autouse=True)
def unlimited() -> Iterator[None]:
    from django.core.cache import cache

    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def real_city(desk: Desk) -> None:
    desk.sender = dataclasses.replace(desk.sender, demo=False)


def post_login(client: Client, login: str = "olga", password: str = PASSWORD) -> Any:
    return client.post("/accounts/login/", {"login": login, "password": password})


@pytest.fixture
def olga(officer: Callable[..., Officer]) -> Client:
    """A duty officer of the north who has signed in."""
    officer("olga", "duty", area="north")
    client = Client()
    assert post_login(client).status_code == 302
    return client


def again(client: Client) -> None:
    """Show the password once more."""
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302


def with_app(client: Client) -> str:
    """Set up an authenticator app; returns its secret."""
    again(client)
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    secret = re.search(r'id="secret">(\w+)<', page)
    assert secret
    done = client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret[1])})
    assert done.status_code == 302
    return secret[1]


def patterns(found: list[URLPattern | URLResolver], before: str = "") -> Iterator[tuple[str, str]]:
    for one in found:
        path = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from patterns(one.url_patterns, path)
        elif path.startswith("accounts/") and one.name and one.callback.__module__.startswith("allauth"):
            yield one.name, path


def test_of_what_the_library_brings_only_the_named_doors_are_open(olga: Client) -> None:
    found = dict(patterns(get_resolver().url_patterns))
    assert set(found) > OPEN | TO_ACCOUNT
    for name, path in found.items():
        if name in OPEN:
            continue
        for made in (path.replace("^", "").replace("\\Z", "").replace("$", ""),):
            address = "/" + re.sub(r"\(\?P<\w+>[^)]*\)|<[^>]*>", "1", made)
            answer = olga.get(address)
            if name in TO_ACCOUNT:
                assert answer.headers["Location"] == "/accounts/", name
            else:
                assert answer.status_code == 404, (name, address)


def test_the_account_page_says_who_one_is_and_what_one_may_do_where(olga: Client) -> None:
    accounts.grant(accounts.officers()[0].actor, "observer")
    page = olga.get("/accounts/", headers={"Accept-Language": "ru"}).content.decode()
    for text in ("Вы вошли как olga", "Дежурный", "Северный район", "Наблюдатель", "везде", "Второго фактора нет"):
        assert text in page
    assert 'href="/drill/control"' in page
    assert olga.get("/accounts/").headers["Cache-Control"].startswith("max-age=0")
    assert Client().get("/accounts/").headers["Location"] == "/accounts/login/?next=/accounts/"


def test_a_real_city_asks_for_a_second_factor_before_any_control_page(olga: Client, real_city: None) -> None:
    for path in ("/control", "/control/anything", "/drill/control"):
        assert olga.get(path).headers["Location"] == f"/accounts/second-factor?next={path.replace('/', '%2F')}", path
        assert olga.post(path).headers["Location"].startswith("/accounts/second-factor"), path
    assert "One more key" in olga.get("/accounts/second-factor").content.decode()
    with_app(olga)
    assert olga.get("/control").status_code == 200
    assert olga.get("/accounts/second-factor?next=/control").headers["Location"] == "/control"


def test_nor_does_a_session_without_it_act_through_the_api(
    olga: Client, real_city: None, officer: Callable[..., Officer]
) -> None:
    answer = olga.post("/api/v1/warnings", draft(), content_type="application/json")
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "TOC-6001"
    assert olga.get("/api/v1/phases").status_code == 200  # what everybody may read
    assert olga.get("/api/v1/drills").status_code == 401
    assert officer("keyed", "duty").api.post("/warnings", draft()).status_code == 201  # a key is a secret of its own
    with_app(olga)
    assert olga.post("/api/v1/warnings", draft(), content_type="application/json").status_code == 201


def test_who_cannot_act_needs_none(officer: Callable[..., Officer], real_city: None) -> None:
    officer("eve", "observer")
    client = Client()
    post_login(client, "eve")
    assert client.get("/control").status_code == 200


@pytest.mark.parametrize(("chosen", "demo", "asked"), [("offered", False, False), ("required", True, True)])
def test_the_setting_decides(olga: Client, desk: Desk, chosen: str, demo: bool, asked: bool) -> None:
    desk.sender = dataclasses.replace(desk.sender, demo=demo)
    with override_settings(TOCSIN_SECOND_FACTOR=chosen):
        assert (olga.get("/control").status_code == 302) is asked


def test_in_a_demonstration_it_is_offered(olga: Client) -> None:
    assert olga.get("/control").status_code == 200
    assert "not required" in olga.get("/accounts/second-factor").content.decode()


def test_a_code_counts_once_and_a_wrong_one_never(olga: Client) -> None:
    secret = with_app(olga)
    client = Client()
    assert post_login(client).headers["Location"] == "/accounts/2fa/authenticate/"
    assert client.get("/control").status_code == 302
    for wrong in ("000000", "", "abcdef", code_of(secret, later=5)):
        assert client.post("/accounts/2fa/authenticate/", {"code": wrong}).status_code == 200
    code = code_of(secret, later=1)
    assert client.post("/accounts/2fa/authenticate/", {"code": code}).status_code == 302
    assert client.get("/control").status_code == 200
    other = Client()
    post_login(other)
    from django.core.cache import cache

    # The library's own memory of used codes is shorter than a late code's life.
    for key in list(getattr(cache, "_cache", {})):
        if "allauth.mfa.totp.used" in key:
            cache.delete(key.split(":", 2)[2])
    assert other.post("/accounts/2fa/authenticate/", {"code": code}).status_code == 200


def test_recovery_codes_are_shown_once_more_only_after_showing_oneself(olga: Client) -> None:
    with_app(olga)
    other = Client()
    post_login(other)
    assert other.get("/accounts/2fa/recovery-codes/").status_code == 302  # not signed in yet
    codes = re.findall(r"<li>(\d{8})</li>", olga.get("/accounts/2fa/recovery-codes/").content.decode())
    assert len(codes) == 10
    assert other.post("/accounts/2fa/authenticate/", {"code": codes[3]}).status_code == 302
    assert "/reauthenticate/" in other.get("/accounts/2fa/recovery-codes/").headers["Location"]


def test_factors_are_changed_only_by_who_holds_one(olga: Client) -> None:
    secret = with_app(olga)
    client = Client()
    post_login(client)
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret, later=1)})
    wanted = client.get("/accounts/2fa/totp/deactivate/").headers["Location"]
    assert wanted.startswith("/accounts/2fa/reauthenticate/")
    # The password alone is no way any more: that page leads on to the code.
    assert (
        client.post("/accounts/reauthenticate/", {"password": PASSWORD})
        .headers["Location"]
        .startswith("/accounts/2fa/reauthenticate/")
    )
    assert client.post("/accounts/2fa/totp/deactivate/").status_code == 302
    assert "app off" in client.get("/accounts/").content.decode()


def test_ten_wrong_passwords_hold_up_the_login_and_say_so(olga: Client) -> None:
    client = Client()
    addresses = (f"10.0.0.{i}" for i in range(1, 30))
    for _ in range(10):
        wrong = client.post(
            "/accounts/login/", {"login": "olga", "password": "wrong"}, REMOTE_ADDR=next(addresses)
        ).content.decode()
        assert "Login or password is wrong." in wrong
    held = client.post("/accounts/login/", {"login": "olga", "password": PASSWORD}, REMOTE_ADDR=next(addresses))
    assert "Too many wrong tries" in held.content.decode()
    assert olga.get("/accounts/").status_code == 200  # who is in stays in


def test_an_address_that_knocks_without_end_is_told_to_wait(desk: Desk) -> None:
    client = Client()
    answers = [post_login(client, f"nobody-{i}") for i in range(40)]
    last = answers[-1]
    assert last.status_code == 429
    assert last.headers["Retry-After"]
    assert "Too many tries" in last.content.decode()


def test_behind_our_proxy_the_limit_is_the_visitors_own(olga: Client) -> None:
    client = Client(headers={"X-Forwarded-For": "203.0.113.7"})
    with override_settings(TOCSIN_PROXIES=frozenset({"127.0.0.1"})):
        for _ in range(40):
            post_login(client, "nobody")
        assert post_login(client).status_code == 429
        assert post_login(Client(headers={"X-Forwarded-For": "203.0.113.8"})).status_code == 302


def test_a_new_password_ends_the_other_sessions(olga: Client) -> None:
    other = Client()
    post_login(other)
    new = "four unrelated words here"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert "not your password" in olga.post("/accounts/password/change/", form | {"oldpassword": "x"}).content.decode()
    assert olga.post("/accounts/password/change/", form).status_code == 302
    assert olga.get("/accounts/").status_code == 200
    assert other.get("/accounts/").status_code == 302


def test_one_signs_out_everywhere_else(olga: Client) -> None:
    other = Client(headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0"})
    post_login(other)
    assert "Firefox · Linux" in olga.get("/accounts/").content.decode()
    assert olga.get("/accounts/sessions/end").status_code == 405
    assert olga.post("/accounts/sessions/end").headers["Location"] == "/accounts/"
    assert other.get("/accounts/").status_code == 302
    assert "signed out everywhere else" in olga.get("/accounts/").content.decode()


def test_who_lost_every_factor_begins_anew(olga: Client, real_city: None) -> None:
    from tocsin.web.accounts import forget_factors

    with_app(olga)
    assert forget_factors("OLGA") == 2  # the app and its recovery codes
    assert olga.get("/accounts/").status_code == 302
    client = Client()
    post_login(client)
    assert client.get("/control").headers["Location"].startswith("/accounts/second-factor")
    with pytest.raises(Unknown, match="TOC-6004"):
        forget_factors("nobody")


def test_a_demonstration_lets_one_sit_down_without_a_password(officer: Callable[..., Officer]) -> None:
    officer("duty", "duty")
    officer("second", "duty", "approver")
    client = Client(enforce_csrf_checks=True)
    assert client.post("/demo/sign-in", {"role": "duty"}).status_code == 403  # a form of ours alone opens it
    client = Client()
    page = client.get("/demo/sign-in?role=duty&next=/drill/control", follow=True).content.decode()
    assert 'value="duty"' in page
    assert 'value="/drill/control"' in page
    assert client.post("/demo/sign-in", {"role": "duty", "next": "/accounts/"}).headers["Location"] == "/accounts/"
    assert "You are duty" in client.get("/accounts/").content.decode()
    assert (
        client.post("/demo/sign-in", {"role": "second", "next": "https://elsewhere.example/"})
        .headers["Location"]
        .endswith("/control")
    )
    assert "You are second" in client.get("/accounts/").content.decode()


@pytest.mark.parametrize("role", ["", "admin", "olga", "DUTY"])
def test_nobody_else_sits_down_there(olga: Client, role: str) -> None:
    assert Client().post("/demo/sign-in", {"role": role}).status_code == 404


def test_in_a_real_city_that_door_does_not_exist(officer: Callable[..., Officer], real_city: None) -> None:
    officer("duty", "duty")
    client = Client()
    assert "demo/sign-in" not in client.get("/accounts/login/").content.decode()
    assert client.get("/demo/sign-in").status_code == 404
    assert client.post("/demo/sign-in", {"role": "duty"}).status_code == 404
    assert client.get("/accounts/").status_code == 302


@pytest.mark.parametrize("how", [{"REMOTE_ADDR": "192.0.2.9"}, {"headers": {"X-Forwarded-For": "192.0.2.9"}}])
def test_nor_for_somebody_who_is_not_at_the_machine(officer: Callable[..., Officer], how: dict[str, Any]) -> None:
    officer("duty", "duty")
    client = Client()
    assert client.post("/demo/sign-in", {"role": "duty"}, **how).status_code == 404
    assert "demo/sign-in" not in client.get("/accounts/login/", **how).content.decode()


def test_passkeys_are_for_localhost_or_https(tmp_path: Any) -> None:
    from tocsin.web.config import django_settings
    from tocsin.web.options import WebOptions

    for site, insecure in (
        ("http://localhost:8000", True),
        ("https://warn.example.org", False),
        ("http://warn.example.org", False),
        ("http://127.0.0.1:8000", False),
    ):
        made = django_settings(WebOptions(home=tmp_path, key_file=tmp_path / "k", site_url=site))
        assert made["MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN"] is insecure, site


def test_the_codes_are_those_of_the_standard() -> None:
    secret = base64.b32encode(b"12345678901234567890").decode()
    assert code_of(secret, at=59) == "287082"  # RFC 6238, appendix B, its last six digits
    assert code_of(secret, at=1111111109) == "081804"
