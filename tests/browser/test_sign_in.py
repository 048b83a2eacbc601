"""Signing in, in a real browser: password and code, passkey, recovery code, and the demonstration's door."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from browser.kit import aside, axe, complains, overflows, shoot, strangers
from totp import code_of

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"


@pytest.fixture
def officers(_sqlite_tables: None, web_desk: Any) -> Callable[..., Any]:
    from conftest import empty
    from tocsin.app.actor import Grant
    from tocsin.store import accounts

    aside(lambda: empty("default"))

    def make(login: str, *roles: str, area: str = "*") -> str:
        grants = [Grant(role=role, area=area) for role in roles]  # type: ignore[arg-type]
        return aside(lambda: accounts.create_officer(login, password=PASSWORD, grants=grants))

    return make


@pytest.fixture
def real_city(web_desk: Any) -> None:
    """The desk of a city that is no demonstration."""
    from tocsin.app.memory_vault import MemoryVault
    from tocsin.web.desk import set_desk

    web_desk.sender = dataclasses.replace(web_desk.sender, demo=False)
    set_desk(web_desk, vault=MemoryVault())


@pytest.fixture(autouse=True)
def unlimited() -> None:
    """Every test begins with nobody held up."""
    from django.core.cache import cache

    cache.clear()


@pytest.fixture
def open_page(browser: Any, site: str, edge: Any) -> Iterator[Callable[..., Any]]:
    """A page of a browser of its own; what it complains of fails the test at the end."""
    opened: list[tuple[Any, list[str], list[str]]] = []

    def go(path: str, *, width: int = 320, language: str = "en", script: bool = True) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": 800}, locale=language, java_script_enabled=script
        )
        page = context.new_page()
        asked: list[str] = []
        faults: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda line: faults.append(line.text) if complains(line) else None)
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.goto(site + path)
        opened.append((context, asked, faults))
        return page

    yield go
    try:
        for _, asked, faults in opened:
            assert faults == []
            assert strangers(asked, site, edge.url) == []
    finally:
        for context, _, _ in opened:
            context.close()


def virtual_key(page: Any) -> tuple[Any, str]:
    """A passkey device inside the browser, which knows its owner's face."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return session, made["authenticatorId"]


def sign_in(page: Any, login: str) -> None:
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def set_up_app(page: Any) -> str:
    """From the page that asks for a second factor to the recovery codes; returns the app's secret."""
    page.get_by_role("link", name="Set up an authenticator app").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    secret = page.locator("#secret").inner_text()
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    return str(secret)


def test_in_a_real_city_no_control_page_opens_before_a_second_factor(
    officers: Any, real_city: None, open_page: Any
) -> None:
    officers("olga", "duty", area="north")
    page = open_page("/accounts/login/?next=/control")
    shoot(page, "sign-in")
    assert axe(page) == []
    sign_in(page, "olga")
    page.get_by_role("heading", name="One more key").wait_for()
    shoot(page, "second-factor")
    assert axe(page) == []
    secret = set_up_app(page)
    codes = page.locator(".codes li").all_inner_texts()
    assert len(codes) == 10
    shoot(page, "recovery-codes")
    page.get_by_role("link", name="To the control room").click()
    assert page.url.endswith("/control")

    other = open_page("/accounts/login/")
    sign_in(other, "olga")
    other.get_by_role("heading", name="Second step").wait_for()
    shoot(other, "code")
    assert axe(other) == []
    other.get_by_label("Code").fill("000000")
    other.get_by_role("button", name="Continue").click()
    assert "not right" in other.locator(".error").inner_text()
    other.get_by_label("Code").fill(codes[0])
    other.get_by_role("button", name="Continue").click()
    other.wait_for_url("**/control")
    other.goto(other.url.replace("/control", "/accounts/"))
    assert "Left: 9 of 10" in other.inner_text("main")
    shoot(other, "account")
    assert axe(other) == []

    third = open_page("/accounts/login/")
    sign_in(third, "olga")
    third.get_by_label("Code").fill(codes[0])  # a recovery code is good once
    third.get_by_role("button", name="Continue").click()
    assert "not right" in third.locator(".error").inner_text()
    third.get_by_label("Code").fill(code_of(secret, later=1))
    third.get_by_role("button", name="Continue").click()
    third.wait_for_url("**/control")


