"""A browser, if there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import chromium
from browser.kit import complains
from doors import SetClock, a_desk
from fake_edge import FakeEdge, served
from tocsin.app.desk import Desk
from tocsin.app.memory_vault import MemoryVault


@pytest.fixture(scope="module")
def browser(_sqlite_tables: None, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Chromium without a window. Absent, the test is skipped; under CI=true it fails.

    Playwright keeps an event loop running in this thread, where Django then touches no database: the tables are made
    before, and the loop ends with the module so that it disturbs no other test. A module with ``NOTIFIES`` gets the
    whole browser.
    """
    path = chromium.required(chromium.WHOLE if getattr(request.module, "NOTIFIES", False) else chromium.SHELL)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*chromium.FLAGS])
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
    set_desk(made, vault=MemoryVault())
    frozen.forget()
    yield made
    set_desk(None)


@pytest.fixture
def site(web_desk: Desk, edge: FakeEdge) -> Iterator[str]:
    """The address of the web door."""
    with served(edge.url) as url:
        yield url


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of."""
    return []


@pytest.fixture
def open_page(browser: Any, site: str, complaints: list[str]) -> Iterator[Callable[..., Any]]:
    """Open a resident's page in a new device; what it asks of anybody is kept in ``page.asked``."""
    contexts = []

    def go(path: str = "/", *, width: int = 320, script: bool = True, clock: bool = False, **more: Any) -> Any:
        before = more.pop("before", None)
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            java_script_enabled=script,
            locale=more.pop("locale", "en-GB"),
            service_workers=more.pop("service_workers", "block"),
            **more,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda said: complaints.append(said.text) if complains(said) else None)
        page.on("pageerror", lambda fault: complaints.append(str(fault)))
        if clock:
            page.clock.install()
        if before is not None:
            page.add_init_script(before)
        page.goto(site + path)
        return page

    yield go
    for context in contexts:
        context.close()
