"""A browser, if there is one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from doors import SetClock, a_desk
from fake_edge import FakeEdge, served
from tocsin.app.desk import Desk

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def browser(_sqlite_tables: None) -> Iterator[Any]:
    """Chromium without a window. Absent, the test is skipped; under CI=true it fails.

    Playwright keeps an event loop running in this thread, where Django then touches no database: the tables are made
    before, and the loop ends with the module so that it disturbs no other test.
    """
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is not installed")
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--headless"])
        yield browser
        browser.close()


@pytest.fixture
def edge() -> Iterator[FakeEdge]:
    made = FakeEdge()
    yield made
    made.close()


@pytest.fixture
def web_desk() -> Iterator[Desk]:
    """The desk of the web door."""
    from tocsin.web.desk import set_desk
    from tocsin.web.pages import frozen

    made = a_desk(SetClock())
    set_desk(made)
    frozen.forget()
    yield made
    set_desk(None)


@pytest.fixture
def site(web_desk: Desk, edge: FakeEdge) -> Iterator[str]:
    """The address of the web door."""
    with served(edge.url) as url:
        yield url
