"""The chooser and the night, with the real processes of ``tocsin up --demo``: choose, watch to the end, play again."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from browser.kit import axe, complains, overflows, shoot, strangers
from tocsin.cli.check import clean
from tocsin.wiring import Settings
from tocsin.wiring.playbill import nights

pytestmark = [pytest.mark.browser, pytest.mark.processes]

WITHIN_MS = 400_000
NIGHT = nights()["belgorod-2024-01-05"]
ROWS, STEPS = len(NIGHT.rows), len(NIGHT.steps)


@pytest.fixture(scope="module")
def own() -> Iterator[Settings]:
    """``tocsin up --demo``, waiting long for somebody to begin."""
    folder = Path(tempfile.mkdtemp(prefix="tw-", dir="/tmp"))  # short: unix sockets have short names
    own = clean(folder / "demo")
    names = ("home", "mqtt_bind", "web_bind", "edge_bind", "site_url", "edge_url")
    env = {k: v for k, v in os.environ.items() if not k.startswith("TOCSIN_")}
    env |= {f"TOCSIN_{name.upper()}": str(getattr(own, name)) for name in names}
    command = [sys.executable, "-u", "-m", "tocsin", "up", "--demo", "--wait", "3600", "--speed", "150"]
    with subprocess.Popen(command, env=env, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            said = []
            for line in process.stdout:
                said.append(line)
                if "The night begins in" in line:
                    break
            else:
                pytest.fail("".join(said))
            assert any(f"Open this in a browser: {own.site_url}/demo" in line for line in said)
            yield own
        finally:
            process.terminate()
            process.communicate(timeout=60)
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def visit(browser: Any, own: Settings) -> Iterator[Callable[..., Any]]:
    """Open a page; what it asked for, and what the browser complained of, is kept in ``asked`` and ``complaints``."""
    contexts = []

    def go(path: str, *, width: int = 1440, script: bool = True, locale: str = "en-GB") -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, java_script_enabled=script, locale=locale
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WITHIN_MS)
        page.asked, page.complaints = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda said: page.complaints.append(said.text) if complains(said) else None)
        page.on("pageerror", lambda fault: page.complaints.append(str(fault)))
        page.goto(own.site_url + path)
        return page

    yield go
    for context in contexts:
        context.close()


def test_the_chooser_shows_three_places(visit: Callable[..., Any], own: Settings) -> None:
    page = visit("/demo", width=320)
    assert page.locator(".door").count() == 3
    assert re.match(r"The night begins in \d+ s\.", page.inner_text("#standing"))
    assert axe(page) == []
    assert not overflows(page)
    shoot(page, "demo")
    assert page.complaints == []
    assert strangers(page.asked, own.site_url, own.edge_url) == []


def test_one_press_leads_into_the_street_and_the_control_room(visit: Callable[..., Any]) -> None:
    page = visit("/demo")
    page.click("[data-door=street]")
    page.wait_for_url("**/?area=belgorod-center")
    page = visit("/demo")
    page.click("[data-door=control]")
    page.wait_for_url("**/control")


@pytest.mark.long
def test_a_night_is_watched_to_its_end(visit: Callable[..., Any], own: Settings) -> None:
    page, other = visit("/demo"), visit("/demo/night", width=320, locale="ru")
    assert other.inner_text("#held") == "0"
    page.click("[data-door=night]")
    page.wait_for_selector('.now[data-stage="playing"]')

    page.wait_for_selector('.tag[data-area="belgorod-center"][data-shown="alert"]')
    page.wait_for_selector('.mark[data-siren="sounding"]')
    page.click("button[value=pause]")
    page.wait_for_selector("button[value=resume]")
    assert "Halted" in page.inner_text("#standing")
    stood = page.inner_text("#clock")
    shoot(page, "night-alert")
    assert page.inner_text("#clock") == stood
    assert axe(page) == []
    page.click("button[value=resume]")

    page.wait_for_selector('[data-subject="windows"]')
    assert "at least 130" in page.text_content('[data-subject="windows"]')
    page.wait_for_selector(".flats [data-need]")
    page.click("button[value=pause]")
    page.wait_for_selector("button[value=resume]")
    shoot(page, "night-cold")
    assert axe(page) == []
    page.click("button[value=resume]")

    for one in (page, other):
        one.wait_for_selector("#next")
        assert one.locator(".sentences > li").count() > ROWS
        assert one.locator('[data-row][data-mark="ok"]').count() == ROWS
        assert one.locator(".happened > li").count() == STEPS
        assert one.inner_text("#reached") == "3"
        assert one.get_attribute('.tag[data-area="belgorod-center"]', "data-shown") == "ended"
        assert axe(one) == []
        assert not overflows(one)
        assert one.complaints == []
        assert strangers(one.asked, own.site_url, own.edge_url) == []
    assert "Отбой" in other.inner_text('.tag[data-area="belgorod-center"]')
    assert re.search(r"entries \d+", page.inner_text('[data-row="sirens"]'))
    assert "не менее 130" in other.text_content('[data-subject="windows"]')
    assert "Example Street" not in page.content()  # addresses are sealed, on this page, too
    shoot(page, "night-over")


@pytest.mark.long  # of the night that was watched before
def test_without_script_the_night_is_there_too(visit: Callable[..., Any]) -> None:
    page = visit("/demo/night", script=False)
    assert page.locator(".happened > li").count() == STEPS
    assert page.locator('[data-row][data-mark="ok"]').count() == ROWS
    assert page.locator('noscript, meta[http-equiv="refresh"]').count() >= 1


def test_a_night_is_played_again(visit: Callable[..., Any]) -> None:
    page = visit("/demo/night")
    round_before = page.get_attribute(".now", "data-round")
    page.click("#anew button")
    page.wait_for_selector("#gone:visible")  # the web process itself is gone for a while
    page.wait_for_url("**/demo/night?again")
    assert "sign in again" in page.inner_text(".notice[data-kind=info]")
    assert page.get_attribute(".now", "data-round") != round_before
    page.wait_for_selector('.now[data-stage="playing"]')