def test_a_passkey_is_added_and_opens_the_door_alone(officers: Any, real_city: None, open_page: Any) -> None:
    officers("olga", "duty")
    page = open_page("/accounts/login/")
    session, device = virtual_key(page)
    sign_in(page, "olga")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Name of this passkey").fill("Desk key")
    shoot(page, "add-passkey")
    assert axe(page) == []
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    page.get_by_role("link", name="Done").click()
    assert "Desk key" in page.inner_text("main")
    shoot(page, "account-passkey")
    page.get_by_role("link", name="Sign out").first.click()
    page.get_by_role("button", name="Sign out").click()
    page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/")[2] + "/accounts/login/?next=/accounts/")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Your account").wait_for()
    assert "You are olga" in page.inner_text("main")

    # Removing it needs the factor itself, not the password of a screen that was left open.
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("heading", name="Show again").wait_for()
    page.get_by_role("link", name="Use a passkey").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Remove the passkey “Desk key”?").wait_for()
    assert axe(page) == []
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("heading", name="Your account").wait_for()
    assert "No second factor" in page.inner_text("main")
    session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": device})


def test_without_a_passkey_the_page_says_so_and_stays_usable(officers: Any, open_page: Any) -> None:
    officers("olga", "duty")
    page = open_page("/accounts/login/")
    session, _ = virtual_key(page)
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_text("No passkey was given").wait_for()
    assert page.get_by_role("button", name="Use a passkey").is_enabled()
    session.send("WebAuthn.disable")
    sign_in(page, "olga")
    page.wait_for_url("**/control")


def test_with_the_keyboard_alone(officers: Any, open_page: Any) -> None:
    officers("olga", "duty")
    page = open_page("/accounts/login/?next=/accounts/", width=1440)
    page.get_by_label("Login").focus()
    page.keyboard.type("olga")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Your account").wait_for()
    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.textContent.trim()"))
    assert {"Add a passkey", "Set up an authenticator app", "Change the password"} <= seen


def test_in_a_demonstration_one_click_sits_an_officer_down(officers: Any, open_page: Any) -> None:
    officers("duty", "duty", "approver")
    officers("second", "duty", "approver")
    page = open_page("/demo/sign-in?role=duty&next=/accounts/")
    shoot(page, "sign-in-demo")
    assert axe(page) == []
    page.get_by_role("button", name="Sit down as duty officer").click()
    page.get_by_role("heading", name="Your account").wait_for()
    assert "You are duty" in page.inner_text("main")
    assert not overflows(page)


@pytest.mark.parametrize("language", ["ru", "uk", "de"])
def test_every_account_page_in_each_language_at_320_px(officers: Any, open_page: Any, language: str) -> None:
    officers("duty", "duty", "approver", "observer", area="north")
    page = open_page("/accounts/login/", language=language)
    page.locator("button[value=duty]").click()
    page.wait_for_url("**/control")
    origin = page.url.removesuffix("/control")
    for path in ("", "second-factor", "logout/", "password/change/", "reauthenticate/"):
        page.goto(f"{origin}/accounts/{path}")
        assert not overflows(page), path
        assert axe(page) == [], path
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("main form button[type=submit]").click()
    for path in ("2fa/totp/activate/", "2fa/webauthn/add/"):
        page.goto(f"{origin}/accounts/{path}")
        assert page.locator("main form").count() == 1
        assert not overflows(page), path
        assert axe(page) == [], path
    shoot(page, f"add-passkey-{language}")


def test_without_script_the_password_still_opens(officers: Any, open_page: Any) -> None:
    officers("olga", "duty")
    page = open_page("/accounts/login/?next=/accounts/", script=False)
    assert not page.locator("form[data-passkey] button").is_visible()
    sign_in(page, "olga")
    assert "You are olga" in page.inner_text("main")
